// What an adopted process is told to have done waits for somebody who says what time it is.
import { beforeEach, expect, test } from 'vitest'
import { timeLimits } from '../../../lib/base/limits.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import { UnjudgedEvents } from '../../../lib/run/unjudged-events.ts'

const startedAtMs = 7_000
const adopted: ProcessEvent = { kind: 'child-adopted', process: 'p', pid: 7, startedAtMs: 1_000 }
const exited: ProcessEvent = {
  kind: 'child-exited',
  process: 'p',
  exit: { kind: 'code', code: 0 },
  startedAtMs: 1_000,
  endedAtMs: 2_000,
}
const gone: ProcessEvent = { kind: 'child-gone', process: 'q' }
const failed: ProcessEvent = { kind: 'spawn-failed', process: 'q', reason: 'EAGAIN' }
const at = (afterMs: number, clusterMs: number | null) => ({
  nowMs: startedAtMs + afterMs,
  clusterMs,
  wallMs: 0,
})

let events: UnjudgedEvents

beforeEach(() => {
  events = new UnjudgedEvents(startedAtMs)
})

test('an adopted process is told of, and all that comes behind, once cluster time is known', () => {
  for (const event of [adopted, gone, exited]) events.add(event)
  expect(events.take(at(10, null))).toEqual([])
  expect(events.take(at(20, 5_000))).toEqual([adopted, gone, exited])
  expect(events.take(at(20, 5_000))).toEqual([])
})

test('where nobody tells cluster time the clock of the host is believed in the end', () => {
  events.add(exited)
  expect(events.take(at(timeLimits.clockPatienceMs - 1, null))).toEqual([])
  expect(events.take(at(timeLimits.clockPatienceMs, null))).toEqual([exited])
})

test('what tells no instant of before does not wait', () => {
  for (const event of [failed, adopted]) events.add(event)
  expect(events.take(at(0, null))).toEqual([failed])
})
