// The recent records in memory, by subject and by job, newest slot first and bounded: so
// that a list costs what it shows, not what the ledger holds.

import type { JobName } from '../base/ids.ts'
import { ledgerLimits } from '../base/limits.ts'
import { recordKey, recordSlotMs, subjectOf, type LedgerRecord } from './run-record.ts'

/** All that was written about one run's attempt or one decision. */
export type Subject = {
  readonly name: string
  readonly slotMs: number
  readonly records: readonly LedgerRecord[]
}

export class RecordIndex {
  readonly #subjects = new Map<string, Map<string, LedgerRecord>>()
  readonly #byJob = new Map<JobName, { readonly name: string; readonly slotMs: number }[]>()

  add(record: LedgerRecord): void {
    const name = subjectOf(record)
    let records = this.#subjects.get(name)
    if (records === undefined) {
      records = new Map()
      this.#subjects.set(name, records)
      this.#file(record.job, { name, slotMs: recordSlotMs(record) })
    }
    records.set(recordKey(record), record)
  }

  /** All records of one subject. */
  about(subject: string): LedgerRecord[] {
    return [...(this.#subjects.get(subject)?.values() ?? [])]
  }

  /** Of one job, newest slot first. */
  ofJob(job: JobName, limit: number): Subject[] {
    return (this.#byJob.get(job) ?? [])
      .slice(-limit)
      .toReversed()
      .map((filed) => this.#subject(filed))
  }

  /** Of all jobs, newest slot first. */
  recent(limit: number): Subject[] {
    const filed = [...this.#byJob.values()].flatMap((list) => list.slice(-limit))
    return filed
      .toSorted((left, right) => right.slotMs - left.slotMs)
      .slice(0, limit)
      .map((one) => this.#subject(one))
  }

  #subject(filed: { readonly name: string; readonly slotMs: number }): Subject {
    return { ...filed, records: this.about(filed.name) }
  }

  /** Keeps the job's list in the order of slots; records mostly come in that order. */
  #file(job: JobName, filed: { readonly name: string; readonly slotMs: number }): void {
    const list = this.#byJob.get(job) ?? []
    this.#byJob.set(job, list)
    let at = list.length
    while (at > 0 && list[at - 1]!.slotMs > filed.slotMs) at--
    list.splice(at, 0, filed)
    if (list.length > ledgerLimits.recordsPerJob) this.#subjects.delete(list.shift()!.name)
  }
}
