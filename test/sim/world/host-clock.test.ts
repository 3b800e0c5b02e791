// The clocks of a simulated host: rates, steps, and what a restart of the machine does.
import { expect, test } from 'vitest'
import { HostClock } from './host-clock.ts'

test('the steady clock runs at its own rate, and the instant of a reading is found back', () => {
  const clock = new HostClock({ rate: 1.02, steadyZeroMs: 500, wallOffsetMs: 0 }, 1_000)
  expect(clock.steadyMs(2_000)).toBeCloseTo(500 + 1_020)
  expect(clock.globalMsOfSteady(clock.steadyMs(7_654))).toBeCloseTo(7_654)
})

test('a step of the wall clock leaves the steady clock alone', () => {
  const clock = new HostClock({ rate: 1, steadyZeroMs: 0, wallOffsetMs: 10 }, 1_000)
  clock.stepWall(-3_600_000)
  expect(clock.read(2_000)).toEqual({ steadyMs: 1_000, wallMs: 2_010 - 3_600_000 })
})

test('a restart of the machine begins the steady clock anew', () => {
  const clock = new HostClock({ rate: 1, steadyZeroMs: 1_000_000, wallOffsetMs: 0 }, 0)
  clock.reboot(50_000)
  expect(clock.steadyMs(50_000)).toBeLessThan(10_000)
})
