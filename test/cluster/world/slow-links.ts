// Links through which every word passes this process: late, or not at all although both ends believe in the connection.
// A kernel without netem cannot do that. Every connection between two hosts is led to a place of its own here, and on.
import net from 'node:net'
import { meshPort, type HostNetwork } from './host-network.ts'

/** The two sockets of one connection, and what is on its way. */
type Passage = {
  readonly hosts: readonly [string, string]
  readonly ends: readonly net.Socket[]
  isMute: boolean
}

export class SlowLinks {
  readonly #network: HostNetwork
  readonly #servers: net.Server[] = []
  readonly #passages = new Set<Passage>()
  /** How long each word takes. */
  delayMs = 0

  private constructor(network: HostNetwork) {
    this.#network = network
  }

  /** To be made before any agent dials. */
  static async make(network: HostNetwork): Promise<SlowLinks> {
    const links = new SlowLinks(network)
    for (const from of network.names)
      for (const to of network.names) if (to !== from) await links.#lead(from, to)
    return links
  }

  /** From now on nothing passes on the connections that this host has, and nobody is told; new ones are well. */
  mute(host: string): void {
    for (const passage of this.#passages) if (passage.hosts.includes(host)) passage.isMute = true
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const { ends } of this.#passages) for (const end of ends) end.destroy()
  }

  async #lead(from: string, to: string): Promise<void> {
    const server = net.createServer((near) => this.#pass(near, from, to))
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject).listen(0, this.#network.ownAddress, resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a server has a port')
    await this.#network.redirect({ from, to }, address.port)
  }

  #pass(near: net.Socket, from: string, to: string): void {
    const far = net.connect(meshPort, this.#network.address(to))
    const passage: Passage = { hosts: [from, to], ends: [near, far], isMute: false }
    this.#passages.add(passage)
    for (const [source, target] of [
      [near, far],
      [far, near],
    ] as const) {
      source.setNoDelay(true)
      // Timers of one moment may come in any order, words may not.
      const waiting: (() => void)[] = []
      const later = (act: () => void) => {
        waiting.push(act)
        setTimeout(() => {
          const next = waiting.shift()
          if (!passage.isMute) next?.()
        }, this.delayMs)
      }
      source.on('data', (words) => later(() => target.destroyed || target.write(words)))
      source.on('error', () => undefined)
      source.on('close', () => later(() => target.destroy()))
    }
  }
}
