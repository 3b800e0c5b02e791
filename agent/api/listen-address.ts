// Where the API may listen, from text such as `127.0.0.1:7460`, and which names of that place a request may call it by:
// a web page that a browser loaded from elsewhere, and whose name was made to point here (DNS rebinding), sends its own
// name as Host. Beyond loopback whoever listens in on the network would read tokens: that needs TLS, or somebody who
// says that he knows.

import { isIPv4, isIPv6 } from 'node:net'
import os from 'node:os'

export type ListenAddress = { readonly host: string; readonly port: number; readonly isLoopback: boolean }

export type Protection = {
  /** PEM texts. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
  readonly isInsecure: boolean
}

/** Throws one clear line for what is no address, or one that needs TLS and has none; port 0 is the system's choice. */
export function parseListenAddress(text: string, { tls, isInsecure }: Protection): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim())
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase()
  const port = Number(match?.[3])
  if (match === null || port > 65535)
    throw new Error(
      `Cannot listen for HTTP on "${text}": it is no address, expected one such as 127.0.0.1:7460`,
    )
  const isLoopback =
    host === 'localhost' ||
    host === '::1' ||
    (isIPv4(host) && host.startsWith('127.')) ||
    isMappedLoopback(host)
  if (!isLoopback && tls === null && !isInsecure)
    throw new Error(
      `Cannot listen for HTTP on "${text}": it is not a loopback address, and without TLS whoever is on the network reads the tokens, expected --tls-cert and --tls-key ` +
        '(or an address such as 127.0.0.1:7460; or --insecure, behind a proxy that speaks TLS)',
    )
  return { host, port, isLoopback }
}

/** The values of the Host header by which this place may be called, beyond loopback also by names that were given. */
export function ownHosts(
  { host, port, isLoopback }: ListenAddress,
  names: readonly string[],
): ReadonlySet<string> {
  const ofHost = isLoopback ? [] : [os.hostname(), ...interfaceAddresses()]
  const own = ['localhost', '127.0.0.1', '::1', host, ...ofHost, ...names]
  const bare = own.map((name) => (isIPv6(name) ? `[${name}]` : name).toLowerCase())
  const withPort = bare.map((name) => `${name}:${port}`)
  // Names that were given stand for what is in front of this agent, and may have a port of its own.
  const fronts = names.map((name) => name.toLowerCase())
  return new Set([...withPort, ...fronts, ...(port === 80 || port === 443 ? bare : [])])
}

function interfaceAddresses(): string[] {
  return Object.values(os.networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
}

function isMappedLoopback(host: string): boolean {
  return isIPv6(host) && host.startsWith('::ffff:127.')
}
