// What one agent asks of registers, and when it may ask at all.

import { expect, test } from 'vitest'
import { bootId, clusterId, nodeId, opId, sessionId, storageId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import { Capacity } from '../../../lib/claim/capacity.ts'
import type { Answer, Refusal } from '../../../lib/claim/change.ts'
import { ClaimPace } from '../../../lib/claim/claim-pace.ts'
import type { VotesAsked } from '../../../lib/claim/message.ts'
import { Proposals } from '../../../lib/claim/proposals.ts'
import type { ProposerTimer } from '../../../lib/claim/proposer.ts'
import { SessionHolder } from '../../../lib/claim/session-holder.ts'
import { Roster } from '../../../lib/membership/roster.ts'
import { configurationOf } from './vote-bench.ts'

const self = {
  nodeId: nodeId('a'),
  clusterId: clusterId('c'),
  storageId: storageId('disk-a'),
  bootNo: 2,
  bootId: bootId('second'),
  canWitness: false,
  name: 'a',
  version: '',
}
const key = 'shop.report'

/** An agent's requests, with what they did: how often the witnesses were asked, and what was answered. */
class Bench {
  isVouched = true
  asked = 0
  readonly fetched: string[] = []
  votesAsked: Pick<VotesAsked, 'prepares' | 'accepts'> | null = null
  readonly answers: Answer[] = []
  readonly timers: ProposerTimer[] = []
  readonly proposals = new Proposals({
    node: {
      self,
      foundWitnesses: null,
      settings: defaultClaimSettings,
      journal: new Journal('journal'),
      random: new Random('proposals'),
      roster: new Roster(self.nodeId),
      session: new SessionHolder(self, defaultClaimSettings),
      isLoaded: () => true,
      job: () => undefined,
      jobKeys: () => [],
      definitionAt: () => undefined,
      fetchDefinition: (of) => this.fetched.push(of),
      instances: {
        revision: () => null,
        mayTake: () => false,
        onNews: () => undefined,
        settled: () => undefined,
      },
      send: () => undefined,
      gossip: () => undefined,
      setTimer: (_atMs, timer) => timer.kind === 'attempt' && this.timers.push(timer),
      granted: () => undefined,
      settled: (_key, _change, answer) => this.answers.push(answer),
      ledger: {
        recordDecisions: () => undefined,
        isRecorded: () => true,
        running: () => [],
        recordVanished: () => undefined,
        ranPartitioned: () => [],
      },
      holdsRunOf: () => false,
      knowsRun: () => false,
      replaced: () => undefined,
      sessionBegan: () => undefined,
      sessionExtended: () => undefined,
      configured: () => undefined,
      quarantined: () => undefined,
      maxRunning: null,
      heldJobs: () => [],
    },
    pace: new ClaimPace(defaultClaimSettings),
    capacity: new Capacity({ maxRunning: null, job: () => undefined, heldJobs: () => [] }),
    caretaker: () => null,
    vanished: () => [],
    expiry: (_key, work) => ({ kind: 'expire', ...work }),
    tellFull: () => undefined,
    hasMajority: () => true,
    isPartitioned: () => false,
    isAlone: () => false,
    isQuarantined: () => false,
    isVouched: () => this.isVouched,
    afterWritten: (action) => action(),
    askVotes: (votes) => {
      this.asked++
      this.votesAsked = votes
    },
    reconfigured: () => undefined,
  })

  constructor() {
    this.proposals.configure(configurationOf(1, ['w1', 'w2', 'w3']), 0)
  }

  flush(nowMs: number): void {
    this.proposals.flush({ nowMs, wallMs: nowMs, clusterMs: nowMs })
  }

  claim(revision: string): void {
    this.proposals.propose(key, {
      kind: 'claim',
      opId: opId('a:2:1'),
      node: self.nodeId,
      session: sessionId({ nodeId: self.nodeId, bootNo: 2, k: 1 }),
      incarnation: 1,
      revision,
      unit: 's1000',
      slot: { slotMs: 1_000, label: '', startByMs: 86_400_000 },
    })
  }

  /** All witnesses take what is asked for, and object to the changes in it. */
  vote(judged: Refusal, nowMs: number): void {
    const { prepares, accepts } = this.votesAsked!
    const answers = {
      prepares: prepares.map(({ ballot }) => ({
        key,
        ballot,
        answer: { kind: 'promised', accepted: null, value: null } as const,
        judged: [judged],
      })),
      accepts: accepts.map(({ ballot }) => ({ key, ballot, answer: { kind: 'accepted' } as const })),
    }
    for (const name of ['w1', 'w2', 'w3']) {
      const witness = { storageId: storageId(`disk-${name}`), bootId: bootId(name), position: 1, epoch: 1 }
      const clock = { nowMs, wallMs: nowMs, clusterMs: nowMs }
      this.proposals.onVotes({ kind: 'votes-given', ...witness, ...answers }, clock)
    }
    this.flush(nowMs)
  }
}

test('W4: nothing is asked of the witnesses before a majority of them vouched for the agent', () => {
  const bench = new Bench()
  bench.isVouched = false
  // What an older image of its journal calls granted and not started may have started.
  bench.proposals.propose(key, { kind: 'release', opId: opId('a:1:7'), node: self.nodeId })
  bench.flush(1_000)
  expect(bench.asked).toBe(0)
  bench.isVouched = true
  bench.flush(1_000)
  expect(bench.asked).toBe(1)
})

test('P6: what is told to be taken while it is asked for is withdrawn when that is told again', () => {
  const bench = new Bench()
  bench.claim('1:a:x')
  bench.flush(1_000)
  const news = { key, version: 7, cursor: { slotMs: 5_000, label: '' }, liveCount: 0, pending: [] }
  bench.proposals.onNews(news, nodeId('w1'))
  for (const timer of bench.timers.splice(0))
    bench.proposals.onTimer(timer, { nowMs: 3_000, wallMs: 3_000, clusterMs: 3_000 })
  bench.proposals.onNews(news, nodeId('w1'))
  for (const nowMs of [3_000, 10_000, 20_000]) bench.flush(nowMs)
  expect(bench.asked).toBe(1)
  expect(bench.answers).toEqual([{ kind: 'refused', because: 'taken', cursor: news.cursor }])
})

test('W6: a definition that the witnesses know to be superseded is fetched', () => {
  const bench = new Bench()
  bench.claim('1:a:x')
  bench.flush(1_000)
  const superseded = { kind: 'refused', because: 'superseded', revision: '2:b:y' } as const
  // The refusal is voted on like any other answer (P3).
  for (let round = 0; round < 2; round++) bench.vote(superseded, 1_000)
  expect(bench.answers).toEqual([superseded])
  expect(bench.fetched).toEqual([key])
})
