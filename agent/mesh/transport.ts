// libp2p, set up for a cluster: TCP, the cluster key, noise, yamux, identify (gossipsub learns from it who
// speaks gossip) and gossipsub. Everything that libp2p would decide by itself about whom to drop, redial or
// refuse is switched off or out of the way; agent/mesh decides that.

import { noise } from '@libp2p/noise'
import { identify, type Identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { GossipSub } from '@libp2p/gossipsub'
import { parseAddress, readableAddress } from './address.ts'
import { gossipService } from './gossip.ts'
import { privateKeyOf } from './identity.ts'
import { meshLimits } from '../../lib/base/limits.ts'
import { clusterKeyProtector, type Stranger } from './protector.ts'
import { nodeId, type NodeId } from '../../lib/base/ids.ts'

export type Transport = Libp2p<{ identify: Identify; gossip: GossipSub }>

export const addressDialMs = 3000
export const dialMs = 10_000

export type TransportOptions = {
  readonly privateKey: Uint8Array
  readonly clusterKey: string
  readonly listen: readonly string[]
  accepts(id: NodeId): boolean
  onStranger(stranger: Stranger): void
}

/** Not started: the caller attaches its listeners first. */
export function createTransport(options: TransportOptions): Promise<Transport> {
  return createLibp2p({
    start: false,
    privateKey: privateKeyOf(options.privateKey),
    nodeInfo: { name: 'hocket', version: '1', userAgent: 'hocket' },
    addresses: { listen: options.listen.map((text) => parseAddress(text, 'listen')) },
    transports: [tcp()],
    connectionProtector: clusterKeyProtector(options),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: {
      denyInboundEncryptedConnection: (peer) => !options.accepts(nodeId(peer.toString())),
    },
    connectionManager: {
      maxConnections: meshLimits.connectionsMax,
      // The defaults, 5 a second from one host and 10 in the making, let 5 of 12 simultaneous dialers in.
      inboundConnectionThreshold: meshLimits.connectionsPerSecondMax,
      maxIncomingPendingConnections: meshLimits.connectionsPendingMax,
      // Addresses come in the order in which they should be tried.
      addressSorter: () => 0,
      addressDialTimeout: addressDialMs,
      dialTimeout: dialMs,
      inboundUpgradeTimeout: 5000,
      reconnectRetries: 0,
    },
    // It would cut every connection whenever our own event loop was late; heartbeats of our own forgive that.
    connectionMonitor: { enabled: false },
    services: { identify: identify(), gossip: gossipService() },
  })
}

/** Throws one clear line when it cannot listen. */
export async function startTransport(transport: Transport, listen: readonly string[]): Promise<void> {
  try {
    await transport.start()
  } catch (error) {
    throw listenError(error, listen)
  }
  const wanted = listen.length
  const listening = new Set(transport.getMultiaddrs().map((address) => address.getComponents()[1]?.value))
    .size
  if (wanted > 0 && listening === 0) {
    await transport.stop()
    throw new Error(`Cannot listen on address "${listen.join('", "')}": no interface has it`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use by another process, expected a free one',
  EACCES: 'this user may not listen there, expected a port above 1023',
  EADDRNOTAVAIL: 'no interface of this host has that address, expected one that it has or 0.0.0.0',
  EAFNOSUPPORT: 'this host does not speak that kind of address',
}

function listenError(error: unknown, listen: readonly string[]): Error {
  const text = error instanceof Error ? error.message : String(error)
  for (const wanted of listen) {
    const address = parseAddress(wanted, 'listen')
    // libp2p's message lists each address that failed, with the stack of its error behind it.
    const at = text.indexOf(`${address}: `)
    const code = at < 0 ? undefined : /listen (E[A-Z]+)/.exec(text.slice(at))?.[1]
    if (code !== undefined) {
      return new Error(`Cannot listen on address "${readableAddress(address)}": ${reasons[code] ?? code}`)
    }
  }
  return new Error(`Cannot open the mesh: ${text.split('\n')[0]}`, { cause: error })
}
