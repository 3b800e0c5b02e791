// The proposer's half of the vote, with messages lost, late, doubled and out of order.

import { describe, expect, test } from 'vitest'
import { claimOf, configurationOf, KEY, SECOND, START, VoteBench } from './vote-bench.ts'

describe('P1', () => {
  test('P1: an accept of one epoch is never sent to the witnesses of the next', () => {
    const bench = new VoteBench({ witnesses: 3, proposers: ['a'] })
    bench.propose('a', claimOf('a', 1))
    bench.deliverOnce({ kind: 'prepare' })
    // The last promise and the news of the next epoch come within one step of the agent.
    const { proposer } = bench.proposer('a')
    const promises = bench.take({ kind: 'promise' })
    for (const { message } of promises)
      if (message.kind === 'votes-given') proposer.onVotes(message, { nowMs: START, clusterMs: START })
    proposer.configure(configurationOf(2, ['w1', 'w2', 'w4']), START)
    const { asked, to } = proposer.take({ nowMs: START, clusterMs: START })
    expect(to!.epoch).toBe(2)
    const ballots = asked.flatMap(({ prepares, accepts }) =>
      [...prepares, ...accepts].map(({ ballot }) => ballot),
    )
    expect(ballots.map(({ epoch }) => epoch)).toEqual([2])
    expect(asked.flatMap(({ accepts }) => accepts)).toEqual([])
    expect(proposer.isProposing(KEY, () => true)).toBe(true)
  })
})

describe('W5', () => {
  test('W5: nothing is asked before a majority has told the time', () => {
    const bench = new VoteBench({ witnesses: 3, proposers: ['a'] })
    bench.proposer('a').clusterOffMs = null
    bench.propose('a', claimOf('a', 1))
    bench.elapse(10 * SECOND)
    expect(bench.letters).toEqual([])
    bench.proposer('a').clusterOffMs = 0
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ kind: 'refused', because: 'too-late' })
  })
})
