// One seed from its number to its verdict. One seed in twenty runs twice, and both event logs must be the same.

import { makePlan, type Plan } from './plan/plan.ts'
import { profiles } from './plan/profile.ts'
import type { Violation } from './checkers/judge.ts'
import { simulate } from './simulation.ts'
import type { Core } from './world/agent.ts'

export type SeedResult = {
  readonly seed: number
  readonly profileName: string
  readonly violation: Violation | null
  readonly tookMs: number
  readonly simulatedMs: number
  readonly starts: number
}

export function planOfSeed(seed: number, profileName: string): Plan {
  const profile = profiles[profileName]
  if (profile === undefined)
    throw new Error(
      `Cannot use profile "${profileName}": there is none of that name, expected one of ${Object.keys(profiles).join(', ')}`,
    )
  return makePlan(seed, profile)
}

export function runSeed(seed: number, profileName: string, core: Core): SeedResult {
  const startMs = performance.now()
  const plan = planOfSeed(seed, profileName)
  const isTwice = seed % 20 === 3
  const result = simulate(plan, { core, isHashed: isTwice })
  const again = isTwice ? simulate(planOfSeed(seed, profileName), { core, isHashed: true }) : result
  const violation =
    result.violation ??
    (again.hash === result.hash
      ? null
      : {
          statement: 'determinism',
          atMs: result.elapsedMs,
          text: `two runs differ: ${result.hash} and ${again.hash}`,
        })
  return {
    seed,
    profileName,
    violation,
    tookMs: performance.now() - startMs,
    simulatedMs: result.elapsedMs,
    starts: result.starts,
  }
}
