// Keeps those without the cluster key out, and says so. libp2p's pre-shared key encryption (pnet) turns what a
// stranger says into noise that shows as a reset or a time-out some seconds later. So the first thing that each
// side says through it is a fixed mark: who reads another mark knows at once that the keys differ, or that the
// other end is no hocket agent (the two cannot be told apart), and both sides learn it in the same moment.

import { setTimeout as sleep } from 'node:timers/promises'
import { preSharedKey } from '@libp2p/pnet'
import { isMultiaddr, type Multiaddr } from '@multiformats/multiaddr'
import type { ConnectionProtector, MessageStream } from '@libp2p/interface'

const mark = Buffer.from('hocket mesh, v1\n')
/** How long a refusing side stays, so that the other reads the mark before the connection is reset. */
const lingerMs = 200

class StrangerError extends Error {
  override readonly name = 'StrangerError'
}

export type Stranger = { readonly direction: 'inbound' | 'outbound'; readonly address: Multiaddr | null }

export function clusterKeyProtector(options: {
  clusterKey: string
  onStranger: (stranger: Stranger) => void
}): () => ConnectionProtector {
  const psk = Buffer.from(`/key/swarm/psk/1.0.0/\n/base16/\n${options.clusterKey}`)
  return () => {
    const pnet = preSharedKey({ psk })()
    return {
      async protect(connection, abort) {
        const secret = await pnet.protect(connection, abort)
        if (await hasSameKey(secret, abort?.signal)) return secret
        // libp2p hands over the socket's connection, which knows its address; its type does not say so.
        const address =
          'remoteAddr' in connection && isMultiaddr(connection.remoteAddr) ? connection.remoteAddr : null
        options.onStranger({ direction: connection.direction, address })
        await sleep(lingerMs, undefined, { ref: false })
        throw new StrangerError('The other end holds another cluster key or is no hocket agent')
      },
    }
  }
}

/** Throws when the connection ends, or time is up, before the other's mark has come. */
async function hasSameKey(connection: MessageStream, signal: AbortSignal | undefined): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const received: Buffer[] = []
  let bytes = 0
  const onMessage = (event: { data: Uint8Array | Iterable<Uint8Array> }): void => {
    const chunks = event.data instanceof Uint8Array ? [event.data] : event.data
    for (const chunk of chunks) {
      received.push(Buffer.from(chunk))
      bytes += chunk.byteLength
    }
    if (bytes >= mark.length) resolve()
  }
  const onClose = (): void =>
    reject(new Error('The connection was closed before the mark of the cluster key came'))
  const onAbort = (): void => reject(new Error('No answer to the mark of the cluster key in time'))
  connection.addEventListener('message', onMessage)
  connection.addEventListener('close', onClose)
  signal?.addEventListener('abort', onAbort)
  try {
    connection.send(mark)
    await promise
  } finally {
    connection.removeEventListener('message', onMessage)
    connection.removeEventListener('close', onClose)
    signal?.removeEventListener('abort', onAbort)
  }
  const all = Buffer.concat(received)
  // What came behind the mark belongs to the handshake that follows.
  if (all.length > mark.length) connection.unshift(all.subarray(mark.length))
  return all.subarray(0, mark.length).equals(mark)
}
