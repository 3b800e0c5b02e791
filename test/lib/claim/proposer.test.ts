// The proposer's half of the vote, with letters lost, late, doubled and out of order.

import { describe, expect, test } from 'vitest'
import { nodeId, opId } from '../../../lib/base/ids.ts'
import type { Ballot } from '../../../lib/claim/ballot.ts'
import type { Change } from '../../../lib/claim/change.ts'
import type { VotesAsked } from '../../../lib/claim/message.ts'
import { successorKey } from '../../../lib/claim/register.ts'
import { claimOf, KEY, SECOND, START } from './every-second.ts'
import { configurationOf, VoteBench, type Letter } from './vote-bench.ts'

const finish = (token: number): Change => ({ kind: 'finish', token, outcome: { kind: 'succeeded' } })
const release = (node: string, n: number): Change => ({
  kind: 'release',
  opId: opId(`${node}:${n}`),
  node: nodeId(node),
})

const three = (...proposers: string[]) => new VoteBench({ witnesses: 3, proposers })
const asked = (letters: readonly Letter[]): VotesAsked[] =>
  letters.flatMap(({ message }) => (message.kind === 'votes-asked' ? [message] : []))
const ballotsOf = (letters: readonly Letter[]): Ballot[] =>
  asked(letters).flatMap(({ prepares, accepts }) => [...prepares, ...accepts].map(({ ballot }) => ballot))

describe('a vote', () => {
  test('P4: is granted when a majority has accepted, and no earlier', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.deliverOnce({ kind: 'prepare' })
    bench.deliverOnce({ kind: 'promise', from: 'w1' })
    expect(bench.letters.filter(({ kind }) => kind === 'accept')).toEqual([])
    bench.deliverOnce({ kind: 'promise', from: 'w2' })
    bench.deliverOnce({ kind: 'accept' })
    bench.deliverOnce({ kind: 'accepted', from: 'w1' })
    expect(bench.answer('a')).toBeNull()
    bench.deliverOnce({ kind: 'accepted', from: 'w3' })
    expect(bench.answer('a')).toMatchObject({ kind: 'granted', entry: { token: 1, run: 1 } })
  })

  test('I4: of two that want one slot exactly one is granted it, in whatever order letters come', () => {
    for (let order = 0; order < 24; order++) {
      const bench = three('a', 'b')
      bench.propose('a', claimOf('a', 1))
      bench.propose('b', claimOf('b', 1))
      for (let round = 0; round < 6; round++) {
        if ((order >> round) % 2 === 1) bench.reverse()
        bench.deliverOnce(order % 3 === 0 ? {} : { to: order % 3 === 1 ? 'w2' : 'a' })
        bench.deliverOnce()
      }
      bench.settle('a')
      bench.settle('b')
      const kinds = [bench.answer('a')!, bench.answer('b')!].map((answer) => answer.kind)
      expect(kinds.toSorted()).toEqual(['granted', 'refused'])
    }
  })

  test('I3: reads what was chosen through another, also from the one witness of its majority that has it', () => {
    const bench = three('a', 'b')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    bench.take({ kind: 'accept', to: 'w1' })
    bench.deliver()
    expect(bench.valueAt('w1')).toBeNull()
    bench.cut.add('w2')
    expect(bench.ask('b', claimOf('b', 1))).toMatchObject({ because: 'taken' })
  })

  test('I3: takes the value of the highest ballot, not of the first answer', () => {
    const bench = three('a', 'b')
    bench.ask('a', claimOf('a', 1))
    // w1 misses the next change.
    bench.cut.add('w1')
    bench.ask('a', finish(1))
    expect(bench.valueAt('w1')!.live).toHaveLength(1)
    for (const missing of ['w2', 'w3']) {
      bench.cut.clear()
      bench.cut.add(missing)
      expect(bench.ask('b', finish(1))).toMatchObject({ because: 'no-such-entry' })
    }
  })
})

describe('P1: one attempt keeps the witnesses that it began with', () => {
  test('P1: an accept of one epoch is never sent to the witnesses of the next', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.deliverOnce({ kind: 'prepare' })
    // The last promise and the news of the next epoch come within one step of the agent.
    const { proposer } = bench.proposer('a')
    const clock = { nowMs: START, clusterMs: START }
    for (const { message } of bench.take({ kind: 'promise' }))
      if (message.kind === 'votes-given') proposer.onVotes(message, clock)
    proposer.configure(configurationOf(2, ['w1', 'w2', 'w4']), START)
    const { asked: parts, to } = proposer.take(clock)
    expect(to!.epoch).toBe(2)
    expect(parts.flatMap(({ prepares }) => prepares.map(({ ballot }) => ballot.epoch))).toEqual([2])
    expect(parts.flatMap(({ accepts }) => accepts)).toEqual([])
    expect(proposer.isProposing(KEY, () => true)).toBe(true)
  })

  test('P1: answers of another epoch, and of who is no witness, count for nothing', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.deliverOnce({ kind: 'prepare' })
    const promises = bench.take({ kind: 'promise' })
    const forged = promises.flatMap((letter) => {
      const { message } = letter
      if (message.kind !== 'votes-given') return []
      const strange = { ...message, storageId: `strange ${message.storageId}` as typeof message.storageId }
      return [
        { ...letter, message: { ...message, epoch: 2 } },
        { ...letter, message: strange },
      ]
    })
    for (const letter of forged) {
      bench.put([letter])
      bench.deliverOnce()
      expect(bench.letters).toEqual([])
    }
    bench.put(promises)
    bench.deliver()
    expect(bench.answer('a')!.kind).toBe('granted')
  })

  test('P1: who votes after an epoch is never asked of the witnesses of the next', () => {
    const bench = three('a')
    const change: Change = { kind: 'reconfigure', next: configurationOf(2, ['w1', 'w2', 'w5']) }
    bench.propose('a', change, null, successorKey(1))
    bench.propose('a', { kind: 'look' }, null, successorKey(1))
    const { proposer } = bench.proposer('a')
    proposer.configure(configurationOf(2, ['w1', 'w2', 'w4']), START)
    const { asked: parts, settled } = proposer.take({ nowMs: START, clusterMs: START })
    expect(parts).toEqual([])
    expect(settled.map(({ answer }) => answer.kind)).toEqual(['unknown', 'unknown'])
    expect(proposer.isProposing(successorKey(1), () => true)).toBe(false)
  })

  test('P1: what was under way is asked again of the next witnesses, and decided once', () => {
    const bench = three('a', 'b')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    bench.deliverOnce({ kind: 'accept' })
    bench.take()
    bench.handOver(2, ['w1', 'w4', 'w5'])
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ kind: 'granted', entry: { token: 1 } })
    expect(bench.ask('b', claimOf('b', 1))).toMatchObject({ because: 'taken' })
  })
})

describe('P2: ballots', () => {
  test('P2: are fresh for every attempt, after a failure too', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    const seen: Ballot[] = ballotsOf(bench.take())
    for (let attempt = 0; attempt < 5; attempt++) {
      bench.elapse(5 * SECOND)
      seen.push(...ballotsOf(bench.take()))
    }
    const counters = [...new Set(seen.map(({ counter }) => counter))]
    expect(counters.length).toBeGreaterThanOrEqual(5)
    expect(counters).toEqual(counters.toSorted((left, right) => left - right))
  })

  test('P2: jump above what was seen in a conflict', () => {
    const bench = three('a', 'b')
    for (let n = 1; n <= 20; n++) bench.ask('a', { kind: 'look' })
    expect(bench.ask('b', claimOf('b', 1)).kind).toBe('granted')
    expect(bench.proposer('b').attempts).toBeLessThan(4)
  })

  test('P2: of two starts of one agent are never alike', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    const first = ballotsOf(bench.take())[0]!
    bench.startProposer('a')
    bench.propose('a', claimOf('a', 1))
    const second = ballotsOf(bench.take())[0]!
    expect(second.counter).toBe(first.counter)
    expect(second.proposer).not.toBe(first.proposer)
  })

  test('P2: after a failed accept a fresh one keeps what another was told in between (a reused one loses it)', () => {
    const bench = three('a', 'b')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    const late = bench.take({ kind: 'accept' })
    expect(bench.ask('b', claimOf('b', 1))).toMatchObject({ kind: 'granted', entry: { token: 1, node: 'b' } })
    bench.put(late)
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ because: 'taken' })
    for (const name of ['w1', 'w2', 'w3']) expect(bench.valueAt(name)!.live).toMatchObject([{ node: 'b' }])
  })
})

describe('P3: the accept phase', () => {
  test('P3: is run also when nothing changes, so that what was read cannot be undone', () => {
    const bench = three('a', 'b', 'c')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    bench.deliver({ kind: 'accept', to: 'w1' })
    bench.take()
    // b reads at w1 and w2, and says that the slot is taken: from then on it is.
    bench.cut.add('w3')
    expect(bench.ask('b', claimOf('b', 1))).toMatchObject({ because: 'taken' })
    bench.cut.clear()
    bench.cut.add('w1')
    expect(bench.ask('c', claimOf('c', 1))).toMatchObject({ because: 'taken' })
  })

  test('P3: is run also when there is nothing yet and all is refused, so that nothing comes back later', () => {
    const bench = three('a', 'b', 'c')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    bench.deliver({ kind: 'accept', to: 'w3' })
    bench.take()
    for (const name of ['w1', 'w2', 'w3']) bench.witness(name).revision = '2:a:y'
    bench.cut.add('w3')
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ because: 'superseded' })
    bench.cut.clear()
    bench.cut.add('w1')
    bench.ask('c', { kind: 'look' })
    expect(bench.proposer('c').settled.at(-1)!.value!.live).toEqual([])
  })
})

describe('P4: a time-out means unknown', () => {
  test('P4: the same request is asked again, and found done when it was', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    bench.deliver({ kind: 'accept' })
    bench.take({ kind: 'accepted' })
    expect(bench.answer('a')).toBeNull()
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ kind: 'granted', entry: { token: 1, opId: 'a:1' } })
    expect(bench.valueAt('w1')!.live).toHaveLength(1)
  })

  test('P4: what nobody answered until its time was over is unknown, and can be given back', () => {
    const bench = three('a', 'b')
    bench.propose('a', claimOf('a', 1), START + 6 * SECOND)
    bench.deliver({ kind: 'prepare' })
    bench.deliver({ kind: 'promise' })
    bench.deliver({ kind: 'accept' })
    for (let second = 0; second < 12; second++) {
      bench.take()
      bench.elapse(SECOND)
    }
    expect(bench.answer('a')).toEqual({ kind: 'unknown' })
    expect(bench.ask('a', release('a', 1))).toEqual({ kind: 'done' })
    expect(bench.valueAt('w1')!.live).toEqual([])
  })

  test('P4: what nobody answers is asked for ever when it has no end', () => {
    const bench = three('a')
    bench.ask('a', claimOf('a', 1))
    bench.propose('a', finish(1))
    for (let second = 0; second < 120; second++) {
      bench.take()
      bench.elapse(SECOND)
    }
    bench.settle('a')
    expect(bench.answer('a')).toEqual({ kind: 'done' })
  })
})
