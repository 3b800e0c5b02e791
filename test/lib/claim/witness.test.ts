// One witness behind its envelope: whom it answers, what it remembers, what it hands over.

import { describe, expect, test } from 'vitest'
import { bootId, clusterId, nodeId, sessionId, storageId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import type { Change } from '../../../lib/claim/change.ts'
import type { ClaimMessage, Envelope, VotesAsked } from '../../../lib/claim/message.ts'
import { claimOf, KEY, START } from './every-second.ts'
import { configurationOf, VoteBench } from './vote-bench.ts'

const clock = { nowMs: START, wallMs: START }
const a = nodeId('a')
let counter = 10

/** One witness of three, and what it answers to a vote under this envelope. */
function bench() {
  const votes = new VoteBench({ witnesses: 3, proposers: ['a'] })
  const envelope = (overrides: Partial<Envelope> = {}) => ({ ...votes.envelope('a', 'w1'), ...overrides })
  const asked = (overrides: Partial<Envelope> = {}, epoch = 1): VotesAsked => ({
    kind: 'votes-asked',
    envelope: envelope(overrides),
    prepares: [{ key: KEY, ballot: { epoch, counter: 1, proposer: 'a:1:x' }, changes: [claimOf('a', 1)] }],
    accepts: [],
  })
  const ask = (message: VotesAsked): ClaimMessage =>
    votes.witness('w1').witness.onVotesAsked(a, message, clock)
  return { votes, envelope, asked, ask }
}

describe('W1: a message that was not meant for this witness', () => {
  test.each<[string, Partial<Envelope>]>([
    ['other-cluster', { clusterId: clusterId('other') }],
    ['other-storage', { storageId: storageId('the disk before this one') }],
    ['other-epoch', { epoch: 2 }],
  ])('W1: %s is refused, and nothing is promised', (because, overrides) => {
    const { votes, asked, ask } = bench()
    expect(ask(asked(overrides))).toMatchObject({ kind: 'votes-refused', because })
    expect(votes.witness('w1').journal.get(`register/${KEY}`)).toBeUndefined()
  })

  test('W1: a ballot of another epoch is refused under an envelope of this one, for prepare and accept alike', () => {
    const { votes, asked, ask } = bench()
    votes.ask('a', claimOf('a', 1))
    const before = votes.valueAt('w1')!
    votes.handOver(2, ['w1', 'w2', 'w3'])
    expect(ask(asked({ epoch: 2 }, 2))).toMatchObject({ kind: 'votes-given' })
    const register = { ...before, version: 2 }
    const ballot = { epoch: 1, counter: 9, proposer: 'a:1:x' }
    const accept: VotesAsked = {
      ...asked({}, 2),
      prepares: [],
      accepts: [{ key: KEY, ballot, value: register }],
    }
    for (const message of [asked({ epoch: 2 }, 1), accept])
      expect(ask(message)).toMatchObject({ kind: 'votes-refused', because: 'other-epoch' })
    expect(votes.valueAt('w1')).toEqual(before)
  })
})

test('P6: a claim of what others were granted begins no vote, unless it was voted on before', () => {
  const { votes, asked, ask } = bench()
  votes.ask('a', claimOf('a', 1))
  const promised = votes.witness('w1').journal.get(`register/${KEY}`)
  const vote = (change: Change, isFresh: boolean): VotesAsked => {
    const ballot = { epoch: 1, counter: 9, proposer: 'b:1:x' }
    return { ...asked(), prepares: [{ key: KEY, ballot, changes: [change], ...(isFresh && { isFresh }) }] }
  }
  expect(ask(vote(claimOf('b', 1), true))).toMatchObject({ prepares: [{ answer: { kind: 'conflict' } }] })
  expect(votes.witness('w1').journal.get(`register/${KEY}`)).toEqual(promised)
  // Who asked is told at once what it has not heard.
  expect(votes.witness('w1').witness.hasUrgentNews).toBe(true)
  for (const message of [vote(claimOf('b', 2), true), vote(claimOf('b', 1), false)]) {
    const { prepares } = message
    const later = prepares.map((one) => ({ ...one, ballot: { ...one.ballot, counter: counter++ } }))
    expect(ask({ ...message, prepares: later })).toMatchObject({
      prepares: [{ answer: { kind: 'promised' } }],
    })
  }
})

describe('W1: an agent whose boot contradicts what was seen', () => {
  test('W1: an older boot, or another boot under the same number, is refused, also after a restart', () => {
    const { votes, asked } = bench()
    const ask = (bootNo: number, boot: string) =>
      votes.witness('w1').witness.onVotesAsked(a, asked({ bootNo, bootId: bootId(boot) }), clock).kind
    expect(ask(3, 'x')).toBe('votes-given')
    expect(ask(2, 'w')).toBe('votes-refused')
    expect(ask(3, 'y')).toBe('votes-refused')
    votes.propose('a', claimOf('a', 1))
    votes.deliver({ to: 'w1' })
    votes.startWitness('w1')
    expect(ask(2, 'w')).toBe('votes-refused')
    expect(ask(3, 'y')).toBe('votes-refused')
    expect(ask(3, 'x')).toBe('votes-given')
  })

  test('W1: a refusal names the boot that it is for', () => {
    const { asked, ask } = bench()
    ask(asked({ bootNo: 3, bootId: bootId('x') }))
    expect(ask(asked({ bootNo: 2, bootId: bootId('w') }))).toMatchObject({
      because: 'clone-or-rollback',
      bootId: 'w',
    })
  })
})

describe('I14: another disk', () => {
  test('I14: a witness that comes back with an empty disk votes no more, whatever it is told', () => {
    const { votes, ask, asked } = bench()
    votes.ask('a', claimOf('a', 1))
    votes.wipe('w1')
    expect(votes.witness('w1').witness.isMember).toBe(false)
    expect(ask(asked())).toMatchObject({ kind: 'votes-refused' })
    expect(ask(asked({ storageId: storageId('disk-w1-new') }))).toMatchObject({ because: 'not-a-witness' })
  })
})

describe('W3: what a witness has answered it still knows after a power cut', () => {
  test('W3: a promise: what was promised is not accepted below it', () => {
    const { votes } = bench()
    votes.propose('a', claimOf('a', 1))
    votes.deliver({ kind: 'prepare' })
    votes.deliver({ kind: 'promise' })
    const accepts = votes.take({ kind: 'accept' })
    votes.startProposer('b')
    votes.propose('b', claimOf('b', 1))
    votes.elapse(0)
    while (votes.proposer('b').settled.length === 0) {
      votes.deliver()
      votes.elapse(100)
    }
    for (const name of ['w1', 'w2', 'w3']) votes.startWitness(name)
    votes.put(accepts)
    votes.deliver({ kind: 'accept' })
    for (const name of ['w1', 'w2', 'w3']) expect(votes.valueAt(name)!.live).toMatchObject([{ node: 'b' }])
  })

  test('W3: a promise that was all it gave', () => {
    const { votes, ask, asked } = bench()
    const low = {
      ...asked(),
      prepares: [{ key: KEY, ballot: { epoch: 1, counter: 1, proposer: 'a' }, changes: [] }],
    }
    const high = {
      ...asked(),
      prepares: [{ key: KEY, ballot: { epoch: 1, counter: 9, proposer: 'a' }, changes: [] }],
    }
    votes.put([{ from: 'a', to: 'w1', kind: 'prepare', message: high }])
    votes.deliver({ to: 'w1' })
    votes.startWitness('w1')
    expect(ask(low)).toMatchObject({ prepares: [{ answer: { kind: 'conflict', seen: { counter: 9 } } }] })
  })

  test('W3: a value', () => {
    const { votes } = bench()
    votes.ask('a', claimOf('a', 1))
    const before = votes.valueAt('w2')
    votes.startWitness('w2')
    expect(votes.valueAt('w2')).toEqual(before)
  })

  test('S3: a kill mark', () => {
    const { votes } = bench()
    const session = sessionId({ nodeId: a, bootNo: 1, k: 1 })
    votes.nowMs += 60_000
    expect(votes.askExpired('w1', session)).toBe(true)
    votes.startWitness('w1')
    expect(votes.askExpired('w1', session)).toBe(true)
    expect(votes.renew('w1', session)).toBe(false)
  })

  test('C2: a seal', () => {
    const { votes, asked, ask } = bench()
    const next = { ...configurationOf(2, ['w2', 'w3', 'w4']), previous: votes.configuration.members }
    votes.answerTo('w1', a, { kind: 'seal', storageId: storageId('disk-w1'), next })
    votes.startWitness('w1')
    expect(ask(asked())).toMatchObject({ because: 'sealed', configuration: { epoch: 2 } })
  })

  test('C4: an install', () => {
    const { votes } = bench()
    votes.ask('a', claimOf('a', 1))
    votes.handOver(2, ['w1', 'w2', 'w4'])
    votes.startWitness('w4')
    expect(votes.valueAt('w4')!.live).toHaveLength(1)
    expect(votes.witness('w4').witness.isMember).toBe(true)
  })
})

describe('S3: silence', () => {
  const session = sessionId({ nodeId: a, bootNo: 1, k: 1 })
  const { sessionTtlMs } = defaultClaimSettings

  test('S3: proves nothing within a time to live after a start of the witness', () => {
    const { votes } = bench()
    votes.renew('w1', session)
    votes.nowMs += sessionTtlMs
    votes.startWitness('w1')
    votes.nowMs += sessionTtlMs
    expect(votes.askExpired('w1', session)).toBe(false)
    votes.nowMs += 1
    expect(votes.askExpired('w1', session)).toBe(true)
  })

  test('S3: nor within the time that it promised, when it starts with a shorter one', () => {
    const { votes } = bench()
    votes.renew('w1', session)
    votes.startWitness('w1', { ...defaultClaimSettings, sessionTtlMs: 2_000 })
    votes.nowMs += sessionTtlMs
    expect(votes.askExpired('w1', session)).toBe(false)
    votes.nowMs += 1
    expect(votes.askExpired('w1', session)).toBe(true)
  })

  test('S3: proves nothing within a time to live after an install', () => {
    const { votes } = bench()
    votes.nowMs += 60_000
    votes.handOver(2, ['w1', 'w2', 'w4'])
    votes.nowMs += sessionTtlMs
    expect(votes.askExpired('w1', session)).toBe(false)
    votes.nowMs += 1
    expect(votes.askExpired('w1', session)).toBe(true)
  })

  test('C3: a mark of the epoch before blocks renewals at once, and proves nothing before a time to live is over', () => {
    const { votes } = bench()
    votes.nowMs += 60_000
    expect(votes.askExpired('w1', session)).toBe(true)
    votes.handOver(2, ['w1', 'w2', 'w4'])
    for (const name of ['w1', 'w2', 'w4']) {
      expect(votes.renew(name, session)).toBe(false)
      expect(votes.askExpired(name, session)).toBe(false)
    }
    votes.nowMs += sessionTtlMs + 1
    for (const name of ['w1', 'w2', 'w4']) expect(votes.askExpired(name, session)).toBe(true)
  })

  test('C3: a carried mark that has become evidence stays so after a restart', () => {
    const { votes } = bench()
    votes.nowMs += 60_000
    votes.askExpired('w1', session)
    votes.handOver(2, ['w1', 'w2', 'w4'])
    votes.nowMs += sessionTtlMs + 1
    expect(votes.askExpired('w4', session)).toBe(true)
    votes.startWitness('w4')
    expect(votes.askExpired('w4', session)).toBe(true)
  })
})

describe('W4: how far its votes go', () => {
  test('W4: grows with every vote that is written, is told with it, and is never told before it is on disk', () => {
    const { votes } = bench()
    const told: number[] = []
    for (let n = 1; n <= 3; n++) {
      votes.propose('a', claimOf('a', n))
      votes.deliver({ kind: 'prepare' })
      for (const { message } of votes.letters)
        if (message.kind === 'votes-given' && message.storageId === storageId('disk-w1'))
          told.push(message.position)
      votes.settle('a')
    }
    expect(told).toEqual([1, 3, 5])
    votes.startWitness('w1')
    expect(votes.witness('w1').witness.position).toBe(6)
  })
})
