// Signals to all of a run, also to what its command left behind, with a note of each before it is sent: what was told
// to end is over only when nothing of it is left.

import type { Logger } from 'pino'
import { processLimits } from './limits.ts'
import type { ProcessTable } from './process-table.ts'
import type { RunFamilies } from './run-families.ts'
import { noteSignal, readRun, type StartRecord } from './run-record.ts'

/** A run that has started, and the directory where its signals are noted. */
export type SignalTarget = { readonly directory: string; readonly started: StartRecord }

type Waiting = { readonly timer: NodeJS.Timeout; readonly onGone: () => void }

export class RunSignals {
  readonly #table: ProcessTable
  readonly #families: RunFamilies
  readonly #log: Pick<Logger, 'warn'>
  /** Runs whose command has ended, and of which something is left. */
  readonly #waiting = new Map<string, Waiting>()
  #isClosed = false

  constructor(table: ProcessTable, families: RunFamilies, log: Pick<Logger, 'warn'>) {
    this.#table = table
    this.#families = families
    this.#log = log
  }

  deliver(target: SignalTarget, signal: string): void {
    try {
      noteSignal(target.directory, signal)
    } catch (error) {
      // The note only sharpens what is told of the end; the signal is what counts.
      this.#log.warn({ err: error }, `Cannot note ${signal} in "${target.directory}"`)
    }
    this.#send(target, signal)
  }

  /** To what the command of a run that has ended left behind. */
  async deliverToLeftOver(directory: string, signal: string): Promise<void> {
    const record = await readRun(directory, this.#table)
    if (record.kind === 'ended') this.deliver({ directory, started: record.started }, signal)
  }

  /** Calls back when nothing of it is alive, or when what is left cannot be ended; at once when that is so. */
  whenGone(target: SignalTarget, onGone: () => void): void {
    this.#look(target, {
      onGone,
      waitMs: processLimits.goneFirstLookMs,
      leftMs: processLimits.leftOverMostMs,
    })
  }

  isWaitingFor(directory: string): boolean {
    return this.#waiting.has(directory)
  }

  close(): void {
    this.#isClosed = true
    for (const { timer } of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }

  #look(
    target: SignalTarget,
    wait: { readonly onGone: () => void; readonly waitMs: number; readonly leftMs: number },
  ): void {
    const { onGone, waitMs, leftMs } = wait
    const { directory, started } = target
    this.#waiting.delete(directory)
    if (this.#isClosed) return
    const isGone = this.#families.isGone(started)
    if (!isGone && leftMs <= 0)
      this.#log.warn({ pid: started.command.pid }, 'what a killed command left behind cannot be ended')
    if (isGone || leftMs <= 0) return onGone()
    const next = { onGone, waitMs: Math.min(2 * waitMs, processLimits.goneLookMs), leftMs: leftMs - waitMs }
    const timer = setTimeout(() => this.#look(target, next), waitMs)
    this.#waiting.set(directory, { timer, onGone })
  }

  #send(target: SignalTarget, signal: string): void {
    if (this.#isClosed) return
    const heard = this.#families.signal(target.started, signal)
    if (typeof heard === 'object')
      this.#log.warn({ err: heard.error, pid: target.started.command.pid }, `Cannot send ${signal} to a run`)
    // It is told of a moment before it leaves its worker's group for its own.
    else if (heard === 'nobody' && this.#table.isAlive(target.started.command))
      setTimeout(() => this.#send(target, signal), processLimits.signalAgainMs)
  }
}
