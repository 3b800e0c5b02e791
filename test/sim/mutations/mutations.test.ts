// Faults planted in copies of the core: each can be planted, and each is found.
import { expect, test } from 'vitest'
import { runSeeds } from '../seed-pool.ts'
import type { SeedResult } from '../seed-run.ts'
import { mutatedText } from './load-core.ts'
import { mutations } from './mutation.ts'

test.each(mutations)('$name stands in the core exactly once, and changes it', (mutation) => {
  expect(mutatedText(mutation)).toContain(mutation.to)
})

test('a quorum of one of three is found out', async () => {
  const results: SeedResult[] = []
  const tasks = [1, 2, 3, 4, 5].map((seed) => ({ seed, profileName: 'small', mutation: 'quorum-of-one' }))
  await runSeeds(tasks, { workers: 1, onResult: (result) => results.push(result) })
  const statements = results.map(({ violation }) => violation?.statement)
  expect(statements).toHaveLength(tasks.length)
  expect(
    statements.filter((statement) => /^(I1|I3|I4|I7|I8|W3)$/.test(statement ?? '')).length,
  ).toBeGreaterThanOrEqual(3)
}, 60_000)
