// Which slots a backfill runs: those of the job between two days, both included, or one at the start of each day that
// was named (as Tron has it) or of a job without a schedule. All in the job's own time zone.

import type { JobView } from '../../lib/view/question.ts'
import { DAY_MS } from '../../lib/schedule/calendar.ts'
import { parseDateTime } from '../../lib/schedule/date-time.ts'
import { slotsBetween } from '../../lib/schedule/schedule.ts'
import { instantOfLocal, zoneOf } from '../../lib/schedule/zone.ts'
import { asUsage, readSchedule } from './schedule-question.ts'
import { UsageError } from './command.ts'

const slotsMax = 10_000

export type BackfillAsked = {
  readonly from: string | null
  /** Today when it is not said. */
  readonly to: string | null
  readonly dates: readonly string[]
  readonly isDescending: boolean
}

/** In the order in which they are to be run. */
export function backfillSlots(
  job: Pick<JobView, 'name' | 'schedule' | 'timeZone'>,
  asked: BackfillAsked,
  nowMs: number,
): number[] {
  const slots =
    asked.dates.length > 0 ? asked.dates.map((date) => readTime(date, job).ms) : slotsOf(job, asked, nowMs)
  if (slots.length > slotsMax)
    throw new UsageError(
      `Cannot backfill ${slots.length} slots: these are too many, expected ${slotsMax} at most`,
    )
  return asked.isDescending ? slots.toReversed() : slots
}

function slotsOf(
  job: Pick<JobView, 'name' | 'schedule' | 'timeZone'>,
  asked: BackfillAsked,
  nowMs: number,
): number[] {
  if (asked.from === null)
    throw new UsageError('Cannot backfill: there is no --from, expected one, or --dates')
  const from = readTime(asked.from, job)
  const to = asked.to === null ? null : readTime(asked.to, job)
  const zone = zoneOf(job.timeZone)
  const days: number[] = []
  // A day is meant to its end.
  const untilMs = to === null ? nowMs : to.isDay ? instantOfLocal(zone, to.localMs + DAY_MS - 1) : to.ms
  if (untilMs < from.ms)
    throw new UsageError(`Cannot backfill from ${asked.from}: its end is before it, expected a later --to`)
  if (job.schedule !== '' && !job.schedule.startsWith('@manually')) {
    const question = { text: job.schedule, timeZone: job.timeZone, fromMs: from.ms, count: 1, job: job.name }
    const { schedule } = asUsage(() => readSchedule(question))
    return slotsBetween(schedule, from.ms - 1, untilMs, slotsMax + 1).slots.map(({ slotMs }) => slotMs)
  }
  for (let localMs = from.localMs; days.length <= slotsMax; localMs += DAY_MS) {
    const atMs = instantOfLocal(zone, localMs)
    if (atMs > untilMs) break
    days.push(atMs)
  }
  return days
}

type Time = { readonly ms: number; readonly localMs: number; readonly isDay: boolean }

function readTime(text: string, { timeZone }: Pick<JobView, 'timeZone'>): Time {
  const words = text.trim()
  const time = parseDateTime(words, timeZone)
  if (!time.ok) throw new UsageError(`Cannot backfill: ${time.reason}`)
  return { ms: time.instantMs, localMs: time.localMs, isDay: /^\d{4}-?\d{2}-?\d{2}$/.test(words) }
}
