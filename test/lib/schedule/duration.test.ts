import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scheduleLimits } from '../../../lib/base/limits.ts'
import { formatDuration, parseDuration } from '../../../lib/schedule/duration.ts'

describe('parseDuration', () => {
  test.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1 hour and 30 minutes', 5_400_000],
    ['1 day, 2 hrs', 93_600_000],
    ['10 min', 600_000],
    ['1.5h', 5_400_000],
    ['4.35s', 4350],
    ['250ms', 250],
    ['2w', 1_209_600_000],
    ['PT1H', 3_600_000],
    ['P1DT12H', 129_600_000],
    ['PT0.25S', 250],
    ['P2W', 1_209_600_000],
    ['0s', 0],
    ['+5s', 5000],
    ['10 Minutes', 600_000],
    ['25h44m24s', 92_664_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, ms })
  })

  test.each([
    ['', 'it is empty'],
    ['10', '"10" has no unit'],
    ['-5s', 'it is negative'],
    ['5M', 'may be minutes or months'],
    ['3 months', '"months" has no fixed length'],
    ['P1M', 'no fixed length'],
    ['5 beats', '"beats" is not a unit'],
    ['30m1h', 'comes after a unit that is not longer'],
    ['5m5m', 'comes after a unit that is not longer'],
    ['1h,', 'accepted'],
    ['PT', 'is not an ISO 8601 period'],
    ['999999999h', 'longer than 10000 days'],
    ['1'.repeat(200), 'has 200 characters'],
  ])('%s is refused or read as said', (text, part) => {
    const result = parseDuration(text)
    expect(result.ok ? 'accepted' : result.problem).toContain(part)
  })

  test('what formatDuration writes is read back as the same length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: scheduleLimits.durationMaxMs }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, ms })
      }),
      { seed: 1, numRuns: 500 },
    )
    expect([0, 500, 1500, 60_000, 5_400_000, 93_600_000].map(formatDuration)).toEqual([
      '0s',
      '500ms',
      '1.5s',
      '1m',
      '1h30m',
      '1d2h',
    ])
  })
})
