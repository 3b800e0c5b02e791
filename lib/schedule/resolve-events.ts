// Schedules that wait for an event instead of the clock, once the event has come: a delay counts from when the
// definition was accepted, a constant job goes on when its last run ended, @reboot is each start of an agent. With
// its events a schedule is one whose slots are instants like all others.

import { excludedAt } from './exclusion.ts'
import type { AtSchedule, Schedule } from './schedule.ts'

export type ScheduleEvents = {
  /** When the definition was accepted. */
  readonly acceptedMs: number
  /** From when a constant job may run again; null while a run of it is not over. */
  readonly againAtMs: number | null
  /** When this agent started; null where that is not asked. */
  readonly bootAtMs: number | null
}

/** Null when the event has not come. */
export function resolveEvents(schedule: Schedule, events: ScheduleEvents): Schedule | null {
  switch (schedule.kind) {
    case 'after':
      return at(events.acceptedMs + schedule.afterMs)
    case 'constant':
      return events.againAtMs === null ? null : at(events.againAtMs)
    case 'reboot':
      return events.bootAtMs === null ? null : at(events.bootAtMs)
    case 'list': {
      if (!schedule.schedules.some((each) => each.kind === 'after')) return schedule
      return {
        ...schedule,
        schedules: schedule.schedules.flatMap((each) => resolveEvents(each, events) ?? []),
      }
    }
    case 'limited': {
      const inner = resolveEvents(schedule.schedule, laterThanExcluded(events, schedule))
      if (inner === null || inner === schedule.schedule) return inner && schedule
      return { ...schedule, schedule: inner }
    }
    default:
      return schedule
  }
}

/** A constant job goes on when the excluded days are over. */
function laterThanExcluded(
  events: ScheduleEvents,
  { exclude, timeZone }: Schedule & { readonly kind: 'limited' },
): ScheduleEvents {
  const { againAtMs } = events
  const excluded = againAtMs === null ? null : excludedAt(exclude, againAtMs, timeZone)
  return excluded === null ? events : { ...events, againAtMs: excluded.endMs }
}

function at(atMs: number): AtSchedule {
  return { kind: 'at', atMs }
}
