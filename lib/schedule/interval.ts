// Slots at multiples of a length of elapsed time from an anchor, midnight of the epoch unless another is given:
// aligned to the clock, without drift, the same on every node, and not moved by a restart.

import { formatInstant } from './calendar.ts'
import type { IntervalSchedule, SlotTime } from './schedule.ts'

export function nextIntervalSlot(interval: IntervalSchedule, afterMs: number): SlotTime {
  const { everyMs, anchorMs } = interval
  return slotAt(anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs)
}

export function previousIntervalSlot(interval: IntervalSchedule, beforeMs: number): SlotTime {
  const { everyMs, anchorMs } = interval
  return slotAt(anchorMs + (Math.ceil((beforeMs - anchorMs) / everyMs) - 1) * everyMs)
}

/** How many lie in (fromMs, toMs]. */
export function countIntervalSlots(interval: IntervalSchedule, fromMs: number, toMs: number): number {
  const { everyMs, anchorMs } = interval
  return Math.max(0, Math.floor((toMs - anchorMs) / everyMs) - Math.floor((fromMs - anchorMs) / everyMs))
}

export function slotAt(slotMs: number): SlotTime {
  return { slotMs, label: formatInstant(slotMs) }
}
