// Jobs that are to run also where no majority of the witnesses is in reach (if_partitioned:
// run), once on each side of the cut that has an eligible node. Nobody can be asked there,
// so nothing is agreed: of the eligible nodes that this agent is connected with, the first
// in rank runs the slot, at its instant and not later; nothing is caught up.
//
// A side is one when no majority answered this agent for five seconds, nor was heard of in
// digests: who hears a majority and cannot speak to it is on that majority's side. Slots
// that may have been claimed by a vote before that are left alone.
//
// What runs is in a register of this agent's own, so that a slot starts here once, also
// after a crash and when sides come and go. Its slots are owed to the cluster's register:
// as soon as a majority is back they are told (`ran-partitioned`), before anything of
// that job is claimed, and so are those that the ledger knows of other agents of this side.

import { opId, type JobName } from '../base/ids.ts'
import { partitionLimits, timeLimits } from '../base/limits.ts'
import { rankNodes } from '../placement/rank.ts'
import type { AfterWritten } from './after-written.ts'
import type { Capacity } from './capacity.ts'
import type { Change, JobFacts, Slot } from './change.ts'
import type { ClaimClock, ClaimHost, PartitionTimer } from './claim-host.ts'
import { LocalRegisters, PARTITIONED_SESSION } from './local-registers.ts'
import type { RegisterNews } from './message.ts'
import type { Settled } from './proposal.ts'
import { factsOf, slotByDeadline, slotsOf, type ScheduledJob } from './scheduled-job.ts'

const OWED = 'ran-partitioned/'

export type PartitionedHost = Pick<
  ClaimHost,
  | 'self'
  | 'settings'
  | 'journal'
  | 'roster'
  | 'job'
  | 'jobKeys'
  | 'setTimer'
  | 'granted'
  | 'settled'
  | 'ledger'
  | 'holdsRunOf'
  | 'knowsRun'
>

export class PartitionedJobs {
  readonly #node: PartitionedHost
  readonly #capacity: Capacity
  readonly #registers: LocalRegisters
  /** Slots after this instant are ours to look at; null while a majority is in reach. */
  #lookedToMs: number | null = null
  #operations = 0
  /** Slots that ran here and are to be told, as the journal has them. */
  readonly #owed = new Map<string, readonly number[]>()

  constructor(
    node: PartitionedHost,
    { afterWritten, capacity }: { readonly afterWritten: AfterWritten; readonly capacity: Capacity },
  ) {
    this.#node = node
    this.#capacity = capacity
    this.#registers = new LocalRegisters({
      kind: 'partitioned',
      journal: node.journal,
      facts: (key) => this.#facts(key),
      afterWritten,
      ledger: node.ledger,
      acceptedMs: null,
    })
    for (const [key, slots] of node.journal.under(OWED)) this.#owed.set(key, slots as readonly number[])
  }

  /** Jobs whose slots are still to be told. */
  owing(): IterableIterator<string> {
    return this.#owed.keys()
  }

  /** Each second: what is due until the next one, while no majority is in reach. */
  onTick(clock: ClaimClock, isPartitioned: boolean): void {
    const instantMs = clock.clusterMs ?? clock.wallMs
    const knows = (key: string, token: number) => this.#node.knowsRun(key as JobName, token, true)
    const late = this.#registers.overdue(instantMs, knows, {
      self: this.#node.self.nodeId,
      expiry: (_key, work) => ({ kind: 'expire', ...work }),
    })
    for (const one of late) this.#registers.propose(one)
    if (!isPartitioned) return void (this.#lookedToMs = null)
    const { settings } = this.#node
    this.#lookedToMs ??= instantMs + settings.claimAheadMs
    const fromMs = this.#lookedToMs
    const toMs = instantMs + 2 * timeLimits.tickMs
    if (toMs <= fromMs) return
    for (const key of this.#node.jobKeys()) {
      const job = this.#node.job(key)
      if (job?.definition.ifPartitioned !== 'run' || job.definition.count === null) continue
      for (const { slotMs } of slotsOf(job, fromMs, toMs, partitionLimits.slotsPerLook)) {
        const inMs = Math.max(0, slotMs - instantMs) + 1
        this.#node.setTimer(clock.nowMs + inMs, { kind: 'partition-slot', key, slotMs })
      }
    }
    this.#lookedToMs = toMs
  }

  /** The slot's instant has come: it is ours when we stand first among those whom we see. */
  onSlot({ key, slotMs }: PartitionTimer, isPartitioned: boolean, nowMs: number): void {
    const job = this.#node.job(key)
    if (this.#lookedToMs === null || !isPartitioned || job === undefined || !this.#isFirst(job, slotMs))
      return
    const [time] = slotsOf(job, slotMs - 1, slotMs, 1)
    // What runs of it by a vote of before is in its way.
    const isBusy = job.definition.overlap !== 'allow' && this.#node.holdsRunOf(job.name)
    if (time === undefined || isBusy || this.#capacity.isFull(job, nowMs)) return
    this.#capacity.begin(key, `s${slotMs}`, nowMs)
    const { self } = this.#node
    const { incarnation, revision } = job
    const change: Change = {
      kind: 'claim',
      opId: opId(`${self.nodeId}:${self.bootNo}:p${++this.#operations}`),
      node: self.nodeId,
      session: PARTITIONED_SESSION,
      incarnation,
      revision,
      unit: `s${slotMs}`,
      slot: slotByDeadline(job, time),
    }
    this.#registers.propose({ key, change, isLocal: true, giveUpAtMs: null })
  }

  /** Takes a change of a run without a vote that is held here; false when it is of a job of all nodes. */
  propose(key: string, change: Change): boolean {
    if (!this.#registers.holds(key, change)) return false
    this.#registers.propose({ key, change, isLocal: true, giveUpAtMs: null })
    return true
  }

  /** Decides what waits; true when there was something. */
  flush(clock: ClaimClock): boolean {
    const decided = this.#registers.take(clock.clusterMs ?? clock.wallMs)
    for (const one of decided) this.#onSettled(one, clock)
    return decided.length > 0
  }

  /**
   * What is to be told to the cluster's register before anything of the job is claimed; null when nothing is. What a
   * clock that was ahead let run before its time is told in its time: no witness lets a cursor go there earlier.
   */
  owed(job: ScheduledJob, known: RegisterNews | null, clusterMs: number): Change | null {
    if (job.definition.ifPartitioned !== 'run' && this.#owedSlots(job.name).length === 0) return null
    const isOpen = (slotMs: number) =>
      (known === null ||
        slotMs > known.cursor.slotMs ||
        known.pending.some(({ unit }) => unit === `s${slotMs}`)) &&
      slotsOf(job, slotMs - 1, slotMs, 1).length > 0
    const ofOthers = this.#node.ledger.ranPartitioned(job.name).filter((slotMs) => isOpen(slotMs))
    const dueMs = clusterMs + this.#node.settings.claimAheadMs
    const slots = [...new Set([...this.#owedSlots(job.name), ...ofOthers])]
      .filter((slotMs) => slotMs <= dueMs)
      .toSorted((left, right) => left - right)
    if (slots.length === 0) return null
    const { incarnation } = job
    return { kind: 'ran-partitioned', slots: slots.map((slotMs) => slotAt(job, slotMs)), incarnation }
  }

  /** The cluster's register has them, or the job is another one by now. */
  told(key: string, { slots }: Change & { readonly kind: 'ran-partitioned' }): void {
    this.#owe(
      key,
      this.#owedSlots(key).filter((slotMs) => !slots.some((slot) => slot.slotMs === slotMs)),
    )
  }

  #onSettled({ proposal, answer, value }: Settled, clock: ClaimClock): void {
    const { key, change } = proposal
    if (answer.kind === 'unknown') return
    const job = this.#node.job(key)
    if (change.kind === 'claim') {
      this.#capacity.end(key, change.unit)
      if (answer.kind !== 'granted' || job === undefined) return
      this.#node.granted(job, answer.entry, { clock, votes: [] })
      return this.#owe(key, [...this.#owedSlots(key), answer.entry.slotMs])
    }
    // Given back, it did not start here.
    if (change.kind === 'release' && value !== null) {
      const missed = value.untold.flatMap((one) => (one.kind === 'not-run' ? one.fromMs : []))
      const given = [...value.pending.map(({ slotMs }) => slotMs), ...missed]
      this.#owe(
        key,
        this.#owedSlots(key).filter((slotMs) => !given.includes(slotMs)),
      )
    }
    this.#node.settled(key, change, answer, true)
  }

  #isFirst(job: ScheduledJob, slotMs: number): boolean {
    const { roster, self } = this.#node
    const seen = roster.eligible(job.definition.nodes).filter((node) => roster.isConnected(node))
    const work = { key: job.name, unit: `s${slotMs}`, pool: job.definition.pool }
    return rankNodes(work, seen, () => true)[0] === self.nodeId
  }

  #owedSlots(key: string): readonly number[] {
    return this.#owed.get(key) ?? []
  }

  #owe(key: string, slots: readonly number[]): void {
    if (slots.length === 0) {
      if (this.#owed.delete(key)) this.#node.journal.delete(OWED + key)
      return
    }
    const kept = slots.slice(-partitionLimits.slotsOwed)
    this.#owed.set(key, kept)
    this.#node.journal.put(OWED + key, kept)
  }

  /** Only the slot at hand is decided here: what lies before it is for the cluster's register, or was nobody's. */
  #facts(key: string): JobFacts | null {
    const job = this.#node.job(key)
    if (job === undefined) return null
    const facts = factsOf(job)
    const overlap = facts.overlap === 'allow' ? 'allow' : 'skip'
    return { ...facts, overlap, effectiveFromMs: 0, due: () => ({ range: null, slots: [] }) }
  }
}

function slotAt(job: ScheduledJob, slotMs: number): Slot {
  const [time] = slotsOf(job, slotMs - 1, slotMs, 1)
  return time === undefined ? { slotMs, label: '', startByMs: slotMs } : slotByDeadline(job, time)
}
