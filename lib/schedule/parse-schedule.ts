// Any schedule text to a schedule: Tron's strings, cron with or without the word, macros, intervals, ISO 8601
// repetitions, one-shots. What is accepted here fires: a schedule that never can is refused with that reason.

import { scheduleLimits } from '../base/limits.ts'
import { nearestName } from '../base/problem.ts'
import { macros, parseCron, type CronResult } from './cron.ts'
import { everFires } from './cron-slots.ts'
import { parseDaily } from './daily.ts'
import { parseDateTime } from './date-time.ts'
import { readDuration, shortened } from './duration.ts'
import { looksLikeGroc, parseGroc } from './groc.ts'
import { parseIso } from './parse-iso.ts'
import type { Schedule } from './schedule.ts'
import { findZone } from './zone.ts'

export type ScheduleContext = {
  /** The job's zone; a `CRON_TZ=` or `TZ=` before the text overrides it. */
  readonly timeZone: string
  /** What `H` and `~` are hashed from: the job's full name. */
  readonly hashSeed: string
  /** Where intervals are counted from, instead of midnight of the epoch. */
  readonly anchorMs?: number
  /** Whether it stands in a crontab: cron's own readings hold. */
  readonly isCrontab?: boolean
}

export type ScheduleResult =
  /** The note says where the text meant something else to the program that it was written for. */
  | { readonly ok: true; readonly schedule: Schedule; readonly note?: string }
  | { readonly ok: false; readonly problem: string; readonly hint?: string }

/** The context with the zone that holds for this text, and the whole text as it was written. */
type Context = Required<ScheduleContext> & { readonly text: string }

type Reading =
  | { readonly ok: true; readonly schedule: Schedule; readonly note?: string }
  | { readonly ok: false; readonly reason: string; readonly hint?: string }

export function parseSchedule(text: string, context: ScheduleContext): ScheduleResult {
  const reading = readSchedule(text, context)
  if (reading.ok) return reading
  const problem = `Cannot read schedule "${shortened(text.trim())}": ${reading.reason}`
  return { ok: false, problem, ...(reading.hint === undefined ? {} : { hint: reading.hint }) }
}

function readSchedule(text: string, context: ScheduleContext): Reading {
  if (text.length > scheduleLimits.textCharactersMax)
    return refuse(`it has ${text.length} characters, expected ${scheduleLimits.textCharactersMax} at most`)
  const prefixed = /^(?:CRON_TZ|TZ)=(\S+)\s+(.*)$/s.exec(text.trim())
  const timeZone = prefixed?.[1] ?? context.timeZone
  const body = (prefixed?.[2] ?? text).trim()
  if (findZone(timeZone) === null) {
    return refuse(
      `time zone "${shortened(timeZone)}" is not known here, expected a name such as Europe/Berlin or UTC`,
    )
  }
  if (body === '')
    return refuse('it is empty, expected one such as "cron 0 4 * * *", "every 15m" or "daily 04:00"')
  const reading = readBody(body, { anchorMs: 0, isCrontab: false, ...context, text: text.trim(), timeZone })
  if (reading.ok && !canFire(reading.schedule)) {
    return refuse('it can never fire: no date and time matches all of its fields')
  }
  return reading
}

/** Whether each wall-clock schedule in it has a date and time to come at; the other kinds have by their making. */
function canFire(schedule: Schedule): boolean {
  if (schedule.kind === 'list') return schedule.schedules.every(canFire)
  return schedule.kind !== 'cron' || everFires(schedule)
}

function readBody(body: string, context: Context): Reading {
  const [word = ''] = body.split(/\s/, 1)
  const rest = body.slice(word.length).trim()
  if (word.startsWith('@')) return readMacro(word.toLowerCase(), rest, context)
  if (/^R[^a-z]/.test(body) && body.includes('/')) {
    const result = parseIso(body, context.timeZone)
    return result.ok ? { ok: true, schedule: result.iso } : result
  }
  switch (word.toLowerCase()) {
    case 'cron':
      return rest.startsWith('@') ? readMacro(rest.toLowerCase(), '', context) : readTronCron(rest, context)
    case 'daily':
      return cronReading(parseDaily(rest, context))
    case 'constant':
      return rest === '' ? { ok: true, schedule: { kind: 'constant' } } : refuse('"constant" takes no value')
    case 'interval':
      return readInterval(intervalAlias(rest), context)
    case 'groc':
      return readGroc(rest.replace(/^daily\b/i, '').trim(), context)
    case 'at':
      return readAt(rest, context)
    case 'after':
      return readAfter(rest)
    case 'every':
    case 'each':
      return readEvery(rest, body, context)
    default:
      return readBare(body, context)
  }
}

function readBare(body: string, context: Context): Reading {
  if (looksLikeGroc(body)) return readGroc(body, context)
  if (/^[\d*?~]|^H\b/i.test(body)) {
    if (/^\d{4}-?\d{2}/.test(body))
      return refuse('it begins with a date', `for one run write "at ${body.slice(0, 40)}"`)
    return cronReading(parseCron(body, context))
  }
  const word = body.split(/\s/, 1)[0] ?? ''
  const near = macros.has(`@${word.toLowerCase()}`)
    ? `@${word.toLowerCase()}`
    : nearestName(word, ['cron', 'daily', 'every', 'interval', 'constant', 'at', 'after'])
  return refuse(
    `"${shortened(word)}" begins no kind of schedule, expected cron, daily, every, interval, constant, at, after or R/`,
    near === null ? undefined : `did you mean "${near}"?`,
  )
}

/** Tron writes the word `cron` before its five fields, and reads `5/15` as 5 alone. */
function readTronCron(text: string, context: Context): Reading {
  const reading = cronReading(parseCron(text, context))
  const step = /(?:^|[\s,])(\d+)\/\d+/.exec(text)
  if (!reading.ok || step === null) return reading
  const item = step[0].trim().replace(',', '')
  return {
    ...reading,
    note: `"${item}" runs from ${step[1] ?? ''} to the end in these steps; Tron ran it at ${step[1] ?? ''} only`,
  }
}

function readMacro(macro: string, rest: string, context: Context): Reading {
  if (macro === '@every') return readGoInterval(rest, context)
  if (macro === '@at') return readAt(rest, context)
  if (rest !== '') return refuse(`"${macro}" takes no value`)
  if (macro === '@manually') return { ok: true, schedule: { kind: 'manual' } }
  if (macro === '@reboot') return { ok: true, schedule: { kind: 'reboot' } }
  const expression = macros.get(macro)
  if (expression !== undefined) return cronReading(parseCron(expression, context))
  const known = [...macros.keys(), '@every', '@at', '@manually', '@reboot']
  const near = nearestName(macro, known)
  return refuse(
    `"${shortened(macro)}" is not a macro, expected one of ${known.join(', ')}`,
    near === null ? undefined : `did you mean "${near}"?`,
  )
}

function readEvery(rest: string, body: string, context: Context): Reading {
  const single = /^(second|minute|hour)$/i.exec(rest)
  if (single !== null) return readInterval(`1 ${rest}`, context)
  const vague = /^(week|month|year)$/i.exec(rest)
  if (vague !== null) {
    return refuse(
      `"every ${rest}" does not say when`,
      'write "every monday at 00:00", "1st day of month" or @yearly',
    )
  }
  // A number and a unit, and nothing that reads as an ordinal, is a length of time.
  if (/^(\+?\d[\d.]*\s*([a-zµ]|$)|P)/i.test(rest) && !/^\d+(st|nd|rd|th)\b/i.test(rest))
    return readInterval(rest, context)
  return readGroc(body, context)
}

function readInterval(text: string, context: Context): Reading {
  const duration = readDuration(text)
  if (!duration.ok) return duration
  if (duration.ms < scheduleLimits.intervalMinMs)
    return refuse(`an interval of ${duration.ms} ms is too short, expected a second or more`)
  return { ok: true, schedule: { kind: 'interval', everyMs: duration.ms, anchorMs: context.anchorMs } }
}

/** robfig's `@every`: whole seconds, one at least. */
function readGoInterval(text: string, context: Context): Reading {
  const duration = readDuration(text)
  if (!duration.ok) return duration
  if (duration.ms === 0) return refuse('an interval of nothing is a busy loop, expected a second or more')
  return {
    ok: true,
    schedule: {
      kind: 'interval',
      everyMs: Math.max(1000, Math.floor(duration.ms / 1000) * 1000),
      anchorMs: context.anchorMs,
    },
  }
}

function intervalAlias(text: string): string {
  const aliases = new Map([
    ['minutely', '1m'],
    ['hourly', '1h'],
    ['daily', '1d'],
    ['weekly', '7d'],
  ])
  return aliases.get(text.toLowerCase()) ?? text
}

function readAt(text: string, context: Context): Reading {
  const result = parseDateTime(text, context.timeZone)
  if (result.ok) return { ok: true, schedule: { kind: 'at', atMs: result.instantMs } }
  const daily = /^\d{1,2}:\d{2}/.test(text)
  return refuse(result.reason, daily ? `for every day write "daily ${text.slice(0, 20)}"` : undefined)
}

function readAfter(text: string): Reading {
  const duration = readDuration(text)
  if (!duration.ok) return duration
  return { ok: true, schedule: { kind: 'after', afterMs: duration.ms } }
}

function readGroc(text: string, context: Context): Reading {
  const result = parseGroc(text, context)
  if (!result.ok) return result
  const [first, ...more] = result.crons
  if (first !== undefined && more.length === 0) return { ok: true, schedule: first }
  return { ok: true, schedule: { kind: 'list', schedules: result.crons } }
}

function cronReading(result: CronResult): Reading {
  return result.ok ? { ok: true, schedule: result.cron } : result
}

function refuse(reason: string, hint?: string): Reading {
  return { ok: false, reason, ...(hint === undefined ? {} : { hint }) }
}
