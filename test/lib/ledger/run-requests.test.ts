// What is asked by hand of registers: who hears the answer, and in which words.
import { describe, expect, test } from 'vitest'
import { bootId, nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { runLimits } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import type { Pause } from '../../../lib/catalog/cluster-pause.ts'
import { Documents } from '../../../lib/catalog/documents.ts'
import type { Answer, Change } from '../../../lib/claim/change.ts'
import type { CommandOutcome } from '../../../lib/claim/node-commands.ts'
import type { LiveEntry, PendingEntry } from '../../../lib/claim/register.ts'
import { Ledger } from '../../../lib/ledger/ledger.ts'
import { retentionOf } from '../../../lib/ledger/retention.ts'
import { RunRequests } from '../../../lib/ledger/run-requests.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import { jobNamed, TEN } from '../claim/job-named.ts'

const self = nodeId('a')
const key = 'shop.report'
const clock = { nowMs: 1_000, wallMs: TEN, clusterMs: TEN }
const work = { unit: 'm1', incarnation: 1, slotMs: TEN, label: '', attempt: 1, startByMs: TEN + 60_000 }
const pending: PendingEntry = { ...work, run: null, sinceMs: TEN, releasedBy: null }
const live: LiveEntry = {
  ...work,
  node: nodeId('b'),
  session: sessionId({ nodeId: nodeId('b'), bootNo: 1, k: 1 }),
  opId: opId('op'),
  token: 7,
  run: 5,
}

function setUp(pause: Pause | null = null) {
  const proposed: Change[] = []
  const heard: [askId: number, outcome: CommandOutcome][] = []
  const documents = new Documents({
    factory: standInDocuments({ isSized: false }),
    self,
    boot: bootId('boot'),
    random: new Random('requests'),
  })
  const requests = new RunRequests({
    self,
    ledger: new Ledger(documents, {
      self,
      retention: retentionOf({ isLoaded: () => true, definition: () => undefined, definitions: () => [] }),
      isBelieved: () => true,
    }),
    findJob: (name) => (name === key ? jobNamed() : undefined),
    jobNames: () => [key],
    nameOf: (node) => `node-${node}`,
    isConnected: () => true,
    isRemoved: () => false,
    childChanged: () => {
      throw new Error('no run is held here')
    },
    pause: () => pause,
    eligible: () => [self],
    hasMajority: () => true,
    propose: (_, change) => proposed.push(change),
    order: () => null,
    send: () => undefined,
    answer: (askId, outcome) => heard.push([askId, outcome]),
  })
  const start = (askId: number, isForced = false) =>
    requests.carryOut(
      { kind: 'start-job', requestId: 'r1', job: key, forSlotMs: null, variables: {}, isForced },
      { askId, user: 'ann' },
      clock,
    )
  const settle = (answer: Answer) => requests.onSettled(key, proposed[0]!, answer)
  return { requests, proposed, heard, start, settle }
}

describe('a request by hand', () => {
  test('is refused while the cluster is paused, with who paused it, unless it is forced', () => {
    const { heard, proposed, start } = setUp({ sinceMs: TEN, by: 'bob on alpha' })
    start(1)
    expect(heard).toMatchObject([[1, { kind: 'refused' }]])
    expect(JSON.stringify(heard)).toContain('bob on alpha')
    start(2, true)
    expect(proposed).toHaveLength(1)
  })

  test('that is asked again while it is carried out is answered to all who asked', () => {
    const { heard, start, settle } = setUp()
    start(1)
    start(2)
    settle({ kind: 'pending', entry: pending, behind: [] })
    const outcome = { kind: 'done', what: 'asked for one run of "shop.report"' }
    expect(heard).toEqual([
      [1, outcome],
      [2, outcome],
    ])
  })

  test('with the id of another is refused, and the other is answered', () => {
    const { proposed, heard, start, settle } = setUp()
    start(1)
    start(2, true)
    expect(heard).toMatchObject([
      [2, { kind: 'refused', why: 'request "r1" is being carried out, and asks for something else' }],
    ])
    expect(proposed).toHaveLength(1)
    settle({ kind: 'pending', entry: pending, behind: [] })
    expect(heard[1]).toMatchObject([1, { kind: 'done' }])
  })

  test('that waits for a run says for which', () => {
    const { heard, start, settle } = setUp()
    start(1)
    settle({ kind: 'pending', entry: pending, behind: [live] })
    expect(heard).toEqual([
      [1, { kind: 'done', what: 'asked for one run of "shop.report"; it waits for run 5 on node "node-b"' }],
    ])
  })

  test('that is not decided in time says no more than that, and a later answer is nobody’s', () => {
    const { requests, heard, start, settle } = setUp()
    start(1)
    requests.onTick(clock.nowMs + runLimits.orderWaitMs)
    settle({ kind: 'pending', entry: pending, behind: [] })
    expect(heard).toMatchObject([
      [1, { why: 'the vote has not ended so far, and it is not known here whether it was done' }],
    ])
  })
})
