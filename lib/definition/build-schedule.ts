// When a job runs: its schedule texts parsed in its zone, one or a list of them, and its
// jitter.

import type { JobName } from '../base/ids.ts'
import { parseDateTime } from '../schedule/date-time.ts'
import { parseSchedule } from '../schedule/parse-schedule.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { findZone } from '../schedule/zone.ts'
import type { BuildContext } from './build-context.ts'
import type { RawJob } from './job-keys.ts'
import type { Path } from './located.ts'
import { sayScheduleNotYet } from './say-not-yet.ts'

export type When = {
  readonly schedule: Schedule | null
  readonly scheduleText: string
  readonly jitterMs: number
}

export type ScheduleSource = {
  readonly path: Path
  readonly context: BuildContext
  readonly timeZone: string
  /** What hashed fields are hashed from. */
  readonly fullName: JobName
}

export function buildSchedule(raw: RawJob, source: ScheduleSource): When {
  const texts = raw.schedule?.texts ?? []
  const schedules: Schedule[] = []
  const anchorMs = readAnchor(raw, source)
  // An unknown zone has been reported where it stands, so the schedule is read in UTC.
  const timeZone = findZone(source.timeZone) === null ? 'UTC' : source.timeZone
  for (const [i, text] of texts.entries()) {
    const result = parseSchedule(text, {
      timeZone,
      hashSeed: source.fullName,
      ...(anchorMs === null ? {} : { anchorMs }),
    })
    if (result.ok) schedules.push(result.schedule)
    else
      source.context.report.error({
        path: [...source.path, 'schedule', ...(texts.length > 1 ? [i] : [])],
        message: result.problem,
        hint: result.hint ?? '',
      })
  }
  const [first, ...more] = schedules
  const { report, notYet } = source.context
  for (const schedule of schedules)
    sayScheduleNotYet(schedule, { path: [...source.path, 'schedule'], report }, notYet)
  return {
    schedule:
      first === undefined ? null : more.length === 0 ? unlessManual(first) : { kind: 'list', schedules },
    scheduleText: texts.join(', '),
    jitterMs: raw.jitter ?? raw.schedule?.jitterMs ?? 0,
  }
}

function unlessManual(schedule: Schedule): Schedule | null {
  return schedule.kind === 'manual' ? null : schedule
}

function readAnchor(raw: RawJob, { path, context, timeZone }: ScheduleSource): number | null {
  if (raw.anchor === undefined) return null
  const read = parseDateTime(raw.anchor, timeZone)
  if (read.ok) return read.instantMs
  context.report.error({ path: [...path, 'anchor'], message: `Cannot read anchor: ${read.reason}` })
  return null
}
