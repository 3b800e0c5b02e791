// Where a node can be reached: text such as `/ip4/10.0.0.1/tcp/4001` (a multiaddr without the peer's id, which
// is never part of an address here). Which of the addresses that someone told us are worth a dial is decided
// here too: a loopback address means something only to those on the same host.

import { isIPv4, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { meshLimits } from '../../lib/base/limits.ts'

const shape = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})$/

/** True for `/ip4/…/tcp/…`, `/ip6/…/tcp/…` and `/dns/…/tcp/…` with a port that can be dialed. */
export function isAddress(text: string): boolean {
  if (text.length > meshLimits.addressCharactersMax) return false
  const [, kind, host, port] = shape.exec(text) ?? []
  if (kind === undefined || host === undefined || port === undefined) return false
  if (Number(port) < 1 || Number(port) > 65535) return false
  if (kind === 'ip4') return isIPv4(host) && host !== '0.0.0.0'
  // A link-local address says nothing without the interface, and that has another name on the other host.
  if (kind === 'ip6') return isIPv6(host) && host !== '::' && !/^fe[89ab]/i.test(host)
  return /^[A-Za-z0-9._-]+$/.test(host)
}

/** `host:port`, `[ip6]:port` or a multiaddr as address; the port may be 0, and the host "any", to listen on. */
export function parseAddress(text: string, use: 'listen' | 'reach'): string {
  const address = text.startsWith('/') ? text : multiaddrText(text)
  const [, kind, host, port] = address === null ? [] : (shape.exec(address) ?? [])
  const numeric = kind === 'ip4' ? isIPv4(host ?? '') : kind === 'ip6' && isIPv6(host ?? '')
  const usable = use === 'listen' ? numeric && Number(port) <= 65535 : address !== null && isAddress(address)
  if (address === null || !usable) {
    const expected =
      use === 'listen'
        ? 'an IP address and a port such as 0.0.0.0:7946 or [::]:7946'
        : 'a host and a port such as 10.0.0.1:7946'
    throw new Error(
      `Cannot ${use === 'listen' ? 'listen on' : 'announce'} address "${text}": expected ${expected}`,
    )
  }
  return address
}

function multiaddrText(text: string): string | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || match?.[3] === undefined) return null
  const kind = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns'
  return `/${kind}/${host}/tcp/${match[3]}`
}

/** `/ip4/10.0.0.1/tcp/4001` as `10.0.0.1:4001`, for people. */
export function readableAddress(address: string): string {
  const [, kind, host, port] = shape.exec(address) ?? []
  return kind === undefined ? address : kind === 'ip6' ? `[${host}]:${port}` : `${host}:${port}`
}

/** The address's IP or name; empty when it has none. */
export function hostOf(address: Multiaddr | string): string {
  return (typeof address === 'string' ? multiaddr(address) : address).getComponents()[0]?.value ?? ''
}

/** libp2p's address without the peer's id. */
export function withoutPeer(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, '')
}

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host.startsWith('::ffff:127.')
}

/** Whether a connection from or to this IP ends on our own host. */
function isOwnHost(host: string): boolean {
  if (isLoopback(host)) return true
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === host))
}

/**
 * What is worth keeping of the addresses told by someone whose connection ends at `teller` (an IP): well-formed
 * ones, each once, loopback ones only when the teller is on our own host.
 */
export function usableAddresses(addresses: readonly string[], teller: string): string[] {
  const loopbackToo = isOwnHost(teller)
  const usable = addresses.filter((text) => isAddress(text) && (loopbackToo || !isLoopback(hostOf(text))))
  return [...new Set(usable)].slice(0, meshLimits.addressesPerPeerMax)
}
