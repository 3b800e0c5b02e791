// What two meshes say to each other on the stream between them, one JSON value a frame. The side that dialed
// says hello, the other answers with its own hello, the first says ready: each then knows that it was heard.

import { usableAddresses } from './address.ts'
import { parseNodeId } from './identity.ts'
import { isJsonObject, type JsonValue } from './json.ts'
import { meshLimits } from '../../lib/base/limits.ts'
import type { NodeId } from '../../lib/base/ids.ts'

export type PeerAddresses = { readonly nodeId: NodeId; readonly addresses: readonly string[] }

export type Hello = {
  readonly kind: 'hello'
  /** Drawn when the mesh opens: another one under the same key is another process. */
  readonly instance: string
  /** Where the sender listens. */
  readonly addresses: readonly string[]
  /** Whom else it knows. */
  readonly peers: readonly PeerAddresses[]
  /** What the agent says of itself; the mesh does not read it. */
  readonly hello: JsonValue
}

export type WireFrame =
  | Hello
  | { readonly kind: 'ready' }
  | { readonly kind: 'message'; readonly body: JsonValue }
  | { readonly kind: 'ping'; readonly n: number }
  | { readonly kind: 'pong'; readonly n: number }
  /** The sender listens elsewhere now. */
  | { readonly kind: 'moved'; readonly addresses: readonly string[] }
  /** The sender met others. */
  | { readonly kind: 'met'; readonly peers: readonly PeerAddresses[] }

/**
 * Null when the value is no frame. Addresses that the sender, whose IP is given, cannot have meant for us are
 * left out.
 */
export function parseWireFrame(value: JsonValue, senderHost: string): WireFrame | null {
  if (!isJsonObject(value)) return null
  switch (value.kind) {
    case 'message':
      return value.body === undefined ? null : { kind: 'message', body: value.body }
    case 'ping':
    case 'pong':
      return typeof value.n === 'number' ? { kind: value.kind, n: value.n } : null
    case 'ready':
      return { kind: 'ready' }
    case 'moved': {
      const addresses = addressesOf(value.addresses, senderHost)
      return addresses === null ? null : { kind: 'moved', addresses }
    }
    case 'met': {
      const peers = peersOf(value.peers, senderHost)
      return peers === null ? null : { kind: 'met', peers }
    }
    case 'hello': {
      const addresses = addressesOf(value.addresses, senderHost)
      const peers = peersOf(value.peers, senderHost)
      if (typeof value.instance !== 'string' || addresses === null || peers === null) return null
      return { kind: 'hello', instance: value.instance, addresses, peers, hello: value.hello ?? null }
    }
    default:
      return null
  }
}

function addressesOf(value: JsonValue | undefined, senderHost: string): string[] | null {
  if (!Array.isArray(value)) return null
  const texts = (value as readonly JsonValue[]).filter((entry) => typeof entry === 'string')
  return usableAddresses(texts, senderHost)
}

function peersOf(value: JsonValue | undefined, senderHost: string): PeerAddresses[] | null {
  if (!Array.isArray(value)) return null
  const peers: PeerAddresses[] = []
  for (const entry of (value as readonly JsonValue[]).slice(0, meshLimits.peersMax)) {
    if (!isJsonObject(entry) || typeof entry.nodeId !== 'string') return null
    const nodeId = parseNodeId(entry.nodeId)
    const addresses = addressesOf(entry.addresses, senderHost)
    if (nodeId === null || addresses === null) return null
    peers.push({ nodeId, addresses })
  }
  return peers
}
