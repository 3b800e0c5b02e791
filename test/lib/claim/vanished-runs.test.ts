// I17: what stands as running in the ledger, and is in no register, is looked for and told as over.
import { expect, test } from 'vitest'
import { jobName, nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { voteLimits } from '../../../lib/base/limits.ts'
import { emptyRegister, slotUnit, type Register } from '../../../lib/claim/register.ts'
import { VanishedRuns, type RunningRecord } from '../../../lib/claim/vanished-runs.ts'
import { LoneAgent } from '../lone-agent.ts'

const job = jobName('shop.report')
const run: RunningRecord = {
  job,
  subject: 'shop.report#3.1',
  node: nodeId('a'),
  run: 3,
  attempt: 1,
  token: 3,
}
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

function bench(value: Register | null, self = 'w') {
  const at = { value, running: [run], isLive: false, isKnown: false, isMember: true }
  const runs = new VanishedRuns({
    self: nodeId(self),
    witness: {
      get isMember() {
        return at.isMember
      },
      value: () => at.value,
    },
    running: () => at.running,
    isLive: () => at.isLive,
    knowsRun: () => at.isKnown,
    turnDelayMs: () => turnMs,
  })
  const scan = (nowMs: number) => runs.scan(nowMs)
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
  at.isLive = true
  expect(until(2 * dueMs)).toEqual([])
})

test('who is no witness has nothing to go by for the runs of others', () => {
  const { at, until } = bench(over)
  at.isMember = false
  expect(until(2 * dueMs)).toEqual([])
})

test('a node looks for a run of its own that it knows nothing of, whether it is a witness or not', () => {
  const { runs, at, until } = bench(null, 'a')
  at.isMember = false
  at.isLive = true
  expect(until(dueMs)).toEqual([job])
  expect(runs.looked(job, over)).toEqual([run])
  at.isKnown = true
  expect(until(3 * dueMs, dueMs)).toEqual([])
})

test('what the register holds is looked for again only after a while', () => {
  const { runs, at, scan, until } = bench(over)
  expect(until(dueMs)).toEqual([job])
  expect(runs.looked(job, held)).toEqual([])
  expect(scan(dueMs + 1_000)).toEqual([])
  expect(at.running).toEqual([run])
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

test('one that was told of meanwhile is not looked for', () => {
  const { at, scan, until } = bench(over)
  expect(until(dueMs - 500)).toEqual([])
  at.running = []
  expect(scan(dueMs)).toEqual([])
})

test('a run that only the ledger of its own agent has is told as unknown', () => {
  const before = new LoneAgent().start()
  before.drop('jobs: [{name: a, schedule: "every 10s", start_deadline: 3s, actions: {b: {command: x}}}]')
  before.run(15_000)
  const process = before.spawned[0]!.process
  before.happens({ kind: 'spawned', process, pid: 4, startedAtMs: before.nowMs })
  before.run(1_000)
  // It died between its two logs, and kept of the run what it had written last.
  const journal = new Journal('journal')
  journal.restore(before.logs.get('journal')!)
  for (const [key] of journal.under('run/')) journal.delete(`run/${key}`)
  for (const effect of journal.takeEffects())
    if (effect.kind === 'persist') before.logs.set('journal', before.logs.get('journal')! + effect.lines)
  const agent = new LoneAgent(before).start()
  agent.drop(
    'jobs: [{name: a, schedule: "every 10s", start_deadline: 3s, enabled: false, actions: {b: {command: x}}}]',
  )
  const state = () => {
    const question = { kind: 'runs', job: jobName('shop.a'), state: null, node: null, limit: 9 } as const
    agent.happens({ kind: 'asked', askId: 1, question })
    agent.run(10)
    const answer = agent.answers.at(-1)
    return answer?.kind === 'runs' ? answer.runs.find(({ id }) => id === 'shop.a.1')?.state : answer
  }
  agent.run(10_000)
  expect(state()).toBe('running')
  agent.run(40_000)
  expect(state()).toBe('unknown')
})
