// How long a phase of a vote waits for a majority (P4). A constant would never end where every
// answer takes longer than it: each attempt would be over when its promises arrive, and the
// next one would make the machines slower still. So an answer that comes to an attempt which
// was given up says how long to wait; but a word that a link held up says nothing for long.

import { voteLimits } from '../base/limits.ts'

export class VotePatience {
  #slowest: { readonly lastedMs: number; readonly atMs: number } | null = null

  phaseTimeoutMs(nowMs: number): number {
    const lastedMs = this.#slowestOf(nowMs)
    return Math.min(voteLimits.phaseTimeoutMostMs, Math.max(voteLimits.phaseTimeoutMs, 2 * lastedMs))
  }

  /** An answer came so long after it was asked for, and too late. */
  noteLate(lastedMs: number, nowMs: number): void {
    if (lastedMs >= this.#slowestOf(nowMs)) this.#slowest = { lastedMs, atMs: nowMs }
  }

  #slowestOf(nowMs: number): number {
    if (this.#slowest === null || nowMs - this.#slowest.atMs > voteLimits.lateRememberedMs) return 0
    return this.#slowest.lastedMs
  }
}
