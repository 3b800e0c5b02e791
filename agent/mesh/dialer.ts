// Dials whoever is known, wanted and not up, when redial.ts says that it is time, and tells what is wrong with
// an address that someone else answers at.

import { multiaddr } from '@multiformats/multiaddr'
import type { NodeId } from '../../lib/base/ids.ts'
import { readableAddress } from './address.ts'
import type { PeerBook } from './peer-book.ts'
import { politenessMs, Redial } from './redial.ts'
import { addressDialMs, dialMs, type Transport } from './transport.ts'

/** So many addresses fit into one dial when none of them answers. */
const addressesPerDial = Math.floor(dialMs / addressDialMs)

export type DialerOptions = {
  readonly transport: Transport
  readonly book: PeerBook
  readonly self: NodeId
  /** False for peers that are up, and for those that are not accepted. */
  wants(peer: NodeId): boolean
  /** Addresses that are our own: behind one of them no peer can be. */
  ownAddresses(): readonly string[]
  onWrongPeer(refusal: { address: string; text: string }): void
  onFailed(peer: NodeId, error: unknown): void
  nowMs(): number
}

export class Dialer {
  readonly #redial: Redial
  readonly #options: DialerOptions
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: DialerOptions) {
    this.#options = options
    this.#redial = new Redial({ self: options.self, random: Math.random })
  }

  /** Something new is known of these peers: they are dialed now, or a moment later out of politeness. */
  soon(peers: Iterable<NodeId>): void {
    const nowMs = this.#options.nowMs()
    for (const peer of peers) this.#redial.soon(peer, nowMs)
    this.run()
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.run()
    }, politenessMs + 5)
  }

  wentDown(peer: NodeId): void {
    this.#redial.wentDown(peer, this.#options.nowMs())
  }

  forget(peer: NodeId): void {
    this.#redial.forget(peer)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closed = true
  }

  /** Begins the dials whose time has come. */
  run(): void {
    if (this.#closed) return
    const nowMs = this.#options.nowMs()
    const own = new Set(this.#options.ownAddresses())
    for (const peer of this.#options.book.ids()) {
      if (!this.#options.wants(peer)) continue
      const addresses = this.#options.book.addresses(peer).filter((address) => !own.has(address))
      if (addresses.length > 0 && this.#redial.starts(peer, nowMs)) void this.#dial(peer, addresses)
    }
  }

  async #dial(peer: NodeId, addresses: readonly string[]): Promise<void> {
    const first = (this.#redial.failures(peer) * addressesPerDial) % addresses.length
    const turned = [...addresses.slice(first), ...addresses.slice(0, first)]
    let ok = false
    try {
      const targets = turned.map((address) => multiaddr(`${address}/p2p/${peer}`))
      await this.#options.transport.dial(targets, { signal: AbortSignal.timeout(dialMs) })
      ok = true
    } catch (error) {
      this.#failed(peer, addresses, error)
    }
    this.#redial.ended(peer, { ok, nowMs: this.#options.nowMs() })
  }

  #failed(peer: NodeId, addresses: readonly string[], error: unknown): void {
    this.#options.onFailed(peer, error)
    const other = answererOf(error)
    if (other === null) return
    const address = addresses.map((each) => readableAddress(each)).join(', ')
    const text = `Cannot reach node "${peer}" at "${address}": node ${other} answers there, expected the first one's key (it has moved, or its data directory was made anew)`
    this.#options.onWrongPeer({ address, text })
  }
}

/** Whose key was found where another was expected; null when that is not what failed. */
function answererOf(error: unknown): string | null {
  const errors: readonly unknown[] = error instanceof AggregateError ? (error.errors as unknown[]) : [error]
  for (const each of errors) {
    const text = each instanceof Error ? each.message : ''
    const found = /identity key (\w+) does not match expected/.exec(text)?.[1]
    if (found !== undefined) return found
  }
  return null
}
