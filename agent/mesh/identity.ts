// Who a node is: an Ed25519 key that it makes once and keeps in its data directory. The node id is libp2p's
// text for the public half, so a peer is known by its key, whatever its address. The cluster key, 32 random
// bytes in hexadecimal, is what all nodes of one cluster share (libp2p's pre-shared key).

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import type { PrivateKey } from '@libp2p/interface'
import { nodeId, type NodeId } from '../../lib/base/ids.ts'

const privateKeyBytes = 64

/** A new identity: the 32 secret bytes, then the 32 public ones. */
export function createIdentity(): Uint8Array {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { d, x } = privateKey.export({ format: 'jwk' })
  if (d === undefined || x === undefined)
    throw new Error('Cannot create an identity: this Node.js has no Ed25519')
  return new Uint8Array(Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]))
}

/** Throws one clear line when the bytes are no identity. */
export function privateKeyOf(identity: Uint8Array): PrivateKey {
  if (identity.length !== privateKeyBytes) {
    throw new Error(
      `Cannot read the node's identity: it has ${identity.length} bytes, expected ${privateKeyBytes} as written when it was made`,
    )
  }
  return privateKeyFromRaw(identity)
}

export function nodeIdOf(identity: Uint8Array): NodeId {
  return nodeId(peerIdFromPrivateKey(privateKeyOf(identity)).toString())
}

/** Null when the text is no node id. */
export function parseNodeId(text: string): NodeId | null {
  try {
    const peer = peerIdFromString(text)
    return peer.type === 'Ed25519' ? nodeId(peer.toString()) : null
  } catch {
    return null
  }
}

/** 64 hexadecimal digits. */
export function createClusterKey(): string {
  return randomBytes(32).toString('hex')
}

export function isClusterKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
