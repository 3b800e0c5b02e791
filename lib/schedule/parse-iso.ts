// The text of an ISO 8601 repeating interval to a schedule: `R/start/period`, `Rn/start/period`, `R/start/end`
// (the period is what lies between) and `R/period/end` (occurrences run backwards from the end). cronq's files are
// of this form. As in its parser, `R3` means three occurrences, the start being the first.

import { scheduleLimits } from '../base/limits.ts'
import { parseDateTime } from './date-time.ts'
import { parsePeriod } from './iso-period.ts'
import type { IsoSchedule } from './schedule.ts'

export type IsoResult =
  { readonly ok: true; readonly iso: IsoSchedule } | { readonly ok: false; readonly reason: string }

export function parseIso(text: string, timeZone: string): IsoResult {
  // Not at the slash of a zone in brackets.
  const parts = text.split(/\/(?![^[\]]*\])/)
  const [head = '', first = '', second = ''] = parts
  if (!/^R(-1|\d*)$/.test(head)) {
    return refuse(`"${head.slice(0, 80)}" is not a repetition, expected R or R and a number, such as R5`)
  }
  if (parts.length !== 3) {
    return refuse(
      `it has ${parts.length} parts between slashes, expected R/start/period such as R/2026-01-31T03:00:00/P1M`,
    )
  }
  const count = head === 'R' || head === 'R-1' ? null : Number(head.slice(1))
  if (count !== null && (count < 1 || count > scheduleLimits.repetitionsMax)) {
    return refuse(
      `"${head.slice(0, 80)}" asks for ${head.slice(1, 80)} occurrences, expected 1 to ${scheduleLimits.repetitionsMax}, or R alone for no end`,
    )
  }
  if (first.startsWith('P'))
    return withPeriod({ text, anchor: second, period: first, timeZone, count, direction: -1 })
  if (second.startsWith('P'))
    return withPeriod({ text, anchor: first, period: second, timeZone, count, direction: 1 })
  return withEnd({ text, start: first, end: second, timeZone, count })
}

function withPeriod(given: {
  readonly text: string
  readonly anchor: string
  readonly period: string
  readonly timeZone: string
  readonly count: number | null
  readonly direction: 1 | -1
}): IsoResult {
  const anchor = parseDateTime(given.anchor, given.timeZone)
  if (!anchor.ok) return anchor
  const period = parsePeriod(given.period)
  if (!period.ok) return period
  const periodMs = period.dateMs + period.timeMs
  if (period.months === 0 && periodMs < scheduleLimits.intervalMinMs) {
    return refuse(`period "${given.period}" is shorter than a second, expected PT1S or more`)
  }
  if (period.months > 12_000 || periodMs > 366_000 * 86_400_000) {
    return refuse(`period "${given.period}" is longer than a thousand years`)
  }
  const calendar = period.months !== 0 || period.dateMs !== 0
  return {
    ok: true,
    iso: {
      kind: 'iso',
      text: given.text,
      timeZone: anchor.zone.name,
      anchorLocalMs: anchor.localMs,
      clock: calendar ? 'calendar' : 'elapsed',
      periodMonths: period.months,
      periodMs,
      direction: given.direction,
      count: given.count,
    },
  }
}

function withEnd(given: {
  readonly text: string
  readonly start: string
  readonly end: string
  readonly timeZone: string
  readonly count: number | null
}): IsoResult {
  const start = parseDateTime(given.start, given.timeZone)
  if (!start.ok) return start
  const end = parseDateTime(given.end, given.timeZone)
  if (!end.ok) return end
  const periodMs = end.instantMs - start.instantMs
  if (periodMs < scheduleLimits.intervalMinMs)
    return refuse(`its end is not after its start, expected at least a second between`)
  return {
    ok: true,
    iso: {
      kind: 'iso',
      text: given.text,
      timeZone: start.zone.name,
      anchorLocalMs: start.localMs,
      clock: 'elapsed',
      periodMonths: 0,
      periodMs,
      direction: 1,
      count: given.count,
    },
  }
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
