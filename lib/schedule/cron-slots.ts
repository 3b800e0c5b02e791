// Where a cron schedule's wall-clock times fall in UTC: the next and the previous slot, and how many there are.
// The search walks the zone's stretches of constant offset. Within one, a slot is a matching reading less the
// offset. What differs is at their borders (the DST policy): a `fixed` schedule counts a reading only the first
// time the clock shows it, and runs what a gap swallowed at the gap's end; an `elapsed` one takes every instant
// as the clock shows it.

import { CYCLE_MS, formatLocal } from './calendar.ts'
import { countLocal, nextLocal, previousLocal } from './local-match.ts'
import type { CronSchedule, SlotTime } from './schedule.ts'
import { OFFSET_MAX_MS, stretchAt, zoneOf, type Stretch } from './zone.ts'

/** The first slot strictly after; null = proven that none comes. */
export function nextCronSlot(cron: CronSchedule, afterMs: number): SlotTime | null {
  const zone = zoneOf(cron.timeZone)
  const lastMs = afterMs + CYCLE_MS + 2 * OFFSET_MAX_MS
  let fromMs = afterMs + 1
  while (fromMs <= lastMs) {
    const stretch = stretchAt(zone, fromMs)
    const slot = firstInStretch(cron, stretch, fromMs)
    if (slot !== null) return slot
    if (stretch.endMs === Infinity) return null
    // No instant from the stretch's end on shows an earlier reading than that end less the greatest offset, so none
    // matches before the next matching reading less the same.
    const localMs = nextLocal(cron, stretch.endMs - OFFSET_MAX_MS)
    if (localMs === null) return null
    fromMs = Math.max(stretch.endMs, localMs - OFFSET_MAX_MS)
  }
  return null
}

/** The last slot strictly before; null = proven that there was none. */
export function previousCronSlot(cron: CronSchedule, beforeMs: number): SlotTime | null {
  const zone = zoneOf(cron.timeZone)
  const firstMs = beforeMs - CYCLE_MS - 2 * OFFSET_MAX_MS
  let untilMs = beforeMs - 1
  while (untilMs >= firstMs) {
    const stretch = stretchAt(zone, untilMs)
    const slot = lastInStretch(cron, stretch, untilMs)
    if (slot !== null) return slot
    if (stretch.startMs === -Infinity) return null
    const localMs = previousLocal(cron, stretch.startMs + OFFSET_MAX_MS)
    if (localMs === null) return null
    // The same bound from the other side; the end of a gap is no further than this from what it swallowed either.
    untilMs = Math.min(stretch.startMs - 1, localMs + OFFSET_MAX_MS)
  }
  return null
}

/** How many slots lie in (fromMs, toMs]; work grows with the months between, not with the slots. */
export function countCronSlots(cron: CronSchedule, fromMs: number, toMs: number): number {
  const zone = zoneOf(cron.timeZone)
  let count = 0
  let atMs = fromMs + 1
  while (atMs <= toMs) {
    const stretch = stretchAt(zone, atMs)
    const endMs = Math.min(stretch.endMs, toMs + 1)
    const startLocalMs = atMs + stretch.offsetMs
    const endLocalMs = endMs + stretch.offsetMs
    if (cron.clock === 'elapsed') {
      count += countLocal(cron, startLocalMs, endLocalMs)
    } else {
      count += countLocal(cron, Math.max(startLocalMs, stretch.seenLocalMs), endLocalMs)
      if (atMs === stretch.startMs && gapReading(cron, stretch) !== null) {
        // The end of the gap is one slot, also when a reading matches right there.
        count += nextLocal(cron, startLocalMs) === startLocalMs ? 0 : 1
      }
    }
    atMs = endMs
  }
  return count
}

function firstInStretch(cron: CronSchedule, stretch: Stretch, fromMs: number): SlotTime | null {
  const fromLocalMs = fromMs + stretch.offsetMs
  const fixed = cron.clock === 'fixed'
  const localMs = nextLocal(cron, fixed ? Math.max(fromLocalMs, stretch.seenLocalMs) : fromLocalMs)
  if (fixed && fromMs === stretch.startMs && localMs !== fromLocalMs) {
    const swallowed = gapReading(cron, stretch)
    if (swallowed !== null) return { slotMs: fromMs, label: labelOf(cron, swallowed, false) }
  }
  if (localMs === null || localMs >= stretch.endMs + stretch.offsetMs) return null
  return slotInStretch(cron, stretch, localMs)
}

function lastInStretch(cron: CronSchedule, stretch: Stretch, untilMs: number): SlotTime | null {
  const startLocalMs = stretch.startMs + stretch.offsetMs
  const fixed = cron.clock === 'fixed'
  const localMs = previousLocal(cron, untilMs + stretch.offsetMs)
  const earliestMs = fixed ? Math.max(startLocalMs, stretch.seenLocalMs) : startLocalMs
  if (localMs !== null && localMs >= earliestMs) return slotInStretch(cron, stretch, localMs)
  const swallowed = fixed ? gapReading(cron, stretch) : null
  return swallowed === null ? null : { slotMs: stretch.startMs, label: labelOf(cron, swallowed, false) }
}

/** The first matching reading that the gap before the stretch swallowed. */
function gapReading(cron: CronSchedule, stretch: Stretch): number | null {
  const startLocalMs = stretch.startMs + stretch.offsetMs
  if (stretch.seenLocalMs >= startLocalMs || stretch.seenLocalMs === -Infinity) return null
  const localMs = nextLocal(cron, stretch.seenLocalMs)
  return localMs !== null && localMs < startLocalMs ? localMs : null
}

function slotInStretch(cron: CronSchedule, stretch: Stretch, localMs: number): SlotTime {
  return { slotMs: localMs - stretch.offsetMs, label: labelOf(cron, localMs, localMs < stretch.seenLocalMs) }
}

function labelOf(cron: CronSchedule, localMs: number, second: boolean): string {
  return `${formatLocal(localMs)} ${cron.timeZone}${second ? ' #2' : ''}`
}

/** Whether the schedule ever fires: false is a proof. */
export function everFires(cron: CronSchedule): boolean {
  if (cron.years === null) return nextLocal(cron, 0) !== null
  const readingMs = nextLocal(cron, -Infinity)
  return readingMs !== null && nextCronSlot(cron, readingMs - 2 * OFFSET_MAX_MS) !== null
}
