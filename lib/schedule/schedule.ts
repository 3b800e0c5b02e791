// What a schedule is once its text has been read (plain data, which every node reads alike from the same text), and
// the questions that the core asks of it: which slot comes next, which was the last, which lie between two instants,
// how many are there. Every answer is bounded, and "none" is proven. parse-schedule.ts makes schedules from text.

import { assert, unreachable } from '../base/assert.ts'
import { scheduleLimits } from '../base/limits.ts'
import type { Exclusion } from './exclusion.ts'
import { countCronSlots, nextCronSlot, previousCronSlot } from './cron-slots.ts'
import { countIntervalSlots, nextIntervalSlot, previousIntervalSlot, slotAt } from './interval.ts'
import { countIsoSlots, nextIsoSlot, previousIsoSlot } from './iso-interval.ts'
import { countLimitedSlots, nextLimitedSlot, previousLimitedSlot } from './limited-slots.ts'

/** One instant of a schedule. */
export type SlotTime = {
  /** The UTC instant. */
  readonly slotMs: number
  /**
   * The time that was meant: `2026-10-25T02:30 Europe/Berlin`, with ` #2` when it is the second occurrence of that
   * wall-clock time; for kinds that follow elapsed time, the UTC instant. Two nodes with different zone data give one
   * slot the same label even when they place it at different instants.
   */
  readonly label: string
}

/** Which days of a month match. */
export type DayRule = {
  /** Days of the month; null = not restricted. */
  readonly monthdays: readonly number[] | null
  /** Days before the last day: 0 for `L`, 3 for `L-3`. */
  readonly beforeLast: readonly number[]
  /** The Monday-to-Friday day nearest to this day, in the same month (`15W`). */
  readonly nearest: readonly number[]
  /** The same, nearest to the last day less this many (`LW` = 0). */
  readonly nearestBeforeLast: readonly number[]
  /** Days of the week, 0 = Sunday; null = not restricted. */
  readonly weekdays: readonly number[] | null
  /** `1#2` = the second Monday; `nth` -1 = the last one (`1L`). */
  readonly nthWeekdays: readonly { readonly weekday: number; readonly nth: number }[]
  /** Where both are restricted, a day must match both and not only one of them (a day field of a crontab that begins with a star). */
  readonly isBoth?: true
}

/** Times on a wall clock: cron, daily and the phrases (`every monday at 09:00`) all become this. */
export type CronSchedule = {
  readonly kind: 'cron'
  readonly text: string
  readonly timeZone: string
  readonly seconds: readonly number[]
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: readonly number[]
  /** null = every year. */
  readonly years: readonly number[] | null
  readonly days: DayRule
  /**
   * `fixed`: a time of day that does not exist runs at the first instant after the gap, one that exists twice runs at
   * the first. `elapsed` (hour field `*` or a step over it): every instant at which the wall clock matches.
   */
  readonly clock: 'fixed' | 'elapsed'
}

/** Multiples of a length of elapsed time, counted from the anchor in both directions. */
export type IntervalSchedule = {
  readonly kind: 'interval'
  readonly everyMs: number
  readonly anchorMs: number
}

/** ISO 8601 `R[n]/start/period`, and `R[n]/period/end`, which counts backwards from its end. */
export type IsoSchedule = {
  readonly kind: 'iso'
  readonly text: string
  readonly timeZone: string
  /** The start (or the end) on the zone's wall clock, written as if it were UTC. */
  readonly anchorLocalMs: number
  /** `elapsed` for periods of hours, minutes and seconds; `calendar` keeps the wall-clock time over clock changes. */
  readonly clock: 'elapsed' | 'calendar'
  readonly periodMonths: number
  readonly periodMs: number
  readonly direction: 1 | -1
  /** How many occurrences, the anchor included; null = no end. */
  readonly count: number | null
}

export type AtSchedule = { readonly kind: 'at'; readonly atMs: number }
/** A delay that becomes an `at` when the definition is accepted (resolve-events.ts). */
export type AfterSchedule = { readonly kind: 'after'; readonly afterMs: number }
/** The next run begins when the last one ended. */
export type ConstantSchedule = { readonly kind: 'constant' }
/** Once per start of an agent (crontab's `@reboot`). */
export type RebootSchedule = { readonly kind: 'reboot' }
/** By hand or by trigger only (Dkron's `@manually`). */
export type ManualSchedule = { readonly kind: 'manual' }
/** The slots of all its members, each instant once. */
export type ListSchedule = { readonly kind: 'list'; readonly schedules: readonly Schedule[] }
/** The slots of another schedule, without those that are excluded and those from an instant on. */
export type LimitedSchedule = {
  readonly kind: 'limited'
  readonly schedule: Schedule
  readonly exclude: readonly Exclusion[]
  /** Of the exclusions. */
  readonly timeZone: string
  /** null = no end. */
  readonly expiresAtMs: number | null
}

export type Schedule =
  | CronSchedule
  | IntervalSchedule
  | IsoSchedule
  | AtSchedule
  | AfterSchedule
  | ConstantSchedule
  | RebootSchedule
  | ManualSchedule
  | ListSchedule
  | LimitedSchedule

/** The first slot strictly after; null = proven that none comes (or the kind has no slots of its own). */
export function nextSlot(schedule: Schedule, afterMs: number): SlotTime | null {
  assert(Number.isFinite(afterMs), 'a search for a slot begins at an instant')
  switch (schedule.kind) {
    case 'cron':
      return nextCronSlot(schedule, afterMs)
    case 'interval':
      return nextIntervalSlot(schedule, afterMs)
    case 'iso':
      return nextIsoSlot(schedule, afterMs)
    case 'at':
      return schedule.atMs > afterMs ? slotAt(schedule.atMs) : null
    case 'list':
      return earliest(schedule.schedules.map((each) => nextSlot(each, afterMs)))
    case 'limited':
      return nextLimitedSlot(schedule, afterMs, nextSlot)
    case 'after':
    case 'constant':
    case 'reboot':
    case 'manual':
      return null
    default:
      return unreachable(schedule)
  }
}

/** The last slot strictly before; null = proven that there was none. */
export function previousSlot(schedule: Schedule, beforeMs: number): SlotTime | null {
  assert(Number.isFinite(beforeMs), 'a search for a slot begins at an instant')
  switch (schedule.kind) {
    case 'cron':
      return previousCronSlot(schedule, beforeMs)
    case 'interval':
      return previousIntervalSlot(schedule, beforeMs)
    case 'iso':
      return previousIsoSlot(schedule, beforeMs)
    case 'at':
      return schedule.atMs < beforeMs ? slotAt(schedule.atMs) : null
    case 'list':
      return latest(schedule.schedules.map((each) => previousSlot(each, beforeMs)))
    case 'limited':
      return previousLimitedSlot(schedule, beforeMs, previousSlot)
    case 'after':
    case 'constant':
    case 'reboot':
    case 'manual':
      return null
    default:
      return unreachable(schedule)
  }
}

/** The slots in (fromMs, toMs], at most `max` of them, the earliest first. */
export function slotsBetween(
  schedule: Schedule,
  fromMs: number,
  toMs: number,
  max: number,
): { slots: SlotTime[]; truncated: boolean } {
  const slots: SlotTime[] = []
  for (let slot = nextSlot(schedule, fromMs); slot !== null; slot = nextSlot(schedule, slot.slotMs)) {
    if (slot.slotMs > toMs) break
    if (slots.length >= max) return { slots, truncated: true }
    slots.push(slot)
  }
  return { slots, truncated: false }
}

/** How many slots lie in (fromMs, toMs], without walking them one by one. */
export function countSlots(schedule: Schedule, fromMs: number, toMs: number): number {
  assert(Number.isFinite(fromMs) && Number.isFinite(toMs), 'slots are counted between two instants')
  switch (schedule.kind) {
    case 'cron':
      return countCronSlots(schedule, fromMs, toMs)
    case 'interval':
      return countIntervalSlots(schedule, fromMs, toMs)
    case 'iso':
      return countIsoSlots(schedule, fromMs, toMs)
    case 'at':
      return schedule.atMs > fromMs && schedule.atMs <= toMs ? 1 : 0
    case 'list':
      return countListSlots(schedule, fromMs, toMs)
    case 'limited':
      return countLimitedSlots(schedule, { fromMs, toMs }, countSlots)
    case 'after':
    case 'constant':
    case 'reboot':
    case 'manual':
      return 0
    default:
      return unreachable(schedule)
  }
}

function countListSlots(list: ListSchedule, fromMs: number, toMs: number): number {
  const sum = list.schedules.reduce((total, each) => total + countSlots(each, fromMs, toMs), 0)
  if (sum > scheduleLimits.listCountExactMax || list.schedules.length === 1) return sum
  return slotsBetween(list, fromMs, toMs, scheduleLimits.listCountExactMax).slots.length
}

/** Whether it is of this kind, whatever limits it. */
export function hasKind(schedule: Schedule | null, kind: Schedule['kind']): boolean {
  return schedule !== null && (schedule.kind === 'limited' ? schedule.schedule : schedule).kind === kind
}

/** Whether nothing but the clock brings this schedule's slots: false for kinds that wait for an event instead. */
export function hasSlots(schedule: Schedule): boolean {
  switch (schedule.kind) {
    case 'cron':
    case 'interval':
    case 'iso':
    case 'at':
      return true
    case 'list':
      return schedule.schedules.some(hasSlots)
    case 'limited':
      return hasSlots(schedule.schedule)
    case 'after':
    case 'constant':
    case 'reboot':
    case 'manual':
      return false
    default:
      return unreachable(schedule)
  }
}

function earliest(slots: readonly (SlotTime | null)[]): SlotTime | null {
  return slots.reduce(
    (best, slot) => (slot !== null && (best === null || slot.slotMs < best.slotMs) ? slot : best),
    null,
  )
}

function latest(slots: readonly (SlotTime | null)[]): SlotTime | null {
  return slots.reduce(
    (best, slot) => (slot !== null && (best === null || slot.slotMs > best.slotMs) ? slot : best),
    null,
  )
}
