// The one place of the agent that reads clocks for the core. The steady clock is performance.now(), which stands
// still while the machine is suspended, and what os.uptime() ran ahead of it: uptime counts suspend, but in steps
// of 10 ms and at the cost of reading a file. So uptime is looked at ten times a second at most, and at once when
// the wall clock moved differently from performance.now(), as it does after every suspend.

import os from 'node:os'
import type { Reading } from '../lib/base/clock.ts'

export type ClockSources = {
  /** Monotonic milliseconds, not counting suspend. */
  readonly monotonicMs: () => number
  /** Milliseconds since the machine started, counting suspend; coarse. */
  readonly uptimeMs: () => number
  readonly wallMs: () => number
}

/** Uptime's resolution, and the time between two readings under load: less is no suspend. */
const suspendMinMs = 50
const lookEveryMs = 100
const wallDriftMs = 20
const pauseMaxMs = 10

const hostSources: ClockSources = {
  monotonicMs: () => performance.now(),
  uptimeMs: () => os.uptime() * 1000,
  wallMs: () => Date.now(),
}

export class SteadyClock {
  readonly #sources: ClockSources
  #uptimeAheadMs: number
  #suspendedMs = 0
  #lookedAt: { readonly monotonicMs: number; readonly wallMs: number }
  #lastSteadyMs = -Infinity

  constructor(sources: ClockSources = hostSources) {
    this.#sources = sources
    const monotonicMs = sources.monotonicMs()
    this.#uptimeAheadMs = sources.uptimeMs() - monotonicMs
    this.#lookedAt = { monotonicMs, wallMs: sources.wallMs() }
  }

  read(): Reading {
    const monotonicMs = this.#sources.monotonicMs()
    const wallMs = this.#sources.wallMs()
    const sinceLookMs = monotonicMs - this.#lookedAt.monotonicMs
    const wallSinceLookMs = wallMs - this.#lookedAt.wallMs
    if (sinceLookMs >= lookEveryMs || Math.abs(wallSinceLookMs - sinceLookMs) > wallDriftMs)
      this.#look(monotonicMs, wallMs)
    this.#lastSteadyMs = Math.max(this.#lastSteadyMs, monotonicMs + this.#suspendedMs)
    return { steadyMs: this.#lastSteadyMs, wallMs }
  }

  #look(monotonicMs: number, wallMs: number): void {
    const uptimeMs = this.#sources.uptimeMs()
    // A pause between the two readings would look like a suspend: look again at the next one.
    if (this.#sources.monotonicMs() - monotonicMs > pauseMaxMs) return
    this.#lookedAt = { monotonicMs, wallMs }
    const aheadMs = uptimeMs - monotonicMs - this.#uptimeAheadMs - this.#suspendedMs
    if (aheadMs > suspendMinMs) this.#suspendedMs += aheadMs
    // The two run at the same rate: what is below the threshold is rounding, and must not add up.
    else if (aheadMs < 0) this.#uptimeAheadMs += aheadMs
  }
}

/** The host's own zone, by its IANA name; where none is set, UTC. */
export function hostTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}
