// Slots of an ISO 8601 repeating interval. The k-th occurrence is counted from the anchor itself, never from the one
// before, so that `R/2013-01-31/P1M` comes on 28 February and then on 31 March. Periods of hours and less follow
// elapsed time; those with days, weeks, months or years keep the wall-clock time, with the DST policy of fixed times.

import { DAY_MS, addMonths, formatLocal } from './calendar.ts'
import { slotAt } from './interval.ts'
import type { IsoSchedule, SlotTime } from './schedule.ts'
import { instantOfLocal, zoneOf, type Zone } from './zone.ts'

/** The mean Gregorian month, for a first guess that is then corrected. */
const MONTH_MEAN_MS = (146_097 / 4800) * DAY_MS

export function nextIsoSlot(iso: IsoSchedule, afterMs: number): SlotTime | null {
  const index = indexAfter(iso, afterMs)
  return inCount(iso, index) ? slotOfIndex(iso, index) : null
}

export function previousIsoSlot(iso: IsoSchedule, beforeMs: number): SlotTime | null {
  // The last one before is the one before the first at or after.
  const end = indexAfter(iso, beforeMs - 1)
  const index = end - 1
  if (iso.direction === 1) {
    const last = iso.count === null ? index : Math.min(index, iso.count - 1)
    return last >= 0 ? slotOfIndex(iso, last) : null
  }
  const last = Math.min(index, 0)
  return inCount(iso, last) ? slotOfIndex(iso, last) : null
}

/** How many lie in (fromMs, toMs]; where a zone skipped a whole day, the occurrence of that day counts too. */
export function countIsoSlots(iso: IsoSchedule, fromMs: number, toMs: number): number {
  const [low, high] = indexRange(iso)
  const from = Math.max(indexAfter(iso, fromMs), low)
  const to = Math.min(indexAfter(iso, toMs) - 1, high)
  return Math.max(0, to - from + 1)
}

/** The lowest and the highest index of an occurrence; indexes grow with time, the anchor has 0. */
function indexRange(iso: IsoSchedule): readonly [number, number] {
  const count = iso.count ?? Infinity
  return iso.direction === 1 ? [0, count - 1] : [1 - count, 0]
}

function inCount(iso: IsoSchedule, index: number): boolean {
  const [low, high] = indexRange(iso)
  return index >= low && index <= high
}

function slotOfIndex(iso: IsoSchedule, index: number): SlotTime {
  const zone = zoneOf(iso.timeZone)
  const slotMs = instantOfIndex(iso, zone, index)
  if (iso.clock === 'elapsed') return slotAt(slotMs)
  return { slotMs, label: `${formatLocal(localOfIndex(iso, index))} ${iso.timeZone}` }
}

/** The lowest index in the range whose instant is strictly after; beyond the range when there is none. */
function indexAfter(iso: IsoSchedule, afterMs: number): number {
  const zone = zoneOf(iso.timeZone)
  const [low] = indexRange(iso)
  const anchorMs = instantOfLocal(zone, iso.anchorLocalMs)
  if (iso.clock === 'elapsed') return Math.max(low, Math.floor((afterMs - anchorMs) / iso.periodMs) + 1)
  const meanMs = iso.periodMonths * MONTH_MEAN_MS + iso.periodMs
  let index = Math.max(low, Math.floor((afterMs - anchorMs) / meanMs))
  while (index > low && instantOfIndex(iso, zone, index - 1) > afterMs) index--
  while (instantOfIndex(iso, zone, index) <= afterMs) index++
  return index
}

function instantOfIndex(iso: IsoSchedule, zone: Zone, index: number): number {
  if (iso.clock === 'elapsed') return instantOfLocal(zone, iso.anchorLocalMs) + index * iso.periodMs
  return instantOfLocal(zone, localOfIndex(iso, index))
}

function localOfIndex(iso: IsoSchedule, index: number): number {
  return addMonths(iso.anchorLocalMs, index * iso.periodMonths) + index * iso.periodMs
}

/** The first occurrence's reading at or after, on the zone's wall clock, whether or not the clock ever shows it. */
export function isoReading(iso: IsoSchedule, fromLocalMs: number): number | null {
  const [low] = indexRange(iso)
  // Two days before any instant that could show the reading; no period of days is shorter than one.
  let index = Math.max(low, indexAfter(iso, fromLocalMs - 2 * DAY_MS))
  while (localOfIndex(iso, index) < fromLocalMs) index++
  return inCount(iso, index) ? localOfIndex(iso, index) : null
}
