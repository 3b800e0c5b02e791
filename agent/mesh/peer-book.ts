// Whom we know and where they listen. What a peer says of itself replaces what was known; what others say of
// it is added behind, for when it moved while we were apart. libp2p's own peer store forgets within the hour.

import { meshLimits } from '../../lib/base/limits.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import type { PeerAddresses } from './wire.ts'

export class PeerBook {
  readonly #self: NodeId
  readonly #peers = new Map<NodeId, readonly string[]>()

  constructor(self: NodeId) {
    this.#self = self
  }

  /** What is known of all, in the order of meeting. */
  list(): { nodeId: NodeId; addresses: string[] }[] {
    return [...this.#peers].map(([id, addresses]) => ({ nodeId: id, addresses: [...addresses] }))
  }

  ids(): Iterable<NodeId> {
    return this.#peers.keys()
  }

  has(id: NodeId): boolean {
    return this.#peers.has(id)
  }

  addresses(id: NodeId): readonly string[] {
    return this.#peers.get(id) ?? []
  }

  /** The peer's own word. True when it was news. */
  replace(peer: PeerAddresses): boolean {
    return this.#set(peer.nodeId, [...new Set(peer.addresses)])
  }

  /** Somebody's word about the peer. True when it was news. */
  add(peer: PeerAddresses): boolean {
    const known = this.addresses(peer.nodeId)
    const fresh = peer.addresses.filter((address) => !known.includes(address))
    if (fresh.length === 0 && this.has(peer.nodeId)) return false
    // The peer's own word stands first and stays; the oldest hearsay makes room.
    const hearsay = [...known.slice(1), ...fresh].slice(-(meshLimits.addressesPerPeerMax - 1))
    return this.#set(peer.nodeId, known.length === 0 ? fresh : [known[0]!, ...hearsay])
  }

  forget(id: NodeId): boolean {
    return this.#peers.delete(id)
  }

  #set(id: NodeId, addresses: readonly string[]): boolean {
    const bounded = addresses.slice(0, meshLimits.addressesPerPeerMax)
    const known = this.#peers.get(id)
    if (id === this.#self || (known === undefined && this.#peers.size >= meshLimits.peersMax)) return false
    if (
      known !== undefined &&
      known.length === bounded.length &&
      known.every((each, i) => each === bounded[i])
    ) {
      return false
    }
    this.#peers.set(id, bounded)
    return true
  }
}
