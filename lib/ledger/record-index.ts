// The recent records in memory, by subject and by job, newest slot first and bounded: so
// that a list costs what it shows, not what the ledger holds.

import type { JobName, NodeId } from '../base/ids.ts'
import { ledgerLimits } from '../base/document-limits.ts'
import { partitionLimits } from '../base/limits.ts'
import type { Retention } from './retention.ts'
import { recordKey, recordSlotMs, subjectOf, type LedgerRecord } from './run-record.ts'

/** All that was written about one run's attempt or one decision. */
export type Subject = {
  readonly name: string
  readonly slotMs: number
  readonly records: readonly LedgerRecord[]
  /** Nodes that ran the same slot too, on another side of a cut network. */
  readonly besides: readonly NodeId[]
}

/** A place in a list of records: behind this one. */
export type ListPlace = { readonly slotMs: number; readonly name: string }

type Filed = { readonly name: string; slotMs: number; readonly job: JobName }

export class RecordIndex {
  /** Of each subject, mostly one record: of every writer the last. */
  readonly #subjects = new Map<string, LedgerRecord[]>()
  readonly #byJob = new Map<JobName, Filed[]>()
  /** Runs that go on, and their jobs. */
  readonly #running = new Map<string, JobName>()
  /** Slots that ran without a vote, and where: of each job the newest ones. */
  readonly #partitioned = new Map<JobName, Map<number, Set<string>>>()
  /** The newest of all jobs, in the order of slots. */
  readonly #recent: Filed[] = []
  /** In the order in which they came, to be forgotten in it. */
  #arrived: Filed[] = []
  #forgotten = 0
  readonly #retention: Pick<Retention, 'recordsMost'>

  /** Subjects that are known. */
  get size(): number {
    return this.#subjects.size
  }

  constructor(retention: Pick<Retention, 'recordsMost'>) {
    this.#retention = retention
  }

  /** Of each job, what its definition does not want any more: too many by now, or slots before an instant. */
  sweep(firstMs: (job: JobName) => number): void {
    for (const [job, list] of this.#byJob) {
      const most = this.#retention.recordsMost(job)
      const sinceMs = firstMs(job)
      while (list.length > 0 && (list.length > most || list[0]!.slotMs < sinceMs))
        this.#subjects.delete(list.shift()!.name)
      if (list.length === 0) this.#byJob.delete(job)
    }
  }

  /** True when that is news. */
  add(record: LedgerRecord): boolean {
    const name = subjectOf(record)
    if (record.kind === 'run' && record.isPartitioned) this.#notePartitioned(record, name)
    const records = this.#subjects.get(name)
    if (records === undefined) {
      this.#subjects.set(name, [record])
      this.#file({ name, slotMs: recordSlotMs(record), job: record.job })
      if (record.kind === 'run') this.#noteRunning(record.job, name, [record])
      return true
    }
    const key = recordKey(record)
    const at = records.findIndex((known) => recordKey(known) === key)
    if (!isNewer(record, records[at])) return false
    const slotMs = slotOf(records)
    if (at < 0) records.push(record)
    else records[at] = record
    const toSlotMs = slotOf(records)
    if (toSlotMs !== slotMs) this.#fileAnew(record.job, name, toSlotMs)
    if (record.kind === 'run') this.#noteRunning(record.job, name, records)
    return true
  }

  /** All records of one subject. */
  about(subject: string): LedgerRecord[] {
    return [...(this.#subjects.get(subject) ?? [])]
  }

  /** What is known of one run's attempt or one decision; null when nothing is. */
  subject(name: string): Subject | null {
    const records = this.about(name)
    const [first] = records
    if (first === undefined) return null
    const slotMs = slotOf(records)
    return { name, slotMs, records, besides: this.#besides({ name, slotMs, job: first.job }) }
  }

  /** The runs that go on, as far as is known; of one job or of all. */
  running(job: JobName | null): Subject[] {
    for (const name of this.#running.keys()) if (!this.#subjects.has(name)) this.#running.delete(name)
    return [...this.#running].flatMap(([name, of]) =>
      job === null || of === job ? (this.subject(name) ?? []) : [],
    )
  }

  #noteRunning(job: JobName, name: string, records: readonly LedgerRecord[]): void {
    if (records.some((record) => record.kind === 'run' && record.state !== 'running'))
      this.#running.delete(name)
    else this.#running.set(name, job)
  }

  /** Of one job, newest slot first. */
  ofJob(job: JobName, limit: number): Subject[] {
    const subjects: Subject[] = []
    for (const subject of this.newest(job, null)) {
      if (subjects.length >= limit) break
      subjects.push(subject)
    }
    return subjects
  }

  /** Of one job or of all, newest slot first, behind a place that a list has ended at. */
  *newest(job: JobName | null, after: ListPlace | null): Generator<Subject> {
    const all = job === null ? this.#recent : (this.#byJob.get(job) ?? [])
    for (let at = startOf(all, after); at >= 0; at--) {
      const { name, slotMs } = all[at]!
      if (!this.#subjects.has(name)) continue
      yield { name, slotMs, records: this.about(name), besides: this.#besides(all[at]!) }
    }
  }

  /** Slots of this job that ran without a vote, oldest first. */
  partitionedSlots(job: JobName): number[] {
    return [...(this.#partitioned.get(job)?.keys() ?? [])].toSorted((left, right) => left - right)
  }

  #notePartitioned({ job, slotMs }: { job: JobName; slotMs: number }, name: string): void {
    const slots = this.#partitioned.get(job) ?? new Map<number, Set<string>>()
    this.#partitioned.set(job, slots)
    slots.set(slotMs, (slots.get(slotMs) ?? new Set()).add(name))
    if (slots.size > partitionLimits.slotsOwed) slots.delete(Math.min(...slots.keys()))
  }

  /** Of a slot that ran without a vote: who ran it too. */
  #besides({ name, slotMs, job }: Filed): NodeId[] {
    const without = this.#partitioned.get(job)?.get(slotMs)
    if (without === undefined) return []
    const all = (this.#byJob.get(job) ?? []).filter((filed) => filed.slotMs === slotMs && filed.name !== name)
    const records = all.flatMap((filed) => this.about(filed.name))
    return [...new Set(records.flatMap((record) => (record.kind === 'run' ? record.node : [])))].toSorted()
  }

  #file(filed: Filed): void {
    const list = this.#byJob.get(filed.job) ?? [filed]
    if (list[0] === filed) this.#byJob.set(filed.job, list)
    else insert(list, filed)
    while (list.length > this.#retention.recordsMost(filed.job)) this.#subjects.delete(list.shift()!.name)
    insert(this.#recent, filed)
    if (this.#recent.length > ledgerLimits.recordsListed) this.#recent.shift()
    this.#arrived.push(filed)
    if (this.#subjects.size > ledgerLimits.recordsIndexed) this.#forgetOldest()
  }

  /** An agent on an older image of its disk gives numbers again that it gave to runs of other slots. */
  #fileAnew(job: JobName, name: string, slotMs: number): void {
    const list = this.#byJob.get(job) ?? []
    const filed = list.find((one) => one.name === name)
    if (filed === undefined) return
    const lists = [list, this.#recent].filter((one) => one.includes(filed))
    for (const one of lists) one.splice(one.indexOf(filed), 1)
    filed.slotMs = slotMs
    for (const one of lists) insert(one, filed)
  }

  /** Jobs that run seldom keep their few records; those that run often lose their oldest. */
  #forgetOldest(): void {
    const { recordsIndexed, recordsPerJobLeast } = ledgerLimits
    for (let looked = 0; looked < 1000 && this.#subjects.size > recordsIndexed; looked++) {
      const filed = this.#arrived[this.#forgotten++]
      if (filed === undefined) break
      const list = this.#byJob.get(filed.job) ?? []
      // One that was forgotten, and perhaps filed again since, stands no more where it stood.
      const at = list.indexOf(filed)
      if (at < 0) continue
      if (list.length <= recordsPerJobLeast) this.#arrived.push(filed)
      else {
        this.#subjects.delete(filed.name)
        list.splice(at, 1)
      }
    }
    if (this.#forgotten * 2 < this.#arrived.length) return
    this.#arrived = this.#arrived.slice(this.#forgotten)
    this.#forgotten = 0
  }
}

/** The index of the first that is behind the place. */
function startOf(list: readonly Filed[], after: ListPlace | null): number {
  let at = list.length - 1
  if (after === null) return at
  while (at >= 0 && compare(list[at]!, after) >= 0) at--
  return at
}

/**
 * By slot; of one slot by name, the lower token before the higher: the same on every agent, whenever its records came,
 * and so is what a bound cuts off.
 */
function compare(left: ListPlace, right: ListPlace): number {
  const { length } = left.name
  return (
    left.slotMs - right.slotMs ||
    length - right.name.length ||
    (left.name < right.name ? -1 : left.name === right.name ? 0 : 1)
  )
}

/** What the newest of them tells, whichever came first. */
function slotOf(records: readonly LedgerRecord[]): number {
  const [first, ...others] = records
  const newest = others.reduce((known, other) => (isLater(other, known) ? other : known), first!)
  return recordSlotMs(newest)
}

function isLater(one: LedgerRecord, other: LedgerRecord): boolean {
  if (one.kind !== 'run' || other.kind !== 'run') return false
  if (one.writtenAtMs !== other.writtenAtMs) return one.writtenAtMs > other.writtenAtMs
  return one.writer > other.writer
}

/** Of two records under one key the one with the outcome, or else the later. */
function isNewer(record: LedgerRecord, known: LedgerRecord | undefined): boolean {
  if (known?.kind !== 'run' || record.kind !== 'run') return true
  const [isOver, wasOver] = [record.state !== 'running', known.state !== 'running']
  return isOver === wasOver ? record.writtenAtMs >= known.writtenAtMs : isOver
}

/** Keeps the order of slots; records mostly come in it. */
function insert(list: Filed[], filed: Filed): void {
  let at = list.length
  while (at > 0 && compare(list[at - 1]!, filed) > 0) at--
  if (at === list.length) list.push(filed)
  else list.splice(at, 0, filed)
}
