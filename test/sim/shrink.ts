// From a plan that breaks a statement to a smaller one that breaks the same: faults and edits are left out as long
// as it still fails, in large parts first. Source: delta debugging (Zeller and Hildebrandt 2002), without the part
// that tries complements.

import type { Plan } from './plan/plan.ts'
import { simulate } from './simulation.ts'
import type { Core } from './world/agent.ts'

/** Simulations that one shrinking may cost, and time: what is left then is small enough to look at. */
const triesMax = 150
const spentMaxMs = 60_000

export function shrink(plan: Plan, statement: string, core: Core): Plan {
  let tries = 0
  const beganMs = performance.now()
  const isSpent = (): boolean => tries >= triesMax || performance.now() - beganMs > spentMaxMs
  const fails = (candidate: Plan): boolean => {
    tries++
    return simulate(candidate, { core }).violation?.statement === statement
  }
  const without = <Item>(items: readonly Item[], make: (items: readonly Item[]) => Plan): readonly Item[] => {
    let left = items
    for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2))
      for (let from = 0; from < left.length && !isSpent();) {
        const fewer = [...left.slice(0, from), ...left.slice(from + size)]
        if (fails(make(fewer))) left = fewer
        else from += size
      }
    return left
  }
  let smaller = plan
  smaller = { ...smaller, faults: without(smaller.faults, (faults) => ({ ...smaller, faults })) }
  smaller = { ...smaller, requests: without(smaller.requests, (requests) => ({ ...smaller, requests })) }
  const isEdit = (drop: Plan['drops'][number]) =>
    drop.atMs < plan.quietAtMs &&
    plan.drops.some((other) => other.fileName === drop.fileName && other.atMs < drop.atMs)
  const kept = smaller.drops.filter((drop) => !isEdit(drop))
  const inOrder = (edits: Plan['drops']) => ({
    ...smaller,
    drops: [...kept, ...edits].toSorted((left, right) => left.atMs - right.atMs),
  })
  smaller = inOrder(without(smaller.drops.filter(isEdit), inOrder))
  return smaller
}
