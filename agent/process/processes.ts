// The processes of runs, for the core: starts them through the launcher, adopts those of an
// earlier agent, sends signals, hands out what they wrote. Each run that it was given ends in
// exactly one of `spawn-failed`, `not-started`, `child-exited` and `child-gone`, whoever dies
// meanwhile: the launcher, a worker, or the agent (then through its successor, by adopt). What has
// become of a run stands in its directory alone (run-record.ts); messages say when to look.

import { existsSync } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import { assert, unreachable } from '../../lib/base/assert.ts'
import type { Reading } from '../../lib/base/clock.ts'
import type { ProcessEffect } from '../../lib/run/effect.ts'
import type { ProcessEvent } from '../../lib/run/event.ts'
import type { OutputPart, OutputQuery } from '../../lib/run/output.ts'
import type { Lease } from '../../lib/run/lease.ts'
import { ownAccount } from './account.ts'
import { adoptRun } from './adoption.ts'
import { Calls } from './calls.ts'
import { ExitSync } from './exit-sync.ts'
import { insist } from './insist.ts'
import { Leases } from './leases.ts'
import { processLimits } from './limits.ts'
import { OutputWatch } from './output-watch.ts'
import type { Run } from './process-state.ts'
import { ProcessTable } from './process-table.ts'
import { RecordReader } from './record-reader.ts'
import type { SpawnRequest } from './request-text.ts'
import { RunFamilies } from './run-families.ts'
import {
  endingSignals,
  findRunDirectories,
  isClosed,
  readRun,
  runDirectoryName,
  withdraw,
  type RunRecord,
  type StartRecord,
} from './run-record.ts'
import { readOutput } from './run-output.ts'
import { RunSignals } from './run-signals.ts'
import { RunWatch } from './run-watch.ts'
import { noSecrets, type Secrets } from './secrets.ts'
import { Starter } from './starter.ts'

export type ProcessesOptions = {
  /** Exists, and is this agent's alone. */
  readonly runsDirectory: string
  readonly onEvent: (event: ProcessEvent) => void
  /** The clock in whose steady time the core gives deadlines. */
  readonly clock: { read(): Reading }
  readonly log: Pick<Logger, 'warn'>
  readonly secrets?: Secrets
  /** The shell that wraps runs (not the one that they ask for). */
  readonly workerShell?: string
  /** Where the system shows its processes; a place without any stands for a system that does not. */
  readonly procDirectory?: string
}

export class Processes {
  readonly #options: ProcessesOptions & { readonly secrets: Secrets }
  readonly #table: ProcessTable
  readonly #families: RunFamilies
  readonly #signals: RunSignals
  readonly #starter: Starter
  readonly #calls: Calls
  /** Of all of this agent's processes: one guard has them. */
  readonly leases: Leases
  readonly #watch: RunWatch
  readonly #runs = new Map<string, Run>()
  readonly #processOfWatched = new Map<string, string>()
  readonly #reader: RecordReader
  #isClosed = false
  readonly #outputs: OutputWatch
  readonly #exits = new ExitSync()

  constructor(options: ProcessesOptions) {
    const { runsDirectory, workerShell = '/bin/sh', procDirectory = '/proc', secrets = noSecrets } = options
    this.#options = { ...options, secrets }
    this.#table = new ProcessTable(procDirectory)
    this.#families = new RunFamilies(this.#table, runsDirectory, procDirectory)
    this.#outputs = new OutputWatch(options.log, secrets)
    this.#calls = new Calls({ ...options, secrets, outputs: this.#outputs, exits: this.#exits })
    this.#signals = new RunSignals(this.#table, this.#families, options.log)
    this.leases = new Leases({ ...options, procDirectory, families: this.#families })
    this.#reader = new RecordReader(
      this.#table,
      (directory, record) => this.#ofWatched(directory, (process) => this.#learn(process, directory, record)),
      (directory, error) => this.#ofWatched(directory, (process) => this.#fault(process, error)),
    )
    this.#watch = new RunWatch((directory, why) => this.#lookIfNeeded(directory, why))
    this.#starter = new Starter({
      runsDirectory,
      workerShell,
      procDirectory,
      secrets,
      requester: { bootId: this.#table.bootId, account: ownAccount() },
      onStarted: (process, name, started, startedAtMs) => {
        this.#announce(process, { directory: this.#place(name), started, startedAtMs, kind: 'spawned' })
      },
      isTooLate: ({ startByMs }) => options.clock.read().steadyMs >= (startByMs ?? Infinity),
      onTooLate: (process) => this.#notStarted(process, 'its time was over before its turn came'),
      onFailed: (process, reason) => this.#startFailed(process, reason),
      onEnded: (process, name, isAlone) =>
        this.#insist(process, () => this.#readEnd(process, this.#place(name), isAlone)),
      onOrphaned: (process, name) => this.#follow(process, this.#place(name), 'spawned'),
      onFault: (process, error) => this.#fault(process, error),
    })
  }

  /** The launcher's process; null while there is none. */
  get launcherPid(): number | null {
    return this.#starter.launcherPid
  }

  carryOut(effect: ProcessEffect): void {
    if (this.#calls.take(effect)) return
    switch (effect.kind) {
      case 'spawn':
        return this.spawn(effect, effect.lease)
      case 'adopt':
        return this.adopt(effect.process, effect.isLeased)
      case 'extend-lease':
        return this.leases.extend(effect.processes, effect.deadline)
      case 'signal':
        return this.signal(effect.process, effect.signal)
      case 'remove-output':
        this.remove(effect.process).catch((error: unknown) => {
          this.#options.log.warn({ err: error }, `Cannot remove the output of "${effect.process}"`)
        })
        return
      default:
        return unreachable(effect)
    }
  }

  spawn(request: SpawnRequest, lease: Lease | null = null): void {
    const { process } = request
    assert(!this.#runs.has(process), `process "${process}" is started once`)
    this.#runs.set(process, { kind: 'starting', signals: [] })
    if (lease !== null) this.#insist(process, () => this.#startLeased(request, lease))
    else if (existsSync(this.#place(runDirectoryName(process, 1)))) {
      this.#insist(process, () => this.#startAfterOthers(request))
    } else this.#starter.add(request, 1)
  }

  /** Looks what became of a process that an earlier agent was to start, and watches it on. */
  adopt(process: string, isLeased = false): void {
    if (this.#runs.has(process)) return
    this.#runs.set(process, { kind: 'starting', signals: [] })
    if (isLeased) this.leases.keep(process)
    this.#insist(process, () => this.#adopt(process))
  }

  /** To the whole process group of the run, also to what the command left behind when it ended. */
  signal(process: string, signal: string): void {
    const run = this.#runs.get(process)
    if (run === undefined) this.#insist(process, () => this.#signalLeftOver(process, signal))
    else if (run.kind === 'running') this.#signals.deliver(run, signal)
    else if (endingSignals.includes(signal) && this.#starter.drop(process)) {
      this.#failed(process, `${signal} came before it started`)
    } else run.signals.push(signal)
  }

  /** What the command has written so far, from a place on; empty where there is nothing (yet). */
  async readOutput(query: OutputQuery): Promise<OutputPart> {
    // Looked at first: what was written before it ended is then in what is read.
    const isRunning = this.#runs.has(query.process) || this.#calls.has(query.process)
    return { ...(await readOutput(this.#options.runsDirectory, query, this.#options.secrets)), isRunning }
  }

  /** Deletes what a run that has ended left on the disk. */
  async remove(process: string): Promise<void> {
    if (this.#runs.has(process)) {
      throw new Error(
        `Cannot remove the files of process "${process}": it is running, expected one that has ended`,
      )
    }
    for (const name of await this.#find(process)) {
      await fs.rm(this.#place(name), { recursive: true, force: true })
    }
  }

  /** Starts and reports nothing more; leaves what runs running. */
  async close(): Promise<void> {
    await Promise.all([this.#starter.close(), this.#calls.close()])
    this.#isClosed = true
    this.leases.close()
    this.#signals.close()
    this.#watch.close()
    this.#outputs.close()
    await this.#exits.finish()
    this.#processOfWatched.clear()
    this.#runs.clear()
  }

  /** S5, S7: only once its guard has it, and not after its time. */
  async #startLeased(request: SpawnRequest, lease: Lease): Promise<void> {
    const { process } = request
    if (!this.leases.isPossible) {
      this.#failed(process, 'the system shows no uptime, expected a clock that counts suspend for its lease')
      return
    }
    const notAfter = await this.leases.hold(process, lease, request.startByMs ?? null)
    if (this.#isClosed) return
    if (notAfter === null) this.#notStarted(process, 'its time was over before it had a guard')
    else await this.#startAfterOthers({ ...request, notAfter })
  }

  /** An earlier try may have left directories: it must have proved that nothing of it was executed. */
  async #startAfterOthers(request: SpawnRequest): Promise<void> {
    const { process } = request
    const names = await this.#find(process)
    const newest = names[0] === undefined ? null : await readRun(this.#place(names[0]), this.#table)
    if (newest === null || isClosed(newest)) this.#starter.add(request, names.length + 1)
    else this.#failed(process, 'it was started before, expected one that was not')
  }

  async #adopt(process: string): Promise<void> {
    const { runsDirectory } = this.#options
    const isLeased = this.leases.has(process)
    const adopted = await adoptRun(process, { runsDirectory, table: this.#table, isLeased })
    if (adopted.kind === 'follow') this.#follow(process, adopted.directory, 'child-adopted')
    else if (adopted.kind === 'gone') this.#gone(process)
    else if (adopted.kind === 'not-started') this.#notStarted(process, adopted.reason)
    else this.#failed(process, adopted.reason)
  }

  /** Nobody will tell of this run: from now on it is looked at. */
  #follow(process: string, directory: string, announce: 'spawned' | 'child-adopted'): void {
    const run = this.#runs.get(process)
    if (run === undefined) return
    if (run.kind === 'starting') {
      const { signals } = run
      const sinceMs = performance.now()
      this.#runs.set(process, { kind: 'settling', directory, announce, sinceMs, signals })
    }
    this.#processOfWatched.set(directory, process)
    this.#watch.add(directory)
    this.#reader.read(directory)
  }

  #ofWatched(directory: string, act: (process: string) => void): void {
    const process = this.#processOfWatched.get(directory)
    if (process !== undefined) act(process)
  }

  /** A turn is cheap as long as the command is alive: its record cannot have ended. */
  #lookIfNeeded(directory: string, why: 'changed' | 'turn'): void {
    const run = this.#runs.get(this.#processOfWatched.get(directory) ?? '')
    if (why === 'turn' && run?.kind === 'running' && this.#table.isAlive(run.started.command)) return
    this.#reader.read(directory)
  }

  #learn(process: string, directory: string, record: RunRecord): void {
    const run = this.#runs.get(process)
    if (run === undefined) return
    switch (record.kind) {
      case 'unstarted':
      case 'unfinished':
        // Whoever made the gate was killed in the middle, and what it started (if anything) cannot be found.
        if (run.kind === 'settling' && performance.now() - run.sinceMs > processLimits.recordUnfinishedMs)
          this.#gone(process)
        break
      case 'not-started':
        if (isClosed(record) && this.leases.has(process)) this.#notStarted(process, record.reason)
        else this.#failed(process, record.reason)
        break
      case 'running':
        if (run.kind !== 'settling') break
        this.#announce(process, { ...record, directory, kind: run.announce })
        break
      case 'ended':
        this.#ended(process, directory, record)
        break
      case 'gone':
        this.#gone(process)
        break
    }
  }

  /** The worker says that it is done: what is not written by now never will be. */
  async #readEnd(process: string, directory: string, isAlone: boolean): Promise<void> {
    const record = await readRun(directory, this.#table)
    if (record.kind === 'ended' && isAlone) this.#exited(process, directory, record)
    else if (record.kind === 'ended' || record.kind === 'not-started') this.#learn(process, directory, record)
    else if (record.kind === 'running' || record.kind === 'gone') this.#gone(process)
    else if ((await withdraw(directory)) === 'started') this.#gone(process)
    else this.#failed(process, 'its files could not be written, expected space on the disk')
  }

  #announce(
    process: string,
    found: {
      readonly kind: 'spawned' | 'child-adopted'
      readonly directory: string
      readonly started: StartRecord
      readonly startedAtMs: number
    },
  ): void {
    const before = this.#runs.get(process)
    if (before === undefined || before.kind === 'running') return
    const { kind, directory, started, startedAtMs } = found
    const run = { kind: 'running', directory, started } as const
    this.#runs.set(process, run)
    this.#outputs.add(directory)
    this.#options.onEvent({ kind, process, pid: started.command.pid, startedAtMs })
    for (const signal of before.signals) this.#signals.deliver(run, signal)
  }

  /** What was told to end goes on as long as anything of it is left: who told it may tell it again, and kill it. */
  #ended(process: string, directory: string, record: RunRecord & { kind: 'ended' }): void {
    const run = this.#runs.get(process)
    if (run === undefined || this.#signals.isWaitingFor(directory)) return
    const { started } = record
    if (!record.isSignalled || this.#families.isGone(started)) return this.#exited(process, directory, record)
    const kind = run.kind === 'settling' ? run.announce : 'spawned'
    this.#announce(process, { ...record, directory, kind })
    this.#signals.whenGone({ directory, started }, () => this.#exited(process, directory, record))
  }

  #exited(process: string, directory: string, record: RunRecord & { kind: 'ended' }): void {
    if (!this.#forget(process)) return
    const { kind: _kind, started: _started, isSignalled: _isSignalled, ...end } = record
    this.#exits.sync(directory, {
      onFault: (error) => this.#fault(process, error),
      report: async () => {
        const last = await this.#outputs.finish(directory, end.exit)
        this.#options.onEvent({ kind: 'child-exited', process, ...end, ...last })
      },
    })
  }

  /** A guard that was first has closed the gate. */
  #startFailed(process: string, reason: string): void {
    if (!this.leases.has(process)) return this.#failed(process, reason)
    this.#insist(process, async () => {
      const [name] = await this.#find(process)
      const record = name === undefined ? null : await readRun(this.#place(name), this.#table)
      if (record !== null && isClosed(record)) this.#notStarted(process, 'its time was over before it began')
      else this.#failed(process, reason)
    })
  }

  #notStarted(process: string, reason: string): void {
    if (this.#forget(process)) this.#options.onEvent({ kind: 'not-started', process, reason })
  }

  #failed(process: string, reason: string): void {
    if (this.#forget(process)) this.#options.onEvent({ kind: 'spawn-failed', process, reason })
  }

  #gone(process: string): void {
    if (this.#forget(process)) this.#options.onEvent({ kind: 'child-gone', process })
  }

  /** False when the end of this run has been told before. */
  #forget(process: string): boolean {
    const run = this.#runs.get(process)
    if (run === undefined) return false
    this.#runs.delete(process)
    this.leases.forget(process)
    if (run.kind === 'starting') return true
    this.#outputs.remove(run.directory)
    this.#watch.remove(run.directory)
    this.#processOfWatched.delete(run.directory)
    return true
  }

  async #signalLeftOver(process: string, signal: string): Promise<void> {
    const [name] = await this.#find(process)
    if (name !== undefined) await this.#signals.deliverToLeftOver(this.#place(name), signal)
  }

  #insist(process: string, work: () => Promise<void>): void {
    void insist(work, { onFault: (error) => this.#fault(process, error), isOver: () => this.#isClosed })
  }

  /** Whatever failed is tried again. */
  #fault(process: string, error: unknown): void {
    this.#options.log.warn({ err: error }, `Cannot look after process "${process}"`)
  }

  /** The names of its directories, the newest first. */
  #find(process: string): Promise<string[]> {
    return findRunDirectories(this.#options.runsDirectory, process)
  }

  #place(name: string): string {
    return path.join(this.#options.runsDirectory, name)
  }
}
