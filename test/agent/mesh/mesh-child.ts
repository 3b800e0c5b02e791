// One node in a process of its own, driven over IPC by mesh-process.test.ts: it echoes what it hears, and exits
// by itself when its mesh is closed, or not at all if the mesh leaves a handle behind.

import { pino } from 'pino'
import { createIdentity } from '../../../agent/mesh/identity.ts'
import { openMesh, type PeerAddresses } from '../../../agent/mesh/mesh.ts'

export type ChildOrder =
  | { readonly kind: 'open'; readonly clusterKey: string; readonly knownPeers: readonly PeerAddresses[] }
  | { readonly kind: 'close' }

process.on('message', (order: ChildOrder) => {
  if (order.kind === 'open') void open(order)
})

async function open(order: Extract<ChildOrder, { kind: 'open' }>): Promise<void> {
  const mesh = await openMesh({
    privateKey: createIdentity(),
    clusterKey: order.clusterKey,
    listen: ['127.0.0.1:0'],
    knownPeers: order.knownPeers,
    hello: () => 'child',
    onPeerUp: () => {},
    onPeerDown: () => {},
    onMessage: (from, message) => void mesh.send(from, message),
    onGossip: () => {},
    onRefused: () => {},
    onPeersChanged: () => {},
    accepts: () => true,
    log: pino({ level: 'silent' }),
  })
  process.once('message', () => {
    void mesh.close().then(() => process.disconnect())
  })
  process.send?.({ nodeId: mesh.nodeId })
}
