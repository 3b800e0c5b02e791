// A slow and obviously right model of a cron schedule's slots: walk the instants one by one, ask Intl what the wall
// clock shows, and compare each part of it with the schedule's lists. The DST policy is written out in words: a fixed
// time counts only the first time its reading shows, and what the clock jumped over runs where it landed.
// Nothing here uses the zone tables or the search of lib/schedule; the day rules are written a second time.

import type { CronSchedule, DayRule, Schedule } from '../../../lib/schedule/schedule.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** What a zone's wall clock shows at each step, written as if it were UTC. */
export type Walk = {
  readonly timeZone: string
  readonly startMs: number
  readonly stepMs: number
  readonly readings: Float64Array
}

/** Every reading from a day before `fromMs`, so that it is known which were already shown, to `toMs`. */
export function walkClock(range: { timeZone: string; fromMs: number; toMs: number; stepMs: number }): Walk {
  const { timeZone, stepMs } = range
  const startMs = Math.floor(range.fromMs / stepMs) * stepMs - DAY_MS - 2 * 3_600_000
  const formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const readings = new Float64Array(Math.floor((range.toMs - startMs) / stepMs) + 1)
  for (let index = 0; index < readings.length; index++) {
    const shown = formatter.format(startMs + index * stepMs)
    readings[index] = Date.parse(`${shown.replace(' ', 'T')}Z`)
  }
  return { timeZone, startMs, stepMs, readings }
}

/** The slots in (fromMs, toMs]. */
export function slowSlots(schedule: Schedule, fromMs: number, toMs: number): readonly number[] {
  if (schedule.kind !== 'cron') throw new Error('the slow model knows cron schedules only')
  const stepMs = schedule.seconds.length === 1 && schedule.seconds[0] === 0 ? MINUTE_MS : SECOND_MS
  return slotsOfWalk(schedule, walkClock({ timeZone: schedule.timeZone, fromMs, toMs, stepMs }), fromMs)
}

/** The slots of the walk that come after `fromMs`. */
export function slotsOfWalk(cron: CronSchedule, walk: Walk, fromMs: number): readonly number[] {
  const slots: number[] = []
  let furthestMs = (walk.readings[0] ?? 0) - walk.stepMs
  for (const [index, localMs] of walk.readings.entries()) {
    const atMs = walk.startMs + index * walk.stepMs
    let fires: boolean
    if (cron.clock === 'elapsed') {
      fires = matches(cron, localMs)
    } else {
      fires = localMs > furthestMs && matches(cron, localMs)
      // Everything that the clock jumped over to come here.
      for (let skippedMs = furthestMs + walk.stepMs; skippedMs < localMs; skippedMs += walk.stepMs) {
        fires ||= matches(cron, skippedMs)
      }
      furthestMs = Math.max(furthestMs, localMs)
    }
    if (fires && atMs > fromMs) slots.push(atMs)
  }
  return slots
}

function matches(cron: CronSchedule, localMs: number): boolean {
  // The time of day first, since it is cheap: most readings end here.
  const second = (localMs / SECOND_MS) % 60
  const minute = Math.floor(localMs / MINUTE_MS) % 60
  if (!cron.seconds.includes(second) || !cron.minutes.includes(minute)) return false
  const reading = new Date(localMs)
  return (
    cron.hours.includes(reading.getUTCHours()) &&
    cron.months.includes(reading.getUTCMonth() + 1) &&
    (cron.years === null || cron.years.includes(reading.getUTCFullYear())) &&
    matchesDay(cron.days, reading)
  )
}

function matchesDay(rule: DayRule, date: Date): boolean {
  if (rule.monthdays === null && rule.weekdays === null) return true
  const onMonthday = rule.monthdays !== null && matchesMonthday(rule, date)
  const onWeekday = rule.weekdays !== null && matchesWeekday(rule, date)
  return onMonthday || onWeekday
}

function matchesMonthday(rule: DayRule, date: Date): boolean {
  const day = date.getUTCDate()
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth()
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const near = (wanted: number): boolean => {
    if (wanted < 1 || wanted > length) return false
    // The nearest Monday to Friday of the month: try the day itself, then further and further away.
    for (const candidate of [wanted, wanted - 1, wanted + 1, wanted - 2, wanted + 2]) {
      if (candidate < 1 || candidate > length) continue
      const weekday = new Date(Date.UTC(year, month, candidate)).getUTCDay()
      if (weekday >= 1 && weekday <= 5) return candidate === day
    }
    return false
  }
  return (
    (rule.monthdays ?? []).includes(day) ||
    rule.beforeLast.some((before) => length - before === day) ||
    rule.nearest.some(near) ||
    rule.nearestBeforeLast.some((before) => near(length - before))
  )
}

function matchesWeekday(rule: DayRule, date: Date): boolean {
  const weekday = date.getUTCDay()
  const inAWeek = new Date(date.getTime() + 7 * DAY_MS)
  const isLast = inAWeek.getUTCMonth() !== date.getUTCMonth()
  const nth = Math.ceil(date.getUTCDate() / 7)
  return (
    (rule.weekdays ?? []).includes(weekday) ||
    rule.nthWeekdays.some((each) => each.weekday === weekday && (each.nth === -1 ? isLast : each.nth === nth))
  )
}
