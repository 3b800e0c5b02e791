// When a job runs: its schedule texts parsed in its zone, one or a list of them, their limits
// and its jitter.

import { parseDateTime } from '../schedule/date-time.ts'
import { explainSchedule } from '../schedule/explain.ts'
import { parseSchedule } from '../schedule/parse-schedule.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { findZone } from '../schedule/zone.ts'
import { limitSchedule, type Limited, type ScheduleSource } from './build-limits.ts'
import type { RawJob } from './job-keys.ts'

export type When = Limited & {
  readonly scheduleText: string
  readonly jitterMs: number
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
      isCrontab: source.context.dialect === 'crontab',
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
  if (more.length > 0) checkList(schedules, raw, source)
  const schedule = more.length > 0 ? ({ kind: 'list', schedules } as const) : (first ?? null)
  return {
    ...limitSchedule(raw, schedule?.kind === 'manual' ? null : schedule, { ...source, timeZone }),
    scheduleText: texts.join(', '),
    jitterMs: raw.jitter ?? raw.schedule?.jitterMs ?? 0,
  }
}

/** What waits for an event instead of the clock has slots that no list can be merged with. */
function checkList(schedules: readonly Schedule[], raw: RawJob, { path, context }: ScheduleSource): void {
  const lonely = schedules.find(({ kind }) => kind === 'constant' || kind === 'reboot' || kind === 'manual')
  if (lonely === undefined) return
  context.report.error({
    path: [...path, 'schedule'],
    message: `Cannot use the schedule of job "${raw.name}": ${explainSchedule(lonely)} is one of ${schedules.length}, expected it alone`,
  })
}

function readAnchor(raw: RawJob, { path, context, timeZone }: ScheduleSource): number | null {
  if (raw.anchor === undefined) return null
  const read = parseDateTime(raw.anchor, timeZone)
  if (read.ok) return read.instantMs
  context.report.error({ path: [...path, 'anchor'], message: `Cannot read anchor: ${read.reason}` })
  return null
}
