// A date and a time as people and ISO 8601 write them, to a wall-clock reading and the zone it is read in: calendar
// (`2026-10-25T02:30`), basic (`20261025T0230`), week (`2026-W43-7`) and ordinal (`2026-298`) dates, with `Z`, an
// offset, or `[Europe/Berlin]` (RFC 9557) behind; without any of these the given zone is meant.

import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  daysFromCivil,
  daysInMonth,
  pad,
  weekdayOfDays,
} from './calendar.ts'
import { findZone, instantOfLocal, parseFixedOffset, type Zone } from './zone.ts'

export type DateTimeResult =
  | {
      readonly ok: true
      /** The wall-clock reading, written as if it were UTC. */
      readonly localMs: number
      readonly zone: Zone
      readonly instantMs: number
    }
  | { readonly ok: false; readonly reason: string }

const dateForms =
  /^(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2})|-W(\d{2})-([1-7])|W(\d{2})([1-7])|-(\d{3})|(\d{3}))/
const timeForms =
  /^[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?|^T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?/

/** Midnight when there is no time. */
export function parseDateTime(text: string, timeZone: string): DateTimeResult {
  const refuse = (reason: string): DateTimeResult => ({
    ok: false,
    reason: `"${text.slice(0, 80)}" ${reason}`,
  })
  const date = dateForms.exec(text)
  if (date === null) return refuse('is not a date and time, expected one such as 2026-10-25T02:30:00Z')
  const days = daysOfDate(date)
  if (days === null) return refuse('names a day that does not exist')
  const afterDate = text.slice(date[0].length)
  const time = timeForms.exec(afterDate)
  const timeMs = time === null ? 0 : msOfTime(time)
  if (timeMs === null) return refuse('names a time that does not exist, expected 00:00:00 to 24:00:00')
  const zone = zoneOfSuffix(time === null ? afterDate : afterDate.slice(time[0].length), timeZone)
  if (zone === null)
    return refuse('does not end as a date and time does, expected Z, an offset such as +02:00, or nothing')
  const localMs = days * DAY_MS + timeMs
  return { ok: true, localMs, zone, instantMs: instantOfLocal(zone, localMs) }
}

function daysOfDate(match: RegExpExecArray): number | null {
  const year = Number(match[1])
  const month = match[2] ?? match[4]
  if (month !== undefined) {
    const day = Number(match[3] ?? match[5])
    if (Number(month) < 1 || Number(month) > 12 || day < 1 || day > daysInMonth(year, Number(month)))
      return null
    return daysFromCivil(year, Number(month), day)
  }
  const week = match[6] ?? match[8]
  if (week !== undefined) return daysOfWeekDate(year, Number(week), Number(match[7] ?? match[9]))
  const ordinal = Number(match[10] ?? match[11])
  const days = daysFromCivil(year, 1, 1) + ordinal - 1
  return ordinal < 1 || days >= daysFromCivil(year + 1, 1, 1) ? null : days
}

/** Week 1 is the one with 4 January; weekday 1 is Monday. */
function daysOfWeekDate(year: number, week: number, weekday: number): number | null {
  const fourth = daysFromCivil(year, 1, 4)
  const firstMonday = fourth - ((weekdayOfDays(fourth) + 6) % 7)
  const nextFourth = daysFromCivil(year + 1, 1, 4)
  const nextMonday = nextFourth - ((weekdayOfDays(nextFourth) + 6) % 7)
  const days = firstMonday + (week - 1) * 7 + weekday - 1
  return week < 1 || days >= nextMonday ? null : days
}

function msOfTime(match: RegExpExecArray): number | null {
  const hour = Number(match[1] ?? match[5])
  const minute = Number(match[2] ?? match[6])
  const second = Number(match[3] ?? match[7] ?? 0)
  const ms = Math.floor(Number(`0.${match[4] ?? match[8] ?? 0}`) * SECOND_MS + 1e-6)
  if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && (minute > 0 || second > 0 || ms > 0)))
    return null
  return hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + ms
}

function zoneOfSuffix(suffix: string, timeZone: string): Zone | null {
  if (suffix === '') return findZone(timeZone)
  const match = /^(Z|z|[+-]\d{2}(?::?\d{2})?)?(?:\[([^\]]+)\])?$/.exec(suffix)
  if (match === null) return null
  if (match[2] !== undefined) return findZone(match[2])
  return parseFixedOffset(match[1] ?? '') === null ? null : findZone(zoneName(match[1] ?? 'Z'))
}

/** One spelling for each offset, so that labels agree. */
function zoneName(suffix: string): string {
  const offsetMs = parseFixedOffset(suffix) ?? 0
  if (offsetMs === 0) return 'UTC'
  const minutes = Math.abs(offsetMs) / MINUTE_MS
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}`
}
