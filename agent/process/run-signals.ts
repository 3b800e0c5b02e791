// Signals to the whole process group of a run, also to what its command left behind, and
// never to a group that is another's by now.

import type { Logger } from 'pino'
import { errorCode } from '../../lib/base/error-code.ts'
import { processLimits } from './limits.ts'
import type { ProcessIdentity, ProcessTable } from './process-table.ts'
import { noteSignal, readRun } from './run-record.ts'

/** A command, which leads its group, and the directory where its signals are noted. */
export type SignalTarget = { readonly directory: string; readonly command: ProcessIdentity }

export class RunSignals {
  readonly #table: ProcessTable
  readonly #log: Pick<Logger, 'warn'>
  #isClosed = false

  constructor(table: ProcessTable, log: Pick<Logger, 'warn'>) {
    this.#table = table
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

  /** To what the command of a run that has ended left behind in its group. */
  async deliverToLeftOver(directory: string, signal: string): Promise<void> {
    const record = await readRun(directory, this.#table)
    if (record.kind !== 'ended' || record.started.bootId !== this.#table.bootId) return
    this.deliver({ directory, command: record.started.command }, signal)
  }

  close(): void {
    this.#isClosed = true
  }

  #send(target: SignalTarget, signal: string): void {
    // A number that another process bears by now says that nothing of the group is left.
    if (this.#isClosed || this.#table.isReused(target.command)) return
    const { pid } = target.command
    // To the kernel, -1 is everybody and 0 is ourselves: no record, however damaged, may lead there.
    if (!Number.isSafeInteger(pid) || pid <= 1) return
    try {
      process.kill(-pid, signal)
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') {
        this.#log.warn({ err: error, pid }, `Cannot send ${signal} to a process group`)
      } else if (this.#table.isAlive(target.command)) {
        // It is told of a moment before it leaves its worker's group for its own.
        setTimeout(() => this.#send(target, signal), processLimits.signalAgainMs)
      }
    }
  }
}
