// Random seeds of the shipped core: every statement of the protocol holds in each of them.
import { expect, test } from 'vitest'
import { runSeeds } from './seed-pool.ts'
import type { SeedResult } from './seed-run.ts'

const seeds = 50

test(`${seeds} random clusters keep every promise through their faults, and recover`, async () => {
  const results: SeedResult[] = []
  const tasks = Array.from({ length: seeds }, (_, index) => ({
    seed: index + 1,
    profileName: 'usual',
    mutation: null,
  }))
  await runSeeds(tasks, { onResult: (result) => results.push(result) })
  const broken = results.flatMap(({ seed, violation }) =>
    violation === null
      ? []
      : [`seed ${seed} broke ${violation.statement}: ${violation.text} (npm run simulate -- --seed ${seed})`],
  )
  expect(broken).toEqual([])
  expect(results).toHaveLength(seeds)
  const starts = results.reduce((sum, result) => sum + result.starts, 0)
  console.log(`simulation: ${seeds} seeds, ${starts} starts`)
  expect(starts).toBeGreaterThan(50 * seeds)
}, 240_000)
