// Messages for everyone, over gossipsub, on one topic. Unsigned: the connections are authenticated and all who
// hold the cluster key may speak (a signature would cost 2 ms a delivery); the envelope names the origin, which
// is therefore the origin's neighbour's word. A message may be lost, late or come before the hello; not twice.

import { createHash } from 'node:crypto'
import { gossipsub, StrictNoSign, TopicValidatorResult, type GossipSub } from '@libp2p/gossipsub'
import { nodeId, type NodeId } from '../../lib/base/ids.ts'
import { isJsonObject, type JsonValue } from './json.ts'
import type { Link } from './link.ts'
import { meshLimits } from '../../lib/base/limits.ts'

const topic = 'hocket/1'
/** What the envelope and gossipsub's own fields add to a message. */
const overheadBytes = 4096

/** The service for libp2p. Nobody is scored: all sit behind one key, and a score only ever silenced honest nodes. */
export function gossipService(): ReturnType<typeof gossipsub> {
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: (message) => createHash('sha256').update(message.data).digest().subarray(0, 20),
    // The publisher sends to every neighbour, as in a cluster of this size all are neighbours; the mesh of
    // degree 4 carries it to those whom the publisher does not reach.
    floodPublish: true,
    batchPublish: true,
    D: 4,
    Dlo: 3,
    Dhi: 8,
    Dscore: 2,
    Dout: 1,
    Dlazy: 3,
    fallbackToFloodsub: false,
    tagMeshPeers: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: [topic],
    maxInboundDataLength: meshLimits.gossipBytesMax + overheadBytes,
    maxOutboundBufferSize: meshLimits.gossipQueueBytesMax,
    scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
  })
}

export type GossipHandler = {
  accepts(from: NodeId): boolean
  onGossip(origin: NodeId, message: JsonValue): void
  onFailed(error: unknown): void
}

export class Gossip {
  readonly #pubsub: GossipSub
  readonly #self: NodeId
  readonly #instance: string
  readonly #handler: GossipHandler
  #sequence = 0

  constructor(options: { pubsub: GossipSub; self: NodeId; instance: string; handler: GossipHandler }) {
    this.#pubsub = options.pubsub
    this.#self = options.self
    this.#instance = options.instance
    this.#handler = options.handler
    this.#pubsub.topicValidators.set(topic, (neighbour) =>
      this.#handler.accepts(nodeId(neighbour.toString()))
        ? TopicValidatorResult.Accept
        : TopicValidatorResult.Ignore,
    )
    this.#pubsub.addEventListener('gossipsub:message', (event) => this.#received(event.detail.msg.data))
  }

  /** Called once, when the transport has started. */
  begin(): void {
    this.#pubsub.subscribe(topic)
  }

  /** False when the message is too large. */
  publish(message: JsonValue): boolean {
    this.#sequence += 1
    // Instance and sequence make two equal messages two messages: gossipsub knows them by their hash.
    const envelope = { origin: this.#self, instance: this.#instance, sequence: this.#sequence, body: message }
    const bytes = Buffer.from(JSON.stringify(envelope))
    if (bytes.length > meshLimits.gossipBytesMax) return false
    this.#pubsub.publish(topic, bytes).catch((error: unknown) => this.#handler.onFailed(error))
    return true
  }

  /** Whether the peer told us that it listens, and a stream of ours to it is open on one of these links. */
  reaches(peer: NodeId, links: Iterable<Link>): boolean {
    if (!this.#pubsub.getSubscribers(topic).some((id) => id.toString() === peer)) return false
    const protocols = this.#pubsub.protocols
    for (const link of links) {
      for (const stream of link.connection.streams) {
        const isOurs = stream.direction === 'outbound' && protocols.includes(stream.protocol)
        if (isOurs && stream.status === 'open') return true
      }
    }
    return false
  }

  #received(data: Uint8Array): void {
    const envelope = parse(data)
    if (!isJsonObject(envelope) || typeof envelope.origin !== 'string' || envelope.body === undefined) return
    const origin = nodeId(envelope.origin)
    if (origin !== this.#self && this.#handler.accepts(origin)) this.#handler.onGossip(origin, envelope.body)
  }
}

function parse(data: Uint8Array): JsonValue {
  try {
    return JSON.parse(
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'),
    ) as JsonValue
  } catch {
    return null
  }
}
