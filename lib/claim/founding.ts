// How a new cluster gets its first witnesses: the founder waits until as many agents as it
// was told are connected, itself among them, and writes the first configuration once. Only
// the founder does so, and there is one founder: an agent with `--join` never founds.

import type { NodeId } from '../base/ids.ts'
import type { Hello } from '../membership/hello.ts'
import type { Configuration } from './configuration.ts'

export class Founding {
  readonly #wanted: number | null
  readonly #self: Hello
  readonly #peers = new Map<NodeId, Hello>()

  /** Wanted: how many witnesses to begin with; null for an agent that founds nothing. */
  constructor(wanted: number | null, self: Hello) {
    this.#wanted = wanted
    this.#self = self
  }

  peerConnected(hello: Hello): void {
    this.#peers.set(hello.nodeId, hello)
  }

  peerDisconnected(peer: NodeId): void {
    this.#peers.delete(peer)
  }

  /** The first configuration when enough agents that may vote are there; null before, and when we found nothing. */
  configuration(): Configuration | null {
    const able = [this.#self, ...this.#peers.values()].filter((hello) => hello.canWitness)
    if (this.#wanted === null || able.length < this.#wanted) return null
    const members = able.slice(0, this.#wanted).map(({ nodeId, storageId }) => ({ nodeId, storageId }))
    return { clusterId: this.#self.clusterId, epoch: 1, members }
  }
}
