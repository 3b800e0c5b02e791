// Days and times on which a job does not run: a date, a range of dates, the same every year, or a range with times
// of day. All are read on the wall clock of the job's zone. Named calendars are lists of these (settings).

import { DAY_MS, civilFromDays, daysInMonth } from './calendar.ts'
import { parseDateTime } from './date-time.ts'
import { shortened } from './duration.ts'
import { stretchAt, zoneOf } from './zone.ts'

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

export function isExcluded(exclusions: readonly Exclusion[], slotMs: number, timeZone: string): boolean {
  if (exclusions.length === 0) return false
  const localMs = slotMs + stretchAt(zoneOf(timeZone), slotMs).offsetMs
  const { month, day } = civilFromDays(Math.floor(localMs / DAY_MS))
  const dayOfYear = month * 100 + day
  return exclusions.some((exclusion) => {
    if (exclusion.kind === 'range') return localMs >= exclusion.fromLocalMs && localMs < exclusion.toLocalMs
    const { from, to } = exclusion
    return from <= to ? dayOfYear >= from && dayOfYear <= to : dayOfYear >= from || dayOfYear <= to
  })
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
