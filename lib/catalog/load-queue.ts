// Logs that are to be read from disk, a few at a time: what is read stands in memory, and
// a start may want hundreds.

import { documentLimits } from '../base/document-limits.ts'

export class LoadQueue {
  readonly #wanted = new Set<string>()
  readonly #running = new Set<string>()

  get isEmpty(): boolean {
    return this.#running.size + this.#wanted.size === 0
  }

  want(log: string): void {
    this.#wanted.add(log)
  }

  /** The log's content has come. */
  done(log: string): void {
    this.#running.delete(log)
    this.#wanted.delete(log)
  }

  /** The logs to be read next. */
  take(): string[] {
    const loads = [...this.#wanted].slice(0, documentLimits.loadsAtOnce - this.#running.size)
    for (const log of loads) {
      this.#wanted.delete(log)
      this.#running.add(log)
    }
    return loads
  }
}
