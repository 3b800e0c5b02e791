// Random seeds of the shipped core: every statement of the protocol holds in each of them.
import { expect, test } from 'vitest'
import { runSeeds } from './seed-pool.ts'
import type { SeedResult } from './seed-run.ts'

const profiles = [
  { profileName: 'usual', seeds: 100 },
  { profileName: 'hard', seeds: 30 },
]

test('random clusters keep every promise through their faults, and recover', async () => {
  const results: SeedResult[] = []
  const broken: string[] = []
  const tasks = profiles.flatMap(({ profileName, seeds }) =>
    Array.from({ length: seeds }, (_, index) => ({ seed: index + 1, profileName, mutation: null })),
  )
  await runSeeds(tasks, {
    onResult: (result) => {
      const { seed, profileName, violation } = result
      results.push(result)
      if (violation !== null)
        broken.push(
          `seed ${seed} broke ${violation.statement}: ${violation.text} (npm run simulate -- --seed ${seed} --profile ${profileName})`,
        )
    },
  })
  expect(broken).toEqual([])
  expect(results).toHaveLength(tasks.length)
  const starts = results.reduce((sum, result) => sum + result.starts, 0)
  console.log(`simulation: ${tasks.length} seeds of five minutes, ${starts} starts`)
  expect(starts).toBeGreaterThan(100 * tasks.length)
}, 480_000)
