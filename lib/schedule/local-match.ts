// The search over the wall clock alone, without a zone: the next and the previous reading that a cron schedule
// matches, and how many there are between two readings. Whole months are skipped, and no search goes further
// than one cycle of the calendar, so that "none" is proven (see CYCLE_YEARS).

import { CYCLE_YEARS, DAY_MS, SECOND_MS, civilFromDays, daysFromCivil } from './calendar.ts'
import { daysOfMonth } from './day-rule.ts'
import type { CronSchedule } from './schedule.ts'

/** The first matching reading at or after `fromLocalMs`; null = there is none in a whole cycle of the calendar. */
export function nextLocal(cron: CronSchedule, fromLocalMs: number): number | null {
  const firstMs = cron.years === null ? -Infinity : daysFromCivil(cron.years[0] ?? 0, 1, 1) * DAY_MS
  const fromSeconds = Math.ceil(Math.max(fromLocalMs, firstMs) / SECOND_MS)
  const fromDays = Math.floor(fromSeconds / 86_400)
  const start = civilFromDays(fromDays)
  const time = nextTime(cron, fromSeconds - fromDays * 86_400)
  let days = matchingDays(cron, start.year, start.month) & ~(2 ** (start.day - 1) - 1)
  if (time === null) days &= ~(1 << (start.day - 1))
  let { year, month } = start
  const lastYear = cron.years?.at(-1) ?? year + CYCLE_YEARS
  while (days === 0) {
    month++
    if (month > 12) {
      month = 1
      year++
      if (year > lastYear) return null
    }
    days = matchingDays(cron, year, month)
  }
  const day = 32 - Math.clz32(days & -days)
  const isStart = year === start.year && month === start.month && day === start.day
  const second = isStart && time !== null ? time : firstTime(cron)
  return (daysFromCivil(year, month, day) * 86_400 + second) * SECOND_MS
}

/** The last matching reading at or before `fromLocalMs`; null as above. */
export function previousLocal(cron: CronSchedule, fromLocalMs: number): number | null {
  const endMs =
    cron.years === null ? Infinity : daysFromCivil((cron.years.at(-1) ?? 0) + 1, 1, 1) * DAY_MS - 1
  const fromSeconds = Math.floor(Math.min(fromLocalMs, endMs) / SECOND_MS)
  const fromDays = Math.floor(fromSeconds / 86_400)
  const start = civilFromDays(fromDays)
  const time = previousTime(cron, fromSeconds - fromDays * 86_400)
  let days = matchingDays(cron, start.year, start.month) & (2 ** start.day - 1)
  if (time === null) days &= ~(1 << (start.day - 1))
  let { year, month } = start
  const firstYear = cron.years?.[0] ?? year - CYCLE_YEARS
  while (days === 0) {
    month--
    if (month < 1) {
      month = 12
      year--
      if (year < firstYear) return null
    }
    days = matchingDays(cron, year, month)
  }
  const day = 32 - Math.clz32(days)
  const isStart = year === start.year && month === start.month && day === start.day
  const second = isStart && time !== null ? time : lastTime(cron)
  return (daysFromCivil(year, month, day) * 86_400 + second) * SECOND_MS
}

/** How many readings match in [fromLocalMs, toLocalMs). */
export function countLocal(cron: CronSchedule, fromLocalMs: number, toLocalMs: number): number {
  if (toLocalMs <= fromLocalMs) return 0
  return countBefore(cron, toLocalMs, fromLocalMs) - countBefore(cron, fromLocalMs, fromLocalMs)
}

/** Matching readings from the first day of `baseLocalMs`'s month to `localMs`, exclusive. */
function countBefore(cron: CronSchedule, localMs: number, baseLocalMs: number): number {
  const seconds = Math.ceil(localMs / SECOND_MS)
  const days = Math.floor(seconds / 86_400)
  const end = civilFromDays(days)
  const base = civilFromDays(Math.floor(baseLocalMs / DAY_MS))
  let matching = 0
  for (let index = base.year * 12 + base.month - 1; index < end.year * 12 + end.month - 1; index++) {
    matching += bitCount(matchingDays(cron, Math.floor(index / 12), (index % 12) + 1))
  }
  const last = matchingDays(cron, end.year, end.month)
  matching += bitCount(last & (2 ** (end.day - 1) - 1))
  const perDay = cron.hours.length * cron.minutes.length * cron.seconds.length
  const onLastDay = (last >>> (end.day - 1)) & 1
  return matching * perDay + onLastDay * timesBefore(cron, seconds - days * 86_400)
}

function matchingDays(cron: CronSchedule, year: number, month: number): number {
  if (!cron.months.includes(month) || (cron.years !== null && !cron.years.includes(year))) return 0
  return daysOfMonth(cron.days, year, month)
}

function bitCount(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}

function firstTime(cron: CronSchedule): number {
  return (cron.hours[0] ?? 0) * 3600 + (cron.minutes[0] ?? 0) * 60 + (cron.seconds[0] ?? 0)
}

function lastTime(cron: CronSchedule): number {
  return (cron.hours.at(-1) ?? 0) * 3600 + (cron.minutes.at(-1) ?? 0) * 60 + (cron.seconds.at(-1) ?? 0)
}

/** The first matching second of the day at or after `from`; null = none is left on this day. */
function nextTime(cron: CronSchedule, from: number): number | null {
  const hour = Math.floor(from / 3600)
  const minute = Math.floor((from % 3600) / 60)
  const second = from % 60
  const firstMinute = cron.minutes[0] ?? 0
  const firstSecond = cron.seconds[0] ?? 0
  if (cron.hours.includes(hour)) {
    if (cron.minutes.includes(minute)) {
      const found = cron.seconds.find((each) => each >= second)
      if (found !== undefined) return hour * 3600 + minute * 60 + found
    }
    const found = cron.minutes.find((each) => each > minute)
    if (found !== undefined) return hour * 3600 + found * 60 + firstSecond
  }
  const found = cron.hours.find((each) => each > hour)
  return found === undefined ? null : found * 3600 + firstMinute * 60 + firstSecond
}

/** The last matching second of the day at or before `from`. */
function previousTime(cron: CronSchedule, from: number): number | null {
  const hour = Math.floor(from / 3600)
  const minute = Math.floor((from % 3600) / 60)
  const second = from % 60
  const lastMinute = cron.minutes.at(-1) ?? 0
  const lastSecond = cron.seconds.at(-1) ?? 0
  if (cron.hours.includes(hour)) {
    if (cron.minutes.includes(minute)) {
      const found = cron.seconds.findLast((each) => each <= second)
      if (found !== undefined) return hour * 3600 + minute * 60 + found
    }
    const found = cron.minutes.findLast((each) => each < minute)
    if (found !== undefined) return hour * 3600 + found * 60 + lastSecond
  }
  const found = cron.hours.findLast((each) => each < hour)
  return found === undefined ? null : found * 3600 + lastMinute * 60 + lastSecond
}

/** How many matching seconds of a day come before `to`. */
function timesBefore(cron: CronSchedule, to: number): number {
  const hour = Math.floor(to / 3600)
  const minute = Math.floor((to % 3600) / 60)
  const below = (values: readonly number[], limit: number): number =>
    values.filter((each) => each < limit).length
  let count = below(cron.hours, hour) * cron.minutes.length * cron.seconds.length
  if (cron.hours.includes(hour)) {
    count += below(cron.minutes, minute) * cron.seconds.length
    if (cron.minutes.includes(minute)) count += below(cron.seconds, to % 60)
  }
  return count
}
