// When to dial whom. libp2p dials once and never again, so each peer that is known and not connected is dialed
// here until it answers: at once when something new is known of it, within a second after it went down, and
// then ever more rarely, up to 15 s apart, with jitter so that a cluster does not knock in step.

import type { NodeId } from '../../lib/base/ids.ts'
import { meshLimits } from '../../lib/base/limits.ts'

const backoffMinMs = 1000
const backoffMaxMs = 15_000
/** Of two that start together one waits this long, so that most pairs make one connection and not two. */
export const politenessMs = 250
type Entry = {
  nextAtMs: number
  backoffMs: number
  /** Dials that failed since the peer was last up: the addresses are tried from another one each time. */
  failures: number
  dialing: boolean
}

export class Redial {
  readonly #entries = new Map<NodeId, Entry>()
  readonly #self: NodeId
  readonly #random: () => number
  #dialing = 0

  constructor(options: { self: NodeId; random: () => number }) {
    this.#self = options.self
    this.#random = options.random
  }

  /** Something new is known of the peer: its turn is now. */
  soon(id: NodeId, nowMs: number): void {
    const entry = this.#entry(id, nowMs)
    entry.backoffMs = backoffMinMs
    entry.nextAtMs = Math.min(entry.nextAtMs, nowMs + (this.#self > id ? politenessMs : 0))
  }

  wentDown(id: NodeId, nowMs: number): void {
    const entry = this.#entry(id, nowMs)
    entry.backoffMs = backoffMinMs
    entry.failures = 0
    entry.nextAtMs = nowMs + backoffMinMs * (0.1 + 0.9 * this.#random())
  }

  forget(id: NodeId): void {
    this.#entries.delete(id)
  }

  /** True when the peer's time has come; the caller then dials it and says how that ended. */
  starts(id: NodeId, nowMs: number): boolean {
    const entry = this.#entry(id, nowMs)
    if (entry.dialing || entry.nextAtMs > nowMs || this.#dialing >= meshLimits.dialsMax) return false
    entry.dialing = true
    this.#dialing += 1
    return true
  }

  ended(id: NodeId, outcome: { ok: boolean; nowMs: number }): void {
    this.#dialing -= 1
    const entry = this.#entry(id, outcome.nowMs)
    entry.dialing = false
    if (!outcome.ok) entry.failures += 1
    // Also after a dial that went through: the greeting that follows may fail.
    entry.nextAtMs = outcome.nowMs + entry.backoffMs * (0.6 + 0.4 * this.#random())
    entry.backoffMs = Math.min(backoffMaxMs, entry.backoffMs * 2)
  }

  failures(id: NodeId): number {
    return this.#entries.get(id)?.failures ?? 0
  }

  #entry(id: NodeId, nowMs: number): Entry {
    const known = this.#entries.get(id)
    if (known !== undefined) return known
    const nextAtMs = nowMs + (this.#self > id ? politenessMs : 0)
    const entry = { nextAtMs, backoffMs: backoffMinMs, failures: 0, dialing: false }
    this.#entries.set(id, entry)
    return entry
  }
}
