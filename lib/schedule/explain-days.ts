// The days, months and years of a cron schedule in words, for people who read them aloud:
// `on Monday to Friday in March and September`.

import { monthNames, weekdayNames } from './cron.ts'
import type { CronSchedule, DayRule } from './schedule.ts'

/** Empty when every day matches. */
export function explainDays(cron: CronSchedule): string {
  const parts = [dayWords(cron.days)]
  if (cron.months.length < 12)
    parts.push(`in ${inWords(cron.months, (month) => capitalised(monthNames[month - 1]))}`)
  if (cron.years !== null) parts.push(`in ${inWords(cron.years, String)}`)
  return parts.filter((part) => part !== '').join(' ')
}

function dayWords(rule: DayRule): string {
  const monthdays = monthdayWords(rule)
  const weekdays = weekdayWords(rule)
  if (rule.monthdays === null && rule.weekdays === null) return ''
  if (rule.weekdays === null) return `on ${monthdays}`
  if (rule.monthdays === null) return `on ${weekdays}`
  return rule.isBoth === true ? `on ${monthdays} that are ${weekdays}` : `on ${monthdays} or on ${weekdays}`
}

function monthdayWords(rule: DayRule): string {
  const words: string[] = []
  if (rule.monthdays !== null && rule.monthdays.length > 0)
    words.push(`${rule.monthdays.length === 1 ? 'day' : 'days'} ${inWords(rule.monthdays, String)}`)
  for (const before of rule.beforeLast) {
    words.push(before === 0 ? 'the last day' : `the ${ordinal(before + 1)} last day`)
  }
  for (const day of rule.nearest) words.push(`the weekday nearest day ${day}`)
  for (const before of rule.nearestBeforeLast) {
    words.push(before === 0 ? 'the last weekday' : `the weekday nearest the ${ordinal(before + 1)} last day`)
  }
  return `${listed(words)} of the month`
}

function weekdayWords(rule: DayRule): string {
  const name = (weekday: number): string => capitalised(weekdayNames[weekday])
  // Weeks begin on Monday here, so that Saturday and Sunday stand together.
  const sorted = [...(rule.weekdays ?? [])]
    .map((weekday) => (weekday === 0 ? 7 : weekday))
    .sort((a, b) => a - b)
  const words = sorted.length === 0 ? [] : [inWords(sorted, (weekday) => name(weekday % 7))]
  for (const { weekday, nth } of rule.nthWeekdays) {
    words.push(`the ${nth === -1 ? 'last' : ordinal(nth)} ${name(weekday)} of the month`)
  }
  return listed(words)
}

/** `1, 3 and 5 to 9`: three or more in a row become a range. */
export function inWords(values: readonly number[], name: (value: number) => string): string {
  const words: string[] = []
  for (let index = 0; index < values.length;) {
    let end = index
    while (end + 1 < values.length && values[end + 1] === (values[end] ?? 0) + 1) end++
    const run = values.slice(index, end + 1)
    const [first = 0] = run
    if (run.length > 2) words.push(`${name(first)} to ${name(run.at(-1) ?? first)}`)
    else words.push(...run.map(name))
    index = end + 1
  }
  return listed(words)
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}

function ordinal(value: number): string {
  const tens = value % 100
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return `${value}${suffix}`
}

function capitalised(word: string | undefined): string {
  return word === undefined ? '' : word.slice(0, 1).toUpperCase() + word.slice(1)
}
