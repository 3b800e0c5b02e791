import { expect, test } from 'vitest'
import { inClusterTime } from '../../../lib/run/in-cluster-time.ts'

const yearMs = 365 * 24 * 3_600_000
const exited = {
  kind: 'child-exited',
  process: 'p',
  exit: { kind: 'code', code: 0 },
  startedAtMs: 1_000_000,
  endedAtMs: 1_000_500,
} as const
const spawned = { kind: 'spawned', process: 'p', pid: 7, startedAtMs: 1_000_000 } as const

test.each([yearMs, -3_600_000])(
  'what a clock tells that is %d ms off is told in cluster time',
  (offsetMs) => {
    const clock = { nowMs: 0, clusterMs: 2_000_000 - offsetMs, wallMs: 2_000_000 }
    const startedAtMs = 1_000_000 - offsetMs
    expect(inClusterTime(spawned, clock)).toEqual({ ...spawned, startedAtMs })
    expect(inClusterTime(exited, clock)).toEqual({ ...exited, startedAtMs, endedAtMs: startedAtMs + 500 })
  },
)

test.each([
  ['a clock that is right enough', 1_998_500],
  ['a clock that nobody has judged', null],
])('%s is believed', (_, clusterMs) => {
  expect(inClusterTime(exited, { nowMs: 0, clusterMs, wallMs: 2_000_000 })).toBe(exited)
})
