// What a witness does so that nothing waits for ever: from a scan of its registers each
// second to changes that it proposes and questions that it asks.
//
// P8  Nobody asked for a slot, or nobody may run it: once it can no longer start it is
//     skipped, by one witness after the other in rendezvous order.
// P9  Live entries that the next run replaces: their nodes are told. Live entries of a session that fell silent: the certificate is sought, then the
//     entry is lost; one that is to start again, when its lock delay is over too. Pending entries beyond their time expire. Live entries of a node's
//     earlier session are reported to that node.
// I21 Decisions that the ledger lacks are looked for.
// S4  A certificate is "expired" from a majority of one epoch.

import type { NodeId, SessionId, StorageId } from '../base/ids.ts'
import { voteLimits } from '../base/limits.ts'
import { rankNodes } from '../placement/rank.ts'
import type { FullWork } from './capacity.ts'
import { rerunOf, type Change, type Slot } from './change.ts'
import { majorityOf, type Configuration } from './configuration.ts'
import type { EntryFound, ExpiredAnswer } from './message.ts'
import {
  isSlotUnit,
  slotUnit,
  wholeUnit,
  type Cursor,
  type Decision,
  type Holder,
  type LiveEntry,
  type NotRun,
  type Register,
  type Unit,
} from './register.ts'
import { dueUnstartable, rerunFactsOf, type ScheduledJob } from './scheduled-job.ts'
import { isLater } from './session-witness.ts'
import type { Witness } from './witness.ts'

export type CaretakerOptions = {
  readonly self: NodeId
  /** Δ. */
  readonly rankDelayMs: () => number
  readonly witness: Witness
  readonly job: (key: string) => ScheduledJob | undefined
  readonly hasEligible: (job: ScheduledJob) => boolean
  /** Whether the whole cluster pauses. */
  readonly isPaused: () => boolean
  /** Whether an instance is to be taken from this node when its session is certified dead. */
  readonly mayTake: (key: string, holder: Holder) => boolean
  readonly isRecorded: (key: string, decision: Decision) => boolean
}

export type Concern =
  | { readonly kind: 'propose'; readonly key: string; readonly change: Change }
  | { readonly kind: 'ask-expired'; readonly session: SessionId }
  | { readonly kind: 'tell'; readonly to: NodeId; readonly message: EntryFound }

type SessionScan = {
  readonly clock: { readonly nowMs: number }
  readonly concerns: Concern[]
  readonly seen: Set<string>
  readonly sessions: Set<SessionId>
}

export class Caretaker {
  readonly #options: CaretakerOptions
  #configuration: Configuration | null = null
  readonly #noticedAtMs = new Map<string, number>()
  readonly #votes = new Map<SessionId, Set<StorageId>>()
  /** Sessions with a certificate, and since when. */
  readonly #certifiedAtMs = new Map<SessionId, number>()
  /** When a register's decisions are compared with the ledger, in cluster time. */
  readonly #lookAtMs = new Map<string, number>()
  /** Work for which some node said that it had no room, and when it last did. */
  readonly #fullAtMs = new Map<string, number>()

  constructor(options: CaretakerOptions) {
    this.#options = options
  }

  configure(configuration: Configuration): void {
    this.#configuration = configuration
    this.#votes.clear()
  }

  /** Counts one witness's answer to ask-expired. */
  onExpiredAnswer(answer: ExpiredAnswer, nowMs: number): void {
    const configuration = this.#configuration
    if (configuration === null || answer.epoch !== configuration.epoch || !answer.isExpired) return
    if (!configuration.members.some((member) => member.storageId === answer.storageId)) return
    const votes = this.#votes.get(answer.session) ?? new Set()
    this.#votes.set(answer.session, votes.add(answer.storageId))
    if (votes.size >= majorityOf(configuration) && !this.#certifiedAtMs.has(answer.session))
      this.#certifiedAtMs.set(answer.session, nowMs)
  }

  /** Some node has no room for this work. */
  onFull(work: readonly FullWork[], nowMs: number): void {
    for (const { key, unit } of work) {
      const name = `${key} ${unit}`
      this.#fullAtMs.delete(name)
      this.#fullAtMs.set(name, nowMs)
    }
    for (const [name, atMs] of this.#fullAtMs) {
      if (nowMs - atMs <= voteLimits.fullKnownMs && this.#fullAtMs.size <= voteLimits.fullKnownMax) return
      this.#fullAtMs.delete(name)
    }
  }

  /** What gives up this work, whose time is over, with its reason. */
  expiry(key: string, work: { readonly unit: Unit; readonly startByMs: number }, nowMs: number): Change {
    if (this.#options.isPaused() && isSlotUnit(work.unit)) return { kind: 'expire', ...work, why: 'paused' }
    const isFull = this.#isFull({ key, unit: work.unit }, nowMs)
    return { kind: 'expire', ...work, ...(isFull && { why: 'node-full' }) }
  }

  /** One round over the registers with live or pending entries; times are the steady clock and cluster time. */
  scan(clock: { readonly nowMs: number; readonly clusterMs: number }): Concern[] {
    if (!this.#options.witness.isMember) return []
    const concerns: Concern[] = []
    const seen = new Set<string>()
    const sessions = new Set<SessionId>()
    for (const key of this.#options.witness.busyKeys()) {
      const value = this.#options.witness.value(key)
      if (value === null) continue
      this.#scanLive(key, value, { clock, concerns, seen, sessions })
      this.#scanPending(key, value, { clock, concerns })
    }
    for (const key of this.#options.witness.heldKeys())
      this.#scanHolder(key, { clock, concerns, seen, sessions })
    this.#scanUntold(clock.clusterMs, concerns)
    for (const mark of this.#noticedAtMs.keys())
      if (!mark.startsWith('due ') && !seen.has(mark)) this.#noticedAtMs.delete(mark)
    for (const session of this.#certifiedAtMs.keys())
      if (!sessions.has(session)) this.#certifiedAtMs.delete(session)
    for (const session of this.#votes.keys()) if (!sessions.has(session)) this.#votes.delete(session)
    return concerns
  }

  /** Up to which slot all is decided, as this witness has accepted it; null when it has no register of it. */
  cursorOf(key: string): Cursor | null {
    return this.#options.witness.value(key)?.cursor ?? null
  }

  /** P8 for one job: the change that passes what can no longer start, and when to look again. */
  skipDue(
    job: ScheduledJob,
    cursor: Cursor,
    clock: { readonly nowMs: number; readonly clusterMs: number },
  ): { readonly change: Change | null; readonly againAtMs: number | null } {
    const due = dueUnstartable(job, cursor, clock.clusterMs)
    if (due.last === null) return { change: null, againAtMs: due.nextStartByMs }
    const turnMs = due.last.startByMs + this.turnDelayMs(job.name, `s${due.last.slotMs}`)
    if (clock.clusterMs < turnMs) return { change: null, againAtMs: turnMs }
    const { incarnation, revision } = job
    return {
      change: {
        kind: 'skip',
        to: due.last,
        why: this.#whyNot(job, due.last, clock.nowMs),
        incarnation,
        revision,
      },
      againAtMs: clock.clusterMs + this.#options.rankDelayMs(),
    }
  }

  #whyNot(job: ScheduledJob, { slotMs }: Slot, nowMs: number): NotRun {
    if (this.#options.isPaused()) return 'paused'
    if (this.#isFull({ key: job.name, unit: slotUnit(slotMs) }, nowMs)) return 'node-full'
    return this.#options.hasEligible(job) ? 'missed' : 'no-eligible-node'
  }

  #scanLive(key: string, value: Register, scan: SessionScan): void {
    const { sessions: heard } = this.#options.witness
    for (const entry of value.live) {
      const newest = heard.newestOf(entry.node)
      const { token, opId, isReplaced = false } = entry
      if (isReplaced || (newest !== undefined && isLater(newest, entry.session)))
        scan.concerns.push({
          kind: 'tell',
          to: entry.node,
          message: { kind: 'entry-found', key, token, opId, isReplaced },
        })
      const { session, unit } = entry
      const certifiedForMs = this.#certifiedForMs({ key, token, session, unit }, scan)
      if (certifiedForMs === null || certifiedForMs < this.#lockDelayMs(key, entry)) continue
      scan.concerns.push({ kind: 'propose', key, change: { kind: 'lose', token, session, certifiedForMs } })
    }
  }

  /** What a dead node ran, where it is to run elsewhere. */
  #scanHolder(key: string, scan: SessionScan): void {
    const holder = this.#options.witness.value(key)?.holder
    if (!holder || !this.#options.mayTake(key, holder)) return
    const { token, session } = holder
    if (this.#certifiedForMs({ key, token, session, unit: 'holder' }, scan) === null) return
    scan.concerns.push({ kind: 'propose', key, change: { kind: 'take', token, session } })
  }

  /** How long ago its session was certified dead; null while it is not: then the certificate is sought, in turn. */
  #certifiedForMs(
    held: {
      readonly key: string
      readonly token: number
      readonly session: SessionId
      readonly unit: string
    },
    { clock: { nowMs }, concerns, seen, sessions }: SessionScan,
  ): number | null {
    const { key, token, session, unit } = held
    if (!this.#options.witness.sessions.isSilent(session, nowMs)) return null
    sessions.add(session)
    const mark = `live ${key} ${token} ${session}`
    seen.add(mark)
    if (nowMs < this.#noticed(mark, nowMs) + this.turnDelayMs(key, unit)) return null
    const certifiedAtMs = this.#certifiedAtMs.get(session)
    if (certifiedAtMs !== undefined) return nowMs - certifiedAtMs
    if (!this.#isAsked(concerns, session)) concerns.push({ kind: 'ask-expired', session })
    return null
  }

  #scanPending(
    key: string,
    value: Register,
    scan: { clock: { nowMs: number; clusterMs: number }; concerns: Concern[] },
  ): void {
    for (const entry of value.pending) {
      const turnMs = entry.startByMs + this.turnDelayMs(key, entry.unit)
      if (scan.clock.clusterMs < turnMs) continue
      const { unit, startByMs } = entry
      scan.concerns.push({
        kind: 'propose',
        key,
        change: this.expiry(key, { unit, startByMs }, scan.clock.nowMs),
      })
    }
  }

  /** How long after its certificate this entry is lost: at once, or later when it is to start again. */
  #lockDelayMs(key: string, entry: LiveEntry): number {
    const job = this.#options.job(key)
    const rerun = job === undefined ? null : rerunFactsOf(job.definition)
    return rerunOf(entry, { rerun })?.lockDelayMs ?? 0
  }

  /** I21: who decided something may have died before it was written down; who reads it then, writes it. */
  #scanUntold(clusterMs: number, concerns: Concern[]): void {
    const { witness, isRecorded } = this.#options
    for (const key of witness.takeUntold())
      this.#lookAtMs.set(key, clusterMs + voteLimits.lookAfterMs + this.turnDelayMs(key, 'untold'))
    let looks = 0
    for (const [key, atMs] of this.#lookAtMs) {
      if (clusterMs < atMs || looks >= voteLimits.looksPerScan) continue
      this.#lookAtMs.delete(key)
      const recent = witness.value(key)?.untold.filter((one) => one.atMs > clusterMs - voteLimits.lookBackMs)
      if (!recent?.some((decision) => !isRecorded(key, decision))) continue
      concerns.push({ kind: 'propose', key, change: { kind: 'look' } })
      looks++
    }
  }

  #isFull({ key, unit }: FullWork, nowMs: number): boolean {
    const atMs = this.#fullAtMs.get(`${key} ${wholeUnit(unit)}`)
    return atMs !== undefined && nowMs - atMs <= voteLimits.fullKnownMs
  }

  #isAsked(concerns: readonly Concern[], session: SessionId): boolean {
    return concerns.some((concern) => concern.kind === 'ask-expired' && concern.session === session)
  }

  #noticed(mark: string, nowMs: number): number {
    const atMs = this.#noticedAtMs.get(mark) ?? nowMs
    this.#noticedAtMs.set(mark, atMs)
    return atMs
  }

  /** Each witness in rendezvous order waits one rank delay more than the one before it. */
  turnDelayMs(key: string, unit: string): number {
    const members = this.#configuration?.members.map((member) => member.nodeId) ?? []
    const order = rankNodes({ key, unit, pool: 'witnesses' }, members, () => true)
    const place = Math.max(0, order.indexOf(this.#options.self))
    return voteLimits.clockBehindSlackMs / 2 + place * this.#options.rankDelayMs()
  }
}
