// I17: what stands as running in the ledger, and is in no register, is looked for and told as over.
import { expect, test } from 'vitest'
import { jobName, nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { voteLimits } from '../../../lib/base/limits.ts'
import { emptyRegister, slotUnit, type Register } from '../../../lib/claim/register.ts'
import { VanishedRuns, type RunningRecord } from '../../../lib/claim/vanished-runs.ts'

const job = jobName('shop.report')
const run: RunningRecord = { job, subject: 'shop.report#3.1', token: 3 }
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
  const at = { value, running: [run] }
  const scan = (nowMs: number) =>
    runs.scan(at.running, { nowMs, valueOf: () => at.value, turnDelayMs: () => turnMs })
  return { runs, at, scan }
}

const dueMs = voteLimits.vanishedAfterMs + turnMs

test('a run that its register misses for long is looked for, and is over when what is chosen misses it too', () => {
  const { runs, scan } = bench(over)
  expect(scan(0)).toEqual([])
  expect(scan(dueMs - 1)).toEqual([])
  expect(scan(dueMs)).toEqual([job])
  expect(runs.looked(job, over)).toEqual([run])
  // Who looks for another reason finds nothing that was not missed before.
  expect(runs.looked(job, over)).toEqual([])
})

test.each([
  ['that it holds', held],
  ['that is newer than it', { ...over, token: 2 }],
  ['that nobody asked it about', null],
])('nothing is looked for of a run %s', (_, value) => {
  const { scan } = bench(value)
  for (const nowMs of [0, dueMs, 2 * dueMs]) expect(scan(nowMs)).toEqual([])
})

test('one that was only missed for a moment is missed from anew', () => {
  const { at, scan } = bench(over)
  scan(0)
  at.value = held
  scan(1_000)
  at.value = over
  expect(scan(dueMs)).toEqual([])
  expect(scan(2 * dueMs)).toEqual([job])
})

test('one that what is chosen holds goes on, and so does one that was told of meanwhile', () => {
  const { runs, at, scan } = bench(over)
  scan(0)
  scan(dueMs)
  expect(runs.looked(job, held)).toEqual([])
  at.running = []
  expect(scan(2 * dueMs)).toEqual([])
})
