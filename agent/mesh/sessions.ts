// The peers that are up. A peer is up while at least one link to it is, and as one process: a second connection
// (both sides dialed at once) changes nothing, and another process under the same key ends the session of the
// first. When one of a peer's connections is lost all are closed, since gossipsub would go on with streams of
// the lost one in silence; the redial is half a second away.

import type { JsonValue } from './json.ts'
import type { Link } from './link.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import type { Hello } from './wire.ts'

export type Session = {
  readonly nodeId: NodeId
  readonly instance: string
  readonly hello: JsonValue
  /** By the wall clock, for people. */
  readonly connectedSinceMs: number
  readonly links: Set<Link>
  /** The link that our messages take: always the same one, so that they stay in order. */
  readonly link: Link
  /** By the steady clock. */
  heardAtMs: number
  pingedAtMs: number
  rttMs: number | null
  /** Since when gossip has not reached the peer; null while it does. */
  deafSinceMs: number | null
}

export class Sessions {
  readonly #sessions = new Map<NodeId, Session>()

  get(id: NodeId): Session | undefined {
    return this.#sessions.get(id)
  }

  list(): Session[] {
    return [...this.#sessions.values()]
  }

  /** A session to end because another process took its place, and whether this link begins a new one. */
  linked(
    link: Link,
    hello: Hello,
    now: { steadyMs: number; wallMs: number },
  ): { ended: Session | null; began: boolean } {
    const known = this.#sessions.get(link.peer)
    if (known !== undefined && known.instance === hello.instance) {
      known.links.add(link)
      return { ended: null, began: false }
    }
    this.#sessions.set(link.peer, {
      nodeId: link.peer,
      instance: hello.instance,
      hello: hello.hello,
      connectedSinceMs: now.wallMs,
      links: new Set([link]),
      link,
      heardAtMs: now.steadyMs,
      pingedAtMs: -Infinity,
      rttMs: null,
      deafSinceMs: now.steadyMs,
    })
    return { ended: known ?? null, began: true }
  }

  /** The session that this link belonged to, which is over with it; null when it belonged to none. */
  unlinked(link: Link): Session | null {
    const session = this.#sessions.get(link.peer)
    if (session === undefined || !session.links.has(link)) return null
    this.#sessions.delete(link.peer)
    return session
  }

  /** Our own loop stood still for so long: nobody is to blame for what we did not read. */
  forgive(lateMs: number): void {
    for (const session of this.#sessions.values()) {
      session.heardAtMs += lateMs
      if (session.deafSinceMs !== null) session.deafSinceMs += lateMs
    }
  }
}
