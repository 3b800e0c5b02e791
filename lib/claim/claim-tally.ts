// What came of the claims of this agent since its start, counted where they are settled, for
// who watches it.

import type { Change, Refusal } from './change.ts'
import type { Settled } from './proposal.ts'

export class ClaimTally {
  /** Slots that this agent was granted. */
  won = 0
  /** Slots that another node was granted first. */
  lost = 0
  /** Runs and instances of a dead session that this agent had given up, so that others may go on. */
  takeovers = 0
  readonly #refused = new Map<Refusal['because'], number>()

  note(change: Change, answer: Settled['answer']): void {
    if (answer.kind === 'refused') {
      if (change.kind !== 'claim') return
      if (answer.because === 'taken') this.lost++
      else this.#refused.set(answer.because, (this.#refused.get(answer.because) ?? 0) + 1)
      return
    }
    if (change.kind === 'claim' && answer.kind === 'granted') this.won++
    if ((change.kind === 'lose' && answer.kind === 'done') || change.kind === 'take') this.takeovers++
  }

  /** Claims that were refused, by why. */
  refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused)
  }
}
