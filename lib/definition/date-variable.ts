// Tron's date variables: each has a form and a unit in which arithmetic counts. They read a slot's
// time on its zone's wall clock, and arithmetic stays on that clock, as Tron's does: months keep the
// day where they can and take their last one where they cannot. Source: Tron, timeutils.py.

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, addMonths, civilFromDays, pad } from '../schedule/calendar.ts'
import { stretchAt, zoneOf } from '../schedule/zone.ts'

export type Unit = 'years' | 'months' | 'days' | 'hours' | 'minutes' | 'seconds'

const variables = new Map<string, { readonly unit: Unit; readonly form: (time: Parts) => string }>([
  ['shortdate', { unit: 'days', form: ymd }],
  ['ymd', { unit: 'days', form: ymd }],
  ['year', { unit: 'years', form: ({ year }) => pad(year, 4) }],
  ['month', { unit: 'months', form: ({ month }) => pad(month, 2) }],
  ['day', { unit: 'days', form: ({ day }) => pad(day, 2) }],
  ['hour', { unit: 'hours', form: ({ hour }) => pad(hour, 2) }],
  ['ym', { unit: 'months', form: ({ year, month }) => `${pad(year, 4)}-${pad(month, 2)}` }],
  ['ymdh', { unit: 'hours', form: (time) => `${ymd(time)}T${pad(time.hour, 2)}` }],
  ['ymdhm', { unit: 'minutes', form: (time) => `${ymd(time)}T${pad(time.hour, 2)}:${pad(time.minute, 2)}` }],
])

/** These two are numbers. */
const numbers = new Map<string, Unit>([
  ['unixtime', 'seconds'],
  ['daynumber', 'days'],
])

export const dateNames: readonly string[] = [...variables.keys(), ...numbers.keys()]

type Parts = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

export type SlotInstant = { readonly slotMs: number; readonly timeZone: string }

/** null when the calendar of four-digit years does not reach so far. */
export function dateValue(
  name: string,
  offset: number,
  { slotMs, timeZone }: SlotInstant,
): string | number | null {
  if (name === 'unixtime') return Math.floor(slotMs / SECOND_MS) + offset
  const localMs = slotMs + stretchAt(zoneOf(timeZone), slotMs).offsetMs
  if (name === 'daynumber') return Math.floor(localMs / DAY_MS) + DAYS_BEFORE_1970 + offset
  const variable = variables.get(name)
  if (variable === undefined) return null
  const time = partsOf(moved(localMs, variable.unit, offset))
  return time.year >= 1 && time.year <= 9999 ? variable.form(time) : null
}

/** The unit of a date variable; null when the name is none. */
export function dateUnit(name: string): Unit | null {
  return variables.get(name)?.unit ?? numbers.get(name) ?? null
}

/** Python's ordinal of 1970-01-01, counted from 0001-01-01 = 1. */
const DAYS_BEFORE_1970 = 719_163

function moved(localMs: number, unit: Unit, offset: number): number {
  switch (unit) {
    case 'years':
      return addMonths(localMs, 12 * offset)
    case 'months':
      return addMonths(localMs, offset)
    case 'days':
      return localMs + offset * DAY_MS
    case 'hours':
      return localMs + offset * HOUR_MS
    case 'minutes':
      return localMs + offset * MINUTE_MS
    case 'seconds':
      return localMs + offset * SECOND_MS
  }
}

function partsOf(localMs: number): Parts {
  const days = Math.floor(localMs / DAY_MS)
  const timeMs = localMs - days * DAY_MS
  return {
    ...civilFromDays(days),
    hour: Math.floor(timeMs / HOUR_MS),
    minute: Math.floor((timeMs % HOUR_MS) / MINUTE_MS),
  }
}

function ymd({ year, month, day }: Parts): string {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}
