// Days and times on which a job does not run: a date, a range of dates, the same every year, or a range with times
// of day. All are read on the wall clock of the job's zone. Named calendars are lists of these (settings). A stretch
// that is excluded is one in elapsed time too: where the clock goes back within it, both passages are excluded.

import { DAY_MS, civilFromDays, daysFromCivil, daysInMonth, formatLocal, pad } from './calendar.ts'
import { parseDateTime } from './date-time.ts'
import { shortened } from './duration.ts'
import { instantOfLocal, zoneOf } from './zone.ts'

export type Exclusion =
  /** Wall-clock readings in [fromLocalMs, toLocalMs). */
  | { readonly kind: 'range'; readonly fromLocalMs: number; readonly toLocalMs: number }
  /** Every year, both days included, as month × 100 + day; a range that ends before it begins runs over New Year. */
  | { readonly kind: 'yearly'; readonly from: number; readonly to: number }

export type ExclusionResult =
  { readonly ok: true; readonly exclusion: Exclusion } | { readonly ok: false; readonly problem: string }

const expected =
  'expected a date (2026-12-25), a range (2026-12-24..2027-01-02) or a day of every year (12-25)'

export function parseExclusion(text: string): ExclusionResult {
  const refuse = (what: string): ExclusionResult => ({
    ok: false,
    problem: `Cannot read exclusion "${shortened(text)}": ${what}`,
  })
  if (text.length > 100) return refuse(`it has ${text.length} characters, ${expected}`)
  const ends = text.trim().split(/\s*(?:\.\.|\/)\s*|\s+to\s+/)
  const [first = '', last = first] = ends
  if (ends.length > 2 || first === '' || last === '') return refuse(`it is not a day or a range, ${expected}`)
  const yearlyFrom = parseYearly(first)
  const yearlyTo = parseYearly(last)
  if (yearlyFrom !== null && yearlyTo !== null) {
    return { ok: true, exclusion: { kind: 'yearly', from: yearlyFrom, to: yearlyTo } }
  }
  const from = parseLocal(first)
  const to = parseLocal(last)
  if (from === null) return refuse(`"${first}" is not a day, ${expected}`)
  if (to === null) return refuse(`"${last}" is not a day, ${expected}`)
  // A last day is excluded whole; a last time ends the range.
  const toLocalMs = to.hasTime ? to.localMs : to.localMs + DAY_MS
  if (toLocalMs <= from.localMs) return refuse('it ends before it begins')
  return { ok: true, exclusion: { kind: 'range', fromLocalMs: from.localMs, toLocalMs } }
}

/** As it is written. */
export function formatExclusion(exclusion: Exclusion): string {
  if (exclusion.kind === 'yearly') {
    const day = (value: number) => `${pad(Math.floor(value / 100), 2)}-${pad(value % 100, 2)}`
    const { from, to } = exclusion
    return from === to ? day(from) : `${day(from)}..${day(to)}`
  }
  const { fromLocalMs, toLocalMs } = exclusion
  if (fromLocalMs % DAY_MS !== 0 || toLocalMs % DAY_MS !== 0)
    return `${formatLocal(fromLocalMs)}..${formatLocal(toLocalMs)}`
  const [first, last] = [fromLocalMs, toLocalMs - DAY_MS].map((ms) => formatLocal(ms).slice(0, 10))
  return first === last ? (first ?? '') : `${first}..${last}`
}

/** One stretch of time, [startMs, endMs), from the first occurrence of its first reading to that of its end. */
export type Excluded = { readonly startMs: number; readonly endMs: number }

/** The excluded stretch in which the instant lies; null when there is none. */
export function excludedAt(
  exclusions: readonly Exclusion[],
  atMs: number,
  timeZone: string,
): Excluded | null {
  return excludedBetween(exclusions, { fromMs: atMs, toMs: atMs }, timeZone)[0] ?? null
}

/** All that hold an instant of [fromMs, toMs], in order; they do not overlap. */
export function excludedBetween(
  exclusions: readonly Exclusion[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  timeZone: string,
): readonly Excluded[] {
  if (exclusions.length === 0) return []
  const zone = zoneOf(timeZone)
  const years = { first: yearOf(fromMs - DAY_MS), last: yearOf(toMs + DAY_MS) }
  const found: Excluded[] = []
  for (const exclusion of exclusions)
    // No clock is further than a day from UTC.
    for (const { fromLocalMs, toLocalMs } of readingsNear(exclusion, years)) {
      if (toLocalMs < fromMs - DAY_MS || fromLocalMs > toMs + DAY_MS) continue
      const stretch = { startMs: instantOfLocal(zone, fromLocalMs), endMs: instantOfLocal(zone, toLocalMs) }
      if (stretch.startMs <= toMs && stretch.endMs > fromMs) found.push(stretch)
    }
  const merged: Excluded[] = []
  for (const stretch of found.sort((left, right) => left.startMs - right.startMs)) {
    const last = merged.at(-1)
    if (last === undefined || stretch.startMs > last.endMs) merged.push(stretch)
    else merged[merged.length - 1] = { ...last, endMs: Math.max(last.endMs, stretch.endMs) }
  }
  return merged
}

function yearOf(atMs: number): number {
  return civilFromDays(Math.floor(atMs / DAY_MS)).year
}

type Readings = { readonly fromLocalMs: number; readonly toLocalMs: number }

/** A range as it is; what comes every year, for all years that may touch these. */
function readingsNear(
  exclusion: Exclusion,
  years: { readonly first: number; readonly last: number },
): readonly Readings[] {
  if (exclusion.kind === 'range') return [exclusion]
  const { from, to } = exclusion
  const readings: Readings[] = []
  for (let year = from <= to ? years.first : years.first - 1; year <= years.last; year++) {
    const fromDay = dayOfYear(year, from)
    // In a year without a 29 February a range that ends there ends on the 28th, and the day alone does not come.
    const endDay = dayOfYear(from <= to ? year : year + 1, to + 1)
    if (endDay > fromDay) readings.push({ fromLocalMs: fromDay * DAY_MS, toLocalMs: endDay * DAY_MS })
  }
  return readings
}

/** Days since the epoch to month × 100 + day of a year; days beyond the month are the next month's first. */
function dayOfYear(year: number, monthAndDay: number): number {
  const month = Math.floor(monthAndDay / 100)
  const length = daysInMonth(year, month)
  return daysFromCivil(year, month, 1) + Math.min((monthAndDay % 100) - 1, length)
}

/** The same days as fewer, longer stretches: a search passes each in one step. */
export function mergeExclusions(exclusions: readonly Exclusion[]): readonly Exclusion[] {
  const ranges = exclusions
    .filter((exclusion) => exclusion.kind === 'range')
    .sort((left, right) => left.fromLocalMs - right.fromLocalMs)
  const merged: (Exclusion & { readonly kind: 'range' })[] = []
  for (const range of ranges) {
    const last = merged.at(-1)
    if (last === undefined || range.fromLocalMs > last.toLocalMs) merged.push(range)
    else merged[merged.length - 1] = { ...last, toLocalMs: Math.max(last.toLocalMs, range.toLocalMs) }
  }
  const yearly = exclusions.filter((exclusion) => exclusion.kind === 'yearly')
  return yearly.length === 0 ? merged : [...merged, ...mergeYearly(yearly)]
}

type Yearly = Exclusion & { readonly kind: 'yearly' }

/** All days of a leap year, as month × 100 + day. */
const leapDays = Array.from({ length: 366 }, (_, i) => {
  const { month, day } = civilFromDays(daysFromCivil(2024, 1, 1) + i)
  return month * 100 + day
})

function mergeYearly(yearly: readonly Yearly[]): readonly Yearly[] {
  const merged: Yearly[] = []
  let from: number | null = null
  for (const [i, day] of leapDays.entries()) {
    const isIn = yearly.some((each) =>
      each.from <= each.to ? day >= each.from && day <= each.to : day >= each.from || day <= each.to,
    )
    if (isIn) from ??= day
    else if (from !== null) {
      merged.push({ kind: 'yearly', from, to: leapDays[i - 1]! })
      from = null
    }
  }
  return from === null ? merged : [...merged, { kind: 'yearly', from, to: 1231 }]
}

function parseYearly(text: string): number | null {
  const match = /^(?:--)?(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return null
  const month = Number(match[1])
  const day = Number(match[2])
  // 2024 had a 29 February, which may be excluded too.
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(2024, month)) return null
  return month * 100 + day
}

function parseLocal(text: string): { readonly localMs: number; readonly hasTime: boolean } | null {
  if (/[Z+[]|T.*-/.test(text)) return null
  const parsed = parseDateTime(text, 'UTC')
  return parsed.ok ? { localMs: parsed.localMs, hasTime: /[T ]/.test(text) } : null
}
