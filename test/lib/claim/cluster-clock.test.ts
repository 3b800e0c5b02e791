// Cluster time from witnesses' answers: right ones, slow ones, and a witness whose clock is an hour off.
import { expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { ClusterClock } from '../../../lib/claim/cluster-clock.ts'

const hourMs = 3_600_000

/** The truth is 1,000,000 ms ahead of our steady clock; the answer was read halfway unless the way there was slow. */
const answer = (at: {
  readonly askedAtMs: number
  readonly thereMs: number
  readonly backMs: number
  readonly offMs?: number
  readonly node?: string
}) => ({
  node: nodeId(at.node ?? 'w'),
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
    { nowMs: 106, majority: 2 },
  )
  expect(clock.at(200)).toBe(1_000_200)
})

test('an answer that was held up for seconds moves nothing', () => {
  const clock = new ClusterClock(0.02)
  clock.learn([answer({ askedAtMs: 0, thereMs: 2, backMs: 2 })], { nowMs: 4, majority: 1 })
  clock.learn([answer({ askedAtMs: 5_000, thereMs: 4_800, backMs: 2 })], { nowMs: 9_802, majority: 1 })
  expect(clock.at(10_000)).toBe(1_010_000)
})

test('the first answer is not believed when it was held up for seconds, unless none comes quicker', () => {
  const slow = (askedAtMs: number) => answer({ askedAtMs, thereMs: 4_000, backMs: 0 })
  const clock = new ClusterClock(0.02)
  clock.learn([slow(0)], { nowMs: 4_000, majority: 1 })
  expect(clock.at(4_000)).toBeNull()
  clock.learn([answer({ askedAtMs: 4_100, thereMs: 2, backMs: 2 })], { nowMs: 4_104, majority: 1 })
  expect(clock.at(5_000)).toBe(1_005_000)
  const far = new ClusterClock(0.02)
  for (const askedAtMs of [0, 2_000, 5_000])
    far.learn([slow(askedAtMs)], { nowMs: askedAtMs + 4_000, majority: 1 })
  expect(far.at(9_000)).toBe(1_011_000)
})

test('a slow answer is better than none, and than one that drift has made as uncertain', () => {
  const clock = new ClusterClock(0.02)
  clock.learn([answer({ askedAtMs: 0, thereMs: 1_000, backMs: 200 })], { nowMs: 1_200, majority: 1 })
  expect(clock.at(2_000)).toBe(1_002_400)
  clock.learn([answer({ askedAtMs: 60_000, thereMs: 1_000, backMs: 1_000 })], { nowMs: 62_000, majority: 1 })
  expect(clock.at(63_000)).toBe(1_063_000)
})

test.each([hourMs, -hourMs])('of three witnesses one that is %d ms off moves nothing', (offMs) => {
  const clock = new ClusterClock(0.02)
  const wrong = answer({ askedAtMs: 0, thereMs: 1, backMs: 1, offMs })
  const right = answer({ askedAtMs: 0, thereMs: 2, backMs: 2 })
  clock.learn([wrong, right], { nowMs: 4, majority: 2 })
  expect(clock.at(1_000)).toBeNull()
  clock.learn([wrong, right, answer({ askedAtMs: 0, thereMs: 3, backMs: 3 })], { nowMs: 6, majority: 2 })
  expect(clock.at(1_000)).toBe(1_001_000)
  // From then on it does not even when only one right witness answers beside it.
  clock.learn(
    [
      answer({ askedAtMs: 5_000, thereMs: 1, backMs: 1, offMs }),
      answer({ askedAtMs: 5_000, thereMs: 2, backMs: 2 }),
    ],
    { nowMs: 5_004, majority: 2 },
  )
  expect(clock.at(6_000)).toBe(1_006_000)
})

test('cluster time is told in whole milliseconds', () => {
  const clock = new ClusterClock(0.02)
  clock.learn([{ node: nodeId('w'), wallMs: 1_000_000, askedAtMs: 0.25, atMs: 1.5 }], {
    nowMs: 1.5,
    majority: 1,
  })
  expect(Number.isInteger(clock.at(17.3))).toBe(true)
})

test('who knows no cluster time learns none from clocks of which no majority agrees, and says which they are', () => {
  const clock = new ClusterClock(0.02)
  const [left, right] = [
    answer({ askedAtMs: 0, thereMs: 1, backMs: 1, node: 'left' }),
    answer({ askedAtMs: 0, thereMs: 1, backMs: 1, offMs: 9_000, node: 'right' }),
  ]
  clock.learn([left, right], { nowMs: 2, majority: 2 })
  expect(clock.at(1_000)).toBeNull()
  expect(clock.differing).toEqual([
    { node: 'left', aheadMs: 0 },
    { node: 'right', aheadMs: 9_000 },
  ])
  const third = answer({ askedAtMs: 0, thereMs: 1, backMs: 1, offMs: 200 })
  clock.learn([left, right, third], { nowMs: 2, majority: 2 })
  expect(clock.at(1_000)).toBe(1_001_200)
  expect(clock.differing).toEqual([])
})

test('of five witnesses three must agree before anything is known', () => {
  const clock = new ClusterClock(0.02)
  const one = (offMs: number) => answer({ askedAtMs: 0, thereMs: 1, backMs: 1, offMs })
  clock.learn([one(0), one(60_000), one(60_010)], { nowMs: 2, majority: 3 })
  expect(clock.at(1_000)).toBeNull()
  clock.learn([one(0), one(60_000), one(60_010), one(10), one(20)], { nowMs: 2, majority: 3 })
  expect(clock.at(1_000)).toBe(1_001_020)
})

test('of five witnesses two that are wrong move nothing, though they are most of those that answered first', () => {
  const clock = new ClusterClock(0.02)
  const at = (askedAtMs: number) => (offMs: number) => answer({ askedAtMs, thereMs: 1, backMs: 1, offMs })
  clock.learn([0, 0, 0, 10, 10].map(at(0)), { nowMs: 2, majority: 3 })
  clock.learn([8_000, 0, 10_000].map(at(5_000)), { nowMs: 5_002, majority: 3 })
  expect(clock.at(6_000)).toBe(1_006_000)
  clock.learn([8_000, 0, 10_000, 5].map(at(5_000)), { nowMs: 5_002, majority: 3 })
  clock.learn([8_000, 0, 10_000, 5, 10].map(at(5_000)), { nowMs: 5_002, majority: 3 })
  expect(clock.at(6_000)).toBe(1_006_010)
})
