// Cluster time from witnesses' answers: right ones, slow ones, and a witness whose clock is an hour off.
import { expect, test } from 'vitest'
import { ClusterClock } from '../../../lib/claim/cluster-clock.ts'

const hourMs = 3_600_000

/** The truth is 1,000,000 ms ahead of our steady clock; the answer was read halfway unless the way there was slow. */
const answer = (at: {
  readonly askedAtMs: number
  readonly thereMs: number
  readonly backMs: number
  readonly offMs?: number
}) => ({
  wallMs: 1_000_000 + at.askedAtMs + at.thereMs + (at.offMs ?? 0),
  askedAtMs: at.askedAtMs,
  atMs: at.askedAtMs + at.thereMs + at.backMs,
})

test('nothing is known before a majority answered', () => {
  expect(new ClusterClock(0.02).at(5_000)).toBeNull()
})

test('cluster time is what the witnesses say, whatever our own clocks show', () => {
  const clock = new ClusterClock(0.02)
  clock.learn(
    [answer({ askedAtMs: 100, thereMs: 2, backMs: 2 }), answer({ askedAtMs: 100, thereMs: 3, backMs: 3 })],
    106,
  )
  expect(clock.at(200)).toBe(1_000_200)
})

test('an answer that was held up for seconds moves nothing', () => {
  const clock = new ClusterClock(0.02)
  clock.learn([answer({ askedAtMs: 0, thereMs: 2, backMs: 2 })], 4)
  clock.learn([answer({ askedAtMs: 5_000, thereMs: 4_800, backMs: 2 })], 9_802)
  expect(clock.at(10_000)).toBe(1_010_000)
})

test('a slow answer is better than none, and than one that drift has made as uncertain', () => {
  const clock = new ClusterClock(0.02)
  clock.learn([answer({ askedAtMs: 0, thereMs: 1_000, backMs: 200 })], 1_200)
  expect(clock.at(2_000)).toBe(1_002_400)
  clock.learn([answer({ askedAtMs: 60_000, thereMs: 1_000, backMs: 1_000 })], 62_000)
  expect(clock.at(63_000)).toBe(1_063_000)
})

test.each([hourMs, -hourMs])('of three witnesses one that is %d ms off moves nothing', (offMs) => {
  const clock = new ClusterClock(0.02)
  const wrong = answer({ askedAtMs: 0, thereMs: 1, backMs: 1, offMs })
  const right = answer({ askedAtMs: 0, thereMs: 2, backMs: 2 })
  clock.learn([wrong, right], 4)
  clock.learn([wrong, right, answer({ askedAtMs: 0, thereMs: 3, backMs: 3 })], 6)
  expect(clock.at(1_000)).toBe(1_001_000)
  // From then on it does not even when only one right witness answers beside it.
  clock.learn(
    [
      answer({ askedAtMs: 5_000, thereMs: 1, backMs: 1, offMs }),
      answer({ askedAtMs: 5_000, thereMs: 2, backMs: 2 }),
    ],
    5_004,
  )
  expect(clock.at(6_000)).toBe(1_006_000)
})

test('cluster time is told in whole milliseconds', () => {
  const clock = new ClusterClock(0.02)
  clock.learn([{ wallMs: 1_000_000, askedAtMs: 0.25, atMs: 1.5 }], 1.5)
  expect(Number.isInteger(clock.at(17.3))).toBe(true)
})
