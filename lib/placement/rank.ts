// Who asks first: from one slot and the nodes that may run it to an order that every
// agent computes alike. Source: rendezvous hashing (Thaler and Ravishankar 1998): adding
// or removing a node moves only what it gains or held. Live nodes come first; a wrong
// view of who is alive costs a refused request, never a second run.

import { hash53 } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'

/** The nodes in the order in which they ask for this work. */
export function rankNodes(
  work: { readonly key: string; readonly unit: string; readonly pool: string },
  nodes: readonly NodeId[],
  isLive: (node: NodeId) => boolean,
): NodeId[] {
  const text = `${work.key}|${work.unit}|${work.pool}|`
  return nodes
    .map((node) => ({ node, isLive: isLive(node), weight: hash53(text + node) }))
    .toSorted((left, right) => Number(right.isLive) - Number(left.isLive) || right.weight - left.weight)
    .map(({ node }) => node)
}
