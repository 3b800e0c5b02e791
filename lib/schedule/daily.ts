// Tron's `daily HH:MM[:SS] [MTWRFSU]`: a time of day, on all days or on those of the letters (R = Thursday,
// U = Sunday). And the time of day itself, which the phrases share.

import { everyDay } from './day-rule.ts'
import type { CronContext } from './cron.ts'
import type { CronSchedule } from './schedule.ts'

export type TimeOfDay = { readonly hour: number; readonly minute: number; readonly second: number }

type DailyResult =
  { readonly ok: true; readonly cron: CronSchedule } | { readonly ok: false; readonly reason: string }

const dayLetters = 'UMTWRFS'

/** `text` is what follows the word `daily`. */
export function parseDaily(text: string, context: CronContext): DailyResult {
  const [timeText = '00:00', letters, ...more] = text.split(/\s+/).filter((word) => word !== '')
  const time = /^\d{1,2}:\d{2}(:\d{2})?$/.test(timeText) ? parseTimeOfDay(timeText) : null
  if (time === null) {
    return {
      ok: false,
      reason: `"${timeText.slice(0, 80)}" is not a time of day, expected HH:MM or HH:MM:SS`,
    }
  }
  if (letters === undefined) return { ok: true, cron: cronAt(time, everyDay, context) }
  const given = letters.toUpperCase().split('')
  const unknown = given.find((letter) => !dayLetters.includes(letter))
  if (unknown !== undefined || more.length > 0) {
    const what = unknown === undefined ? more.join(' ') : letters
    return {
      ok: false,
      reason: `"${what.slice(0, 80)}" does not name days, expected letters out of MTWRFSU such as MWF`,
    }
  }
  const weekdays = [...new Set(given.map((letter) => dayLetters.indexOf(letter)))].sort((a, b) => a - b)
  return { ok: true, cron: cronAt(time, { ...everyDay, weekdays }, context) }
}

/** `9:00`, `09:00`, `23:59:30`, `9am`, `9:30 pm`, `noon`, `midnight`; null when it is none of these. */
export function parseTimeOfDay(text: string): TimeOfDay | null {
  const word = text.toLowerCase()
  if (word === 'noon') return { hour: 12, minute: 0, second: 0 }
  if (word === 'midnight') return { hour: 0, minute: 0, second: 0 }
  const match = /^(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?\s*(am|pm)?$/.exec(word)
  if (match === null || (match[2] === undefined && match[4] === undefined)) return null
  const [, hourText = '', minuteText = '0', secondText = '0', half] = match
  const given = Number(hourText)
  if (half !== undefined && (given < 1 || given > 12)) return null
  const hour = half === undefined ? given : (given % 12) + (half === 'pm' ? 12 : 0)
  const time = { hour, minute: Number(minuteText), second: Number(secondText) }
  return time.hour > 23 || time.minute > 59 || time.second > 59 ? null : time
}

/** A fixed time of day on the days of the rule, every month. */
export function cronAt(time: TimeOfDay, days: CronSchedule['days'], context: CronContext): CronSchedule {
  return {
    kind: 'cron',
    text: context.text,
    timeZone: context.timeZone,
    seconds: [time.second],
    minutes: [time.minute],
    hours: [time.hour],
    months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    years: null,
    days,
    clock: 'fixed',
  }
}
