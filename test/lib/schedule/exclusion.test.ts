import { describe, expect, test } from 'vitest'
import { excludedAt, parseExclusion } from '../../../lib/schedule/exclusion.ts'

function excludes(text: string, at: string, timeZone = 'Europe/Berlin'): boolean {
  const result = parseExclusion(text)
  if (!result.ok) throw new Error(result.problem)
  return excludedAt([result.exclusion], Date.parse(at), timeZone) !== null
}

describe('exclusions', () => {
  test.each([
    ['2026-12-25', '2026-12-24T22:59:59Z', false],
    ['2026-12-25', '2026-12-24T23:00:00Z', true],
    ['2026-12-25', '2026-12-25T22:59:59Z', true],
    ['2026-12-25', '2026-12-25T23:00:00Z', false],
    ['2026-12-24..2027-01-02', '2027-01-02T12:00:00Z', true],
    ['2026-12-24/2027-01-02', '2027-01-03T12:00:00Z', false],
    ['2026-12-24 to 2026-12-26', '2026-12-26T12:00:00Z', true],
    ['12-25', '2031-12-25T12:00:00Z', true],
    ['--12-25', '2031-12-26T12:00:00Z', false],
    ['12-24..01-02', '2030-01-01T12:00:00Z', true],
    ['12-24..01-02', '2030-12-31T12:00:00Z', true],
    ['12-24..01-02', '2030-01-03T12:00:00Z', false],
    ['02-29', '2028-02-29T12:00:00Z', true],
    ['2026-12-24T18:00..2026-12-27T06:00', '2026-12-24T16:59:00Z', false],
    ['2026-12-24T18:00..2026-12-27T06:00', '2026-12-24T17:00:00Z', true],
    ['2026-12-24T18:00..2026-12-27T06:00', '2026-12-27T05:00:00Z', false],
  ])('%s and a slot at %s', (text, at, wanted) => {
    expect(excludes(text, at)).toBe(wanted)
  })

  test('nothing is excluded by an empty list', () => {
    expect(excludedAt([], Date.UTC(2026, 0, 1), 'UTC')).toBeNull()
  })

  test.each([
    ['', 'it is not a day or a range'],
    ['christmas', '"christmas" is not a day'],
    ['2026-02-30', '"2026-02-30" is not a day'],
    ['13-01', '"13-01" is not a day'],
    ['2026-12-26..2026-12-24', 'it ends before it begins'],
    ['2026-12-24..2026-12-25..2026-12-26', 'it is not a day or a range'],
    ['2026-12-24T18:00Z', 'is not a day'],
  ])('%s is refused', (text, part) => {
    const result = parseExclusion(text)
    expect(result.ok ? 'accepted' : result.problem).toContain(part)
  })
})
