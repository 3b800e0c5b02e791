// A schedule as it is asked about on the command line or in a line of a batch: the text, the zone that it is read in,
// from when on, and how many slots. What cannot be read is refused with the parser's own words.

import { nearestName } from '../../lib/base/problem.ts'
import { formatInstant } from '../../lib/schedule/calendar.ts'
import { parseDateTime } from '../../lib/schedule/date-time.ts'
import { parseSchedule } from '../../lib/schedule/parse-schedule.ts'
import { resolveEvents } from '../../lib/schedule/resolve-events.ts'
import { slotsBetween, type Schedule } from '../../lib/schedule/schedule.ts'
import { findZone } from '../../lib/schedule/zone.ts'
import { BatchRefusal, batchText, type BatchRow } from './batch.ts'
import { UsageError, type CommandOption, type Flags } from './command.ts'

export type ScheduleQuestion = {
  readonly text: string
  readonly timeZone: string
  readonly fromMs: number
  readonly count: number
  /** What `H` is hashed from. */
  readonly job: string
}

export type ReadSchedule = { readonly schedule: Schedule; readonly note: string }

const countMax = 10_000

export const scheduleOptions: Readonly<Record<string, CommandOption>> = {
  tz: { type: 'string', takes: 'ZONE', help: 'the time zone that it is read in (default: UTC)' },
  from: {
    type: 'string',
    takes: 'TIME',
    help: 'only slots after this time, read in the zone (default: now)',
  },
  count: { type: 'string', short: 'n', takes: 'N', help: 'how many slots' },
  job: { type: 'string', takes: 'JOB', help: 'the full name of the job, from which H is hashed' },
  json: { type: 'boolean', help: 'print JSON' },
}

/** Throws a UsageError for what was typed wrongly. */
export function questionOfFlags(
  words: readonly string[],
  flags: Flags,
  fallback: { readonly count: number; readonly nowMs: number },
): ScheduleQuestion {
  const text = words.join(' ')
  if (words.length === 0)
    throw new UsageError(
      'Cannot read a schedule: there is none, expected one such as "every monday at 09:00"',
    )
  const said = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined)
  const timeZone = said('tz') ?? 'UTC'
  return asUsage(() => ({
    text,
    timeZone: knownZone(timeZone),
    fromMs: said('from') === undefined ? fallback.nowMs : instantOf('--from', said('from') ?? '', timeZone),
    count: countOf('-n', Number(said('count') ?? fallback.count)),
    job: said('job') ?? '',
  }))
}

/** What the options say, for lines of a batch that do not say it. */
export function rowOfFlags({ tz, from, count, job }: Flags): BatchRow {
  const given = { tz, from, n: count === undefined ? undefined : Number(count), job }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Throws a BatchRefusal. */
export function questionOfRow(row: BatchRow, nowMs: number): ScheduleQuestion {
  const timeZone = knownZone(batchText(row, 'tz', 'UTC'))
  return {
    text: batchText(row, 'expr'),
    timeZone,
    fromMs: row['from'] === undefined ? nowMs : instantOf('from', batchText(row, 'from'), timeZone),
    count: countOf('n', row['n'] ?? 1),
    job: batchText(row, 'job', ''),
  }
}

/** An `after` counts from the time that is asked from, as if its definition were accepted then. */
export function readSchedule({ text, timeZone, fromMs, job }: ScheduleQuestion): ReadSchedule {
  const result = parseSchedule(text, { timeZone, hashSeed: job })
  if (!result.ok) {
    throw new BatchRefusal(`${result.problem}${result.hint === undefined ? '' : ` (${result.hint})`}`)
  }
  const events = { acceptedMs: fromMs, againAtMs: null, bootAtMs: null }
  const schedule = resolveEvents(result.schedule, events) ?? result.schedule
  return { schedule, note: result.note ?? '' }
}

export function nextInstants({ schedule }: ReadSchedule, { fromMs, count }: ScheduleQuestion): string[] {
  return slotsBetween(schedule, fromMs, Infinity, count).slots.map(({ slotMs }) => formatInstant(slotMs))
}

/** An instant in a zone, for options and rows alike. */
export function instantOf(name: string, text: string, timeZone: string): number {
  const read = parseDateTime(text.trim(), timeZone)
  if (!read.ok) throw new BatchRefusal(`Cannot use ${name}: ${read.reason}`)
  return read.instantMs
}

export function knownZone(timeZone: string): string {
  if (findZone(timeZone) !== null) return timeZone
  const nearest = nearestName(timeZone, Intl.supportedValuesOf('timeZone'))
  const expected = nearest === null ? 'a name such as Europe/Berlin or UTC' : `perhaps "${nearest}"`
  throw new BatchRefusal(`Cannot use time zone "${timeZone}": it is not known here, expected ${expected}`)
}

/** A refusal of something that was typed is the person's mistake, not the program's. */
export function asUsage<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof BatchRefusal) throw new UsageError(error.message)
    throw error
  }
}

function countOf(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= countMax) return value
  throw new BatchRefusal(
    `Cannot use ${name} ${JSON.stringify(value)}: it is no such number, expected 1 to ${countMax}`,
  )
}
