// Timers as data: they come back in their order, and nothing is lost or doubled.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Timers } from '../../../lib/base/timers.ts'

test('timers come back at their instants, equal ones in the order in which they were set', () => {
  const timers = new Timers<string>()
  timers.set(20, 'late')
  timers.set(10, 'first')
  timers.set(10, 'second')
  expect(timers.nextAtMs()).toBe(10)
  expect(timers.takeDue(9)).toBeNull()
  expect([timers.takeDue(10), timers.takeDue(10), timers.takeDue(10)]).toEqual(['first', 'second', null])
  expect(timers.nextAtMs()).toBe(20)
  expect(timers.takeDue(25)).toBe('late')
  expect([timers.nextAtMs(), timers.size]).toEqual([null, 0])
})

test('whatever is set and taken in whatever order, each timer comes back once and never early', () => {
  const step = fc.record({
    atMs: fc.integer({ min: 0, max: 50 }),
    takeAtMs: fc.option(fc.integer({ min: 0, max: 50 })),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const timers = new Timers<number>()
      let waiting: { readonly atMs: number; readonly n: number }[] = []
      for (const [n, { atMs, takeAtMs }] of steps.entries()) {
        timers.set(atMs, n)
        waiting.push({ atMs, n })
        if (takeAtMs === null) continue
        const expected = waiting
          .filter((one) => one.atMs <= takeAtMs)
          .toSorted((left, right) => left.atMs - right.atMs || left.n - right.n)
        const taken: number[] = []
        for (let one = timers.takeDue(takeAtMs); one !== null; one = timers.takeDue(takeAtMs)) taken.push(one)
        expect(taken).toEqual(expected.map((one) => one.n))
        waiting = waiting.filter((one) => one.atMs > takeAtMs)
      }
      expect(timers.size).toBe(waiting.length)
    }),
  )
})
