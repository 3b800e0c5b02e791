// What a guard decides (S5): from orders and the time to the processes that must end now. It
// knows no session and no cluster, only deadlines; whoever runs it lives apart from its
// agent, so that a process ends in time whatever became of the agent.

import { unreachable } from '../base/assert.ts'
import type { Deadline } from './lease.ts'

export type GuardOrder =
  /** Guard this from now on. `place` is where to find it, for whoever carries out the ending. */
  | { readonly kind: 'hold'; readonly process: string; readonly place: string; readonly deadline: Deadline }
  /**
   * A new agent found this: the deadline that is known here goes on. One that is not known is over: the guard that
   * knew it is gone, and the session that it belonged to may be.
   */
  | { readonly kind: 'keep'; readonly process: string; readonly place: string }
  | { readonly kind: 'extend'; readonly processes: readonly string[]; readonly deadline: Deadline }
  /** It has ended, or never started. */
  | { readonly kind: 'forget'; readonly process: string }

export type Ending = {
  readonly process: string
  readonly place: string
  readonly signal: 'SIGTERM' | 'SIGKILL'
}

type Held = { readonly place: string; readonly deadline: Deadline; readonly isTold: boolean }

const over: Deadline = { termAtMs: -Infinity, killAtMs: -Infinity }

export class Guard {
  readonly #held = new Map<string, Held>()

  get size(): number {
    return this.#held.size
  }

  /** Those that are guarded, with what guards them. */
  held(): IterableIterator<[string, { readonly place: string; readonly deadline: Deadline }]> {
    return this.#held.entries()
  }

  take(order: GuardOrder): void {
    switch (order.kind) {
      case 'hold':
        this.#held.set(order.process, { place: order.place, deadline: order.deadline, isTold: false })
        return
      case 'keep':
        if (!this.#held.has(order.process))
          this.#held.set(order.process, { place: order.place, deadline: over, isTold: true })
        return
      case 'extend':
        for (const process of order.processes) {
          const held = this.#held.get(process)
          if (held !== undefined)
            this.#held.set(process, { ...held, deadline: order.deadline, isTold: false })
        }
        return
      case 'forget':
        this.#held.delete(order.process)
        return
      default:
        return unreachable(order)
    }
  }

  /** Each is told to end once before a deadline, and killed from its deadline on until it is forgotten. */
  due(nowMs: number): Ending[] {
    const endings: Ending[] = []
    for (const [process, { place, deadline, isTold }] of this.#held) {
      if (nowMs >= deadline.killAtMs) endings.push({ process, place, signal: 'SIGKILL' })
      else if (nowMs >= deadline.termAtMs && !isTold) {
        this.#held.set(process, { place, deadline, isTold: true })
        endings.push({ process, place, signal: 'SIGTERM' })
      }
    }
    return endings
  }
}
