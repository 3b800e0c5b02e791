// How many runs a node may hold, and whom it tells that it holds as many.

import { expect, test } from 'vitest'
import { voteLimits } from '../../../lib/base/limits.ts'
import { Capacity } from '../../../lib/claim/capacity.ts'
import { jobNamed } from './job-named.ts'

const key = 'shop.report'
const own = jobNamed()
const inPool = (maxRunning: number) => ({
  ...own,
  definition: { ...own.definition, bound: { pool: 'shop.p', maxRunning } },
})
const held = (count: number) => () => Array.from({ length: count }, () => key)

test.each([
  [null, 2, 5, true],
  [null, 2, 1, false],
  [5, null, 5, true],
  [5, 9, 4, false],
  [null, null, 99, false],
])(
  'of all %j and of a pool %j at most, a node that holds %d is full: %j',
  (maxRunning, most, count, isFull) => {
    const job = most === null ? own : inPool(most)
    expect(new Capacity({ maxRunning, job: () => job, heldJobs: held(count) }).isFull(job)).toBe(isFull)
    // Runs of another pool, also of one of the same name in another file, fill the node and not this pool.
    const other = { ...own, definition: { ...own.definition, bound: { pool: 'bank.p', maxRunning: 1 } } }
    const jobOf = (name: string) => (name === key ? other : job)
    expect(new Capacity({ maxRunning: null, job: jobOf, heldJobs: held(count) }).isFull(job)).toBe(false)
  },
)

test('what is asked for fills it until it is settled', () => {
  const job = inPool(2)
  const capacity = new Capacity({ maxRunning: null, job: () => job, heldJobs: held(1) })
  expect(capacity.isFull(job)).toBe(false)
  capacity.begin(key, 's1')
  expect(capacity.isFull(job)).toBe(true)
  capacity.end(key, 's1')
  expect(capacity.isFull(job)).toBe(false)
})

test('that it is full is told once, and again after a while, and is forgotten when it is old', () => {
  const capacity = new Capacity({ maxRunning: 1, job: () => own, heldJobs: held(1) })
  const work = { key, unit: 's7000' }
  capacity.noteFull(work, 0)
  capacity.noteFull(work, voteLimits.fullAgainMs)
  expect(capacity.takeUntold(voteLimits.fullAgainMs)).toEqual([work])
  capacity.noteFull(work, voteLimits.fullToldAgainMs)
  expect(capacity.takeUntold(voteLimits.fullToldAgainMs)).toEqual([work])
  expect([capacity.wasFull(key, 6_999), capacity.wasFull(key, 7_000)]).toEqual([true, false])
  const laterMs = voteLimits.fullToldAgainMs + voteLimits.fullKnownMs + 1
  capacity.noteFull({ key, unit: 's9000' }, laterMs)
  expect(capacity.takeUntold(laterMs)).toHaveLength(1)
  expect(capacity.wasFull(key, 0)).toBe(true)
  expect(capacity.wasFull(key, 9_000)).toBe(false)
})
