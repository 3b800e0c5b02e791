// A cron expression of five, six (seconds first) or seven fields (and a year last) to a schedule; and the macros
// `@yearly` to `@minutely`, which are spelled-out expressions. Sources: POSIX crontab (day of month or day of week),
// Vixie cron (names, steps, 7 = Sunday), Quartz (L, W, #, ?), Jenkins (H), Dkron (~).

import { parseField, type Field, type FieldSpec } from './cron-field.ts'
import { parseMonthdays, parseWeekdays } from './day-rule.ts'
import type { CronSchedule } from './schedule.ts'

export const monthNames =
  'january february march april may june july august september october november december'.split(' ')
export const weekdayNames = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ')

/** Full names and their first three letters, to numbers from `first` on. */
function nameTable(names: readonly string[], first: number): ReadonlyMap<string, number> {
  return new Map(
    names.flatMap((name, index): [string, number][] => [
      [name.slice(0, 3), first + index],
      [name, first + index],
    ]),
  )
}

/** A year outside of these is a slip of the pen, and the bound keeps every list short. */
export const YEAR_MIN = 1970
export const YEAR_MAX = 2199

export const fieldSpecs = {
  second: { name: 'second', min: 0, max: 59 },
  minute: { name: 'minute', min: 0, max: 59 },
  hour: { name: 'hour', min: 0, max: 23 },
  monthday: { name: 'day of month', min: 1, max: 31, hashMax: 28, question: true },
  month: { name: 'month', min: 1, max: 12, names: nameTable(monthNames, 1) },
  weekday: {
    name: 'day of week',
    min: 0,
    max: 7,
    starMax: 6,
    names: nameTable(weekdayNames, 0),
    question: true,
  },
  year: { name: 'year', min: YEAR_MIN, max: YEAR_MAX, wraps: false },
} as const satisfies Record<string, FieldSpec>

export const macros: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
  ['@minutely', '* * * * *'],
])

export type CronResult =
  | { readonly ok: true; readonly cron: CronSchedule }
  | { readonly ok: false; readonly reason: string; readonly hint?: string }

export type CronContext = {
  readonly text: string
  readonly timeZone: string
  readonly hashSeed: string
  /** Read as cron itself reads it where other programs differ: stars of day fields, and steps longer than a field. */
  readonly isCrontab?: boolean
}

export function parseCron(expression: string, context: CronContext): CronResult {
  const fields = expression
    .trim()
    .replace(/\s*,\s*/g, ',')
    .split(/\s+/)
  if (fields.length < 5 || fields.length > 7) {
    const count = expression.trim() === '' ? 0 : fields.length
    return {
      ok: false,
      reason: `it has ${count} ${count === 1 ? 'field' : 'fields'}, expected 5 (minute hour day-of-month month day-of-week), 6 (seconds first) or 7 (year last)`,
    }
  }
  const [second = '0', minute = '', hour = '', monthday = '', month = '', weekday = '', year = '*'] =
    fields.length === 5 ? ['0', ...fields] : fields
  const reasons: string[] = []
  const isCrontab = context.isCrontab === true
  const own = (spec: FieldSpec): FieldSpec => (isCrontab ? { ...spec, longSteps: true } : spec)
  const read = (text: string, spec: FieldSpec): Field => {
    const result = parseField(text, own(spec), context.hashSeed)
    if (result.ok) return result.field
    reasons.push(result.reason)
    return { values: [], star: false, stepped: false }
  }
  const seconds = read(second, fieldSpecs.second)
  const minutes = read(minute, fieldSpecs.minute)
  const hours = read(hour, fieldSpecs.hour)
  const monthdays = parseMonthdays(monthday, own(fieldSpecs.monthday), context.hashSeed)
  if (!monthdays.ok) reasons.push(monthdays.reason)
  const months = read(month, fieldSpecs.month)
  const weekdays = parseWeekdays(weekday, own(fieldSpecs.weekday), context.hashSeed)
  if (!weekdays.ok) reasons.push(weekdays.reason)
  const years = read(year, fieldSpecs.year)
  if (!monthdays.ok || !weekdays.ok || reasons.length > 0) {
    const yearLast = fields.length === 6 && /^\d{4}$/.test(weekday)
    const hint = 'six fields begin with seconds; with a year write seven, seconds first'
    return { ok: false, reason: reasons.join('; '), ...(yearLast ? { hint } : {}) }
  }
  const isBoth = isCrontab && (monthday.startsWith('*') || weekday.startsWith('*'))
  return {
    ok: true,
    cron: {
      kind: 'cron',
      text: context.text,
      timeZone: context.timeZone,
      seconds: seconds.values,
      minutes: minutes.values,
      hours: hours.values,
      months: months.values,
      years: years.star ? null : years.values,
      days: { ...monthdays.part, ...weekdays.part, ...(isBoth && { isBoth }) },
      clock: hours.stepped ? 'elapsed' : 'fixed',
    },
  }
}
