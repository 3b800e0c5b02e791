// What may be asked of a run that was lost with its node, or of which nobody saw the end.

import { expect, test } from 'vitest'
import type { Outcome } from '../../../lib/claim/outcome.ts'
import type { ScheduledJob } from '../../../lib/claim/scheduled-job.ts'
import { refusalOfLost, type WhereItRan } from '../../../lib/ledger/lost-run.ts'
import type { RunRecord } from '../../../lib/ledger/run-record.ts'
import { nodeId } from '../../../lib/base/ids.ts'
import { jobNamed } from '../claim/job-named.ts'

const away: WhereItRan = { name: 'alpha', isConnected: false, isRemoved: false }

function record(state: Outcome['kind']): RunRecord {
  return {
    kind: 'run',
    job: job({}).name,
    incarnation: 1,
    slotMs: 0,
    label: '',
    run: 3,
    attempt: 1,
    token: 3,
    isLocal: false,
    node: nodeId('a'),
    state,
    why: '',
    startedAtMs: null,
    endedAtMs: null,
    actions: [],
    writer: nodeId('a'),
    writtenAtMs: 0,
  }
}

function job(more: Partial<ScheduledJob['definition']>): ScheduledJob {
  const plain = jobNamed()
  return { ...plain, definition: { ...plain.definition, ...more } }
}

test.each<[string, Partial<ScheduledJob['definition']>, Partial<WhereItRan>, string]>([
  ['is not done again while its node is away, for its processes may still run', {}, {}, 'may still run'],
  ['is done again when its node was removed by hand', {}, { isRemoved: true }, 'done again'],
  ['is done again where a guard has ended what ran', { ifLost: 'rerun' }, {}, 'done again'],
  [
    'is done again where a guard has ended what ran, also of an exclusive job',
    { exclusive: true },
    {},
    'done again',
  ],
  ['is waited for when its node is back', { ifLost: 'rerun' }, { isConnected: true }, 'is back'],
])('a lost run %s', (_, more, node, why) => {
  const refusal = refusalOfLost(record('lost'), 'retry', { job: job(more), node: { ...away, ...node } })
  expect(refusal?.why ?? 'done again').toContain(why)
})

test('a lost run that was claimed under another definition may not have been guarded', () => {
  const claim = { atMs: 0, ranking: [], eligible: 0, votes: [], revision: '0:z:z' }
  const at = { job: job({ ifLost: 'rerun' }), node: away }
  expect(refusalOfLost({ ...record('lost'), claim }, 'retry', at)?.why).toContain('may still run')
})

test.each<[Outcome['kind'], Partial<WhereItRan>, string]>([
  ['lost', {}, 'when it is back it tells by itself'],
  ['lost', { isConnected: true }, 'tells by itself'],
  ['unknown', {}, 'nobody can find out more'],
  ['failed', {}, 'nothing of it is unknown'],
])('recover of a run that is %s says what will be known of it', (state, node, why) => {
  const at = { job: job({}), node: { ...away, ...node } }
  expect(refusalOfLost(record(state), 'recover', at)?.why).toContain(why)
})

test('what has failed is done again wherever its node is', () => {
  expect(refusalOfLost(record('failed'), 'retry', { job: job({}), node: away })).toBeNull()
})
