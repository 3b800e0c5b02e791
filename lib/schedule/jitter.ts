// How long after its slot a run with `jitter` starts: the same on every node and at every asking, since it is hashed
// from the job and the slot; never before the slot, and never as late as the next one.

import { hash53 } from '../base/hash.ts'

export function jitterDelayMs(given: {
  readonly job: string
  readonly slotMs: number
  /** The greatest delay. */
  readonly jitterMs: number
  /** null = no slot comes after this one. */
  readonly nextSlotMs: number | null
}): number {
  const roomMs = given.nextSlotMs === null ? Infinity : given.nextSlotMs - given.slotMs - 1
  const greatestMs = Math.floor(Math.min(given.jitterMs, roomMs))
  if (greatestMs <= 0) return 0
  return hash53(`jitter\n${given.job}\n${given.slotMs}`) % (greatestMs + 1)
}
