// When a process began and ended is told by the wall clock of its host. Where that clock is wrong,
// by what is called wrong elsewhere too, it is told in cluster time instead: a record a year ahead
// would stand there for ever.

import { timeLimits } from '../base/limits.ts'
import type { ProcessEvent } from './event.ts'
import type { RunClock } from './run-cover.ts'

export function inClusterTime(event: ProcessEvent, { clusterMs, wallMs }: RunClock): ProcessEvent {
  const offsetMs = clusterMs === null ? 0 : Math.round(wallMs - clusterMs)
  if (Math.abs(offsetMs) <= timeLimits.clockOffsetWarnMs) return event
  switch (event.kind) {
    case 'spawned':
    case 'child-adopted':
      return { ...event, startedAtMs: event.startedAtMs - offsetMs }
    case 'child-exited':
      return {
        ...event,
        startedAtMs: event.startedAtMs - offsetMs,
        endedAtMs: event.endedAtMs - offsetMs,
      }
    case 'spawn-failed':
    case 'not-started':
    case 'child-gone':
      return event
  }
}
