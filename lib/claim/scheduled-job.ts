// A job as claims see it: its definition's slots after a cursor, until when each may
// start, and what a change of its register must know.

import { registerLimits } from '../base/limits.ts'
import type { JobName } from '../base/ids.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import { jitterDelayMs } from '../schedule/jitter.ts'
import { countSlots, nextSlot, previousSlot, slotsBetween, type SlotTime } from '../schedule/schedule.ts'
import type { DueSlots, JobFacts, Slot } from './change.ts'
import type { Cursor } from './register.ts'

export type ScheduledJob = {
  readonly name: JobName
  readonly definition: JobDefinition
  readonly incarnation: number
  readonly revision: string
  /** Slots at or before it do not exist. */
  readonly effectiveFromMs: number
  /** Off: no slot of it is claimed, and those that pass are recorded as missed by nobody: they do not exist. */
  readonly isEnabled: boolean
}

/** Whether each node of the pool runs each slot: then no vote is needed. */
export function isLocalJob(job: ScheduledJob | undefined): boolean {
  return job?.definition.count === null
}

export function factsOf(job: ScheduledJob): JobFacts {
  const { definition } = job
  return {
    incarnation: job.incarnation,
    revision: job.revision,
    effectiveFromMs: job.effectiveFromMs,
    overlap: definition.overlap === 'replace' ? 'queue' : definition.overlap,
    startDeadlineMs: definition.startDeadlineMs,
    rerun: rerunFactsOf(definition),
    catchUpKeepsNewest: definition.catchUp.kind === 'last',
    due: (cursor, beforeMs, nowMs) => dueSlots(job, cursor, { beforeMs, nowMs }),
    hasSlot: (slotMs) => slotsOf(job, slotMs - 1, slotMs, 1).length === 1,
  }
}

/** How a lost run of this job starts again; null when it does not. */
export function rerunFactsOf({ ifLost, lostAttempts, lockDelayMs }: JobDefinition): JobFacts['rerun'] {
  return ifLost === 'rerun' ? { attemptsMax: lostAttempts, lockDelayMs } : null
}

/**
 * The slot that is to be claimed next after the cursor: the first that may still start, or else the first to come.
 * Null when there is none at all.
 */
export function nextCandidate(job: ScheduledJob, cursor: Cursor, nowMs: number): Slot | null {
  const first = slotAfter(job, Math.max(cursor.slotMs, job.effectiveFromMs), cursor.label)
  if (first === null) return null
  const slot = toSlot(job, first, nowMs)
  if (nowMs < slot.startByMs) return slot
  const late = dueSlots(job, cursor, { beforeMs: nowMs + 1, nowMs }).slots.find(
    (due) => nowMs < due.startByMs,
  )
  if (late !== undefined) return late
  const coming = slotAfter(job, nowMs, cursor.label)
  return coming === null ? null : toSlot(job, coming, nowMs)
}

/**
 * The newest slot after the cursor that can no longer start, all before it being likewise; and otherwise the
 * instant at which the first one that is still undecided cannot start any more.
 */
export function dueUnstartable(
  job: ScheduledJob,
  cursor: Cursor,
  nowMs: number,
): { readonly last: Slot | null; readonly nextStartByMs: number | null } {
  const first = slotAfter(job, Math.max(cursor.slotMs, job.effectiveFromMs), cursor.label)
  if (first === null) return { last: null, nextStartByMs: null }
  const slot = toSlot(job, first, nowMs)
  if (nowMs < slot.startByMs) return { last: null, nextStartByMs: slot.startByMs }
  const due = dueSlots(job, cursor, { beforeMs: nowMs + 1, nowMs }).slots
  const startable = due.findIndex((entry) => nowMs < entry.startByMs)
  const last = startable < 0 ? due.at(-1) : due[startable - 1]
  return { last: last ?? newestLate(job, nowMs, slot), nextStartByMs: null }
}

/** Where all that is looked at singly may still start: the newest slot whose deadline is over, or this older one. */
function newestLate(job: ScheduledJob, nowMs: number, older: Slot): Slot {
  const { schedule, startDeadlineMs, jitterMs } = job.definition
  const time = previousSlot(schedule!, nowMs - startDeadlineMs - jitterMs + 1)
  if (time === null || time.slotMs <= older.slotMs) return older
  const slot = toSlot(job, time, nowMs)
  return slot.startByMs <= nowMs ? slot : older
}

function dueSlots(job: ScheduledJob, cursor: Cursor, bounds: { beforeMs: number; nowMs: number }): DueSlots {
  const { beforeMs, nowMs } = bounds
  const fromMs = Math.max(cursor.slotMs, job.effectiveFromMs)
  const { schedule } = job.definition
  if (schedule === null || !job.isEnabled) return { range: null, slots: [] }
  const few = slotsOf(job, fromMs, beforeMs - 1, registerLimits.dueSlots + 1)
  if (few.length <= registerLimits.dueSlots)
    return { range: null, slots: few.filter(isNot(cursor.label)).map((time) => toSlot(job, time, nowMs)) }
  const newest: SlotTime[] = []
  for (let before = beforeMs; newest.length < registerLimits.dueSlots;) {
    const time = previousSlot(schedule, before)!
    newest.unshift(time)
    before = time.slotMs
  }
  const toMs = previousSlot(schedule, newest[0]!.slotMs)!.slotMs
  const range = { fromMs: few[0]!.slotMs, toMs, count: countSlots(schedule, fromMs, toMs) }
  return { range, slots: newest.map((time) => toSlot(job, time, nowMs)) }
}

const isNot = (label: string) => (time: SlotTime) => time.label !== label

/** The slots in (fromMs, toMs], at most so many. */
export function slotsOf(job: ScheduledJob, fromMs: number, toMs: number, max: number): SlotTime[] {
  const { schedule } = job.definition
  if (schedule === null || !job.isEnabled || toMs <= job.effectiveFromMs) return []
  return slotsBetween(schedule, Math.max(fromMs, job.effectiveFromMs), toMs, max).slots
}

function slotAfter(job: ScheduledJob, afterMs: number, cursorLabel: string): SlotTime | null {
  const { schedule } = job.definition
  if (schedule === null || !job.isEnabled) return null
  const next = nextSlot(schedule, afterMs)
  return next?.label === cursorLabel ? nextSlot(schedule, next.slotMs) : next
}

/** How long after its slot a run waits, so that not all jobs of an instant start at once; the same everywhere. */
export function startDelayMs({ name, definition }: ScheduledJob, slotMs: number): number {
  const { jitterMs, schedule } = definition
  if (jitterMs === 0 || schedule === null) return 0
  const nextSlotMs = nextSlot(schedule, slotMs)?.slotMs ?? null
  return jitterDelayMs({ job: name, slotMs, jitterMs, nextSlotMs })
}

/** Until when a slot may start: its deadline, or longer where the catch-up policy owes it. */
function toSlot(job: ScheduledJob, time: SlotTime, nowMs: number): Slot {
  const { startDeadlineMs, catchUp, schedule } = job.definition
  const deadlineMs = time.slotMs + startDelayMs(job, time.slotMs) + startDeadlineMs
  const { slotMs, label } = time
  if (catchUp.kind === 'none' || slotMs > nowMs || nowMs < deadlineMs)
    return { slotMs, label, startByMs: deadlineMs }
  const owed = catchUp.kind === 'last' ? 1 : catchUp.max
  const newer = slotsBetween(schedule!, slotMs, nowMs, owed).slots.length
  return {
    slotMs,
    label,
    startByMs: newer < owed ? Math.max(deadlineMs, slotMs + catchUp.withinMs) : deadlineMs,
  }
}
