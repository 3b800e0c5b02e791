// What is told of processes that an earlier start of this agent began, while no majority has told cluster time yet: by
// a host's clock that may be a year ahead. It waits, and all behind it, for the moment that this usually takes; where
// nobody tells cluster time the host's clock is believed.

import { timeLimits } from '../base/limits.ts'
import type { ProcessEvent } from './event.ts'
import type { RunClock } from './run-cover.ts'

export class UnjudgedEvents {
  readonly #startedAtMs: number
  #waiting: ProcessEvent[] = []

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs
  }

  add(event: ProcessEvent): void {
    this.#waiting.push(event)
  }

  /** In their order, those that need not wait any longer. */
  take(clock: RunClock): readonly ProcessEvent[] {
    if (this.#waiting.length === 0) return []
    const first = isTimeAwaited(clock, this.#startedAtMs) ? this.#waiting.findIndex(tellsOfBefore) : -1
    return this.#waiting.splice(0, first < 0 ? this.#waiting.length : first)
  }
}

/** Whether cluster time may yet be told to an agent that started at this instant of the steady clock. */
export function isTimeAwaited({ nowMs, clusterMs }: RunClock, startedAtMs: number): boolean {
  return clusterMs === null && nowMs < startedAtMs + timeLimits.clockPatienceMs
}

function tellsOfBefore({ kind }: ProcessEvent): boolean {
  return kind === 'child-adopted' || kind === 'child-exited' || kind === 'child-gone'
}
