// Reads the records of runs whenever something may have changed, one reading of each at a time: what changes while it
// is read is read again.

import type { ProcessTable } from './process-table.ts'
import { readRun, type RunRecord } from './run-record.ts'

export class RecordReader {
  readonly #table: ProcessTable
  readonly #onRead: (directory: string, record: RunRecord) => void
  readonly #onFault: (directory: string, error: unknown) => void
  /** Directories that are being read, and whether they changed since. */
  readonly #reading = new Map<string, { isAgain: boolean }>()

  constructor(
    table: ProcessTable,
    onRead: (directory: string, record: RunRecord) => void,
    onFault: (directory: string, error: unknown) => void,
  ) {
    this.#table = table
    this.#onRead = onRead
    this.#onFault = onFault
  }

  read(directory: string): void {
    const before = this.#reading.get(directory)
    if (before !== undefined) {
      before.isAgain = true
      return
    }
    const reading = { isAgain: false }
    this.#reading.set(directory, reading)
    const read = readRun(directory, this.#table)
      .then((record) => this.#onRead(directory, record))
      .catch((error: unknown) => this.#onFault(directory, error))
    void read.finally(() => {
      this.#reading.delete(directory)
      if (reading.isAgain) this.read(directory)
    })
  }
}
