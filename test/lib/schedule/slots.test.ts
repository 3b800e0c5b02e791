import { Cron } from 'croner'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import {
  countSlots,
  nextSlot,
  previousSlot,
  slotsBetween,
  type CronSchedule,
  type Schedule,
} from '../../../lib/schedule/schedule.ts'
import { findZone, stretchAt } from '../../../lib/schedule/zone.ts'
import { nextTexts, scheduleOf } from './case-files.ts'
import { drawCron } from './random-cron.ts'
import { slotsOfWalk, walkClock, type Walk } from './slow-model.ts'

const DAY_MS = 86_400_000
// One seed, so that a failure is the same failure again; another is tried by changing it.
const seeded = { seed: 20_261_121, endOnFailure: true } as const

/** A cron drawn at random, or null when it can never fire (`31 * ` of short months), which the parser proves. */
function cronOrNull(text: string, timeZone: string): CronSchedule | null {
  const result = parseSchedule(text, { timeZone, hashSeed: 'random' })
  if (result.ok) return result.schedule as CronSchedule
  expect(result.problem).toContain('can never fire')
  return null
}

function slotMsBetween(schedule: Schedule, fromMs: number, toMs: number): readonly number[] {
  return slotsBetween(schedule, fromMs, toMs, 2_000_000).slots.map((slot) => slot.slotMs)
}

describe('against a walk over every minute of a year', () => {
  // A zone of the usual kind, one with changes of half an hour, and one that skipped a whole day.
  const years: readonly [string, number][] = [
    ['America/New_York', 2026],
    ['Australia/Lord_Howe', 2027],
    ['Pacific/Apia', 2011],
  ]
  test.each(years)('every slot of random expressions in %s, %i', { timeout: 60_000 }, (timeZone, year) => {
    const fromMs = Date.UTC(year, 0, 1) - 1
    const toMs = Date.UTC(year + 1, 0, 1)
    const walk = walkClock({ timeZone, fromMs, toMs, stepMs: 60_000 })
    fc.assert(
      fc.property(drawCron(false), (drawn) => {
        const cron = cronOrNull(drawn.text, timeZone)
        if (cron === null) return
        expect([cron.minutes, cron.hours, cron.months]).toEqual([drawn.minutes, drawn.hours, drawn.months])
        const slow = slotsOfWalk(cron, walk, fromMs)
        expect(firstDifference(slotMsBetween(cron, fromMs, toMs), slow)).toBeNull()
        expect(countSlots(cron, fromMs, toMs)).toBe(slow.length)
      }),
      { ...seeded, numRuns: 15 },
    )
  })
})

/** A deep comparison of half a million numbers takes seconds. */
function firstDifference(got: readonly number[], wanted: readonly number[]): string | null {
  const length = Math.max(got.length, wanted.length)
  for (let index = 0; index < length; index++) {
    if (got[index] !== wanted[index])
      return `slot ${index}: ${String(got[index])}, expected ${String(wanted[index])}`
  }
  return null
}

describe('against a walk around the clock changes of unusual zones', () => {
  const changes: readonly [string, string][] = [
    ['America/St_Johns', '2010-03-14'],
    ['America/St_Johns', '2010-11-07'],
    ['Africa/Casablanca', '2026-02-15'],
    ['Africa/Casablanca', '2026-03-22'],
    ['Antarctica/Troll', '2026-03-29'],
    ['Antarctica/Troll', '2026-10-25'],
    ['America/Santiago', '2026-09-06'],
    ['America/Havana', '2026-11-01'],
    ['Europe/Dublin', '2026-10-25'],
    ['Asia/Tehran', '2021-03-22'],
    ['Pacific/Kwajalein', '1993-08-21'],
    ['America/Caracas', '2016-05-01'],
    ['Asia/Pyongyang', '2015-08-15'],
    ['Africa/Monrovia', '1972-01-07'],
    ['America/Sao_Paulo', '2018-11-04'],
  ]
  const walks = new Map<string, Walk>()
  test.each(changes)('every slot of random expressions in %s around %s', (timeZone, day) => {
    const middleMs = Date.parse(day)
    const fromMs = middleMs - 2 * DAY_MS
    const toMs = middleMs + 3 * DAY_MS
    const walk = walkClock({ timeZone, fromMs, toMs, stepMs: 60_000 })
    walks.set(`${timeZone} ${day}`, walk)
    // Monrovia's clock was 44 minutes and 30 seconds behind: its minutes begin in the middle of ours.
    const aligned = walk.readings.every((reading) => reading % 60_000 === 0)
    fc.assert(
      fc.property(drawCron(false), (drawn) => {
        const cron = cronOrNull(drawn.text, timeZone)
        if (cron === null) return
        const slots = slotMsBetween(cron, fromMs, toMs)
        expect(slots).toEqual(aligned ? slotsOfWalk(cron, walk, fromMs) : slots)
        expect(countSlots(cron, fromMs, toMs)).toBe(slots.length)
        checkRoundTrip(cron, fromMs, toMs)
      }),
      { ...seeded, numRuns: 15 },
    )
  })

  test('every second of a night with a clock change', () => {
    const fromMs = Date.UTC(2026, 2, 29, 0)
    const toMs = Date.UTC(2026, 2, 29, 3)
    const walk = walkClock({ timeZone: 'Europe/Berlin', fromMs, toMs, stepMs: 1000 })
    fc.assert(
      fc.property(drawCron(true), (drawn) => {
        const cron = cronOrNull(drawn.text, 'Europe/Berlin')
        if (cron === null) return
        expect(cron.seconds).toEqual(drawn.seconds)
        const slow = slotsOfWalk(cron, walk, fromMs)
        expect(slotMsBetween(cron, fromMs, toMs)).toEqual(slow)
        expect(countSlots(cron, fromMs, toMs)).toBe(slow.length)
      }),
      { ...seeded, numRuns: 40 },
    )
  })
})

/** Forward and backward agree, each slot once, and no two neighbours bear one label. */
function checkRoundTrip(schedule: Schedule, fromMs: number, toMs: number): void {
  const { slots } = slotsBetween(schedule, fromMs, toMs, 100)
  for (const [index, slot] of slots.entries()) {
    expect(previousSlot(schedule, slot.slotMs + 1)).toEqual(slot)
    const before = slots[index - 1]
    if (before === undefined) continue
    expect(previousSlot(schedule, slot.slotMs)).toEqual(before)
    expect(nextSlot(schedule, slot.slotMs - 1)).toEqual(slot)
    expect(slot.label).not.toBe(before.label)
  }
}

describe('forward and backward', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'America/New_York',
    'Asia/Kathmandu',
    '+05:30',
  ]

  test('next and previous agree for random expressions, zones and instants', () => {
    const instant = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2045, 0, 1) })
    fc.assert(
      fc.property(drawCron(true), fc.constantFrom(...zones), instant, (drawn, timeZone, atMs) => {
        const cron = cronOrNull(drawn.text, timeZone)
        if (cron === null) return
        const next = nextSlot(cron, atMs)
        const previous = previousSlot(cron, atMs)
        expect(next).not.toBeNull()
        expect(previous).not.toBeNull()
        if (next === null || previous === null) return
        expect(next.slotMs).toBeGreaterThan(atMs)
        expect(previous.slotMs).toBeLessThan(atMs)
        expect(previousSlot(cron, next.slotMs + 1)).toEqual(next)
        expect(nextSlot(cron, previous.slotMs - 1)).toEqual(previous)
        expect(countSlots(cron, atMs, next.slotMs)).toBe(1)
        expect(countSlots(cron, previous.slotMs, next.slotMs - 1)).toBe(
          nextSlot(cron, previous.slotMs)?.slotMs === next.slotMs ? 0 : 1,
        )
      }),
      { ...seeded, numRuns: 400 },
    )
  })

  test('every kind agrees with itself in both directions, and its count with its list', () => {
    const texts = [
      'every 90s',
      'every 1h30m',
      'interval 6 hours',
      'R/2013-01-31T02:30:00/P1M',
      'R/2025-03-30T02:30:00/P1D',
      'R7/2026-03-01T02:30:00/P1W',
      'R/P1M/2026-12-31T12:00:00',
      'R/2025-01-01T00:00:00/PT7H',
      'at 2026-03-29T02:30:00',
      'daily 02:30 MWF',
      'every day at 02:30 and 03:00',
      '1st,last weekday of month at 9:00',
    ]
    for (const text of texts) {
      const schedule = scheduleOf(text, 'Europe/Berlin')
      const fromMs = Date.UTC(2026, 2, 1)
      const toMs = Date.UTC(2026, 10, 15)
      checkRoundTrip(schedule, fromMs, toMs)
      expect([text, countSlots(schedule, fromMs, toMs)]).toEqual([
        text,
        slotMsBetween(schedule, fromMs, toMs).length,
      ])
    }
  })
})

describe('against croner', () => {
  test('the next ten of random expressions are the same where no clock changes', () => {
    // croner has no ranges that wrap, no `5/15`, no L-3 and no lists of W.
    const common = drawCron(true).filter(
      ({ text }) => !/L-|W,|L,|LW|\?|fri-mon|monday|5-7|\dL|wedL/.test(text) && !isOurs(text),
    )
    const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) })
    let compared = 0
    fc.assert(
      fc.property(common, instant, ({ text }, atMs) => {
        const cron = cronOrNull(text, 'Asia/Kolkata')
        if (cron === null) return
        const fromMs = Math.floor(atMs / 1000) * 1000
        const other = new Cron(text, { timezone: 'Asia/Kolkata', paused: true })
        const theirs = other.nextRuns(10, new Date(fromMs)).map((date) => date.toISOString())
        expect(nextTexts(cron, fromMs, theirs.length)).toEqual(theirs)
        compared += theirs.length
      }),
      { ...seeded, numRuns: 200 },
    )
    expect(compared).toBeGreaterThan(1000)
  })
})

function isOurs(text: string): boolean {
  if (/(^|[\s,])\d+\//.test(text)) return true
  return [...text.matchAll(/(\d+)-(\d+)/g)].some((match) => Number(match[1]) > Number(match[2]))
}

describe('zones', () => {
  test('years that Intl does not know are answered, not thrown at', () => {
    const farMs = 9_000_000_000_000_000
    const daily = scheduleOf('0 9 * * *', 'Europe/Berlin')
    expect(nextSlot(daily, farMs)?.slotMs).toBeGreaterThan(farMs)
    expect(previousSlot(daily, -farMs)?.slotMs).toBeLessThan(-farMs)
    expect(nextTexts(scheduleOf('R/9999-01-01T00:00/P1000Y', 'UTC'), 0, 3)).toHaveLength(3)
  })

  test('the table of a zone says what Intl says, in every zone', () => {
    const names = Intl.supportedValuesOf('timeZone')
    expect(names.length).toBeGreaterThan(400)
    const instant = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2060, 0, 1) })
    fc.assert(
      fc.property(fc.constantFrom(...names), instant, (name, atMs) => {
        const zone = findZone(name)
        const stretch = zone === null ? null : stretchAt(zone, atMs)
        expect(stretch).not.toBeNull()
        if (zone === null || stretch === null) return
        for (const ms of [stretch.startMs, atMs, stretch.endMs - 1])
          expect(zone.offsetAt(ms)).toBe(stretch.offsetMs)
        expect(stretch.startMs <= atMs && atMs < stretch.endMs).toBe(true)
      }),
      { ...seeded, numRuns: 400 },
    )
  })

  test('a daily job has 365 slots a year in every zone', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const daily = scheduleOf('daily 02:30', name)
      expect([name, countSlots(daily, Date.UTC(2025, 11, 31, 12), Date.UTC(2026, 11, 31, 12))]).toEqual([
        name,
        365,
      ])
    }
  })
})
