// Real nodes on loopback for the tests of the mesh: each keeps what its callbacks said.

import { pino } from 'pino'
import type { NodeId } from '../../../lib/base/ids.ts'
import { createIdentity } from '../../../agent/mesh/identity.ts'
import type { JsonValue } from '../../../agent/mesh/json.ts'
import { openMesh, type Mesh, type PeerAddresses } from '../../../agent/mesh/mesh.ts'

export type TestMesh = {
  readonly mesh: Mesh
  readonly identity: Uint8Array
  readonly up: Map<NodeId, JsonValue>
  readonly downs: NodeId[]
  readonly messages: { from: NodeId; message: JsonValue }[]
  readonly gossip: { origin: NodeId; message: JsonValue }[]
  readonly refusals: { address: string; text: string }[]
  remembered: readonly PeerAddresses[]
}

export type TestMeshOptions = {
  clusterKey: string
  identity?: Uint8Array
  listen?: string[]
  announce?: string[]
  hello?: JsonValue
  knownPeers?: readonly PeerAddresses[]
  accepts?: (peer: NodeId) => boolean
  onMessage?: (from: NodeId, message: JsonValue, self: TestMesh) => void
}

const open: Mesh[] = []

export async function openTestMesh(options: TestMeshOptions): Promise<TestMesh> {
  const identity = options.identity ?? createIdentity()
  const record: Omit<TestMesh, 'mesh'> = {
    identity,
    up: new Map(),
    downs: [],
    messages: [],
    gossip: [],
    refusals: [],
    remembered: options.knownPeers ?? [],
  }
  const late: { self?: TestMesh } = {}
  const mesh = await openMesh({
    privateKey: identity,
    clusterKey: options.clusterKey,
    listen: options.listen ?? ['127.0.0.1:0'],
    ...(options.announce === undefined ? {} : { announce: options.announce }),
    knownPeers: options.knownPeers ?? [],
    hello: () => options.hello ?? null,
    onPeerUp: (peer) => void record.up.set(peer.nodeId, peer.hello),
    onPeerDown: (peer) => {
      record.up.delete(peer)
      record.downs.push(peer)
    },
    onMessage: (from, message) => {
      if (options.onMessage !== undefined && late.self !== undefined)
        options.onMessage(from, message, late.self)
      else record.messages.push({ from, message })
    },
    onGossip: (origin, message) => void record.gossip.push({ origin, message }),
    onRefused: (refusal) => void record.refusals.push(refusal),
    onPeersChanged: (peers) => {
      record.remembered = peers
    },
    accepts: options.accepts ?? (() => true),
    log: pino({ level: process.env.MESH_LOG ?? 'silent' }),
  })
  open.push(mesh)
  late.self = Object.assign(record, { mesh })
  return late.self
}

/** For afterEach: nothing that a test opened outlives it. */
export async function closeTestMeshes(): Promise<void> {
  await Promise.all(open.splice(0).map((mesh) => mesh.close()))
}

export function known(...nodes: TestMesh[]): PeerAddresses[] {
  return nodes.map(({ mesh }) => ({ nodeId: mesh.nodeId, addresses: mesh.addresses() }))
}

/** Waits until it holds; throws what is missing when it does not within the time. */
export async function until(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<number> {
  const startedAtMs = performance.now()
  while (!holds()) {
    if (performance.now() - startedAtMs > timeoutMs) throw new Error(`Not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - startedAtMs
}

export function untilAllUp(nodes: readonly TestMesh[], timeoutMs?: number): Promise<number> {
  const all = (): boolean =>
    nodes.every((node) => nodes.every((peer) => peer === node || node.up.has(peer.mesh.nodeId)))
  return until('every node has every other up', all, timeoutMs)
}
