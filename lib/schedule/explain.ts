// A schedule in words, its coming slots in UTC and on the wall clock, and the clock changes that touch it: what
// `hocket schedule explain` shows before anything has run.

import { unreachable } from '../base/assert.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, formatInstant, formatLocal, pad } from './calendar.ts'
import { explainDays, inWords, listed } from './explain-days.ts'
import { formatDuration } from './duration.ts'
import { formatExclusion } from './exclusion.ts'
import { isoReading } from './iso-interval.ts'
import { countLocal, nextLocal } from './local-match.ts'
import {
  slotsBetween,
  type CronSchedule,
  type IsoSchedule,
  type LimitedSchedule,
  type Schedule,
} from './schedule.ts'
import { stretchAt, zoneOf, type Stretch } from './zone.ts'

/** One sentence, without a full stop: `at 09:00 on Monday to Friday, Europe/Berlin time`. */
export function explainSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'cron':
      return explainCron(schedule)
    case 'interval':
      return `every ${formatDuration(schedule.everyMs)}, counted from ${formatInstant(schedule.anchorMs)}`
    case 'iso':
      return explainIso(schedule)
    case 'at':
      return `once, at ${formatInstant(schedule.atMs)}`
    case 'after':
      return `once, ${formatDuration(schedule.afterMs)} after the definition is accepted`
    case 'constant':
      return 'again as soon as the run before has ended'
    case 'reboot':
      return 'once at each start of the agent'
    case 'manual':
      return 'only by hand or by a trigger'
    case 'list':
      return schedule.schedules.map(explainSchedule).join('; and ')
    case 'limited':
      return explainLimited(schedule)
    default:
      return unreachable(schedule)
  }
}

function explainLimited({ schedule, exclude, expiresAtMs }: LimitedSchedule): string {
  const excluded = exclude.length === 0 ? '' : `, but not on ${listed(exclude.map(formatExclusion))}`
  const end = expiresAtMs === null ? '' : `, until ${formatInstant(expiresAtMs)}`
  return `${explainSchedule(schedule)}${excluded}${end}`
}

function explainCron(cron: CronSchedule): string {
  const days = explainDays(cron)
  return `${explainTime(cron)}${days === '' ? '' : ` ${days}`}, ${zoneWords(cron.timeZone)}`
}

function zoneWords(timeZone: string): string {
  return timeZone === 'UTC' || /^[+-]/.test(timeZone) ? timeZone : `${timeZone} time`
}

/** So many times of day are named one by one. */
const NAMED_TIMES_MAX = 6

function explainTime(cron: CronSchedule): string {
  const { seconds, minutes, hours } = cron
  if (hours.length * minutes.length * seconds.length <= NAMED_TIMES_MAX) {
    const times = hours.flatMap((hour) =>
      minutes.flatMap((minute) => seconds.map((second) => ({ hour, minute, second }))),
    )
    return `at ${listed(times.map(({ hour, minute, second }) => clockText(hour, minute, second)))}`
  }
  const units = [
    { words: every(hours, 24, 'hour'), plain: hours.length === 24 },
    { words: every(minutes, 60, 'minute'), plain: minutes.length === 60 },
    { words: every(seconds, 60, 'second'), plain: seconds.length === 1 && seconds[0] === 0 },
  ]
  // From the smallest unit that is not plain: `at minute 7 of every hour`, `every 5 minutes of hours 9 to 17`.
  if (units.at(-1)?.plain === true) units.pop()
  const smallest = units.pop()?.words ?? ''
  while (units.at(0)?.plain === true && (units.length > 1 || smallest.startsWith('every'))) units.shift()
  return [
    `${smallest.startsWith('every') ? '' : 'at '}${smallest}`,
    ...units.reverse().map((unit) => unit.words),
  ].join(' of ')
}

/** `every minute`, `every 15 minutes`, `minutes 5 to 10 and 30`. */
function every(values: readonly number[], size: number, unit: string): string {
  if (values.length === size) return `every ${unit}`
  const [first = 0, second = first] = values
  const step = second - first
  const regular = values.length > 2 && step > 1 && size % step === 0 && values.length === size / step
  if (regular && first === 0 && values.every((value, index) => value === index * step))
    return `every ${step} ${unit}s`
  return `${values.length === 1 ? unit : `${unit}s`} ${inWords(values, String)}`
}

function explainIso(iso: IsoSchedule): string {
  const months = iso.periodMonths === 0 ? '' : iso.periodMonths === 1 ? 'month' : `${iso.periodMonths} months`
  const rest = iso.periodMs === 0 ? '' : formatDuration(iso.periodMs)
  const period = [months, rest].filter((part) => part !== '').join(' and ')
  const end = iso.direction === 1 ? 'from' : 'up to'
  const count = iso.count === null ? '' : `, ${iso.count === 1 ? 'once' : `${iso.count} times`}`
  return `every ${period} ${end} ${formatLocal(iso.anchorLocalMs)}${count}, ${zoneWords(iso.timeZone)}`
}

function clockText(hour: number, minute: number, second: number): string {
  return `${pad(hour, 2)}:${pad(minute, 2)}${second === 0 ? '' : `:${pad(second, 2)}`}`
}

export type UpcomingSlot = {
  readonly slotMs: number
  readonly label: string
  /** `2026-10-25T00:30:00Z` */
  readonly utc: string
  /** `2026-10-25T02:30+02:00` on the wall clock of the zone asked for. */
  readonly local: string
}

/** The next slots strictly after, in UTC and in the zone asked for. */
export function upcomingSlots(
  schedule: Schedule,
  asked: { readonly fromMs: number; readonly count: number; readonly timeZone: string },
): readonly UpcomingSlot[] {
  const { slots } = slotsBetween(schedule, asked.fromMs, Infinity, asked.count)
  return slots.map((slot) => ({
    ...slot,
    utc: formatInstant(slot.slotMs),
    local: formatZoned(slot.slotMs, asked.timeZone),
  }))
}

/** The wall clock with its distance from UTC: `2026-10-25T02:30+02:00`. */
function formatZoned(instantMs: number, timeZone: string): string {
  const { offsetMs } = stretchAt(zoneOf(timeZone), instantMs)
  const minutes = Math.abs(offsetMs) / MINUTE_MS
  const offset = `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}:${pad(Math.floor(minutes % 60), 2)}`
  return `${formatLocal(instantMs + offsetMs)}${offset}`
}

export type ClockChange = {
  readonly atMs: number
  readonly timeZone: string
  /** `gap`: readings that do not come; `overlap`: readings that come twice. */
  readonly kind: 'gap' | 'overlap'
  /** The readings between which the clock jumps: those from the lower to the higher do not come, or come twice. */
  readonly fromLocal: string
  readonly toLocal: string
  /** What the schedule does about it. */
  readonly effect: string
}

/** The clock changes in (fromMs, toMs] whose gap or overlap holds a time that the schedule names. */
export function clockChangesTouching(
  schedule: Schedule,
  fromMs: number,
  toMs: number,
): readonly ClockChange[] {
  if (schedule.kind === 'list') {
    const all = schedule.schedules.flatMap((each) => clockChangesTouching(each, fromMs, toMs))
    return all.sort((left, right) => left.atMs - right.atMs)
  }
  if (schedule.kind === 'limited') return clockChangesTouching(schedule.schedule, fromMs, toMs)
  if (schedule.kind !== 'cron' && schedule.kind !== 'iso') return []
  if (schedule.kind === 'iso' && schedule.clock === 'elapsed') return []
  const zone = zoneOf(schedule.timeZone)
  const changes: ClockChange[] = []
  for (let stretch = stretchAt(zone, fromMs); stretch.endMs <= toMs;) {
    stretch = stretchAt(zone, stretch.endMs)
    const change = changeAt(schedule, stretch)
    if (change !== null) changes.push(change)
  }
  return changes
}

function changeAt(schedule: CronSchedule | IsoSchedule, stretch: Stretch): ClockChange | null {
  const startLocalMs = stretch.startMs + stretch.offsetMs
  if (stretch.seenLocalMs === startLocalMs) return null
  const kind = stretch.seenLocalMs < startLocalMs ? 'gap' : 'overlap'
  const lowMs = Math.min(stretch.seenLocalMs, startLocalMs)
  const highMs = Math.max(stretch.seenLocalMs, startLocalMs)
  const readingMs = schedule.kind === 'cron' ? nextLocal(schedule, lowMs) : isoReading(schedule, lowMs)
  if (readingMs === null || readingMs >= highMs) return null
  const shown = highMs - lowMs > DAY_MS - HOUR_MS ? formatLocal(readingMs) : formatLocal(readingMs).slice(11)
  const more = schedule.kind === 'cron' ? countLocal(schedule, lowMs, highMs) - 1 : 0
  const reading = more === 0 ? shown : `${shown} and ${more} more`
  return {
    atMs: stretch.startMs,
    timeZone: schedule.timeZone,
    kind,
    fromLocal: formatLocal(kind === 'gap' ? lowMs : highMs),
    toLocal: formatLocal(kind === 'gap' ? highMs : lowMs),
    effect: effectOf(kind, schedule.clock === 'elapsed', {
      reading,
      many: more > 0,
      end: formatLocal(highMs).slice(11),
    }),
  }
}

function effectOf(
  kind: 'gap' | 'overlap',
  elapsed: boolean,
  text: { readonly reading: string; readonly many: boolean; readonly end: string },
): string {
  const { reading, many, end } = text
  if (kind === 'gap') {
    const missing = `${reading} ${many ? 'do' : 'does'} not exist that day`
    if (elapsed) return `${missing} and ${many ? 'are' : 'is'} left out; the slots around follow elapsed time`
    return `${missing}: ${many ? 'they run once,' : 'it runs'} at ${end}, the first instant after the gap`
  }
  const twice = `${reading} ${many ? 'come' : 'comes'} twice that day`
  if (elapsed) return `${twice}: ${many ? 'they run' : 'it runs'} both times, following elapsed time`
  return `${twice}: ${many ? 'they run' : 'it runs'} the first time only`
}
