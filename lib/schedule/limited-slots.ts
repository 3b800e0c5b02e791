// The slots of a schedule that are left when some days are excluded and when it expires. Each search passes an
// excluded stretch in one step, and ends: ranges are finite, and what is excluded every year falls on the same days
// of each year that begins on the same weekday and is as long. Such a year comes again within forty.

import { DAY_MS } from './calendar.ts'
import { excludedAt, excludedBetween, type Exclusion } from './exclusion.ts'
import type { LimitedSchedule, Schedule, SlotTime } from './schedule.ts'

/** The search of the schedule that is limited. */
type Search = (schedule: Schedule, fromMs: number) => SlotTime | null

const YEARS_MS = 42 * 366 * DAY_MS
/** For schedules of periods longer than years; so many excluded slots are not followed by another. */
const STEPS_MIN = 64

export function nextLimitedSlot(limited: LimitedSchedule, afterMs: number, next: Search): SlotTime | null {
  const { schedule, exclude, timeZone, expiresAtMs } = limited
  const lastMs =
    rangesOf(exclude).reduce((last, { toLocalMs }) => Math.max(last, toLocalMs), afterMs) + YEARS_MS
  let slot = next(schedule, afterMs)
  for (let steps = 0; slot !== null && (steps < STEPS_MIN || slot.slotMs <= lastMs); steps++) {
    if (expiresAtMs !== null && slot.slotMs >= expiresAtMs) return null
    const excluded = excludedAt(exclude, slot.slotMs, timeZone)
    if (excluded === null) return slot
    slot = next(schedule, excluded.endMs - 1)
  }
  return null
}

export function previousLimitedSlot(
  limited: LimitedSchedule,
  beforeMs: number,
  previous: Search,
): SlotTime | null {
  const { schedule, exclude, timeZone, expiresAtMs } = limited
  const fromMs = Math.min(beforeMs, expiresAtMs ?? Infinity)
  const firstMs =
    rangesOf(exclude).reduce((first, { fromLocalMs }) => Math.min(first, fromLocalMs), fromMs) - YEARS_MS
  let slot = previous(schedule, fromMs)
  for (let steps = 0; slot !== null && (steps < STEPS_MIN || slot.slotMs >= firstMs); steps++) {
    const excluded = excludedAt(exclude, slot.slotMs, timeZone)
    if (excluded === null) return slot
    slot = previous(schedule, excluded.startMs)
  }
  return null
}

function rangesOf(exclude: readonly Exclusion[]) {
  return exclude.filter((exclusion) => exclusion.kind === 'range')
}

/** In (fromMs, toMs]: those between one excluded stretch and the next. */
export function countLimitedSlots(
  limited: LimitedSchedule,
  range: { readonly fromMs: number; readonly toMs: number },
  countOf: (schedule: Schedule, fromMs: number, toMs: number) => number,
): number {
  const { schedule, exclude, timeZone, expiresAtMs } = limited
  const toMs = Math.min(range.toMs, (expiresAtMs ?? Infinity) - 1)
  let { fromMs } = range
  if (toMs <= fromMs) return 0
  let count = 0
  for (const { startMs, endMs } of excludedBetween(exclude, { fromMs: fromMs + 1, toMs }, timeZone)) {
    if (startMs - 1 > fromMs) count += countOf(schedule, fromMs, startMs - 1)
    fromMs = endMs - 1
  }
  return toMs > fromMs ? count + countOf(schedule, fromMs, toMs) : count
}
