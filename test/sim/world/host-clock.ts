// The clocks of one host, from global time to what its agent reads: a steady one with a rate of its own that begins
// anew at each start of the machine, and a wall clock that is off and may step.

import type { Reading } from '../../../lib/base/clock.ts'

export type ClockPlan = {
  /** Seconds of the steady clock in a true second; within 1 ± ρ. */
  readonly rate: number
  /** What the steady clock showed at the first start. */
  readonly steadyZeroMs: number
  /** How far the wall clock is ahead of the truth. */
  readonly wallOffsetMs: number
}

export class HostClock {
  readonly #rate: number
  #zeroMs: number
  #bootMs: number
  #wallOffsetMs: number

  constructor(plan: ClockPlan, bootMs: number) {
    this.#rate = plan.rate
    this.#zeroMs = plan.steadyZeroMs
    this.#bootMs = bootMs
    this.#wallOffsetMs = plan.wallOffsetMs
  }

  get wallOffsetMs(): number {
    return this.#wallOffsetMs
  }

  read(globalMs: number): Reading {
    return { steadyMs: this.steadyMs(globalMs), wallMs: this.wallMs(globalMs) }
  }

  steadyMs(globalMs: number): number {
    return this.#zeroMs + (globalMs - this.#bootMs) * this.#rate
  }

  wallMs(globalMs: number): number {
    return Math.floor(globalMs + this.#wallOffsetMs)
  }

  /** When the steady clock will show this. */
  globalMsOfSteady(steadyMs: number): number {
    return this.#bootMs + (steadyMs - this.#zeroMs) / this.#rate
  }

  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** The machine starts again: the steady clock counts from there. */
  reboot(globalMs: number): void {
    this.#zeroMs = 1_000
    this.#bootMs = globalMs
  }
}
