// Where the API may listen, from text such as `127.0.0.1:7460`: loopback only, since it asks for no key yet and
// speaks no TLS. Also which names of that place a request may call it by: a web page that a browser loaded from
// elsewhere, and whose name was made to point here (DNS rebinding), sends its own name as Host.

import { isIPv4, isIPv6 } from 'node:net'

export type LoopbackAddress = { readonly host: string; readonly port: number }

/** Throws one clear line for anything but a loopback address with a port; port 0 is one of the system's choice. */
export function parseLoopbackAddress(text: string): LoopbackAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim())
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase()
  const port = Number(match?.[3])
  if (match === null || port > 65535) {
    throw new Error(
      `Cannot listen for HTTP on "${text}": it is no address, expected one such as 127.0.0.1:7460`,
    )
  }
  const isLoopback =
    host === 'localhost' ||
    host === '::1' ||
    (isIPv4(host) && host.startsWith('127.')) ||
    isMappedLoopback(host)
  if (!isLoopback) {
    throw new Error(
      `Cannot listen for HTTP on "${text}": it is not a loopback address, expected 127.0.0.1, [::1] or localhost ` +
        '(other hosts ask the agent on their own)',
    )
  }
  return { host, port }
}

/** The values of the Host header by which this place may be called. */
export function ownHosts(address: LoopbackAddress): ReadonlySet<string> {
  const names = ['localhost', '127.0.0.1', '[::1]', isIPv6(address.host) ? `[${address.host}]` : address.host]
  const withPort = names.map((name) => `${name}:${address.port}`)
  return new Set(address.port === 80 ? [...withPort, ...names] : withPort)
}

function isMappedLoopback(host: string): boolean {
  return isIPv6(host) && host.startsWith('::ffff:127.')
}
