// The two day fields of a cron expression, and which days of a given month they match: plain values, `L`, `L-3`,
// `15W`, `LW`, `L-3W` in the day of month; `5L`, `fri#2` in the day of week. As in POSIX, when both fields are
// restricted a day needs to match only one of them; but cron itself takes a field that begins with a star for
// unrestricted, and so the days of a crontab's `*/2` must match the other field too.

import { daysFromCivil, daysInMonth, weekdayOfDays } from './calendar.ts'
import { parseField, parseValue, valueReason, type FieldSpec } from './cron-field.ts'
import type { DayRule } from './schedule.ts'

type MonthdayPart = Pick<DayRule, 'monthdays' | 'beforeLast' | 'nearest' | 'nearestBeforeLast'>
type WeekdayPart = Pick<DayRule, 'weekdays' | 'nthWeekdays'>
type Refused = { readonly ok: false; readonly reason: string }

export const everyDay: DayRule = {
  monthdays: null,
  beforeLast: [],
  nearest: [],
  nearestBeforeLast: [],
  weekdays: null,
  nthWeekdays: [],
}

export function parseMonthdays(
  text: string,
  spec: FieldSpec,
  hashSeed: string,
): { readonly ok: true; readonly part: MonthdayPart } | Refused {
  const beforeLast: number[] = []
  const nearest: number[] = []
  const nearestBeforeLast: number[] = []
  const plain: string[] = []
  for (const item of text.split(',').map((each) => each.trim())) {
    const last = /^L(?:-(\d{1,2}))?(W)?$/i.exec(item) ?? /^L(W)$/i.exec(item)
    const near = /^(\d{1,2})W$/i.exec(item)
    if (last !== null) {
      const days = Number(last[1] ?? 0)
      if (days > 30)
        return { ok: false, reason: `${spec.name} "${item}" is more than a month before the last day` }
      ;(last[2] === undefined ? beforeLast : nearestBeforeLast).push(days)
    } else if (near !== null) {
      const day = parseValue(near[1] ?? '', spec)
      if (day === null) return { ok: false, reason: valueReason(near[1] ?? '', spec) }
      nearest.push(day)
    } else {
      plain.push(item)
    }
  }
  if (plain.length === 0) return { ok: true, part: { monthdays: [], beforeLast, nearest, nearestBeforeLast } }
  const parsed = parseField(plain.join(','), spec, hashSeed)
  if (!parsed.ok) return parsed
  if (parsed.field.star) {
    return { ok: true, part: { monthdays: null, beforeLast: [], nearest: [], nearestBeforeLast: [] } }
  }
  return { ok: true, part: { monthdays: parsed.field.values, beforeLast, nearest, nearestBeforeLast } }
}

export function parseWeekdays(
  text: string,
  spec: FieldSpec,
  hashSeed: string,
): { readonly ok: true; readonly part: WeekdayPart } | Refused {
  const nthWeekdays: { weekday: number; nth: number }[] = []
  const plain: string[] = []
  for (const item of text.split(',').map((each) => each.trim())) {
    // `5L` is Quartz's and cron-parser's, `L5` croniter's, `5#L` croner's.
    const last = /^([a-z]{3,9}|\d)#?L$/i.exec(item) ?? /^L([a-z]{3,9}|\d)$/i.exec(item)
    const nth = last === null ? /^([a-z0-9]+)#(.*)$/i.exec(item) : null
    const weekdayText = nth?.[1] ?? last?.[1]
    if (weekdayText === undefined) {
      if (/^L$/i.test(item)) {
        return { ok: false, reason: `${spec.name} "L" names no weekday, expected one such as 5L or friL` }
      }
      plain.push(item)
      continue
    }
    const weekday = parseValue(weekdayText, spec)
    if (weekday === null) return { ok: false, reason: valueReason(weekdayText, spec) }
    if (nth !== null && !/^[1-5]$/.test(nth[2] ?? '')) {
      return { ok: false, reason: `${spec.name} "${item}" has "#${nth[2] ?? ''}", expected #1 to #5` }
    }
    nthWeekdays.push({ weekday: weekday % 7, nth: nth === null ? -1 : Number(nth[2]) })
  }
  if (plain.length === 0) return { ok: true, part: { weekdays: [], nthWeekdays } }
  const parsed = parseField(plain.join(','), spec, hashSeed)
  if (!parsed.ok) return parsed
  if (parsed.field.star) return { ok: true, part: { weekdays: null, nthWeekdays: [] } }
  const weekdays = [...new Set(parsed.field.values.map((value) => value % 7))].sort((a, b) => a - b)
  return { ok: true, part: { weekdays, nthWeekdays } }
}

/** The matching days of the month as bits: bit 0 is the first. */
export function daysOfMonth(rule: DayRule, year: number, month: number): number {
  const length = daysInMonth(year, month)
  const all = 2 ** length - 1
  const anyMonthday = rule.monthdays === null
  const anyWeekday = rule.weekdays === null
  if (anyMonthday && anyWeekday) return all
  const firstWeekday = weekdayOfDays(daysFromCivil(year, month, 1))
  if (anyWeekday) return monthdayBits(rule, length, firstWeekday)
  if (anyMonthday) return weekdayBits(rule, length, firstWeekday)
  const [monthdays, weekdays] = [
    monthdayBits(rule, length, firstWeekday),
    weekdayBits(rule, length, firstWeekday),
  ]
  return rule.isBoth === true ? monthdays & weekdays : monthdays | weekdays
}

function monthdayBits(rule: DayRule, length: number, firstWeekday: number): number {
  let bits = 0
  for (const day of rule.monthdays ?? []) if (day <= length) bits |= 1 << (day - 1)
  for (const before of rule.beforeLast) if (before < length) bits |= 1 << (length - before - 1)
  for (const day of rule.nearest) {
    if (day <= length) bits |= 1 << (nearestWorkday(day, length, firstWeekday) - 1)
  }
  for (const before of rule.nearestBeforeLast) {
    if (before < length) bits |= 1 << (nearestWorkday(length - before, length, firstWeekday) - 1)
  }
  return bits
}

function weekdayBits(rule: DayRule, length: number, firstWeekday: number): number {
  let bits = 0
  for (const weekday of rule.weekdays ?? []) {
    for (let day = 1 + ((weekday - firstWeekday + 7) % 7); day <= length; day += 7) bits |= 1 << (day - 1)
  }
  for (const { weekday, nth } of rule.nthWeekdays) {
    const first = 1 + ((weekday - firstWeekday + 7) % 7)
    const day = nth === -1 ? first + 7 * Math.floor((length - first) / 7) : first + 7 * (nth - 1)
    if (day <= length) bits |= 1 << (day - 1)
  }
  return bits
}

/** Saturday goes to Friday and Sunday to Monday, unless that leaves the month. */
function nearestWorkday(day: number, length: number, firstWeekday: number): number {
  const weekday = (firstWeekday + day - 1) % 7
  if (weekday === 6) return day > 1 ? day - 1 : day + 2
  if (weekday === 0) return day < length ? day + 1 : day - 2
  return day
}
