// The mesh: who is up, and JSON to and from them. Direct messages come in order and once, or are lost with the
// connection; gossip reaches everyone, or most. It decides nothing about what they say. A peer is known by its
// key: addresses are only where it was last heard of. libp2p stays behind this room.

import type { Logger } from 'pino'
import type { NodeId } from '../../lib/base/ids.ts'
import { parseAddress } from './address.ts'
import { nodeIdOf } from './identity.ts'
import type { JsonValue } from './json.ts'
import { MeshNode } from './mesh-node.ts'
import { createTransport, startTransport } from './transport.ts'

export type PeerAddresses = { readonly nodeId: NodeId; readonly addresses: readonly string[] }

export type MeshOptions = {
  /** Made by createIdentity() and kept in the data directory. */
  readonly privateKey: Uint8Array
  /** Made by createClusterKey() or taken from a join token. */
  readonly clusterKey: string
  /** `0.0.0.0:7946`, `[::]:7946`, `127.0.0.1:0` (a port of the system's choice). */
  readonly listen: readonly string[]
  /** `host:port` at which others reach us, when that is not where we listen. */
  readonly announce?: readonly string[]
  readonly knownPeers: readonly PeerAddresses[]
  /** What we say of ourselves on each new connection. */
  hello(): JsonValue
  /** The hello was answered both ways, on the first connection to this process of the peer. */
  onPeerUp(peer: { nodeId: NodeId; addresses: readonly string[]; hello: JsonValue }): void
  /** The connection is gone, or the peer said nothing for 5 s. */
  onPeerDown(peer: NodeId): void
  onMessage(from: NodeId, message: JsonValue): void
  /** `origin` is what the neighbour that brought it says. */
  onGossip(origin: NodeId, message: JsonValue): void
  /** Someone was refused, or refused us: one line for people, once a minute for each address. */
  onRefused(refusal: { address: string; text: string }): void
  /** Whom we remember now, to be kept and given back as knownPeers. */
  onPeersChanged(peers: readonly PeerAddresses[]): void
  /** Asked again and again: connections to a node that is not accepted any more are closed. */
  accepts(peer: NodeId): boolean
  readonly log: Logger
}

export type PeerStatus = {
  readonly nodeId: NodeId
  /** By the wall clock. */
  readonly connectedSinceMs: number
  readonly addresses: readonly string[]
  readonly queuedBytes: number
  readonly rttMs: number | null
}

export type Mesh = {
  readonly nodeId: NodeId
  /** Where others reach us, as `/ip4/…/tcp/…`. */
  addresses(): readonly string[]
  /** False when the peer is not up, its queue is full, or the message is larger than a frame may be. */
  send(to: NodeId, message: JsonValue): boolean
  /** False when the message is too large for gossip. */
  gossip(message: JsonValue): boolean
  /** More about where peers are; they are dialed at once. */
  learn(peers: readonly PeerAddresses[]): void
  /** Drops the peer and all that is known of it. */
  forget(peer: NodeId): void
  /** Those who are up. */
  peers(): readonly PeerStatus[]
  /** Sends what waits, for half a second at most, and leaves nothing open. No callback comes after it. */
  close(): Promise<void>
}

/** Throws one clear line when an address is not usable. */
export async function openMesh(options: MeshOptions): Promise<Mesh> {
  const announce = options.announce?.map((text) => parseAddress(text, 'reach')) ?? []
  const self = nodeIdOf(options.privateKey)
  const late: { node?: MeshNode } = {}
  const transport = await createTransport({
    ...options,
    accepts: (peer) => options.accepts(peer),
    onStranger: (stranger) => late.node?.metStranger(stranger),
  })
  const node = new MeshNode({ ...options, self, announce, transport })
  late.node = node
  await node.prepare()
  await startTransport(transport, options.listen)
  node.begin()
  return node
}
