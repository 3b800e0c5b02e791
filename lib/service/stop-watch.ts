// The stages of a stop: it is asked, then killed, then given up; each at its time, and each once. What could not be
// stopped is let rest for a while.

import { serviceLimits } from '../base/limits.ts'
import type { InstancePlan } from './instance-plan.ts'

export class StopWatch {
  #killAtMs = Infinity
  #giveUpAtMs = Infinity
  #isAsked = false
  #isKilled = false
  #restUntilMs = 0

  begin({ stopTimeoutMs }: InstancePlan, at: { readonly nowMs: number; readonly isKill: boolean }): void {
    this.#isAsked = at.isKill
    this.#isKilled = false
    this.#killAtMs = at.isKill ? at.nowMs : at.nowMs + stopTimeoutMs
    this.#giveUpAtMs = Infinity
  }

  /** Killed now, without waiting any longer. */
  hurry(nowMs: number): void {
    if (nowMs >= this.#killAtMs) return
    this.#isAsked = true
    this.#killAtMs = nowMs
  }

  /** It could not be stopped: not tried again before then. */
  rest(untilMs: number): void {
    this.#restUntilMs = untilMs
  }

  mayBegin(nowMs: number): boolean {
    return nowMs >= this.#restUntilMs
  }

  /** What is to be done about what is not proved dead; null to wait. */
  next(nowMs: number): 'ask' | 'kill' | 'give-up' | null {
    if (nowMs >= this.#killAtMs && !this.#isKilled) {
      this.#isKilled = true
      this.#giveUpAtMs = nowMs + serviceLimits.killPatienceMs
      return 'kill'
    }
    if (nowMs >= this.#giveUpAtMs) return 'give-up'
    const isNews = !this.#isAsked
    this.#isAsked = true
    return isNews ? 'ask' : null
  }
}
