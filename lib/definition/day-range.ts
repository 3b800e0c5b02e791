// Days without slots: `2026-12-25`, or a range `2026-12-24..2027-01-01` with both ends
// included.

import { daysFromCivil, daysInMonth } from '../schedule/calendar.ts'
import { shortened } from '../schedule/duration.ts'
import type { DayRange } from './job-definition.ts'

/** The range, or what is wrong with the text. */
export function readDayRange(text: string): DayRange | string {
  const [from = '', to = from, ...more] = text.split(/\.\.|\/| to /).map((part) => part.trim())
  const fromDay = dayNumber(from)
  const toDay = dayNumber(to)
  const refused = (what: string) =>
    `Cannot read date "${shortened(text)}": ${what}, expected a day such as 2026-12-25 or a range 2026-12-24..2027-01-01`
  if (fromDay === null || toDay === null || more.length > 0) return refused('it is no day of the calendar')
  return toDay < fromDay ? refused('its end comes before its beginning') : { fromDay, toDay }
}

function dayNumber(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return null
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  return daysFromCivil(year, month, day)
}
