import { describe, expect, test } from 'vitest'
import { jitterDelayMs } from '../../../lib/schedule/jitter.ts'

describe('jitter', () => {
  const slotMs = Date.UTC(2026, 0, 1)
  const delay = (job: string, slot: number, jitterMs: number, nextSlotMs: number | null): number =>
    jitterDelayMs({ job, slotMs: slot, jitterMs, nextSlotMs })

  test('one slot of one job has one delay, and other slots and jobs have others', () => {
    expect(delay('a.b', slotMs, 60_000, null)).toBe(delay('a.b', slotMs, 60_000, null))
    const slots = new Set(
      Array.from({ length: 50 }, (_, index) => delay('a.b', slotMs + index * 1000, 60_000, null)),
    )
    const jobs = new Set(Array.from({ length: 50 }, (_, index) => delay(`a.${index}`, slotMs, 60_000, null)))
    expect(Math.min(slots.size, jobs.size)).toBeGreaterThan(45)
  })

  test('a delay is never below nothing, above the jitter, or as late as the next slot', () => {
    for (let index = 0; index < 2000; index++) {
      const free = delay(`j${index}`, slotMs, 10_000, null)
      const bounded = delay(`j${index}`, slotMs, 3_600_000, slotMs + 60_000)
      expect(free >= 0 && free <= 10_000 && bounded >= 0 && bounded < 60_000).toBe(true)
    }
    expect(delay('a', slotMs, 0, null)).toBe(0)
    expect(delay('a', slotMs, 5000, slotMs + 1)).toBe(0)
  })

  test('delays spread over the whole of the jitter', () => {
    const tenths = new Set(
      Array.from({ length: 300 }, (_, index) => Math.floor(delay(`j${index}`, slotMs, 10_000, null) / 1000)),
    )
    expect(tenths.size).toBeGreaterThanOrEqual(10)
  })
})
