// A length of time as people write it, to milliseconds: `90s`, `1h30m`, `10 min`, `1 hour 20 minutes`, `1.5h`, and
// ISO 8601 `PT1H30M`. Only units of one fixed length: a month or a year has none, so they are refused here (ISO
// repeating intervals have calendar months, in iso-period.ts). Sources: Tron's time deltas, Kron's durations, Go's.

import { scheduleLimits } from '../base/limits.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './calendar.ts'
import { parsePeriod } from './iso-period.ts'

export type DurationResult =
  { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly problem: string }

/** The same without the beginning of the sentence, for a text that holds a duration. */
export type DurationReading =
  { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly reason: string }

const unitMs = new Map<string, number>(
  [
    { ms: 1e-6, names: ['ns'] },
    { ms: 1e-3, names: ['us', 'µs', 'μs'] },
    { ms: 1, names: ['ms', 'millisecond', 'milliseconds'] },
    { ms: SECOND_MS, names: ['s', 'sec', 'secs', 'second', 'seconds'] },
    { ms: MINUTE_MS, names: ['m', 'min', 'mins', 'minute', 'minutes'] },
    { ms: HOUR_MS, names: ['h', 'hr', 'hrs', 'hour', 'hours'] },
    { ms: DAY_MS, names: ['d', 'day', 'days'] },
    { ms: 7 * DAY_MS, names: ['w', 'week', 'weeks'] },
  ].flatMap(({ ms, names }) => names.map((name): [string, number] => [name, ms])),
)

const expected = 'expected a number and a unit such as 90s, 10 min, 1h30m or PT1H'

/** Fractions of a millisecond are dropped. Units run from the longest to the shortest, each at most once. */
export function parseDuration(text: string): DurationResult {
  const reading = readDuration(text)
  if (reading.ok) return reading
  return { ok: false, problem: `Cannot read duration "${shortened(text)}": ${reading.reason}` }
}

export function readDuration(text: string): DurationReading {
  const trimmed = text.trim()
  if (trimmed === '') return refuse(`it is empty, ${expected}`)
  if (trimmed.length > 100) return refuse(`it has ${trimmed.length} characters, expected 100 at most`)
  if (/^\+?P/.test(trimmed)) return readIsoDuration(trimmed)
  if (trimmed.startsWith('-')) return refuse('it is negative, expected a length of time')
  let rest = trimmed.startsWith('+') ? trimmed.slice(1) : trimmed
  let totalMs = 0
  let lastUnitMs = Infinity
  while (rest !== '') {
    const match = /^(\d{1,20}(?:\.\d{1,20})?)\s*([A-Za-zµμ]+)(?:\s*,\s*|\s+and\s+|\s*)/.exec(rest)
    if (match === null) {
      if (/^\d+(\.\d+)?$/.test(rest)) return refuse(`"${rest}" has no unit, ${expected}`)
      return refuse(`"${shortened(rest)}" is not a number with a unit, ${expected}`)
    }
    const [part, numberText = '', unit = ''] = match
    const ms = unit === 'M' ? undefined : unitMs.get(unit.toLowerCase())
    if (ms === undefined) return refuse(unitReason(unit))
    if (ms >= lastUnitMs)
      return refuse(`"${part.trim()}" comes after a unit that is not longer, expected each unit once`)
    lastUnitMs = ms
    totalMs += Number(numberText) * ms
    rest = rest.slice(part.length)
  }
  return bounded(totalMs)
}

function bounded(totalMs: number): DurationReading {
  // A thousandth of a millisecond forgives what binary fractions lose: 4.35s is 4350 ms.
  const ms = Math.floor(totalMs + 1e-3)
  if (ms > scheduleLimits.durationMaxMs)
    return refuse(`it is longer than ${scheduleLimits.durationMaxMs / DAY_MS} days, expected a shorter one`)
  return { ok: true, ms }
}

function readIsoDuration(text: string): DurationReading {
  const period = parsePeriod(text.replace(/^\+/, ''))
  if (!period.ok) return refuse(period.reason)
  if (period.months !== 0) return refuse('months and years have no fixed length, expected days or less')
  return bounded(period.dateMs + period.timeMs)
}

function refuse(reason: string): DurationReading {
  return { ok: false, reason }
}

function unitReason(unit: string): string {
  if (unit === 'M') return '"M" may be minutes or months, expected "m" or "min" for minutes'
  if (/^(mo|mos|month|months|y|yr|yrs|year|years)$/i.test(unit)) {
    return `"${unit}" has no fixed length, expected days, hours, minutes or seconds`
  }
  return `"${shortened(unit)}" is not a unit, expected d, h, m, s or their names`
}

/** The shortest exact spelling that parseDuration reads back: `1d2h`, `1m30s`, `1.5s`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < SECOND_MS && ms > 0) return `${ms}ms`
  const days = Math.floor(ms / DAY_MS)
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS)
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS)
  const seconds = (ms % MINUTE_MS) / SECOND_MS
  const parts = [days && `${days}d`, hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`]
  return parts.filter((part) => part !== 0).join('') || '0s'
}

/** Text of a person as shown in a message: at most 80 characters of it. */
export function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`
}
