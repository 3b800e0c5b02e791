// From a request to a process that runs: queues requests, hands the launcher as many at once
// as the machine starts well beside one another, and settles what a dying launcher or worker
// left half done. Each request ends in one of onStarted, onOrphaned, onTooLate and onFailed; one that
// was started ends in onEnded or onOrphaned.

import { availableParallelism } from 'node:os'
import path from 'node:path'
import { insist } from './insist.ts'
import type { LauncherMessage } from './launcher-message.ts'
import { Launcher } from './launcher.ts'
import { processLimits } from './limits.ts'
import { requestFault, requestText, secretsText, type Requester, type SpawnRequest } from './request-text.ts'
import { parseStartRecord, runDirectoryName, withdraw, type StartRecord } from './run-record.ts'
import { resolveSecrets, unknownSecret, type Secrets } from './secrets.ts'

export type StarterOptions = {
  readonly runsDirectory: string
  readonly workerShell: string
  readonly procDirectory: string
  readonly requester: Requester
  readonly secrets: Secrets
  readonly onStarted: (process: string, directory: string, started: StartRecord, startedAtMs: number) => void
  /** Looked at when its turn comes. */
  readonly isTooLate: (request: SpawnRequest) => boolean
  /** Its turn came too late: nothing of it was executed, and nothing will be. */
  readonly onTooLate: (process: string) => void
  /** Nothing was executed, and nothing will be. */
  readonly onFailed: (process: string, reason: string) => void
  /** The worker has written how the run in this directory ended. */
  readonly onEnded: (process: string, directory: string, isAlone: boolean) => void
  /** The run passed its gate, and nobody will tell when it ends. */
  readonly onOrphaned: (process: string, directory: string) => void
  /** The files of a run cannot be reached; it is tried again. */
  readonly onFault: (process: string, error: unknown) => void
}

const agentEnds = 'the agent is ending, expected one that goes on'

type Waiting = { readonly request: SpawnRequest; readonly generation: number; readonly tries: number }
type Handed = {
  readonly process: string
  readonly waiting: Waiting
  /** A launcher that stands still is as good as dead. */
  readonly stuck: NodeJS.Timeout
  isStarted: boolean
}

export class Starter {
  readonly #options: StarterOptions
  readonly #launcher: Launcher
  readonly #queue = new Map<string, Waiting>()
  /** What the launcher has, by the name of the run's directory. */
  readonly #handed = new Map<string, Handed>()
  readonly #startingMax = Math.max(2, availableParallelism())
  #startingCount = 0
  #isClosing = false
  #isClosed = false
  readonly #withdrawals = new Set<Promise<void>>()
  #onIdle: () => void = () => undefined

  constructor(options: StarterOptions) {
    this.#options = options
    this.#launcher = new Launcher({
      ...options,
      onMessage: (message) => this.#hear(message),
      onUp: () => this.#pump(),
      onDown: () => this.#settleAll(),
    })
  }

  get launcherPid(): number | null {
    return this.#launcher.pid
  }

  /** Generations of the run's directory before this one are closed for good. */
  add(request: SpawnRequest, generation: number): void {
    const fault = this.#isClosing
      ? agentEnds
      : this.#queue.size >= processLimits.queuedRuns
        ? `${this.#queue.size} others wait to be started, expected fewer`
        : (requestFault(request) ?? this.#secretFault(request))
    if (fault !== null) {
      this.#options.onFailed(request.process, fault)
      return
    }
    this.#queue.set(request.process, { request, generation, tries: 1 })
    this.#pump()
  }

  /** Forgets a request that the launcher has not been given; false when it is too late. */
  drop(process: string): boolean {
    return this.#queue.delete(process)
  }

  /** Takes nothing more; resolves when all that it had is settled and the launcher is gone. */
  async close(): Promise<void> {
    this.#isClosing = true
    if (!this.#isIdle()) {
      const timer = setTimeout(() => this.#onIdle(), processLimits.closeWaitMs)
      await new Promise<void>((resolve) => (this.#onIdle = resolve))
      clearTimeout(timer)
    }
    for (const process of this.#queue.keys()) this.#options.onFailed(process, agentEnds)
    this.#queue.clear()
    await this.#launcher.close()
    this.#isClosed = true
    await Promise.all(this.#withdrawals)
  }

  #isIdle(): boolean {
    return this.#queue.size === 0 && this.#startingCount === 0 && this.#withdrawals.size === 0
  }

  #pump(): void {
    while (this.#launcher.isUp && this.#startingCount < this.#startingMax) {
      const next = this.#queue.entries().next().value
      if (next === undefined) break
      const [process, waiting] = next
      this.#queue.delete(process)
      if (this.#options.isTooLate(waiting.request)) {
        this.#options.onTooLate(process)
        continue
      }
      const directory = runDirectoryName(process, waiting.generation)
      const stuck = setTimeout(() => this.#launcher.kill(), processLimits.startStuckMs)
      this.#handed.set(directory, { process, waiting, stuck, isStarted: false })
      this.#startingCount++
      const { request } = waiting
      this.#launcher.start({
        directory,
        request: requestText(request, this.#options.requester),
        stdin: request.stdin ?? '',
        secrets: this.#secretsOf(request),
      })
    }
    if (this.#isIdle()) this.#onIdle()
  }

  #secretFault({ secrets }: SpawnRequest): string | null {
    const found = resolveSecrets(secrets, this.#options.secrets)
    return 'values' in found ? null : unknownSecret(found.missing)
  }

  /** One that was removed since it was looked for is empty. */
  #secretsOf({ secrets }: SpawnRequest): string {
    const found = resolveSecrets(secrets, this.#options.secrets)
    return secretsText('values' in found ? found.values : {})
  }

  #hear(message: LauncherMessage): void {
    const { directory } = message
    const handed = this.#handed.get(directory)
    if (handed === undefined) return
    switch (message.kind) {
      case 'started':
        this.#started(directory, handed, message)
        break
      case 'ended':
        this.#forget(directory, handed)
        this.#options.onEnded(handed.process, directory, message.isAlone)
        break
      case 'refused':
        this.#forget(directory, handed)
        this.#options.onFailed(handed.process, `${message.reason}, expected a system that grants it`)
        break
      case 'lost':
        this.#settle(directory, handed)
        break
    }
    this.#pump()
  }

  #started(directory: string, handed: Handed, message: LauncherMessage & { kind: 'started' }): void {
    const record = parseStartRecord(message.record)
    if (record === null || handed.isStarted) return
    handed.isStarted = true
    clearTimeout(handed.stuck)
    this.#startingCount--
    this.#options.onStarted(handed.process, directory, record, message.atMs)
  }

  #forget(directory: string, handed: Handed): void {
    this.#handed.delete(directory)
    clearTimeout(handed.stuck)
    if (!handed.isStarted) this.#startingCount--
  }

  /** The launcher is gone. What it had begun goes on; what it had not begun is begun by the next one. */
  #settleAll(): void {
    for (const [directory, handed] of this.#handed) this.#settle(directory, handed)
  }

  #settle(directory: string, handed: Handed): void {
    this.#forget(directory, handed)
    if (handed.isStarted) this.#options.onOrphaned(handed.process, directory)
    else this.#withdraw(directory, handed)
  }

  #withdraw(directory: string, handed: Handed): void {
    const work = insist(() => this.#withdrawOnce(directory, handed), {
      onFault: (error) => this.#options.onFault(handed.process, error),
      isOver: () => this.#isClosed,
    }).finally(() => {
      this.#withdrawals.delete(work)
      this.#pump()
    })
    this.#withdrawals.add(work)
  }

  async #withdrawOnce(directory: string, { process, waiting }: Handed): Promise<void> {
    const outcome = await withdraw(path.join(this.#options.runsDirectory, directory))
    if (outcome === 'started') this.#options.onOrphaned(process, directory)
    else if (this.#isClosing) this.#options.onFailed(process, agentEnds)
    else if (waiting.tries >= processLimits.startsTried) {
      this.#options.onFailed(
        process,
        `${waiting.tries} launchers or wrappers died of it, expected one that lives`,
      )
    } else {
      const { request, generation, tries } = waiting
      this.#queue.set(process, { request, generation: generation + 1, tries: tries + 1 })
    }
  }
}
