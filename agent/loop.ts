// The one caller of the core. Events come from all rooms, one at a time: each is stepped with a fresh reading of
// the clocks, and what the core wants done goes to perform.ts in the order of the steps. The core's timers are one
// timer here, re-armed at least each second, so that a jump of a clock or a suspend is noticed within it.

import type { Reading } from '../lib/base/clock.ts'
import { timeLimits } from '../lib/base/limits.ts'
import type { DocumentFactory } from '../lib/catalog/document.ts'
import type { Effect } from '../lib/effect.ts'
import type { Event } from '../lib/event.ts'
import { Node } from '../lib/node.ts'

export type LoopOptions = {
  readonly documents: DocumentFactory
  readonly clock: { read(): Reading }
  readonly perform: (effects: readonly Effect[]) => void
  /** The core threw: what cannot happen has happened, and the agent must stop. No step follows. */
  readonly onFault: (error: Error) => void
}

/** A timer of the system may fire this much early. */
const timerEarlyMs = 1

export class Loop {
  readonly #options: LoopOptions
  readonly #node: Node
  readonly #waiting: Event[] = []
  #isStepping = false
  #isClosed = false
  #wakeAtMs = Infinity
  #tickAtMs = -Infinity
  #timer: NodeJS.Timeout | undefined
  #timerAtMs = Infinity

  constructor(options: LoopOptions) {
    this.#options = options
    this.#node = new Node({ documents: options.documents })
  }

  /** Steps the event at once, or after those that came before it. */
  push(event: Event): void {
    if (this.#isClosed) return
    this.#waiting.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
        this.#step(next)
    } catch (error) {
      this.close()
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#isStepping = false
    }
  }

  /** The core wants to be woken at this instant of the steady clock, or earlier. */
  wakeAt(atMs: number): void {
    this.#wakeAtMs = Math.min(this.#wakeAtMs, atMs)
    this.#arm()
  }

  /** No event is stepped after it. */
  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    clearTimeout(this.#timer)
  }

  #step(event: Event): void {
    this.#options.perform(this.#node.step(this.#options.clock.read(), event))
    if (this.#tickAtMs === -Infinity) {
      this.#tickAtMs = this.#options.clock.read().steadyMs + timeLimits.tickMs
      this.#arm()
    }
  }

  #arm(): void {
    const atMs = Math.min(this.#wakeAtMs, this.#tickAtMs)
    if (this.#isClosed || atMs >= this.#timerAtMs) return
    clearTimeout(this.#timer)
    this.#timerAtMs = atMs
    const inMs = Math.ceil(atMs - this.#options.clock.read().steadyMs)
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(Math.max(inMs, 1), timeLimits.tickMs))
  }

  #onTimer(): void {
    this.#timerAtMs = Infinity
    const { steadyMs } = this.#options.clock.read()
    const isDue = Math.min(this.#wakeAtMs, this.#tickAtMs) <= steadyMs + timerEarlyMs
    if (isDue) {
      this.#wakeAtMs = Infinity
      this.#tickAtMs = steadyMs + timeLimits.tickMs
      this.push({ kind: 'woke' })
    }
    this.#arm()
  }
}
