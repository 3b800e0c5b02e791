// Cluster time: this agent's steady clock plus the median offset of what a majority's wall
// clocks said. Source: Cristian, "Probabilistic clock synchronization" (1989): an answer
// tells the other clock with an error of half its round trip, so a slow answer (a link
// that stood still for seconds) never replaces what a quick one said, until drift has made
// the quick one as uncertain; nor is the first one that comes believed, for a moment, when it was slow.
//
// An agent that knows no cluster time yet cannot tell which of two clocks is wrong: it learns
// it only where a majority of all witnesses agree, and knows none before. Later what it knew
// decides, where so few answer that most of them may be wrong.

import type { NodeId } from '../base/ids.ts'
import { timeLimits, voteLimits } from '../base/limits.ts'

/** One witness's wall clock, and our steady clock when we asked and when the answer came. */
export type ClockAnswer = {
  readonly node: NodeId
  readonly wallMs: number
  readonly askedAtMs: number
  readonly atMs: number
}

/** A witness's clock beside the one that is furthest behind. */
export type ClockAhead = { readonly node: NodeId; readonly aheadMs: number }

export class ClusterClock {
  readonly #driftMax: number
  #estimate: { readonly offsetMs: number; readonly errorMs: number; readonly atMs: number } | null = null
  #firstHeardMs: number | null = null
  #differing: readonly ClockAhead[] = []
  /** Of each witness's wall clock from cluster time, as it last answered. */
  readonly #offsetsMs = new Map<NodeId, number>()

  constructor(driftMax: number) {
    this.#driftMax = driftMax
  }

  /** In whole milliseconds, as it stands in records; null while no majority has told it. */
  at(nowMs: number): number | null {
    return this.#estimate === null ? null : Math.floor(nowMs + this.#estimate.offsetMs)
  }

  /** The clocks of which no majority agrees, while cluster time is not known for that reason. */
  get differing(): readonly ClockAhead[] {
    return this.#differing
  }

  /** How far the wall clock of a witness is ahead of cluster time; null for who never answered. */
  offsetOf(node: NodeId): number | null {
    return this.#offsetsMs.get(node) ?? null
  }

  /** The answers of one round so far, from a majority at least. */
  learn(answers: readonly ClockAnswer[], { nowMs, majority }: { nowMs: number; majority: number }): void {
    const errorMs = Math.max(...answers.map(({ askedAtMs, atMs }) => (atMs - askedAtMs) / 2))
    const known = this.#estimate
    const knownErrorMs = known === null ? Infinity : known.errorMs + (nowMs - known.atMs) * this.#driftMax
    if (errorMs > Math.max(knownErrorMs, timeLimits.clockErrorUsualMs)) return
    this.#firstHeardMs ??= nowMs
    const mayComeQuicker = nowMs < this.#firstHeardMs + timeLimits.clockErrorFirstMs
    if (known === null && errorMs > timeLimits.clockErrorFirstMs && mayComeQuicker) return
    const offsets = answers.map(({ wallMs, askedAtMs, atMs }) => wallMs - (askedAtMs + atMs) / 2)
    if (known === null && !isAgreed(offsets, majority, voteLimits.clockAheadSlackMs + 2 * errorMs)) {
      const least = Math.min(...offsets)
      this.#differing = answers.map(({ node }, index) => ({ node, aheadMs: offsets[index]! - least }))
      return
    }
    this.#differing = []
    const offsetMs = believable(offsets, { wrongMost: majority - 1, knownMs: known?.offsetMs ?? null })
    this.#estimate = { offsetMs, errorMs, atMs: nowMs }
    for (const [index, { node }] of answers.entries())
      this.#offsetsMs.set(node, Math.round(offsets[index]! - offsetMs))
  }
}

/** Whether so many of them are that near to each other; their median is then one of these. */
function isAgreed(values: readonly number[], count: number, withinMs: number): boolean {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted.some((low, index) => (sorted[index + count - 1] ?? Infinity) - low <= withinMs)
}

/**
 * The median, where all have answered. Of fewer answers so many may be wrong that the middle is: the one nearest to what
 * was known, of those between which some right one lies.
 */
function believable(
  values: readonly number[],
  { wrongMost, knownMs }: { readonly wrongMost: number; readonly knownMs: number | null },
): number {
  const sorted = values.toSorted((left, right) => left - right)
  const last = sorted.length - 1
  if (knownMs === null) return sorted[last >> 1]!
  const ends = [wrongMost, last - wrongMost].map((at) => Math.min(last, Math.max(0, at)))
  const candidates = sorted.slice(Math.min(...ends), Math.max(...ends) + 1)
  return candidates.reduce((best, one) => (Math.abs(one - knownMs) < Math.abs(best - knownMs) ? one : best))
}
