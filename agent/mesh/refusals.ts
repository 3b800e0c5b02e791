// What a refusal says to people, and that it says it once a minute and place, however often it happens: a
// stranger that knocks each second must not fill the log.

import type { Multiaddr } from '@multiformats/multiaddr'
import type { NodeId } from '../../lib/base/ids.ts'
import { hostOf, readableAddress, withoutPeer } from './address.ts'
import { meshLimits } from '../../lib/base/limits.ts'
import type { Stranger } from './protector.ts'

const silentMs = 60_000

/** `place` is what counts as one address: an incoming connection has a new port each time. */
export type Refusal = { readonly place: string; readonly address: string; readonly text: string }

export function strangerRefusal({ direction, address: at }: Stranger): Refusal {
  const address = at === null ? 'unknown' : readableAddress(withoutPeer(at))
  const why = 'the other end holds another cluster key or is no hocket agent'
  if (direction === 'inbound') {
    const place = at === null ? address : hostOf(at)
    return { place, address, text: `Refused a connection from "${place}": ${why}` }
  }
  const text = `Cannot join the node at "${address}": ${why}, expected an agent of the cluster that the join token or the remembered peers are of`
  return { place: address, address, text }
}

/** A node whose gater refuses us lets the dial succeed first, and gives no reason. */
export function unansweredRefusal(peer: NodeId, at: Multiaddr): Refusal {
  const address = readableAddress(withoutPeer(at))
  const text = `Cannot join node "${peer}" at "${address}": it closes every connection unanswered, expected a hello (it may have removed this node from the cluster)`
  return { place: address, address, text }
}

export class Refusals {
  readonly #toldAtMs = new Map<string, number>()
  readonly #tell: (refusal: { address: string; text: string }) => void

  constructor(tell: (refusal: { address: string; text: string }) => void) {
    this.#tell = tell
  }

  told(refusal: Refusal, nowMs: number): void {
    const key = `${refusal.place} ${refusal.text}`
    const lastMs = this.#toldAtMs.get(key)
    if (lastMs !== undefined && nowMs - lastMs < silentMs) return
    this.#toldAtMs.delete(key)
    this.#toldAtMs.set(key, nowMs)
    const oldest = this.#toldAtMs.keys().next()
    if (this.#toldAtMs.size > meshLimits.refusalsRememberedMax && !oldest.done)
      this.#toldAtMs.delete(oldest.value)
    this.#tell({ address: refusal.address, text: refusal.text })
  }
}
