// A job as claims see it, against a slow model that lists its slots one by one: no slot is passed in silence, and
// nothing that may still start is given up.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { registerLimits } from '../../../lib/base/limits.ts'
import {
  dueUnstartable,
  factsOf,
  nextCandidate,
  type ScheduledJob,
} from '../../../lib/claim/scheduled-job.ts'
import { jobNamed, TEN } from './job-named.ts'

const SECOND = 1_000

type Case = {
  readonly job: ScheduledJob
  readonly cursorMs: number
  readonly nowMs: number
  readonly everyMs: number
}

/** Jobs with slots at whole multiples of a few seconds, asked about some time after their cursor. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    every: fc.constantFrom(1, 2, 5, 30),
    deadline: fc.integer({ min: 1, max: 300 }),
    catchUp: fc.constantFrom<unknown>('none', 'last', 'all'),
    fromSeconds: fc.integer({ min: -100, max: 100 }),
    cursorSeconds: fc.integer({ min: 0, max: 200 }),
    behindSeconds: fc.integer({ min: 0, max: 900 }),
  })
  .map(({ every, deadline, catchUp, fromSeconds, cursorSeconds, behindSeconds }) => {
    const words = { schedule: `every ${every}s`, start_deadline: `${deadline}s`, catch_up: catchUp }
    const effectiveFromMs = TEN + fromSeconds * SECOND
    const cursorMs = TEN + Math.floor(cursorSeconds / every) * every * SECOND
    const job = jobNamed(words, { effectiveFromMs })
    return { job, cursorMs, nowMs: cursorMs + behindSeconds * SECOND, everyMs: every * SECOND }
  })

/** All slots after the cursor and the definition's beginning, up to this instant. */
function slotsUpTo({ job, cursorMs, everyMs }: Case, untilMs: number): number[] {
  const slots: number[] = []
  const fromMs = Math.max(cursorMs, job.effectiveFromMs)
  for (let slotMs = Math.floor(fromMs / everyMs) * everyMs + everyMs; slotMs <= untilMs; slotMs += everyMs)
    slots.push(slotMs)
  return slots
}

const cursorOf = ({ cursorMs }: Case) => ({ slotMs: cursorMs, label: '' })

describe('I21: the slots that are due', () => {
  test('I21: are all between the cursor and the slot: the newest singly, those before them as one counted range', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { range, slots } = factsOf(one.job).due(cursorOf(one), one.nowMs, one.nowMs)
        const all = slotsUpTo(one, one.nowMs - 1)
        const single = slots.map(({ slotMs }) => slotMs)
        expect(single).toEqual(all.slice(-registerLimits.dueSlots))
        const older = all.slice(0, -registerLimits.dueSlots)
        const expected =
          older.length === 0 ? null : { fromMs: older[0], toMs: older.at(-1), count: older.length }
        expect(range).toEqual(expected)
      }),
    )
  })

  test('I21: leave out the twin of the cursor, which bears its label', () => {
    const job = jobNamed({ schedule: 'every 1s' })
    const [first, second] = factsOf(job).due({ slotMs: TEN, label: '' }, TEN + 3 * SECOND, TEN).slots
    const twin = { slotMs: TEN, label: first!.label }
    expect(factsOf(job).due(twin, TEN + 3 * SECOND, TEN).slots[0]).toEqual(second)
    expect(nextCandidate(job, twin, TEN)!.slotMs).toBe(second!.slotMs)
  })

  test('I21: of a job that is off are none', () => {
    const job = jobNamed({ schedule: 'every 1s' }, { isEnabled: false })
    const cursor = { slotMs: TEN, label: '' }
    expect(factsOf(job).due(cursor, TEN + 60_000, TEN + 60_000)).toEqual({ range: null, slots: [] })
    expect(nextCandidate(job, cursor, TEN + 60_000)).toBeNull()
    expect(dueUnstartable(job, cursor, TEN + 60_000)).toEqual({ last: null, nextStartByMs: null })
  })
})

describe('P8: what can no longer start', () => {
  test('P8: is passed as far as nothing after it, and nothing before it, may still start', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { job, nowMs } = one
        const { last, nextStartByMs } = dueUnstartable(job, cursorOf(one), nowMs)
        const first = slotsUpTo(one, Math.max(nowMs, job.effectiveFromMs) + one.everyMs)[0]!
        const facts = factsOf(job)
        const isStartable = (slotMs: number) =>
          facts
            .due({ slotMs: slotMs - 1, label: '' }, slotMs + 1, nowMs)
            .slots.some((slot) => nowMs < slot.startByMs)
        const isNothingLate =
          nextStartByMs !== null && nextStartByMs > nowMs && (isStartable(first) || first > nowMs)
        expect(last !== null || isNothingLate).toBe(true)
        if (last === null) return
        expect(last.startByMs).toBeLessThanOrEqual(nowMs)
        expect(slotsUpTo(one, last.slotMs).filter((slotMs) => isStartable(slotMs))).toEqual([])
      }),
    )
  })

  test('P8: is passed in one step, also when more than a minute of a per-second job may still start', () => {
    const job = jobNamed({ schedule: 'every 1s', start_deadline: '5 min', catch_up: 'none' })
    const nowMs = TEN + 3_600 * SECOND
    const { last } = dueUnstartable(job, { slotMs: TEN, label: '' }, nowMs)
    expect(last!.slotMs).toBe(nowMs - 300 * SECOND)
  })
})

describe('P5: the slot to be claimed next', () => {
  test('P5: is one that may still start, or else the first to come', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const candidate = nextCandidate(one.job, cursorOf(one), one.nowMs)!
        expect(candidate.startByMs).toBeGreaterThan(one.nowMs)
        expect(slotsUpTo(one, candidate.slotMs).at(-1)).toBe(candidate.slotMs)
        const latestMs = Math.max(one.nowMs, one.job.effectiveFromMs) + one.everyMs
        expect(candidate.slotMs).toBeLessThanOrEqual(latestMs)
      }),
    )
  })
})
