// One printable string that holds all a second host needs: the cluster's id and key, and where its peers
// listen. `hkt1_`, the content as base64url JSON, and eight hexadecimal digits of CRC-32 over what precedes,
// so that a token that lost a character on the way is told from one of another kind. It is a secret.

import { crc32 } from '../../lib/base/crc32.ts'
import { clusterId, type ClusterId, type NodeId } from '../../lib/base/ids.ts'
import { isAddress } from './address.ts'
import { isClusterKey, parseNodeId } from './identity.ts'
import { isJsonObject, type JsonValue } from './json.ts'

const prefix = 'hkt1_'
const checksumCharacters = 8

export type JoinToken = {
  readonly clusterId: ClusterId
  readonly clusterKey: string
  readonly peers: readonly { readonly nodeId: NodeId; readonly addresses: readonly string[] }[]
}

export function encodeJoinToken(token: JoinToken): string {
  const content = {
    cluster: token.clusterId,
    key: Buffer.from(token.clusterKey, 'hex').toString('base64url'),
    peers: token.peers.map((peer) => [peer.nodeId, ...peer.addresses]),
  }
  const body = prefix + Buffer.from(JSON.stringify(content)).toString('base64url')
  return body + crc32(body)
}

/** Throws an error whose message is for the person who typed the token; the token, a secret, is not in it. */
export function decodeJoinToken(typed: string): JoinToken {
  // Terminals and mail programs wrap long lines.
  const text = typed.replaceAll(/\s+/g, '')
  if (text === '') throw fault('it is empty')
  const version = /^hkt(\d+)_/.exec(text)?.[1]
  if (version === undefined) throw fault(`it does not begin with ${prefix}`)
  if (!text.startsWith(prefix))
    throw fault(`it is of version ${version}, and this hocket knows version 1 only`)
  const body = text.slice(0, -checksumCharacters)
  if (text.length <= prefix.length + checksumCharacters || crc32(body) !== text.slice(-checksumCharacters)) {
    throw fault('it is damaged: characters are missing or were changed')
  }
  const token = tokenOf(jsonOf(body.slice(prefix.length)))
  if (token === null) throw fault('its content is not that of a join token')
  return token
}

function fault(what: string): Error {
  return new Error(
    `Cannot use the join token: ${what}, expected the whole string that "hocket join-token" printed on a node of the cluster`,
  )
}

function jsonOf(encoded: string): JsonValue {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as JsonValue
  } catch {
    return null
  }
}

function tokenOf(value: JsonValue): JoinToken | null {
  if (!isJsonObject(value) || typeof value.cluster !== 'string' || value.cluster === '') return null
  if (typeof value.key !== 'string' || !Array.isArray(value.peers)) return null
  const clusterKey = Buffer.from(value.key, 'base64url').toString('hex')
  if (!isClusterKey(clusterKey)) return null
  const peers: { nodeId: NodeId; addresses: string[] }[] = []
  for (const entry of value.peers as readonly JsonValue[]) {
    if (!Array.isArray(entry)) return null
    const [id, ...addresses] = entry as readonly JsonValue[]
    const peer = typeof id === 'string' ? parseNodeId(id) : null
    if (peer === null || !addresses.every((address) => typeof address === 'string' && isAddress(address)))
      return null
    peers.push({ nodeId: peer, addresses: addresses as string[] })
  }
  return { clusterId: clusterId(value.cluster), clusterKey, peers }
}
