// The Gregorian calendar as whole-number arithmetic: days since 1970-01-01, civil dates, month lengths,
// weekdays. "Local milliseconds" are a wall-clock reading written as if it were UTC, so that the search for
// matching times never touches a zone. Source: Howard Hinnant, "chrono-compatible low-level date algorithms".

export const SECOND_MS = 1000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/**
 * The calendar repeats exactly after 400 years (146,097 days are 20,871 whole weeks), so a date that does not
 * come within one cycle never comes: this is the proof of exhaustion of every search in this folder.
 */
export const CYCLE_YEARS = 400
export const CYCLE_MS = 146_097 * DAY_MS

export type Civil = { readonly year: number; readonly month: number; readonly day: number }

/** Days from 1970-01-01 to the date; month 1-12, day 1-31. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function civilFromDays(days: number): Civil {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return monthLengths[month - 1] ?? 0
}

/** 0 is Sunday, 6 is Saturday; `days` counts from 1970-01-01, a Thursday. */
export function weekdayOfDays(days: number): number {
  return (((days + 4) % 7) + 7) % 7
}

/** Adds months to a wall-clock reading, keeping its time of day; a day past the month's end becomes its last. */
export function addMonths(localMs: number, months: number): number {
  const days = Math.floor(localMs / DAY_MS)
  const { year, month, day } = civilFromDays(days)
  const index = year * 12 + (month - 1) + months
  const toYear = Math.floor(index / 12)
  const toMonth = index - toYear * 12 + 1
  const toDay = Math.min(day, daysInMonth(toYear, toMonth))
  return localMs + (daysFromCivil(toYear, toMonth, toDay) - days) * DAY_MS
}

/** `2026-10-25T02:30`, with `:15` and `.500` only when there are seconds and milliseconds. */
export function formatLocal(localMs: number): string {
  const days = Math.floor(localMs / DAY_MS)
  const { year, month, day } = civilFromDays(days)
  const timeMs = localMs - days * DAY_MS
  const secondMs = timeMs % MINUTE_MS
  const second = Math.floor(secondMs / SECOND_MS)
  const ms = secondMs % SECOND_MS
  return (
    `${formatYear(year)}-${pad(month, 2)}-${pad(day, 2)}T${pad(Math.floor(timeMs / HOUR_MS), 2)}:` +
    pad(Math.floor((timeMs % HOUR_MS) / MINUTE_MS), 2) +
    (secondMs === 0 ? '' : `:${pad(second, 2)}`) +
    (ms === 0 ? '' : `.${pad(ms, 3)}`)
  )
}

/** The full UTC form, `2026-10-25T00:30:00Z`; milliseconds only when there are any. */
export function formatInstant(instantMs: number): string {
  const local = formatLocal(instantMs)
  return local.length === 16 ? `${local}:00Z` : `${local}Z`
}

function formatYear(year: number): string {
  return year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`
}

/** Of a text that formatInstant made. */
export function instantOfText(text: string): number {
  return Date.parse(text)
}

export function pad(value: number, width: number): string {
  if (width === 2 && value >= 0) return value < 10 ? `0${value}` : String(value)
  return String(value).padStart(width, '0')
}
