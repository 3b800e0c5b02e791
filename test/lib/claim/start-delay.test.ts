// Jitter: how long after its slot a run starts, and until when it may.

import { expect, test } from 'vitest'
import { nextCandidate, startDelayMs } from '../../../lib/claim/scheduled-job.ts'
import { HOUR, jobNamed, TEN } from './job-named.ts'

const nothing = { slotMs: TEN - HOUR, label: '' }

test('a job without jitter starts at its slot', () => {
  expect(startDelayMs(jobNamed(), TEN)).toBe(0)
})

test('jitter delays a slot alike at every asking, never by more than it says', () => {
  const job = jobNamed({ jitter: '10 min' })
  const delays = Array.from({ length: 50 }, (_, hours) => startDelayMs(job, TEN + hours * HOUR))
  expect(delays).toEqual(Array.from({ length: 50 }, (_, hours) => startDelayMs(job, TEN + hours * HOUR)))
  expect(Math.max(...delays)).toBeLessThanOrEqual(600_000)
  expect(new Set(delays).size).toBeGreaterThan(40)
})

test('the start deadline counts from the delayed start', () => {
  const job = jobNamed({ jitter: '10 min', start_deadline: '30s' })
  const slot = nextCandidate(job, nothing, TEN)!
  expect(slot.startByMs - slot.slotMs).toBe(startDelayMs(job, TEN) + 30_000)
})
