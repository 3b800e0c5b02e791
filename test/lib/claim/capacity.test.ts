// How many runs a node may hold, and whom it tells that it holds as many.

import { expect, test } from 'vitest'
import { jobName } from '../../../lib/base/ids.ts'
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
    expect(new Capacity({ maxRunning, job: () => job, heldJobs: held(count) }).isFull(job, 0)).toBe(isFull)
    // Runs of another pool, also of one of the same name in another file, fill the node and not this pool.
    const other = { ...own, definition: { ...own.definition, bound: { pool: 'bank.p', maxRunning: 1 } } }
    const jobOf = (name: string) => (name === key ? other : job)
    expect(new Capacity({ maxRunning: null, job: jobOf, heldJobs: held(count) }).isFull(job, 0)).toBe(false)
  },
)

test('what is asked for fills it until it is settled', () => {
  const job = inPool(2)
  const capacity = new Capacity({ maxRunning: null, job: () => job, heldJobs: held(1) })
  expect(capacity.isFull(job, 0)).toBe(false)
  capacity.begin(key, 's1', 0)
  expect(capacity.isFull(job, 0)).toBe(true)
  capacity.end(key, 's1')
  expect(capacity.isFull(job, 0)).toBe(false)
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

test('room goes to the job that had it longest ago, as long as that asks', () => {
  const names = ['shop.one', 'shop.two', 'shop.other']
  const [one, two, other] = names.map((name) => ({ ...inPool(1), name: jobName(name) }))
  const jobOf = (name: string) => ({ ...(name === 'shop.other' ? own : inPool(1)), name: jobName(name) })
  const running: string[] = []
  const capacity = new Capacity({ maxRunning: 2, job: jobOf, heldJobs: () => running })
  expect(capacity.isFull(one!, 0)).toBe(false)
  capacity.begin('shop.one', 's1', 0)
  expect(capacity.isFull(two!, 0)).toBe(true)
  capacity.noteFull({ key: 'shop.two', unit: 's1' }, 0)
  // Who waits for a full pool leaves the rest of the node to others.
  expect(capacity.isFull({ ...own, name: other!.name }, 100)).toBe(false)
  capacity.end('shop.one', 's1')
  expect([capacity.isFull(one!, 100), capacity.isFull(two!, 100)]).toEqual([true, false])
  // It asks no more.
  expect(capacity.isFull(one!, 3 * voteLimits.fullAgainMs)).toBe(false)
})
