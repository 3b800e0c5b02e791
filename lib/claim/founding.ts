// How a new cluster gets its first witnesses: the founder waits until as many agents as it
// was told are connected, itself among them, and writes the first configuration once. Only
// the founder does so, and there is one founder: an agent with `--join` never founds.

import type { ClusterId, NodeId } from '../base/ids.ts'
import type { Hello } from '../membership/hello.ts'
import type { Configuration } from './configuration.ts'

/** The first configuration when enough agents that may vote are there; null before. */
export function firstConfiguration(founding: {
  readonly clusterId: ClusterId
  readonly wanted: number
  readonly self: Hello
  readonly peers: ReadonlyMap<NodeId, Hello>
}): Configuration | null {
  const able = [founding.self, ...founding.peers.values()].filter((hello) => hello.canWitness)
  if (able.length < founding.wanted) return null
  const members = able.slice(0, founding.wanted).map(({ nodeId, storageId }) => ({ nodeId, storageId }))
  return { clusterId: founding.clusterId, epoch: 1, members }
}
