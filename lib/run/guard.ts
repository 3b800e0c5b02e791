// What a guard decides (S5): from orders and the time to the processes that must end now. It
// knows no session and no cluster, only deadlines; whoever runs it lives apart from its
// agent, so that a process ends in time whatever became of the agent.

import { unreachable } from '../base/assert.ts'
import { leaseLimits } from '../base/limits.ts'
import type { Deadline } from './lease.ts'

export type GuardOrder =
  /** Guard this from now on. */
  | { readonly kind: 'hold'; readonly process: string; readonly deadline: Deadline }
  /**
   * A new agent found this: the deadline that is known here goes on. One that is not known is over: the guard that
   * knew it is gone, and the session that it belonged to may be.
   */
  | { readonly kind: 'keep'; readonly process: string }
  | { readonly kind: 'extend'; readonly processes: readonly string[]; readonly deadline: Deadline }
  /** It has ended, or never started. */
  | { readonly kind: 'forget'; readonly process: string }

export type Ending = { readonly process: string; readonly signal: 'SIGTERM' | 'SIGKILL' }

type Held = {
  readonly deadline: Deadline
  readonly isTold: boolean
  /** Not killed again before then. */
  readonly killAgainAtMs: number
}

const over: Deadline = { termAtMs: 0, killAtMs: 0 }

export class Guard {
  readonly #held = new Map<string, Held>()

  get size(): number {
    return this.#held.size
  }

  processes(): IterableIterator<string> {
    return this.#held.keys()
  }

  deadlineOf(process: string): Deadline | null {
    return this.#held.get(process)?.deadline ?? null
  }

  take(order: GuardOrder): void {
    switch (order.kind) {
      case 'hold':
        return this.#hold(order.process, order.deadline)
      case 'keep':
        if (!this.#held.has(order.process)) this.#hold(order.process, over)
        return
      case 'extend':
        for (const process of order.processes)
          if (this.#held.has(process)) this.#hold(process, order.deadline)
        return
      case 'forget':
        this.#held.delete(order.process)
        return
      default:
        return unreachable(order)
    }
  }

  /** Each is told to end once before its deadline, and killed from its deadline on until it is forgotten. */
  due(nowMs: number): Ending[] {
    const endings: Ending[] = []
    for (const [process, held] of this.#held) {
      if (nowMs < nextOf(held)) continue
      const isOver = nowMs >= held.deadline.killAtMs
      const killAgainAtMs = isOver ? nowMs + leaseLimits.killAgainMs : held.killAgainAtMs
      this.#held.set(process, { ...held, isTold: true, killAgainAtMs })
      endings.push({ process, signal: isOver ? 'SIGKILL' : 'SIGTERM' })
    }
    return endings
  }

  /** When something is due next; Infinity when nothing is guarded. */
  nextAtMs(): number {
    let nextMs = Infinity
    for (const held of this.#held.values()) nextMs = Math.min(nextMs, nextOf(held))
    return nextMs
  }

  #hold(process: string, deadline: Deadline): void {
    this.#held.set(process, { deadline, isTold: false, killAgainAtMs: 0 })
  }
}

function nextOf({ deadline, isTold, killAgainAtMs }: Held): number {
  return isTold ? Math.max(deadline.killAtMs, killAgainAtMs) : deadline.termAtMs
}
