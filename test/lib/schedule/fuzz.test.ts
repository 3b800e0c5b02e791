import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDuration } from '../../../lib/schedule/duration.ts'
import { parseExclusion } from '../../../lib/schedule/exclusion.ts'
import { clockChangesTouching, explainSchedule } from '../../../lib/schedule/explain.ts'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import {
  countSlots,
  hasSlots,
  nextSlot,
  previousSlot,
  type Schedule,
} from '../../../lib/schedule/schedule.ts'
import { drawCron } from './random-cron.ts'

/** What one reading may take on a busy machine; a usual one takes some 10 µs. */
const PARSE_MAX_MS = 250

const pieces = fc.constantFrom(
  '*',
  '?',
  '*/5',
  '1-5',
  '5-1',
  '1,2',
  'L',
  'L-3',
  'LW',
  '15W',
  '5L',
  '1#2',
  'H',
  'H/7',
  'H(1-4)',
  '~',
  '1~5',
  '0',
  '59',
  '7',
  '31',
  'jan',
  'mon-fri',
  'sun',
  '@daily',
  '@every',
  '@at',
  'cron',
  'daily',
  'every',
  'at',
  'after',
  'interval',
  'constant',
  'of',
  'month',
  'day',
  'weekday',
  'last',
  '1st',
  '2nd,3rd',
  'monday',
  '9:00',
  '25:00',
  'MTWRFSU',
  '10m',
  'R/',
  'R5/',
  '2026-01-31T02:30:00',
  '2011-12-30T00:00',
  '/P1M',
  '/PT1H',
  'P1D/',
  'Z',
  '+05:30',
  '[Europe/Berlin]',
  'TZ=Pacific/Apia',
  'CRON_TZ=UTC',
  '90s',
  '1h30m',
  '-',
  ',',
  '/',
  '#',
  '\u0000',
  '💥',
  'é',
  '2030',
  '1969',
  '99999',
)
const glue = fc.constantFrom(' ', ' ', ' ', ',', '', '/', '-', '  ', '\n')
const phrase = fc.array(fc.tuple(pieces, glue), { maxLength: 9 }).map((drawn) => drawn.flat().join(''))
const fields = fc.array(pieces, { minLength: 5, maxLength: 7 }).map((drawn) => drawn.join(' '))
const templates = fc.constantFrom(
  'daily 02:30:00 MTWRFSU',
  '1st,2nd,3rd,4th monday,Tue of march,apr,September at 00:00',
  'last weekday of month at 9:30 pm and noon',
  'every 1h30m',
  'R12/2026-01-31T02:30:00+01:00/P1Y2M3DT4H5M6S',
  'R/PT15M/2026-03-29T02:30:00[Europe/Berlin]',
  'at 2026-03-29T02:30:00',
  'after 1 day, 2 hours',
  'CRON_TZ=Asia/Tokyo @monthly',
)
/** A text that is right, with one character put in, taken out or changed in some places. */
const nearlyRight = fc
  .tuple(
    fc.oneof(
      templates,
      drawCron(true).map((drawn) => drawn.text),
    ),
    fc.array(fc.tuple(fc.nat(60), pieces), { maxLength: 2 }),
  )
  .map(([text, edits]) =>
    edits.reduce((edited, [place, piece]) => edited.slice(0, place) + piece + edited.slice(place + 1), text),
  )
const anything = fc.oneof(
  nearlyRight,
  fc.string({ maxLength: 60, unit: 'binary' }),
  phrase,
  fields,
  // One piece many times over: what a slow expression would be caught by.
  fc
    .tuple(pieces, fc.integer({ min: 1, max: 1100 }))
    .map(([piece, count]) => piece.repeat(count).slice(0, 1100)),
  fc
    .tuple(fc.constantFrom(' ', ',', '(', '1,', 'a', '9'), pieces)
    .map(([piece, end]) => piece.repeat(900) + end),
)

/** What must hold of any reading; true when the text was accepted. */
function expectReading(text: string, timeZone: string): boolean {
  const startedMs = performance.now()
  const result = parseSchedule(text, { timeZone, hashSeed: 'fuzz.job' })
  expect(performance.now() - startedMs).toBeLessThan(PARSE_MAX_MS)
  expect(result.ok || result.problem.startsWith('Cannot read schedule "')).toBe(true)
  if (result.ok) expectUsable(result.schedule)
  return result.ok
}

function expectUsable(schedule: Schedule): void {
  expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule)
  expect(explainSchedule(schedule)).not.toMatch(/undefined|NaN|\[object/)
  const atMs = Date.UTC(2026, 5, 15, 12, 34, 56, 789)
  const next = nextSlot(schedule, atMs)
  const previous = previousSlot(schedule, atMs)
  expect(next !== null || previous !== null).toBe(hasSlots(schedule))
  if (next !== null) expect(previousSlot(schedule, next.slotMs + 1)).toEqual(next)
  if (previous !== null) expect(nextSlot(schedule, previous.slotMs - 1)).toEqual(previous)
  expect(countSlots(schedule, atMs, atMs + 86_400_000)).toBeGreaterThanOrEqual(0)
  expect(clockChangesTouching(schedule, atMs, atMs + 370 * 86_400_000).length).toBeLessThan(20)
}

test('no text throws or hangs, and what is accepted has a slot and every question answered', () => {
  let accepted = 0
  const zones = fc.constantFrom('UTC', 'Pacific/Apia', 'Europe/Berlin', '+05:30')
  fc.assert(
    fc.property(anything, zones, (text, timeZone) => {
      if (expectReading(text, timeZone)) accepted++
    }),
    { seed: 4, numRuns: 6000, endOnFailure: true },
  )
  expect(accepted).toBeGreaterThan(300)
})

function expectDurationAndExclusion(text: string): void {
  const startedMs = performance.now()
  const duration = parseDuration(text)
  const exclusion = parseExclusion(text)
  expect(performance.now() - startedMs).toBeLessThan(PARSE_MAX_MS)
  expect(duration.ok ? Number.isSafeInteger(duration.ms) && duration.ms >= 0 : duration.problem).not.toBe(
    false,
  )
  const problems = [duration, exclusion].flatMap((result) => (result.ok ? [] : [result.problem]))
  expect(problems.filter((problem) => !/^Cannot read (duration|exclusion) "/.test(problem))).toEqual([])
}

test('no text throws or hangs as a duration or an exclusion', () => {
  fc.assert(fc.property(anything, expectDurationAndExclusion), { seed: 5, numRuns: 3000, endOnFailure: true })
})
