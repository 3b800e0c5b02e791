// What this agent is going to ask for, and when: from the jobs, what is known of their
// registers, and the ranking of their nodes to claims that are due now.
//
// P5  Rank r asks at slot − claimAheadMs + r × Δ. News that a slot is taken is only a reason
//     not to ask. For work that is pending, rank r asks r × Δ after it became so.
// P6  A claim answered `busy` is asked again at the slot's instant + r × Δ/4, or r × Δ/4 after
//     news that a run ended; without news each (1 + r) × Δ, so that many who wait do not keep
//     the vote from the one that frees the register.
// P7  Claims are made ahead of the slot, by at most claimAheadMs.
// All instants here are cluster time.

import type { NodeId } from '../base/ids.ts'
import type { ClaimSettings } from '../base/limits.ts'
import type { Change, Slot } from './change.ts'
import type { PendingNews, RegisterNews } from './message.ts'
import { wholeUnit, type Cursor, type Unit, type Work } from './register.ts'
import { nextCandidate, type ScheduledJob } from './scheduled-job.ts'

/** What says who may take some work, and in which order they ask. */
export type AskedWork = Pick<Work, 'unit' | 'child' | 'takenBy'>

/** A claim that is to be made now. */
export type Ask = { readonly key: string; readonly unit: Unit; readonly slot: Slot }

export type AgendaOptions = {
  readonly self: NodeId
  readonly settings: Pick<ClaimSettings, 'claimAheadMs'>
  /** Δ. */
  readonly rankDelayMs: (job: ScheduledJob) => number
  readonly job: (key: string) => ScheduledJob | undefined
  /** This agent's rank among those that may run the work; null when it may not. Counts from 0. */
  readonly rank: (job: ScheduledJob, work: AskedWork) => { readonly mine: number; readonly of: number } | null
}

/** Who told it: a vote of our own, or a witness, which may have accepted what was never chosen. */
export type NewsSource = NodeId | 'vote'

/**
 * What news mean here: nothing that was not known; something that changes nothing of what is to be asked for and when,
 * such as the end of a run that nothing waits for; or that the job is to be planned again.
 */
export type Learnt = 'nothing' | 'no-change' | 'change'

type Item = {
  news: RegisterNews | null
  source: NewsSource
  /** When a run is known to have ended, which may let in what waits; 'now' until the next plan. */
  freedAtMs: number | 'now'
  /** Work not to be asked for again before this instant, unless there are news. */
  notBeforeMs: Map<Unit, number> | null
  /** Work that is being asked for. */
  asked: Set<Unit> | null
}

export class Agenda {
  readonly #options: AgendaOptions
  readonly #items = new Map<string, Item>()

  constructor(options: AgendaOptions) {
    this.#options = options
  }

  cursorOf(key: string): Cursor {
    return this.#items.get(key)?.news?.cursor ?? { slotMs: 0, label: '' }
  }

  /** What is known of a register; null when nothing is. */
  news(key: string): RegisterNews | null {
    return this.#items.get(key)?.news ?? null
  }

  /**
   * Newer news replace older, and who told them may take them back: what one witness alone had accepted is
   * overwritten when it was not chosen. Every agent hears of every job: what changes nothing here should cost nothing.
   */
  learn(news: RegisterNews, source: NewsSource): Learnt {
    const item = this.#item(news.key)
    const known = item.news
    if (known !== null && known.version >= news.version) {
      if (source !== 'vote' && source !== item.source) return 'nothing'
      if (JSON.stringify(known) === JSON.stringify(news)) return 'nothing'
    }
    item.news = news
    item.source = source
    if (known !== null && item.notBeforeMs === null && isWaitedForAlike(known, news)) return 'no-change'
    const isFreed = news.liveCount < (known?.liveCount ?? 0)
    if (isFreed) item.freedAtMs = 'now'
    if (isFreed || news.liveCount === 0) item.notBeforeMs = null
    return 'change'
  }

  /** The claim of this work is on its way: not again before it is answered. */
  begin(key: string, unit: Unit): void {
    const item = this.#item(key)
    item.asked = (item.asked ?? new Set()).add(unit)
  }

  end(key: string, unit: Unit): void {
    const item = this.#items.get(key)
    if (item?.asked?.delete(unit) && item.asked.size === 0) item.asked = null
  }

  /** The claim of this work was refused: not again before then. */
  rest(key: string, unit: Unit, untilMs: number): void {
    const item = this.#item(key)
    item.notBeforeMs = (item.notBeforeMs ?? new Map<Unit, number>()).set(unit, untilMs)
  }

  forget(key: string): void {
    this.#items.delete(key)
  }

  /** What is to be asked for now, and when to plan this job again (null: not before news of it). */
  plan(key: string, nowMs: number): { readonly asks: readonly Ask[]; readonly againAtMs: number | null } {
    const job = this.#options.job(key)
    if (job === undefined) return { asks: [], againAtMs: null }
    const item = this.#item(key)
    if (item.freedAtMs === 'now') item.freedAtMs = nowMs
    for (const [unit, untilMs] of item.notBeforeMs ?? []) if (untilMs <= nowMs) item.notBeforeMs?.delete(unit)
    const asks: Ask[] = []
    let againAtMs = Infinity
    const consider = (work: { unit: Unit; slot: Slot; askAtMs: number }) => {
      if (item.asked?.has(work.unit)) return
      const atMs = Math.max(work.askAtMs, item.notBeforeMs?.get(work.unit) ?? 0)
      if (atMs <= nowMs) asks.push({ key, unit: work.unit, slot: work.slot })
      else againAtMs = Math.min(againAtMs, atMs)
    }
    for (const pending of item.news?.pending ?? []) {
      const askAtMs = this.#pendingAskAtMs(job, item, pending)
      if (askAtMs !== null && nowMs < pending.startByMs)
        consider({ unit: wholeUnit(pending.unit), slot: slotOf(pending), askAtMs })
    }
    const candidate = nextCandidate(job, this.cursorOf(key), nowMs)
    if (candidate !== null) {
      const unit = `s${candidate.slotMs}`
      const rank = this.#options.rank(job, { unit })
      const { claimAheadMs } = this.#options.settings
      const rankDelayMs = this.#options.rankDelayMs(job)
      // Nobody here may run it: look again when the next slot could be claimed, the nodes may have changed.
      if (rank === null)
        againAtMs = Math.min(againAtMs, Math.max(nowMs + rankDelayMs, candidate.slotMs - claimAheadMs))
      else
        consider({
          unit,
          slot: candidate,
          askAtMs: Math.max(
            candidate.slotMs -
              claimAheadMs +
              placesAfter(rank.mine, (job.definition.count ?? 1) - 1) * rankDelayMs,
            turnMs(item, rank.mine, rankDelayMs),
          ),
        })
    }
    return { asks, againAtMs: againAtMs === Infinity ? null : againAtMs }
  }

  /** When a claim that was answered `busy` is to be asked again. */
  busyUntilMs({ key, unit, slot }: Ask, nowMs: number): number {
    const job = this.#options.job(key)
    if (job === undefined) return nowMs
    const mine = this.#options.rank(job, { unit })?.mine ?? 0
    const rankDelayMs = this.#options.rankDelayMs(job)
    const instantMs = slot.slotMs + (mine * rankDelayMs) / 4
    return instantMs > nowMs ? instantMs : nowMs + (1 + mine) * rankDelayMs
  }

  #pendingAskAtMs(job: ScheduledJob, item: Item, pending: PendingNews): number | null {
    const rank = this.#options.rank(job, { ...pending, unit: wholeUnit(pending.unit) })
    if (rank === null) return null
    const { claimAheadMs } = this.#options.settings
    // Who released it leaves it to the others for a while.
    const mine = placesAfter(rank.mine, pending.left ?? 0)
    const places = pending.releasedBy === this.#options.self ? rank.of : mine
    const rankDelayMs = this.#options.rankDelayMs(job)
    return Math.max(
      pending.sinceMs + places * rankDelayMs,
      pending.slotMs - claimAheadMs,
      turnMs(item, rank.mine, rankDelayMs),
    )
  }

  #item(key: string): Item {
    let item = this.#items.get(key)
    if (item === undefined) {
      item = { news: null, source: 'vote', freedAtMs: -Infinity, notBeforeMs: null, asked: null }
      this.#items.set(key, item)
    }
    return item
  }
}

/** Nothing waits, and the same slot is the next one. */
function isWaitedForAlike(known: RegisterNews, news: RegisterNews): boolean {
  if (known.pending.length + news.pending.length > 0) return false
  return known.cursor === news.cursor || JSON.stringify(known.cursor) === JSON.stringify(news.cursor)
}

/** Whether these news say that somebody else was faster. */
export function isTakenBy(change: Change, news: RegisterNews): boolean {
  if (change.kind !== 'claim') return false
  const isOpen = ({ unit, takenBy }: PendingNews) =>
    wholeUnit(unit) === wholeUnit(change.unit) && takenBy?.includes(change.node) !== true
  if (news.pending.some(isOpen)) return false
  return !change.unit.startsWith('s') || change.slot.slotMs <= news.cursor.slotMs
}

/** When it is this rank's turn after a run ended. */
function turnMs({ freedAtMs }: Item, rank: number, rankDelayMs: number): number {
  return freedAtMs === 'now' ? -Infinity : freedAtMs + (rank * rankDelayMs) / 4
}

/** Where several nodes are wanted, so many begin to ask together. */
function placesAfter(rank: number, further: number): number {
  return Math.max(0, rank - further)
}

function slotOf(pending: PendingNews): Slot {
  return { slotMs: pending.slotMs, label: pending.label, startByMs: pending.startByMs }
}
