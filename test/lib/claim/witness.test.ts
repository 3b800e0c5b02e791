// One witness behind its envelope: whom it answers, what it remembers, what it hands over.

import { describe, expect, test } from 'vitest'
import { bootId, clusterId, nodeId, storageId } from '../../../lib/base/ids.ts'
import type { ClaimMessage, Envelope, VotesAsked } from '../../../lib/claim/message.ts'
import { claimOf, KEY, START, VoteBench } from './vote-bench.ts'

const clock = { nowMs: START, wallMs: START }
const a = nodeId('a')

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
