// gossipsub may lose its stream to a peer (a full buffer, a failed identify) and opens no other while the
// connection lives: the peer would hear nothing, in silence. Such a peer is connected anew, a few seconds after
// gossip stopped reaching it and once a minute at most, since direct messages are cut by it too.

import type { NodeId } from '../../lib/base/ids.ts'
import type { Gossip } from './gossip.ts'
import type { Session, Sessions } from './sessions.ts'

const deafMaxMs = 8000
const mendEveryMs = 60_000

export class GossipMender {
  readonly #gossip: Pick<Gossip, 'reaches'>
  readonly #mendedAtMs = new Map<NodeId, number>()

  constructor(gossip: Pick<Gossip, 'reaches'>) {
    this.#gossip = gossip
  }

  /** Those to be connected anew; they count as mended now. */
  deaf(sessions: Pick<Sessions, 'list'>, nowMs: number): Session[] {
    const deaf: Session[] = []
    for (const session of sessions.list()) {
      if (this.#gossip.reaches(session.nodeId, session.links)) {
        session.deafSinceMs = null
        continue
      }
      session.deafSinceMs ??= nowMs
      const mendedAtMs = this.#mendedAtMs.get(session.nodeId) ?? -Infinity
      if (nowMs - session.deafSinceMs < deafMaxMs || nowMs - mendedAtMs < mendEveryMs) continue
      this.#mendedAtMs.set(session.nodeId, nowMs)
      deaf.push(session)
    }
    return deaf
  }

  forget(peer: NodeId): void {
    this.#mendedAtMs.delete(peer)
  }
}
