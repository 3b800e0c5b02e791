// How long votes take of late, as this agent's own tell, and so how long the next rank waits
// before it asks too (P5): Δ = the setting, or four times the 99th percentile of a claim
// where that is more. With a Δ below what a claim takes, all ranks ask for every slot, and
// what is slow becomes slower. But however slow, the tenth rank asks before the deadline of
// the job: the first ones may be alive and still not come to it.

import { voteLimits, type ClaimSettings } from '../base/limits.ts'

export class ClaimPace {
  readonly #settings: Pick<ClaimSettings, 'rankDelayMs'>
  /** Of the last votes, oldest first. */
  #votes: { readonly atMs: number; readonly lastedMs: number }[] = []
  #delay: { readonly ms: number; readonly untilMs: number }

  constructor(settings: Pick<ClaimSettings, 'rankDelayMs'>) {
    this.#settings = settings
    this.#delay = { ms: settings.rankDelayMs, untilMs: -Infinity }
  }

  /** A vote of this agent's was carried by a majority; the steady clock. */
  note(lastedMs: number, nowMs: number): void {
    this.#votes.push({ atMs: nowMs, lastedMs })
    if (this.#votes.length > 2 * voteLimits.paceVotes) this.#votes = this.#votes.slice(-voteLimits.paceVotes)
  }

  /** Δ for now; for work that must start within so long of its instant, its Δ. */
  rankDelayMs(nowMs: number, startDeadlineMs = Infinity): number {
    const usualMs = this.#usualDelayMs(nowMs)
    return Math.max(this.#settings.rankDelayMs, Math.min(usualMs, startDeadlineMs / 10))
  }

  #usualDelayMs(nowMs: number): number {
    if (nowMs < this.#delay.untilMs) return this.#delay.ms
    const recent = this.#votes.slice(-voteLimits.paceVotes)
    const lasted = recent.flatMap(({ atMs, lastedMs }) =>
      nowMs - atMs < voteLimits.paceRememberedMs ? lastedMs : [],
    )
    const p99Ms = lasted.toSorted((left, right) => left - right)[Math.floor((lasted.length - 1) * 0.99)] ?? 0
    const ms = Math.max(this.#settings.rankDelayMs, 4 * p99Ms)
    this.#delay = { ms, untilMs: nowMs + voteLimits.paceAgainMs }
    return ms
  }
}
