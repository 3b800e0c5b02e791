// The requests of `http` actions, for the core: made by this agent itself, and told like processes, each of which ends
// in exactly one event. They do not outlive the agent: of a request that was under way when it died nobody can say how
// it ended, unless its answer was written down before (`answer` in its directory). What the body says is in `stdout`.

import fs from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { Reading } from '../../lib/base/clock.ts'
import { errorCode } from '../../lib/base/error-code.ts'
import type { Exit } from '../../lib/claim/ended-attempt.ts'
import type { ProcessEffect, Spawn } from '../../lib/run/effect.ts'
import type { ProcessEvent } from '../../lib/run/event.ts'
import type { RequestPlan } from '../../lib/run/render-action.ts'
import type { ExitSync } from './exit-sync.ts'
import { prepareRequest, type PreparedRequest } from './http-request.ts'
import { insist } from './insist.ts'
import { processLimits } from './limits.ts'
import type { OutputWatch } from './output-watch.ts'
import { runDirectoryName } from './run-record.ts'
import type { Secrets } from './secrets.ts'

export type CallsOptions = {
  readonly runsDirectory: string
  readonly outputs: OutputWatch
  readonly exits: ExitSync
  readonly clock: { read(): Reading }
  readonly onEvent: (event: ProcessEvent) => void
  readonly secrets: Secrets
  readonly log: Pick<Logger, 'warn'>
}

type Call = {
  readonly process: string
  readonly request: RequestPlan
  readonly abort: AbortController
  /** From then on (steady clock) it is not made any more; null for one that may start whenever it may. */
  readonly startByMs: number | null
  /** When it is given up (steady clock); null for one without a lease. */
  endAtMs: number | null
  timer: NodeJS.Timeout | null
  endedBy: string | null
  isEndedByLease: boolean
}

const agentEnds = 'the agent is ending, expected one that goes on'

type Ended = Omit<ProcessEvent & { readonly kind: 'child-exited' }, 'process'>

export class Calls {
  readonly #options: CallsOptions
  readonly #calls = new Map<string, Call>()
  readonly #waiting: Call[] = []
  readonly #underWay = new Set<Promise<void>>()
  #isClosed = false

  constructor(options: CallsOptions) {
    this.#options = options
  }

  has(process: string): boolean {
    return this.#calls.has(process)
  }

  /** Carries out what is for a request; false for what is for a process. */
  take(effect: ProcessEffect): boolean {
    switch (effect.kind) {
      case 'spawn':
        if (effect.http !== undefined) this.#begin(effect, effect.http)
        return effect.http !== undefined
      case 'adopt':
        if (effect.isRequest === true) this.#adopt(effect.process)
        return effect.isRequest === true
      case 'signal':
        return this.#end(this.#calls.get(effect.process), effect.signal)
      case 'extend-lease':
        for (const process of effect.processes) this.#extend(process, effect.deadline.termAtMs)
        return false
      case 'remove-output':
        return false
    }
  }

  /** Waits a little for what is under way; what it has not got an answer by then has an unknown end. */
  async close(): Promise<void> {
    for (const { process } of this.#waiting.splice(0))
      this.#options.onEvent({ kind: 'spawn-failed', process, reason: agentEnds })
    this.#isClosed = true
    const all = Promise.allSettled(this.#underWay)
    const timer = setTimeout(() => {
      for (const { abort } of this.#calls.values()) abort.abort()
    }, processLimits.closeWaitMs)
    await all
    clearTimeout(timer)
    for (const { timer: own } of this.#calls.values()) if (own !== null) clearTimeout(own)
    this.#calls.clear()
  }

  #begin({ process, lease, startByMs }: Spawn, request: RequestPlan): void {
    const call: Call = {
      process,
      request,
      abort: new AbortController(),
      startByMs,
      endAtMs: lease?.deadline.termAtMs ?? null,
      timer: null,
      endedBy: null,
      isEndedByLease: false,
    }
    this.#calls.set(process, call)
    this.#waiting.push(call)
    this.#next()
  }

  #next(): void {
    while (!this.#isClosed && this.#underWay.size < processLimits.callsAtOnce) {
      const call = this.#waiting.shift()
      if (call === undefined) return
      const work = this.#make(call)
        .catch((error: unknown) => {
          this.#fault(call.process, error)
          this.#tell(call, { kind: 'child-gone', process: call.process })
        })
        .finally(() => {
          this.#underWay.delete(work)
          this.#next()
        })
      this.#underWay.add(work)
    }
  }

  async #make(call: Call): Promise<void> {
    const { process } = call
    const failed = (reason: string) => this.#tell(call, { kind: 'spawn-failed', process, reason })
    const prepared = await prepareRequest(call.request, this.#options.secrets)
    if (prepared.kind === 'fault') return failed(prepared.reason)
    const { runsDirectory } = this.#options
    const directory = path.join(runsDirectory, runDirectoryName(process, 1))
    if (call.endedBy !== null) return failed(`${call.endedBy} came before it started`)
    if (this.#nowMs() >= Math.min(call.startByMs ?? Infinity, call.endAtMs ?? Infinity))
      return this.#tell(call, { kind: 'not-started', process, reason: 'its time was over before it began' })
    let body: fs.FileHandle
    try {
      await fs.mkdir(directory, { mode: 0o700 })
      body = await fs.open(path.join(directory, 'stdout'), 'ax', 0o600)
    } catch (error) {
      return failed(
        `its files could not be made (${errorCode(error)}), expected space and a place of its own`,
      )
    }
    const startedAtMs = Date.now()
    this.#watch(call)
    this.#options.outputs.add(directory)
    // No process of its own stands for it: whoever looks finds the agent's.
    this.#options.onEvent({ kind: 'spawned', process, pid: globalThis.process.pid, startedAtMs })
    const came = await this.#send(call, prepared, { directory, body })
    // The agent ends, and knows no more of it than the next one will.
    if (came === null) return
    const { isEndedByLease: isEndedByGuard } = call
    const ended: Ended = {
      kind: 'child-exited',
      ...came,
      startedAtMs,
      endedAtMs: Math.max(startedAtMs, Date.now()),
      ...(isEndedByGuard && { isEndedByGuard }),
      ...(await this.#options.outputs.finish(directory, came.exit)),
    }
    await fs
      .writeFile(path.join(directory, 'exit'), `${JSON.stringify(ended)}\n`, { mode: 0o600 })
      .catch((error: unknown) => this.#fault(process, error))
    this.#options.exits.sync(directory, {
      onFault: (error) => this.#fault(process, error),
      report: () => this.#tell(call, { ...ended, process }),
    })
  }

  /** What came of it; null when nobody will know. */
  async #send(
    call: Call,
    request: PreparedRequest & { readonly kind: 'ready' },
    { directory, body }: { readonly directory: string; readonly body: fs.FileHandle },
  ): Promise<{ readonly exit: Exit; readonly said: string } | null> {
    let isWritten = true
    const onBody = async (bytes: Uint8Array): Promise<void> => {
      if (!isWritten) return
      try {
        await body.appendFile(bytes)
      } catch (error) {
        // Output must not keep a run from ending: what a full disk does not take is not kept.
        isWritten = false
        this.#fault(call.process, error)
      }
    }
    try {
      const { said, isExpected } = await request.send(call.abort.signal, onBody)
      return { exit: { kind: 'code', code: isExpected ? 0 : 1 }, said }
    } catch (error) {
      if (call.endedBy !== null)
        return { exit: { kind: 'signal', signal: call.endedBy }, said: 'was given up' }
      if (this.#isClosed) return null
      throw error
    } finally {
      this.#options.outputs.remove(directory)
      await body.close()
    }
  }

  /** An earlier agent had made it, perhaps, and perhaps written down what came of it. */
  #adopt(process: string): void {
    if (this.#calls.has(process)) return
    const { runsDirectory, onEvent } = this.#options
    const file = path.join(runsDirectory, runDirectoryName(process, 1), 'exit')
    const adopt = async (): Promise<void> => {
      const ended = await readAnswer(file)
      if (!this.#isClosed) onEvent(ended === null ? { kind: 'child-gone', process } : { ...ended, process })
    }
    void insist(adopt, {
      onFault: (error) => this.#fault(process, error),
      isOver: () => this.#isClosed,
    })
  }

  #end(call: Call | undefined, signal: string): boolean {
    if (call === undefined) return false
    call.endedBy ??= signal
    call.abort.abort()
    return true
  }

  #extend(process: string, endAtMs: number): void {
    const call = this.#calls.get(process)
    if (typeof call?.endAtMs !== 'number') return
    call.endAtMs = Math.max(call.endAtMs, endAtMs)
  }

  /** Gives it up when its lease is over, unless that was made longer meanwhile. */
  #watch(call: Call): void {
    if (call.endAtMs === null) return
    const leftMs = call.endAtMs - this.#nowMs()
    if (leftMs > 0) call.timer = setTimeout(() => this.#watch(call), leftMs)
    else {
      call.isEndedByLease = true
      this.#end(call, 'SIGTERM')
    }
  }

  #tell(call: Call, event: ProcessEvent): void {
    if (!this.#calls.delete(call.process)) return
    if (call.timer !== null) clearTimeout(call.timer)
    if (!this.#isClosed) this.#options.onEvent(event)
  }

  #fault(process: string, error: unknown): void {
    this.#options.log.warn({ err: error }, `Cannot look after request "${process}"`)
  }

  #nowMs(): number {
    return this.#options.clock.read().steadyMs
  }
}

/** Null where there is none, or only what a power cut left of one. */
async function readAnswer(file: string): Promise<Ended | null> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8')) as Ended
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}
