// The one virtual clock: what happens when, in global time (UTC milliseconds, the truth that no simulated node
// knows). Two actions of one instant happen in the order in which they were set.

import { assert } from '../../../lib/base/assert.ts'
import { Timers } from '../../../lib/base/timers.ts'

export class Timeline {
  readonly #timers = new Timers<() => void>()
  #nowMs: number
  #isStopped = false
  #actions = 0

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** How many actions have happened. */
  get actions(): number {
    return this.#actions
  }

  at(atMs: number, action: () => void): void {
    assert(Number.isFinite(atMs), 'an action is set for an instant')
    this.#timers.set(Math.max(atMs, this.#nowMs), action)
  }

  after(delayMs: number, action: () => void): void {
    this.at(this.#nowMs + delayMs, action)
  }

  /** Lets happen what is due up to this instant, and stands there then; unless somebody stops it before. */
  runUntil(untilMs: number): void {
    while (!this.#isStopped) {
      const nextAtMs = this.#timers.nextAtMs()
      if (nextAtMs === null || nextAtMs > untilMs) break
      this.#nowMs = nextAtMs
      this.#actions++
      this.#timers.takeDue(nextAtMs)!()
    }
    if (!this.#isStopped) this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  /** Nothing happens any more. */
  stop(): void {
    this.#isStopped = true
  }

  get isStopped(): boolean {
    return this.#isStopped
  }
}
