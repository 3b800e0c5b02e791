// Connections on which nobody is up yet. A connection that does not greet in time is closed, since a peer
// behind it would count as connected and never be dialed again. One that the other side closes before it
// answered, again and again, was refused there: with libp2p the dial of a refused node succeeds first.

import type { Connection } from '@libp2p/interface'
import type { NodeId } from '../../lib/base/ids.ts'

const greetingMaxMs = 5000
/** A peer that stops closes its new connections too; it does not do so three times. */
const refusedAfter = 3

export class Greetings {
  readonly #deadlines = new Map<Connection, number>()
  readonly #unanswered = new Map<NodeId, number>()

  opened(connection: Connection, nowMs: number): void {
    this.#deadlines.set(connection, nowMs + greetingMaxMs)
  }

  greeted(connection: Connection, peer: NodeId): void {
    this.#deadlines.delete(connection)
    this.#unanswered.delete(peer)
  }

  /** True when the peer has by now closed so many of our connections unanswered that it must mean it. */
  closed(connection: Connection, peer: NodeId): boolean {
    if (!this.#deadlines.delete(connection) || connection.direction !== 'outbound') return false
    const times = (this.#unanswered.get(peer) ?? 0) + 1
    this.#unanswered.set(peer, times)
    return times >= refusedAfter
  }

  /** We gave up on it ourselves: that is no refusal. */
  gaveUp(connection: Connection): void {
    this.#deadlines.delete(connection)
  }

  forget(peer: NodeId): void {
    this.#unanswered.delete(peer)
  }

  /** Connections whose time is up; each is named once. */
  overdue(nowMs: number): Connection[] {
    const late = [...this.#deadlines]
      .filter(([, deadlineMs]) => deadlineMs < nowMs)
      .map(([connection]) => connection)
    for (const connection of late) this.#deadlines.delete(connection)
    return late
  }

  forgive(lateMs: number): void {
    for (const [connection, deadlineMs] of this.#deadlines)
      this.#deadlines.set(connection, deadlineMs + lateMs)
  }
}
