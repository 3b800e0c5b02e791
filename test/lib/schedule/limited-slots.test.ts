import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeExclusions, parseExclusion, type Exclusion } from '../../../lib/schedule/exclusion.ts'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import {
  countSlots,
  nextSlot,
  previousSlot,
  slotsBetween,
  type Schedule,
} from '../../../lib/schedule/schedule.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)

function scheduleOf(text: string, timeZone: string): Schedule {
  const result = parseSchedule(text, { timeZone, hashSeed: 'a.b' })
  if (!result.ok) throw new Error(result.problem)
  return result.schedule
}

function exclusionsOf(texts: readonly string[]): readonly Exclusion[] {
  return mergeExclusions(
    texts.map((text) => {
      const result = parseExclusion(text)
      if (!result.ok) throw new Error(result.problem)
      return result.exclusion
    }),
  )
}

const limited = (
  schedule: Schedule,
  exclude: readonly string[],
  timeZone: string,
  end?: number,
): Schedule => ({
  kind: 'limited',
  schedule,
  exclude: exclusionsOf(exclude),
  timeZone,
  expiresAtMs: end ?? null,
})

/** The date on the wall clock, asked of the host itself. */
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata']
const formatters = new Map(
  zones.map((timeZone) => [timeZone, new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })]),
)
const localDate = (atMs: number, timeZone: string) => formatters.get(timeZone)!.format(atMs)

const dates = fc
  .integer({ min: 0, max: 420 })
  .map((day) => new Date(START + day * DAY).toISOString().slice(0, 10))
const exclusion = fc.oneof(
  dates.map((date) => ({ text: date, holds: (day: string) => day === date })),
  dates.map((date) => ({ text: date.slice(5), holds: (day: string) => day.slice(5) === date.slice(5) })),
  fc.tuple(dates, dates).map(([one, other]) => {
    const [from, to] = [one, other].sort() as [string, string]
    return { text: `${from}..${to}`, holds: (day: string) => day >= from && day <= to }
  }),
  fc.tuple(dates, dates).map(([from, to]) => {
    const [first, last] = [from.slice(5), to.slice(5)]
    const holds = (day: string) =>
      first <= last
        ? day.slice(5) >= first && day.slice(5) <= last
        : day.slice(5) >= first || day.slice(5) <= last
    return { text: `${first}..${last}`, holds }
  }),
)

describe('a schedule with excluded days and an end', () => {
  test('has the slots of the schedule on all other days, forwards, backwards and counted', () => {
    const expressions = ['0 3 * * *', '30 0,23 * * 1-5', '0 0 1,15 * *', '15 */7 * * *']
    fc.assert(
      fc.property(
        fc.constantFrom(...expressions),
        fc.constantFrom(...zones),
        fc.array(exclusion, { minLength: 1, maxLength: 5 }),
        fc.option(fc.integer({ min: 1, max: 420 })),
        (expression, timeZone, excluded, endDay) => {
          const schedule = scheduleOf(expression, timeZone)
          const endMs = endDay === null ? undefined : START + endDay * DAY
          const texts = excluded.map(({ text }) => text)
          const subject = limited(schedule, texts, timeZone, endMs)
          const untilMs = START + 400 * DAY
          const wanted = slotsBetween(schedule, START, untilMs, 10_000)
            .slots.map(({ slotMs }) => ({ slotMs, day: localDate(slotMs, timeZone) }))
            .filter(({ day }) => !excluded.some(({ holds }) => holds(day)))
            .map(({ slotMs }) => slotMs)
            .filter((slotMs) => endMs === undefined || slotMs < endMs)
          expect(slotsBetween(subject, START, untilMs, 10_000).slots.map(({ slotMs }) => slotMs)).toEqual(
            wanted,
          )
          expect(countSlots(subject, START, untilMs)).toBe(wanted.length)
          const backwards: number[] = []
          for (let slot = previousSlot(subject, untilMs + 1); slot !== null && slot.slotMs > START;) {
            backwards.unshift(slot.slotMs)
            slot = previousSlot(subject, slot.slotMs)
          }
          expect(backwards).toEqual(wanted)
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([
    ['cron 0 3 25 12 *', ['12-25']],
    ['daily 03:00', ['01-01..12-31']],
    ['every 7h', ['07-01..06-30']],
    ['cron 0 3 29 2 *', ['02-29']],
    ['at 2026-05-01T12:00', ['2026-05-01']],
  ])('%s without %s never comes, and the search for it ends', (text, exclude) => {
    const subject = limited(scheduleOf(text, 'Europe/Berlin'), exclude, 'Europe/Berlin')
    const beganMs = performance.now()
    expect(nextSlot(subject, START)).toBeNull()
    expect(previousSlot(subject, START + 400 * DAY)).toBeNull()
    expect(performance.now() - beganMs).toBeLessThan(2_000)
  })

  test('every other day excluded in each year is still searched in bounded time', () => {
    const days = Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(2024, 0, 1) + i * DAY))
    const odd = days.filter((day) => day.getUTCDate() % 2 === 1).map((day) => day.toISOString().slice(5, 10))
    const subject = limited(scheduleOf('cron 0 3 1-31/2 * *', 'Europe/Berlin'), odd, 'Europe/Berlin')
    const beganMs = performance.now()
    expect(nextSlot(subject, START)).toBeNull()
    expect(performance.now() - beganMs).toBeLessThan(5_000)
  })

  test('a 29 February that is excluded is not the 1 March of other years', () => {
    const subject = limited(scheduleOf('daily 12:00', 'UTC'), ['02-29'], 'UTC')
    expect(nextSlot(subject, Date.UTC(2026, 1, 28, 12))?.slotMs).toBe(Date.UTC(2026, 2, 1, 12))
    expect(nextSlot(subject, Date.UTC(2028, 1, 28, 12))?.slotMs).toBe(Date.UTC(2028, 2, 1, 12))
  })

  test('where the clock goes back within an excluded hour, both passages are excluded', () => {
    const subject = limited(
      scheduleOf('every 30m', 'UTC'),
      ['2026-10-25T02:00..2026-10-25T03:00'],
      'Europe/Berlin',
    )
    expect(nextSlot(subject, Date.UTC(2026, 9, 24, 23, 30))?.slotMs).toBe(Date.UTC(2026, 9, 25, 2))
  })
})
