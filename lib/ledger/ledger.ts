// What ran and what did not, for ever and everywhere: from the runs that this agent holds
// and the decisions that it read in registers to records in replicated documents, and from
// those of all nodes to an index of the recent ones in memory.

import type { JobName, NodeId } from '../base/ids.ts'
import { ledgerLimits } from '../base/document-limits.ts'
import type { ChangedDocument, Documents } from '../catalog/documents.ts'
import { isLocalEntry, isPartitionedEntry } from '../claim/local-registers.ts'
import { nominalSlotMs, type Decision, type LiveEntry, type Order } from '../claim/register.ts'
import type { RunningRecord } from '../claim/vanished-runs.ts'
import type { HeldRun } from '../run/held-run.ts'
import { hourOfDocument } from './bucket.ts'
import { recordedAction } from './recorded-action.ts'
import { RecordIndex } from './record-index.ts'
import { RecordPlaces, type PlacedEntry } from './record-places.ts'
import type { Retention } from './retention.ts'
import { eventKey, TriggerEvents, type EventRecord } from './trigger-events.ts'
import { recordKey, subjectOf, vanishedWhy, type LedgerRecord, type RunRecord } from './run-record.ts'

export class Ledger {
  readonly #documents: Documents
  readonly #self: NodeId
  readonly #index: RecordIndex
  readonly #retention: Retention
  /** When what is too old is looked for next; null before the first tick. */
  #sweepAtMs: number | null = null
  readonly #places: RecordPlaces
  /** What actions of other jobs may wait for. */
  readonly events = new TriggerEvents()
  #hasNewEvents = false
  readonly #isBelieved: () => boolean
  /** Of runs that were found in a journal that nobody has vouched for yet, by the run and attempt. */
  readonly #heldBack = new Map<string, { readonly run: HeldRun; readonly atMs: number }>()

  constructor(
    documents: Documents,
    of: {
      readonly self: NodeId
      readonly retention: Retention
      /**
       * This agent's memory is vouched for. Before, it may be that of an older image of its disk, on which a run goes on
       * that is long over.
       */
      readonly isBelieved: () => boolean
    },
  ) {
    this.#documents = documents
    this.#self = of.self
    this.#isBelieved = of.isBelieved
    this.#retention = of.retention
    this.#index = new RecordIndex(of.retention)
    this.#places = new RecordPlaces(documents)
  }

  get index(): RecordIndex {
    return this.#index
  }

  /** The slot of the job's newest run in memory that succeeded; null when there is none. */
  lastSuccessMs(job: JobName): number | null {
    for (const { slotMs, records } of this.#index.ofJob(job, ledgerLimits.lookedThrough))
      if (records.some((record) => record.kind === 'run' && record.state === 'succeeded')) return slotMs
    return null
  }

  /** A run that this agent holds started, changed or ended. */
  recordRun(run: HeldRun, atMs: number): void {
    const { entry } = run
    if (!isLocalEntry(entry) && !this.#isBelieved())
      return void this.#heldBack.set(`${run.job}#${entry.run}.${entry.attempt}`, { run, atMs })
    const actions = run.plan.map(({ name }) => recordedAction(run, name))
    const tries = actions.flatMap((action) => [action, ...(action.earlier ?? [])])
    const started = tries.flatMap((tried) => tried.startedAtMs ?? [])
    const ended = tries.flatMap((tried) => tried.endedAtMs ?? [])
    const record: RunRecord = {
      kind: 'run',
      job: run.job,
      ...told(entry),
      token: isPartitionedEntry(entry) ? 0 : entry.token,
      ...(run.claim && { claim: { ...run.claim, revision: run.revision } }),
      isLocal: isLocalEntry(entry),
      ...(isPartitionedEntry(entry) && { isPartitioned: true as const }),
      state: run.outcome === null ? 'running' : run.outcome.kind,
      why: run.outcome !== null && 'why' in run.outcome ? run.outcome.why : '',
      startedAtMs: started.length > 0 ? Math.min(...started) : null,
      endedAtMs: run.outcome === null ? null : ended.length > 0 ? Math.max(...ended) : atMs,
      actions,
      writer: this.#self,
      writtenAtMs: atMs,
    }
    if (!this.#endedOtherwise(record)) this.#write(record, atMs)
  }

  /**
   * A run ends once: an agent on an older image of its disk takes up again what is over, and must not tell another end
   * over the one that it told. What it decided itself may have run again, and a number may be given again to another slot.
   */
  #endedOtherwise(record: RunRecord): boolean {
    const key = recordKey(record)
    const known = this.#index.about(subjectOf(record)).find((other) => recordKey(other) === key)
    if (record.isLocal || known?.kind !== 'run' || known.slotMs !== record.slotMs) return false
    return known.state !== 'running' && known.state !== record.state
  }

  /** At the beginning of each step's end: what this agent would have written, had it been believed. */
  writeHeldBack(): void {
    if (this.#heldBack.size === 0 || !this.#isBelieved()) return
    for (const { run, atMs } of this.#heldBack.values()) this.recordRun(run, atMs)
    this.#heldBack.clear()
  }

  /** Decisions found in a register: those that nobody has written yet are written. */
  recordDecisions(
    key: string,
    decisions: readonly Decision[],
    at: { readonly atMs: number; readonly isLocal: boolean },
  ): void {
    for (const decision of decisions) {
      const record = this.#recordOf(key, decision, at.isLocal)
      if (!this.#isKnown(record)) this.#write(record, at.atMs)
    }
  }

  /** Whether somebody has written down this decision of a vote, as far as is known here. */
  isRecorded(key: string, decision: Decision): boolean {
    return this.#isKnown(this.#recordOf(key, decision, false))
  }

  /** Runs that go on by a vote, as far as is known here. */
  running(): RunningRecord[] {
    return this.#index.running(null).flatMap(({ name, records: [first] }) => {
      if (first?.kind !== 'run' || first.isLocal) return []
      const { job, node, run, attempt, token } = first
      return [{ subject: name, job, node, run, attempt, token }]
    })
  }

  /** No register has this run any more, and nobody told how it ended: what its holder says yet counts more. */
  recordVanished({ subject }: RunningRecord, atMs: number): void {
    const [known] = this.#index.about(subject)
    if (known?.kind !== 'run' || this.#isKnown(known)) return
    const { claim: _claim, ...run } = known
    const end = { state: 'unknown', why: vanishedWhy, endedAtMs: null, actions: [] } as const
    this.#write({ ...run, ...end, writer: this.#self, writtenAtMs: atMs }, atMs)
  }

  /** Slots of the job that are known to have run where no majority was in reach, the newest ones. */
  ranPartitioned(job: JobName): readonly number[] {
    return this.#index.partitionedSlots(job)
  }

  /** Documents changed, here or elsewhere: the index follows. Answers the records that were news. */
  onChanged(changed: readonly ChangedDocument[]): LedgerRecord[] {
    const news: LedgerRecord[] = []
    for (const { id, keys } of changed) {
      if (hourOfDocument(id) === null) continue
      const document = this.#documents.get(id)
      for (const key of keys) {
        const entry = entryOf(document?.json(key))
        if (entry?.kind === 'event') {
          this.#hasNewEvents = this.events.add(entry) || this.#hasNewEvents
          if (entry.writer === this.#self) this.#places.seen(id, { key: eventKey(entry), isOpen: false })
          continue
        }
        const record = entry
        if (record !== null && this.#index.add(record)) news.push(record)
        if (record?.writer === this.#self) this.#places.seen(id, placedOf(record))
      }
    }
    return news
  }

  /** Whether what is published has changed since the last call. */
  takeNewEvents(): boolean {
    const hasNewEvents = this.#hasNewEvents
    this.#hasNewEvents = false
    return hasNewEvents
  }

  /** An event is published or discarded; false when it stood so before. */
  recordEvent(event: Pick<EventRecord, 'id' | 'state' | 'by'>, atMs: number): boolean {
    const known = this.events.stateOf(event.id)
    if (known === event.state || (known === null && event.state === 'discarded')) return false
    const record: EventRecord = { kind: 'event', ...event, atMs, writer: this.#self }
    const key = eventKey(record)
    this.#documents.put(
      this.#places.placeFor({ key, isOpen: false }, atMs),
      [[key, JSON.stringify(record)]],
      atMs,
    )
    return true
  }

  /**
   * Closes what is old, and drops what is older than anybody asked to keep: by cluster time alone (null while no
   * majority has told it), for by a clock that is a year ahead all is old.
   */
  onTick(clusterMs: number | null): void {
    this.#places.readHistory(this.#index.size < ledgerLimits.recordsReadAtStart)
    if (clusterMs === null) return
    this.#places.onTick(clusterMs)
    this.#sweepAtMs ??= clusterMs + ledgerLimits.sweepFirstMs
    if (clusterMs < this.#sweepAtMs) return
    this.#sweepAtMs = clusterMs + ledgerLimits.sweepEveryMs
    this.#index.sweep((job) => clusterMs - this.#retention.keepMs(job))
    const longestMs = this.#retention.longestMs()
    if (longestMs !== null) this.#places.dropBefore(clusterMs - longestMs)
  }

  #isKnown(record: LedgerRecord): boolean {
    const known = this.#index.about(subjectOf(record))
    return known.some((other) => other.kind === 'not-run' || other.state !== 'running')
  }

  #recordOf(key: string, decision: Decision, isLocal: boolean): LedgerRecord {
    const job = key as RunRecord['job']
    if (decision.kind === 'not-run') {
      const { version, why, fromMs, toMs, count } = decision
      return {
        kind: 'not-run',
        job,
        version,
        node: isLocal ? this.#self : null,
        why,
        fromMs,
        toMs,
        count,
        decidedAtMs: decision.atMs,
        writer: this.#self,
      }
    }
    const { entry, outcome } = decision
    return {
      kind: 'run',
      job,
      ...told(entry),
      token: entry.token,
      isLocal,
      state: outcome.kind,
      why: 'why' in outcome ? outcome.why : '',
      startedAtMs: null,
      endedAtMs: null,
      actions: [],
      writer: this.#self,
      writtenAtMs: decision.atMs,
    }
  }

  #write(record: LedgerRecord, atMs: number): void {
    // At once: what the same step finds decided about this run must not be written over it. And what is no news here must
    // not stand in the document: who reads only that would know another end.
    if (!this.#index.add(record)) return
    const id = this.#places.placeFor(placedOf(record), atMs)
    this.#documents.put(id, [[recordKey(record), JSON.stringify(record)]], atMs)
  }
}

/** What the register says of a run, in its record. */
function told(entry: LiveEntry) {
  const { incarnation, label, run, attempt, node, order } = entry
  return {
    incarnation,
    slotMs: nominalSlotMs(entry),
    label,
    run,
    attempt,
    node,
    ...(order && askedBy(order)),
  }
}

function askedBy({ requestId, user, variables }: Order): Pick<RunRecord, 'requestId' | 'user' | 'variables'> {
  return { requestId, user, ...(Object.keys(variables).length > 0 && { variables }) }
}

function placedOf(record: LedgerRecord): PlacedEntry {
  return { key: recordKey(record), isOpen: record.kind === 'run' && record.state === 'running' }
}

function entryOf(value: unknown): LedgerRecord | EventRecord | null {
  const entry = value as LedgerRecord | EventRecord | null | undefined
  return entry?.kind === 'run' || entry?.kind === 'not-run' || entry?.kind === 'event' ? entry : null
}
