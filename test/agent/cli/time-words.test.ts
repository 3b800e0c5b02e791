// Times in words.
import { describe, expect, test } from 'vitest'
import { localInstant, relativeTime, timeLength } from '../../../agent/cli/time-words.ts'

const nowMs = Date.parse('2026-11-21T12:00:00.000Z')

describe('an instant', () => {
  test.each([
    ['2026-11-21T12:00:00.400Z', 'now'],
    ['2026-11-21T11:59:59.100Z', 'now'],
    ['2026-11-21T12:00:03.000Z', 'in 3 s'],
    ['2026-11-21T11:58:00.000Z', '2 min ago'],
    ['2026-11-21T13:59:59.000Z', 'in 1 h'],
    ['2026-11-19T11:00:00.000Z', '2 d ago'],
    ['2027-11-19T11:00:00.000Z', '2027-11-19'],
    ['', ''],
  ])('%s is "%s"', (instant, words) => {
    expect(relativeTime(instant, nowMs)).toBe(words)
  })

  test('on request is a date and a time of this host', () => {
    expect(localInstant('2026-11-21T12:00:00.000Z')).toMatch(/^2026-11-2[12] \d\d:\d\d:00$/)
    expect(localInstant('nonsense')).toBe('')
  })
})

describe('a length of time', () => {
  test.each([
    [0, '0 ms'],
    [35.4, '35 ms'],
    [1400, '1.4 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
  ])('of %d ms is "%s"', (ms, words) => {
    expect(timeLength(ms)).toBe(words)
  })
})
