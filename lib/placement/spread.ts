// Who is to run the instances of a service that nobody runs: in turn, and first where the fewest of it run already, so
// that they spread evenly. What is held stays where it is, so a node that comes or goes moves only what it must. Every
// agent computes alike; a wrong view of what others hold costs a refused request, never a second instance.

import { hash53 } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'

/** For each of these instances the nodes in the order in which they ask for it. */
export function spreadInstances(
  service: string,
  of: {
    /** Without a holder. */
    readonly numbers: readonly number[]
    readonly nodes: readonly NodeId[]
    /** How many instances of it each node holds, as far as is known. */
    readonly loads: ReadonlyMap<NodeId, number>
    readonly isLive: (node: NodeId) => boolean
  },
): ReadonlyMap<number, readonly NodeId[]> {
  const ring = of.nodes
    .map((node) => ({ node, isLive: of.isLive(node), weight: hash53(`${service}|${node}`) }))
    .toSorted((left, right) => right.weight - left.weight)
    .map((each, place) => ({ ...each, place }))
  const loads = new Map(of.loads)
  const load = (node: NodeId) => loads.get(node) ?? 0
  const orders = new Map<number, readonly NodeId[]>()
  for (const number of of.numbers.toSorted((left, right) => left - right)) {
    const turn = (place: number) => (place - (number % ring.length) + ring.length) % ring.length
    const order = ring
      .toSorted(
        (left, right) =>
          Number(right.isLive) - Number(left.isLive) ||
          load(left.node) - load(right.node) ||
          turn(left.place) - turn(right.place),
      )
      .map(({ node }) => node)
    orders.set(number, order)
    if (order[0] !== undefined) loads.set(order[0], load(order[0]) + 1)
  }
  return orders
}
