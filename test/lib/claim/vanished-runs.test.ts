// I17: what stands as running in the ledger, and is in no register, is looked for and told as over.
import { expect, test } from 'vitest'
import { jobName, nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { voteLimits } from '../../../lib/base/limits.ts'
import { emptyRegister, slotUnit, type Register } from '../../../lib/claim/register.ts'
import { VanishedRuns, type RunningRecord } from '../../../lib/claim/vanished-runs.ts'

const job = jobName('shop.report')
const run: RunningRecord = { job, subject: 'shop.report#3.1', node: nodeId('a'), run: 3, attempt: 1 }
const empty = emptyRegister({ incarnation: 1, effectiveFromMs: 0, revision: '1:w:x' })
const over: Register = { ...empty, token: 3 }
const held: Register = {
  ...over,
  live: [
    {
      unit: slotUnit(1_000),
      incarnation: 1,
      slotMs: 1_000,
      label: '',
      attempt: 1,
      startByMs: 61_000,
      node: nodeId('a'),
      session: sessionId({ nodeId: nodeId('a'), bootNo: 1, k: 1 }),
      opId: opId('a:1:1'),
      token: 3,
      run: 3,
    },
  ],
}
const turnMs = 500

function bench(value: Register | null) {
  const runs = new VanishedRuns()
  const at = { value, running: [run], isAway: true }
  const scan = (nowMs: number) =>
    runs.scan(at.running, {
      nowMs,
      isAway: () => at.isAway,
      valueOf: () => at.value,
      turnDelayMs: () => turnMs,
    })
  /** Each second, as far as nothing is looked for. */
  const until = (nowMs: number, fromMs = 0) => {
    for (let atMs = fromMs; atMs < nowMs; atMs += 1_000) expect(scan(atMs)).toEqual([])
    return scan(nowMs)
  }
  return { runs, at, scan, until }
}

const dueMs = voteLimits.vanishedAfterMs + turnMs

test('a run that its register misses for long is looked for, and is over when what is chosen misses it too', () => {
  const { runs, scan, until } = bench(over)
  expect(until(dueMs - 1)).toEqual([])
  expect(scan(dueMs)).toEqual([job])
  expect(runs.looked(job, over)).toEqual([run])
  // Who looks for another reason finds nothing that was not missed before.
  expect(runs.looked(job, over)).toEqual([])
})

test.each([
  ['that it holds', held],
  [
    'that waits in it for another node',
    { ...over, pending: [{ ...held.live[0]!, sinceMs: 0, releasedBy: null }] },
  ],
  ['that it holds under a further token', { ...over, live: [{ ...held.live[0]!, token: 4 }] }],
  ['that is newer than it', { ...over, token: 2 }],
  ['that nobody asked it about', null],
])('nothing is looked for of a run %s', (_, value) => {
  expect(bench(value).until(2 * dueMs)).toEqual([])
})

test('nothing is looked for while the node that tells of it is there: it tells the rest as well', () => {
  const { at, until } = bench(over)
  at.isAway = false
  expect(until(2 * dueMs)).toEqual([])
})

test('one that was only missed for a moment is missed from anew', () => {
  const { at, scan, until } = bench(over)
  scan(0)
  at.value = held
  scan(1_000)
  at.value = over
  expect(until(dueMs, 2_000)).toEqual([])
  expect(until(dueMs + 2_000, dueMs)).toEqual([job])
})

test('who slept for a while counts from anew', () => {
  const { scan } = bench(over)
  scan(0)
  expect(scan(dueMs)).toEqual([])
})

test('one that what is chosen holds goes on, and so does one that was told of meanwhile', () => {
  const { runs, at, scan, until } = bench(over)
  expect(until(dueMs)).toEqual([job])
  expect(runs.looked(job, held)).toEqual([])
  at.running = []
  expect(scan(dueMs + 1_000)).toEqual([])
})
