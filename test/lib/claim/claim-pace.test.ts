// How long the next rank waits before it asks too, by how long votes took of late.

import { expect, test } from 'vitest'
import { voteLimits } from '../../../lib/base/limits.ts'
import { ClaimPace } from '../../../lib/claim/claim-pace.ts'

const settings = { rankDelayMs: 1_500 }

test('P5: as long as votes are quick, ranks wait as long as is set', () => {
  const pace = new ClaimPace(settings)
  expect(pace.rankDelayMs(0)).toBe(1_500)
  for (let n = 0; n < 100; n++) pace.note(5, n)
  expect(pace.rankDelayMs(1_000)).toBe(1_500)
})

test('P5: where votes are slow, ranks wait four times the slowest but one in a hundred', () => {
  const pace = new ClaimPace(settings)
  for (let n = 0; n < 200; n++) pace.note(n < 2 ? 60_000 : 700, n)
  expect(pace.rankDelayMs(1_000)).toBe(2_800)
})

test('P5: slow votes of long ago say nothing', () => {
  const pace = new ClaimPace(settings)
  pace.note(1_000, 0)
  expect(pace.rankDelayMs(10)).toBe(4_000)
  expect(pace.rankDelayMs(voteLimits.paceRememberedMs)).toBe(1_500)
})

test.each([
  [60_000, 6_000],
  [20_000, 2_000],
  [5_000, 1_500],
])(
  'P5: of a job that must start within %i ms the tenth rank asks before that',
  (startDeadlineMs, delayMs) => {
    const pace = new ClaimPace(settings)
    pace.note(3_000, 0)
    expect(pace.rankDelayMs(10, startDeadlineMs)).toBe(delayMs)
  },
)

test('I20: only the last votes are remembered', () => {
  const pace = new ClaimPace(settings)
  for (let n = 0; n < 10 * voteLimits.paceVotes; n++) pace.note(n < voteLimits.paceVotes ? 9_000 : 5, 1)
  expect(pace.rankDelayMs(10)).toBe(1_500)
})
