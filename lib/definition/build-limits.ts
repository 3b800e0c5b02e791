// What limits a job's schedule: the excluded days, the named calendars among them, and the
// instants between which it has slots. A job that is left with no slot at all is refused.

import type { JobName } from '../base/ids.ts'
import { mergeExclusions, parseExclusion, type Exclusion } from '../schedule/exclusion.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { parseDateTime } from '../schedule/date-time.ts'
import { hasSlots, nextSlot, type Schedule } from '../schedule/schedule.ts'
import type { BuildContext } from './build-context.ts'
import type { RawJob } from './job-keys.ts'
import type { Path } from './located.ts'
import { didYouMean } from './nearest-known.ts'

export type ScheduleSource = {
  readonly path: Path
  readonly context: BuildContext
  readonly timeZone: string
  /** What hashed fields are hashed from. */
  readonly fullName: JobName
}

export type Limited = { readonly schedule: Schedule | null; readonly startsAtMs: number | null }

/** No schedule has a slot before the year 1. */
const BEFORE_ALL_MS = -62_135_596_800_000

export function limitSchedule(raw: RawJob, schedule: Schedule | null, source: ScheduleSource): Limited {
  const exclude = readExclude(raw, source)
  const startsAtMs = readInstant(raw, 'starts_at', source)
  const expiresAtMs = readInstant(raw, 'expires_at', source)
  if (startsAtMs !== null && expiresAtMs !== null && expiresAtMs <= startsAtMs) {
    source.context.report.error({
      path: [...source.path, 'expires_at'],
      message: `Cannot use expires_at in job "${raw.name}": it is ${formatInstant(expiresAtMs)}, expected an instant after starts_at`,
    })
    return { schedule, startsAtMs }
  }
  if (schedule === null || (exclude.length === 0 && expiresAtMs === null)) return { schedule, startsAtMs }
  const { timeZone } = source
  const limited: Schedule = { kind: 'limited', schedule, exclude, timeZone, expiresAtMs }
  const fromMs = startsAtMs === null ? BEFORE_ALL_MS : startsAtMs - 1
  if (hasSlots(schedule) && nextSlot(schedule, fromMs) !== null && nextSlot(limited, fromMs) === null)
    source.context.report.error({
      path: [...source.path, 'schedule'],
      message: `Cannot use the schedule of job "${raw.name}": exclude and expires_at leave no slot of it, expected one at least`,
    })
  return { schedule: limited, startsAtMs }
}

function readExclude(raw: RawJob, { path, context }: ScheduleSource): readonly Exclusion[] {
  const { scope, report } = context
  const exclusions = (raw.exclude ?? []).flatMap((text, i) => {
    const calendar = scope.calendars.get(text)
    if (calendar !== undefined) return calendar
    const read = parseExclusion(text)
    if (read.ok) return [read.exclusion]
    const hint = didYouMean(text, scope.calendars.keys()) || 'calendars are defined under calendars:'
    report.error({ path: [...path, 'exclude', i], message: read.problem, hint })
    return []
  })
  return mergeExclusions(exclusions)
}

function readInstant(
  raw: RawJob,
  key: 'starts_at' | 'expires_at',
  { path, context, timeZone }: ScheduleSource,
): number | null {
  const text = raw[key]
  if (text === undefined) return null
  const read = parseDateTime(text, timeZone)
  if (read.ok) return read.instantMs
  context.report.error({ path: [...path, key], message: `Cannot read ${key}: ${read.reason}` })
  return null
}
