// The phrases of Tron's groc grammar, `(every | ORD[,ORD...]) [DAYS] [(of|in) MONTHS] [[at] HH:MM]`, and those that
// people write and Tron refuses: spaces after commas, `and`, `9:00`, `weekday`, `last`, ranges of days, bare numbers
// beside ordinals, ordinals as words, several times of day. `every 15 minutes` is an interval, read elsewhere.

import { nearestName } from '../base/problem.ts'
import { monthNames, weekdayNames, type CronContext } from './cron.ts'
import { cronAt, parseTimeOfDay, type TimeOfDay } from './daily.ts'
import { everyDay } from './day-rule.ts'
import type { CronSchedule, DayRule } from './schedule.ts'

type Refused = { readonly ok: false; readonly reason: string; readonly hint?: string }
/** One schedule for each time of day. */
export type GrocResult = { readonly ok: true; readonly crons: readonly CronSchedule[] } | Refused

const weekdays = new Map<string, number>([
  ...weekdayNames.flatMap((name, index): [string, number][] => [
    [name, index],
    [`${name}s`, index],
    [name.slice(0, 3), index],
    [name.slice(0, 2), index],
  ]),
  ['tues', 2],
  ['weds', 3],
  ['thur', 4],
  ['thurs', 4],
])
const months = new Map<string, number>([
  ...monthNames.flatMap((name, index): [string, number][] => [
    [name, index + 1],
    [name.slice(0, 3), index + 1],
  ]),
  ['sept', 9],
])
const LAST = -1
const ordinalWords = new Map(
  ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'].map(
    (word, index): [string, number] => [word, index + 1],
  ),
)
ordinalWords.set('last', LAST)

/** Whether the text begins like a phrase, so that a slip in it is reported as one. */
export function looksLikeGroc(text: string): boolean {
  const items =
    /^[^\s,]+(?:\s*,\s*[^\s,]+)*/
      .exec(text)?.[0]
      .toLowerCase()
      .split(/[\s,]+/) ?? []
  const opening = ['every', 'each', 'on', 'the', 'day']
  return opening.includes(items[0] ?? '') || items.some((item) => isOrdinal(item) || weekdays.has(item))
}

export function parseGroc(text: string, context: CronContext): GrocResult {
  const words = text
    .toLowerCase()
    .replace(/\s+(?:and|&)\s+/g, ',')
    .replace(/\s*,\s*(?:and\s+)?/g, ',')
    .replace(/(\d)\s+(am|pm)\b/g, '$1$2')
    .split(/\s+/)
    .filter((word) => word !== '' && word !== 'the' && word !== 'on')
  const every = words[0] === 'every' || words[0] === 'each'
  if (every) words.shift()
  const ordinals = takeOrdinals(words)
  if (!every && ordinals.length === 0)
    return refuse(
      'it begins neither with "every" nor with an ordinal',
      `write "every ${words.join(' ').slice(0, 60)}"`,
    )
  const days = takeDays(words)
  if ('reason' in days) return days
  const inMonths = takeMonths(words)
  if ('reason' in inMonths) return inMonths
  if (every && ordinals.length > 0 && !inMonths.given) {
    return {
      ok: false,
      reason: '"every" with an ordinal may mean two things',
      hint: 'write "2nd monday of month"',
    }
  }
  const times = takeTimes(words)
  if ('reason' in times) return times
  const rule = dayRule(ordinals, days)
  if ('reason' in rule) return rule
  return {
    ok: true,
    crons: times.times.map((time) => ({ ...cronAt(time, rule.days, context), months: inMonths.months })),
  }
}

function isOrdinal(word: string): boolean {
  return ordinalWords.has(word) || /^\d{1,2}(st|nd|rd|th)$/.test(word)
}

function takeOrdinals(words: string[]): readonly number[] {
  const items = (words[0] ?? '').split(',')
  // `1,8th,15` is a list of ordinals, since one of them is spelled as such.
  if (!items.some(isOrdinal) || !items.every((item) => isOrdinal(item) || /^\d{1,2}$/.test(item))) return []
  words.shift()
  return items.map((item) => ordinalWords.get(item) ?? Number.parseInt(item, 10))
}

type Days =
  { readonly kind: 'any' | 'workdays' } | { readonly kind: 'weekdays'; readonly weekdays: readonly number[] }

function takeDays(words: string[]): Days | Refused {
  const word = words[0] ?? ''
  if (
    word === '' ||
    word === 'of' ||
    word === 'in' ||
    word === 'at' ||
    parseTimeOfDay(word.split(',')[0] ?? '') !== null
  ) {
    return { kind: 'any' }
  }
  words.shift()
  if (word === 'day' || word === 'days') return { kind: 'any' }
  if (word === 'weekday' || word === 'weekdays') return { kind: 'workdays' }
  if (word === 'weekend' || word === 'weekends') return { kind: 'weekdays', weekdays: [0, 6] }
  const values = namedValues(word, weekdays, 7)
  if (!Array.isArray(values)) return dayRefusal(values)
  return { kind: 'weekdays', weekdays: values.map((value) => value % 7).sort((a, b) => a - b) }
}

function dayRefusal(word: string): Refused {
  const near = nearestName(word, [...weekdayNames, 'day', 'weekday', 'weekend'])
  return {
    ok: false,
    reason: `"${word.slice(0, 80)}" is not a day, expected day, weekday or names such as mon,wed`,
    ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
  }
}

function takeMonths(
  words: string[],
): { readonly months: readonly number[]; readonly given: boolean } | Refused {
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  if (words[0] !== 'of' && words[0] !== 'in') return { months: all, given: false }
  words.shift()
  let word = words.shift() ?? ''
  if (word === 'every' || word === 'each') word = words.shift() ?? ''
  if (word === 'month' || word === 'months') return { months: all, given: true }
  const values = namedValues(word, months, 12)
  if (Array.isArray(values)) return { months: values.sort((a, b) => a - b), given: true }
  const near = nearestName(values, [...monthNames, 'month'])
  return {
    ok: false,
    reason: `"${values.slice(0, 80)}" is not a month, expected month or names such as mar,sep`,
    ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
  }
}

/** Names and ranges of names, which may wrap around; or the item that is neither. */
function namedValues(text: string, names: ReadonlyMap<string, number>, size: number): number[] | string {
  const values = new Set<number>()
  for (const item of text.split(',')) {
    const [first = '', last = first, ...more] = item.split('-')
    const from = names.get(first)
    const to = names.get(last)
    if (from === undefined || to === undefined || more.length > 0) return item
    for (let value = from; value <= (to < from ? to + size : to); value++) {
      values.add(value > (size === 12 ? 12 : 6) ? value - size : value)
    }
  }
  return [...values]
}

function takeTimes(words: readonly string[]): { readonly times: readonly TimeOfDay[] } | Refused {
  const [first, ...rest] = words
  const timeWords = first === 'at' ? rest : words
  if (words.length === 0) return { times: [{ hour: 0, minute: 0, second: 0 }] }
  const times: TimeOfDay[] = []
  for (const item of timeWords.join(' ').split(',')) {
    const time = parseTimeOfDay(item)
    if (time === null) return refuse(`"${item.slice(0, 80)}" is not a time of day`, 'write "at 09:00"')
    times.push(time)
  }
  return { times }
}

function dayRule(ordinals: readonly number[], days: Days): { readonly days: DayRule } | Refused {
  const plain = ordinals.filter((ordinal) => ordinal !== LAST)
  const last = ordinals.includes(LAST)
  if (days.kind === 'weekdays') {
    if (ordinals.length === 0) return { days: { ...everyDay, weekdays: days.weekdays } }
    const wrong = plain.find((ordinal) => ordinal < 1 || ordinal > 5)
    if (wrong !== undefined)
      return refuse(`a month has no weekday number ${wrong}`, 'it takes 1st to 5th, or last')
    const nthWeekdays = ordinals.flatMap((nth) => days.weekdays.map((weekday) => ({ weekday, nth })))
    return { days: { ...everyDay, weekdays: [], nthWeekdays } }
  }
  if (days.kind === 'workdays') {
    if (ordinals.length === 0) return { days: { ...everyDay, weekdays: [1, 2, 3, 4, 5] } }
    if (plain.some((ordinal) => ordinal !== 1))
      return refuse('only the 1st and the last weekday can be named', 'write "last weekday of month"')
    const nearest = plain.length > 0 ? [1] : []
    return { days: { ...everyDay, monthdays: [], nearest, nearestBeforeLast: last ? [0] : [] } }
  }
  if (ordinals.length === 0) return { days: everyDay }
  const wrong = plain.find((ordinal) => ordinal < 1 || ordinal > 31)
  if (wrong !== undefined)
    return refuse(`no month has a day number ${wrong}`, 'it takes 1st to 31st, or last')
  const monthdays = [...new Set(plain)].sort((a, b) => a - b)
  return { days: { ...everyDay, monthdays, beforeLast: last ? [0] : [] } }
}

function refuse(what: string, hint: string): Refused {
  return {
    ok: false,
    reason: `${what}, expected a phrase such as "every monday at 09:00" or "1st day of month"`,
    hint,
  }
}
