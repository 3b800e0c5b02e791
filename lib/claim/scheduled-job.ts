// A job as claims see it: its definition's slots after a cursor, until when each may
// start, and what a change of its register must know.

import { registerLimits, timeLimits } from '../base/limits.ts'
import type { JobName } from '../base/ids.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import { jitterDelayMs } from '../schedule/jitter.ts'
import { resolveEvents } from '../schedule/resolve-events.ts'
import {
  countSlots,
  hasKind,
  nextSlot,
  previousSlot,
  slotsBetween,
  type Schedule,
  type SlotTime,
} from '../schedule/schedule.ts'
import type { DueSlots, JobFacts, Slot } from './change.ts'
import type { Cursor } from './register.ts'

export type ScheduledJob = {
  readonly name: JobName
  readonly definition: JobDefinition
  readonly incarnation: number
  readonly revision: string
  /** Slots at or before it do not exist. */
  readonly effectiveFromMs: number
  /** When these slots were accepted: none before it is started. */
  readonly acceptedMs: number
  /** When this agent started; null where no job is to be started. */
  readonly bootAtMs?: number | null
  /** Off: no slot of it is claimed, and those that pass are recorded as missed by nobody: they do not exist. */
  readonly isEnabled: boolean
}

/** Whether each start of an agent is a slot. */
export function isBootJob({ definition }: Pick<ScheduledJob, 'definition'>): boolean {
  return hasKind(definition.schedule, 'reboot')
}

/** Whether each node of the pool runs each slot: then no vote is needed. */
export function isLocalJob(job: ScheduledJob | undefined): boolean {
  return job?.definition.count === null
}

export function factsOf(job: ScheduledJob): JobFacts {
  const { definition } = job
  const isConstant = hasKind(definition.schedule, 'constant')
  return {
    incarnation: job.incarnation,
    revision: job.revision,
    effectiveFromMs: job.effectiveFromMs,
    overlap: definition.overlap,
    startDeadlineMs: definition.startDeadlineMs,
    isExclusive: definition.exclusive,
    rerun: rerunFactsOf(definition),
    count: definition.count ?? 1,
    isConstant,
    isOnce: definition.once,
    catchUpKeepsNewest: definition.catchUp.kind === 'last',
    due: (cursor, beforeMs, nowMs) => {
      const open = openSlots(job, cursor)
      return open === null ? { range: null, slots: [] } : dueSlots(open, { beforeMs, nowMs })
    },
    hasSlot: (slotMs) => isConstant || slotsOf(job, slotMs - 1, slotMs, 1).length === 1,
  }
}

/**
 * The schedule with the events that this job's own runs and this agent bring; null when no slot is to come. Where no
 * register is asked (no cursor), nobody knows when a constant job goes on.
 */
function scheduleOf(job: ScheduledJob, cursor: Cursor | null): Schedule | null {
  const { definition, isEnabled, effectiveFromMs, acceptedMs } = job
  if (definition.schedule === null || !isEnabled) return null
  if (definition.once && cursor?.isDone === true) return null
  const againAtMs =
    cursor === null
      ? null
      : Math.max(cursor.againAtMs ?? 0, effectiveFromMs + 1, cursor.label === '' ? cursor.slotMs + 1 : 0)
  return resolveEvents(definition.schedule, { acceptedMs, againAtMs, bootAtMs: bootOf(job) })
}

/** What lies in the directory when an agent starts is read a little later, and still is of this start. */
function bootOf({ bootAtMs = null, acceptedMs, effectiveFromMs }: ScheduledJob): number | null {
  const sinceMs = Math.max(acceptedMs, effectiveFromMs)
  if (bootAtMs === null || sinceMs > bootAtMs + timeLimits.bootReadingMs) return null
  return Math.max(bootAtMs, effectiveFromMs + 1)
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
  const open = openSlots(job, cursor)
  const first = open === null ? null : slotAfter(open, open.fromMs)
  if (open === null || first === null) return null
  const slot = toSlot(open, first, nowMs)
  if (nowMs < slot.startByMs) return slot
  const late = dueSlots(open, { beforeMs: nowMs + 1, nowMs }).slots.find((due) => nowMs < due.startByMs)
  if (late !== undefined) return late
  const coming = slotAfter(open, nowMs)
  return coming === null ? null : toSlot(open, coming, nowMs)
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
  const open = openSlots(job, cursor)
  const first = open === null ? null : slotAfter(open, open.fromMs)
  if (open === null || first === null) return { last: null, nextStartByMs: null }
  const slot = toSlot(open, first, nowMs)
  if (nowMs < slot.startByMs) return { last: null, nextStartByMs: slot.startByMs }
  const due = dueSlots(open, { beforeMs: nowMs + 1, nowMs }).slots
  const startable = due.findIndex((entry) => nowMs < entry.startByMs)
  const last = startable < 0 ? due.at(-1) : due[startable - 1]
  return { last: last ?? newestLate(open, nowMs, slot), nextStartByMs: null }
}

/** A job's slots that are not decided: those of its schedule after an instant, but for the cursor's own. */
type OpenSlots = {
  readonly job: ScheduledJob
  readonly schedule: Schedule
  readonly fromMs: number
  readonly cursorLabel: string
}

function openSlots(job: ScheduledJob, cursor: Cursor): OpenSlots | null {
  const schedule = scheduleOf(job, cursor)
  if (schedule === null) return null
  return { job, schedule, fromMs: Math.max(cursor.slotMs, job.effectiveFromMs), cursorLabel: cursor.label }
}

/** Where all that is looked at singly may still start: the newest slot whose deadline is over, or this older one. */
function newestLate(open: OpenSlots, nowMs: number, older: Slot): Slot {
  const { startDeadlineMs, jitterMs } = open.job.definition
  const time = previousSlot(open.schedule, nowMs - startDeadlineMs - jitterMs + 1)
  if (time === null || time.slotMs <= older.slotMs) return older
  const slot = toSlot(open, time, nowMs)
  return slot.startByMs <= nowMs ? slot : older
}

function dueSlots(open: OpenSlots, bounds: { beforeMs: number; nowMs: number }): DueSlots {
  const { beforeMs, nowMs } = bounds
  const { schedule, fromMs, cursorLabel } = open
  const few =
    beforeMs - 1 <= fromMs
      ? []
      : slotsBetween(schedule, fromMs, beforeMs - 1, registerLimits.dueSlots + 1).slots
  if (few.length <= registerLimits.dueSlots)
    return { range: null, slots: few.filter(isNot(cursorLabel)).map((time) => toSlot(open, time, nowMs)) }
  const newest: SlotTime[] = []
  for (let before = beforeMs; newest.length < registerLimits.dueSlots;) {
    const time = previousSlot(schedule, before)!
    newest.unshift(time)
    before = time.slotMs
  }
  const toMs = previousSlot(schedule, newest[0]!.slotMs)!.slotMs
  const range = { fromMs: few[0]!.slotMs, toMs, count: countSlots(schedule, fromMs, toMs) }
  return { range, slots: newest.map((time) => toSlot(open, time, nowMs)) }
}

const isNot = (label: string) => (time: SlotTime) => time.label !== label

/** The slots in (fromMs, toMs], at most so many, whatever is decided of them. */
export function slotsOf(job: ScheduledJob, fromMs: number, toMs: number, max: number): SlotTime[] {
  const schedule = scheduleOf(job, null)
  if (schedule === null || toMs <= job.effectiveFromMs) return []
  return slotsBetween(schedule, Math.max(fromMs, job.effectiveFromMs), toMs, max).slots
}

function slotAfter({ schedule, cursorLabel }: OpenSlots, afterMs: number): SlotTime | null {
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

/** A slot with its start deadline, whatever catch-up may owe. */
export function slotByDeadline(job: ScheduledJob, { slotMs, label }: SlotTime): Slot {
  const startByMs = slotMs + startDelayMs(job, slotMs) + job.definition.startDeadlineMs
  return { slotMs, label, startByMs }
}

/** Until when a slot may start: its deadline, or longer where the catch-up policy owes it. */
function toSlot({ job, schedule }: OpenSlots, time: SlotTime, nowMs: number): Slot {
  const { startDeadlineMs, catchUp } = job.definition
  const { slotMs, label } = time
  // It may have run under another name: what was past when its job came is only recorded.
  if (slotMs < job.acceptedMs) return { slotMs, label, startByMs: slotMs }
  const deadlineMs = slotMs + startDelayMs(job, slotMs) + startDeadlineMs
  if (catchUp.kind === 'none' || slotMs > nowMs || nowMs < deadlineMs)
    return { slotMs, label, startByMs: deadlineMs }
  const owed = catchUp.kind === 'last' ? 1 : catchUp.max
  const newer = slotsBetween(schedule, slotMs, nowMs, owed).slots.length
  return {
    slotMs,
    label,
    startByMs: newer < owed ? Math.max(deadlineMs, slotMs + catchUp.withinMs) : deadlineMs,
  }
}
