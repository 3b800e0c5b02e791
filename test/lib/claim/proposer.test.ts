// The proposer's half of the vote, with letters lost, late, doubled and out of order.

import { describe, expect, test } from 'vitest'
import { nodeId, opId } from '../../../lib/base/ids.ts'
import { voteLimits } from '../../../lib/base/limits.ts'
import type { Ballot } from '../../../lib/claim/ballot.ts'
import type { Change } from '../../../lib/claim/change.ts'
import type { VotesAsked } from '../../../lib/claim/message.ts'
import {
  claimOf,
  configurationOf,
  jobFacts,
  KEY,
  SECOND,
  START,
  VoteBench,
  type Letter,
} from './vote-bench.ts'

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
    bench.put(forged)
    bench.deliver()
    expect(bench.letters).toEqual([])
    bench.put(promises)
    bench.deliver()
    expect(bench.answer('a')!.kind).toBe('granted')
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

describe('P6: one attempt per register', () => {
  test('P6: what comes meanwhile is composed into the next, what frees the register first', () => {
    const bench = three('a')
    bench.proposer('a').facts = jobFacts({ overlap: 'skip' })
    bench.ask('a', claimOf('a', 1))
    bench.propose('a', { kind: 'look' })
    bench.nowMs = START + 2 * SECOND
    bench.propose('a', claimOf('a', 2))
    bench.propose('a', finish(1))
    expect(asked(bench.letters)).toHaveLength(3)
    bench.deliver()
    expect(
      bench
        .proposer('a')
        .settled.slice(-2)
        .map(({ answer }) => answer.kind),
    ).toEqual(['done', 'granted'])
    expect(bench.proposer('a').attempts).toBe(3)
  })

  test('P6: all registers of one moment travel to a witness in one letter', () => {
    const bench = three('a')
    const { proposer } = bench.proposer('a')
    const change = claimOf('a', 1)
    for (let n = 0; n < 100; n++)
      proposer.propose({ key: `shop.job${n}`, change, isLocal: false, giveUpAtMs: null })
    const { asked: parts } = proposer.take({ nowMs: START, clusterMs: START })
    expect(parts.map(({ prepares }) => prepares.length)).toEqual([100])
  })

  test('I20: a letter is bounded, and so is what is composed into one attempt', () => {
    const bench = three('a')
    const { proposer } = bench.proposer('a')
    const change = claimOf('a', 1)
    for (let n = 0; n < 2 * voteLimits.registersPerMessage + 1; n++)
      proposer.propose({ key: `shop.job${n}`, change, isLocal: false, giveUpAtMs: null })
    for (let n = 0; n < 100; n++)
      proposer.propose({ key: KEY, change: finish(n), isLocal: false, giveUpAtMs: null })
    const { asked: parts } = proposer.take({ nowMs: START, clusterMs: START })
    expect(parts.map(({ prepares }) => prepares.length)).toEqual([500, 500, 2])
    const composed = parts.flatMap(({ prepares }) => prepares).find(({ key }) => key === KEY)!
    expect(composed.changes).toHaveLength(voteLimits.changesPerAttempt)
  })

  test('P6: a doubled letter is no conflict', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.double()
    bench.deliverOnce()
    bench.double()
    bench.deliver()
    expect(bench.answer('a')!.kind).toBe('granted')
    expect(bench.proposer('a').attempts).toBe(1)
  })

  test('P6: letters of attempts that are over change nothing', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ kind: 'prepare' })
    const late = bench.take({ kind: 'promise' })
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ kind: 'granted', entry: { token: 1 } })
    bench.put(late)
    bench.deliver()
    expect(bench.proposer('a').settled).toHaveLength(1)
    expect(bench.letters).toEqual([])
  })

  test('P6: many that want one register come to an end', () => {
    const names = Array.from({ length: 8 }, (_, n) => `n${n}`)
    const bench = three(...names)
    for (const name of names) bench.propose(name, claimOf(name, 1))
    for (const name of names) bench.settle(name)
    const granted = names.filter((name) => bench.answer(name)?.kind === 'granted')
    expect(granted).toHaveLength(1)
    expect(bench.nowMs - START).toBeLessThan(30 * SECOND)
  })
})

describe('W5, W6: a change is judged by a majority', () => {
  test('W5: one witness with a wrong clock neither lets poison through nor holds anything up', () => {
    const bench = three('a')
    const far = claimOf('a', 3_600)
    bench.witness('w1').wallOffMs = 3_600 * SECOND
    expect(bench.ask('a', far)).toMatchObject({ because: 'clock' })
    bench.witness('w1').wallOffMs = -3_600 * SECOND
    expect(bench.ask('a', claimOf('a', 1))).toMatchObject({ kind: 'granted' })
  })

  test('W6: what a majority knows to be superseded is refused; what one alone knows is not', () => {
    const bench = three('a')
    bench.witness('w1').revision = '2:a:y'
    expect(bench.ask('a', claimOf('a', 1))).toMatchObject({ kind: 'granted' })
    bench.witness('w2').revision = '2:a:y'
    expect(bench.ask('a', claimOf('a', 2))).toMatchObject({ because: 'superseded', revision: '2:a:y' })
  })

  test('W5: a refused change does not hold up what is composed with it', () => {
    const bench = three('a')
    bench.ask('a', claimOf('a', 1))
    bench.propose('a', { kind: 'look' })
    bench.propose('a', claimOf('a', 3_600))
    bench.propose('a', finish(1))
    bench.deliver()
    expect(
      bench
        .proposer('a')
        .settled.slice(-2)
        .map(({ answer }) => answer.kind),
    ).toEqual(['done', 'refused'])
    expect(bench.valueAt('w1')!.live).toEqual([])
  })

  test('W5: witnesses that stay silent cannot outvote the one that objects', () => {
    const bench = three('a')
    bench.witness('w1').wallOffMs = -3_600 * SECOND
    bench.propose('a', claimOf('a', 1))
    bench.cut.add('w3')
    bench.take({ to: 'w3' })
    bench.deliver()
    expect(bench.answer('a')).toBeNull()
    bench.elapse(voteLimits.phaseTimeoutMs)
    bench.deliver()
    expect(bench.answer('a')).toMatchObject({ because: 'clock' })
  })

  test('W5: nothing is asked before a majority has told the time', () => {
    const bench = three('a')
    bench.proposer('a').clusterOffMs = null
    bench.propose('a', claimOf('a', 1))
    bench.elapse(10 * SECOND)
    expect(bench.letters).toEqual([])
    bench.proposer('a').clusterOffMs = 0
    bench.settle('a')
    expect(bench.answer('a')).toMatchObject({ kind: 'refused', because: 'too-late' })
  })
})

describe('untold decisions', () => {
  test('I21: stay in the register until whoever changes it next has written them down', () => {
    const bench = three('a', 'b')
    bench.ask('a', claimOf('a', 1))
    bench.ask('a', finish(1))
    bench.ask('b', claimOf('b', 2))
    expect(bench.valueAt('w1')!.untold).toMatchObject([{ kind: 'ended', outcome: { kind: 'succeeded' } }])
    const { version } = bench.valueAt('w1')!.untold[0]!
    bench.proposer('b').proposer.tell(KEY, [version])
    bench.ask('b', finish(2))
    expect(bench.valueAt('w1')!.untold).toMatchObject([{ entry: { token: 2 } }])
  })

  test('I21: are not dropped by an attempt that failed', () => {
    const bench = three('a', 'b')
    bench.ask('a', claimOf('a', 1))
    bench.ask('a', finish(1))
    const { version } = bench.valueAt('w1')!.untold[0]!
    bench.proposer('a').proposer.tell(KEY, [version])
    bench.propose('a', { kind: 'look' })
    bench.deliver({ kind: 'prepare' })
    bench.take()
    bench.ask('b', { kind: 'look' })
    expect(bench.valueAt('w1')!.untold).toHaveLength(1)
    bench.settle('a')
    expect(bench.valueAt('w1')!.untold).toEqual([])
  })

  test('I20: a register that nobody wants anything of is forgotten by its proposer', () => {
    const bench = three('a')
    bench.ask('a', claimOf('a', 1))
    bench.proposer('a').proposer.tell(KEY, [1])
    bench.ask('a', finish(1))
    expect(bench.proposer('a').proposer.isProposing(KEY, () => true)).toBe(false)
  })
})
