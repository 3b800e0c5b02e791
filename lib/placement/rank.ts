// Who asks first: from one slot and the nodes that may run it to an order that every
// agent computes alike. Source: rendezvous hashing (Thaler and Ravishankar 1998): adding
// or removing a node moves only what it gains or held. Live nodes come first; a wrong
// view of who is alive costs a refused request, never a second run.
//
// Every agent ranks itself for every slot of the cluster: with a thousand nodes that is a
// thousand weights each time. So a node's name is hashed once per list, and a weight is
// that hash, crossed with the work's and mixed (MurmurHash3's finalizer).

import { hash53 } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'

export type RankedWork = { readonly key: string; readonly unit: string; readonly pool: string }

type Prepared = {
  readonly hashes: Uint32Array
  /** Who was looked for last, and where it stands. */
  self: NodeId | null
  at: number
}

const preparedLists = new WeakMap<readonly NodeId[], Prepared>()

/** The nodes in the order in which they ask for this work. */
export function rankNodes(
  work: RankedWork,
  nodes: readonly NodeId[],
  isLive: (node: NodeId) => boolean,
): NodeId[] {
  const { hashes } = prepared(nodes)
  const workHash = hashOf(work)
  return nodes
    .map((node, at) => ({ node, at, isLive: isLive(node), weight: mixed(hashes[at]! ^ workHash) }))
    .toSorted(
      (left, right) =>
        Number(right.isLive) - Number(left.isLive) || right.weight - left.weight || left.at - right.at,
    )
    .map(({ node }) => node)
}

/** How many of the nodes come before this one, which lives; null when it is none of them. */
export function rankOf(
  self: NodeId,
  work: RankedWork,
  of: {
    readonly nodes: readonly NodeId[]
    /** Null when all of them live. */
    readonly isLive: ((node: NodeId) => boolean) | null
  },
): number | null {
  const { nodes, isLive } = of
  const list = prepared(nodes)
  if (list.self !== self) Object.assign(list, { self, at: nodes.indexOf(self) })
  if (list.at < 0) return null
  const { hashes, at } = list
  const workHash = hashOf(work)
  const mine = mixed(hashes[at]! ^ workHash)
  let before = 0
  for (let i = 0; i < hashes.length; i++) {
    const weight = mixed(hashes[i]! ^ workHash)
    const isHeavier = weight > mine || (weight === mine && i < at)
    if (isHeavier && (isLive === null || isLive(nodes[i]!))) before++
  }
  return before
}

function prepared(nodes: readonly NodeId[]): Prepared {
  let list = preparedLists.get(nodes)
  if (list === undefined) {
    list = { hashes: Uint32Array.from(nodes, (node) => hash53(node)), self: null, at: -1 }
    preparedLists.set(nodes, list)
  }
  return list
}

function hashOf({ key, unit, pool }: RankedWork): number {
  return hash53(`${key}|${unit}|${pool}`) >>> 0
}

function mixed(hash: number): number {
  let mixing = hash
  mixing = Math.imul(mixing ^ (mixing >>> 16), 0x85ebca6b)
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35)
  return (mixing ^ (mixing >>> 16)) >>> 0
}
