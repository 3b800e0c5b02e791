// A command asks its own host what day it is: a run never begins before its slot on the host's own clock either,
// unless that clock is plainly wrong.
import { expect, test } from 'vitest'
import { granted, job, RunBench } from './run-bench.ts'

const slotMs = 10_000
const timer = { kind: 'start-run', run: `${job}#7` } as const

/** How many processes are wanted at a moment of cluster time, when the host's own clock shows another. */
function startedAt(
  clusterMs: number,
  wallMs: number,
): { readonly started: number; readonly againAtMs: number | null } {
  const bench = new RunBench({ nowMs: 9500 })
  bench.renew()
  bench.hold(granted({ isLeased: false }))
  bench.take()
  while (bench.timers.takeDue(Infinity) !== null);
  bench.keeper.onTimer(timer, { nowMs: clusterMs, clusterMs, wallMs })
  return {
    started: bench.take().effects.filter(({ kind }) => kind === 'spawn').length,
    againAtMs: bench.timers.nextAtMs(),
  }
}

test.each([
  ['on both clocks', slotMs, slotMs, 1],
  ['late on both', slotMs + 40, slotMs + 20, 1],
  ['when only the own clock has come', slotMs - 5, slotMs + 20, 0],
  ['when the own clock is an hour behind', slotMs, slotMs - 3_600_000, 1],
  ['when the own clock is an hour ahead', slotMs, slotMs + 3_600_000, 1],
])('a run begins %s or not', (_, clusterMs, wallMs, started) => {
  expect(startedAt(clusterMs, wallMs).started).toBe(started)
})

test('a run waits for its own clock that is a little behind, just so long', () => {
  expect(startedAt(slotMs, slotMs - 24)).toEqual({ started: 0, againAtMs: slotMs + 24 })
  expect(startedAt(slotMs + 10, slotMs - 1)).toEqual({ started: 0, againAtMs: slotMs + 11 })
})
