// Who this agent is and which cluster it belongs to, as small files of its data directory: the node's key, the
// cluster's id and key, the peers that it remembers, and where it was reached last. An agent without any founds a
// cluster, unless it was given a join token; then it belongs to that cluster from the first moment, so that it never
// founds another one by itself, however long it takes to meet the first peer.

import { randomUUID } from 'node:crypto'
import { clusterId, type ClusterId, type NodeId } from '../../lib/base/ids.ts'
import { hostOf, isLoopback } from './address.ts'
import { createClusterKey, createIdentity, nodeIdOf } from './identity.ts'
import { decodeJoinToken, encodeJoinToken, type JoinToken } from './join-token.ts'

/** What is needed of a data directory. */
export type MembershipFiles = {
  readFile(name: string): Promise<Uint8Array | null>
  writeFileSynced(name: string, content: Uint8Array | string): Promise<void>
}

type Peers = JoinToken['peers']

type ClusterFile = {
  readonly clusterId: ClusterId
  readonly clusterKey: string
  /** How many witnesses it was founded with here; null where it was joined. */
  readonly foundWitnesses: number | null
  /** False until the first peer was met: until then another token may take its place. */
  readonly isJoined: boolean
  /** Some peer of the join token is on another host. */
  readonly isWide: boolean
}

export type Membership = ClusterFile & {
  readonly identity: Uint8Array
  readonly nodeId: NodeId
  readonly knownPeers: Peers
  /** What this start made of it. */
  readonly how: 'founded' | 'joining' | 'known'
}

const identityFile = 'identity'
const clusterFile = 'cluster.json'
const peersFile = 'peers.json'
const addressesFile = 'addresses.json'
/** A token names this agent and a few others: one that answers is enough. */
const tokenPeersMax = 4

/** Reads the files, or makes them; throws one clear line when the token does not fit them. */
export async function openMembership(
  files: MembershipFiles,
  wish: { readonly join: string | null; readonly witnesses: number },
): Promise<Membership> {
  const token = wish.join === null ? null : decodeJoinToken(wish.join)
  const identity = await openIdentity(files)
  const known = await readJson<ClusterFile>(files, clusterFile)
  const remembered = (await readJson<Peers>(files, peersFile)) ?? []
  const isReplaceable = known === null || !known.isJoined
  if (token !== null && known !== null && known.clusterId !== token.clusterId && !isReplaceable) {
    throw new Error(
      'Cannot join the cluster of the token: the data directory belongs to another cluster already, ' +
        'expected an empty one (give another with --data-dir)',
    )
  }
  const next: ClusterFile =
    known !== null && (token === null || known.clusterId === token.clusterId)
      ? known
      : token === null
        ? foundCluster(wish.witnesses)
        : joinCluster(token)
  const knownPeers = [...remembered, ...(token?.peers ?? [])]
  // The mesh tells of changes to what it was given: the token's peers are in the file before.
  if (token !== null) await rememberPeers(files, knownPeers)
  if (next !== known) await files.writeFileSynced(clusterFile, JSON.stringify(next))
  return {
    ...next,
    identity,
    nodeId: nodeIdOf(identity),
    knownPeers,
    how: next === known && known.isJoined ? 'known' : next.foundWitnesses === null ? 'joining' : 'founded',
  }
}

/** The first peer was met: the data directory is this cluster's for good. */
export async function rememberJoined(files: MembershipFiles, membership: Membership): Promise<void> {
  const { clusterId: id, clusterKey, foundWitnesses, isWide } = membership
  const file: ClusterFile = { clusterId: id, clusterKey, foundWitnesses, isWide, isJoined: true }
  await files.writeFileSynced(clusterFile, JSON.stringify(file))
}

export async function rememberPeers(files: MembershipFiles, peers: Peers): Promise<void> {
  await files.writeFileSynced(peersFile, JSON.stringify(peers))
}

/** Where others reach this agent, for its join token. */
export async function rememberAddresses(files: MembershipFiles, addresses: readonly string[]): Promise<void> {
  await files.writeFileSynced(addressesFile, JSON.stringify(addresses))
}

/** Null when no agent has made this data directory one of a cluster's, or it never listened. */
export async function makeJoinToken(
  files: Pick<MembershipFiles, 'readFile'>,
): Promise<{ readonly token: string; readonly isLoopbackOnly: boolean } | null> {
  const identity = await files.readFile(identityFile)
  const cluster = await readJson<ClusterFile>(files, clusterFile)
  const addresses = (await readJson<readonly string[]>(files, addressesFile)) ?? []
  if (identity === null || cluster === null || addresses.length === 0) return null
  const self = { nodeId: nodeIdOf(identity), addresses }
  const others = ((await readJson<Peers>(files, peersFile)) ?? []).filter(
    (peer) => peer.nodeId !== self.nodeId,
  )
  const peers = [self, ...others].slice(0, tokenPeersMax)
  const token = encodeJoinToken({ clusterId: cluster.clusterId, clusterKey: cluster.clusterKey, peers })
  return { token, isLoopbackOnly: addresses.every((address) => isLoopback(hostOf(address))) }
}

async function openIdentity(files: MembershipFiles): Promise<Uint8Array> {
  const known = await files.readFile(identityFile)
  if (known !== null) return known
  const made = createIdentity()
  await files.writeFileSynced(identityFile, made)
  return made
}

function foundCluster(witnesses: number): ClusterFile {
  return {
    clusterId: clusterId(randomUUID()),
    clusterKey: createClusterKey(),
    foundWitnesses: witnesses,
    isJoined: true,
    isWide: false,
  }
}

function joinCluster(token: JoinToken): ClusterFile {
  const addresses = token.peers.flatMap((peer) => peer.addresses)
  return {
    clusterId: token.clusterId,
    clusterKey: token.clusterKey,
    foundWitnesses: null,
    isJoined: false,
    isWide: addresses.some((address) => !isLoopback(hostOf(address))),
  }
}

async function readJson<Value>(
  files: Pick<MembershipFiles, 'readFile'>,
  name: string,
): Promise<Value | null> {
  const bytes = await files.readFile(name)
  if (bytes === null) return null
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Value
  } catch (error) {
    throw new Error(
      `Cannot read file "${name}" of the data directory: it is damaged, expected JSON as it was written`,
      {
        cause: error,
      },
    )
  }
}
