// What a proposer makes of many changes and many registers: what is asked together, what witnesses object to, and
// what the ledger has by now.

import { describe, expect, test } from 'vitest'
import { registerLimits, voteLimits } from '../../../lib/base/limits.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import type { Change } from '../../../lib/claim/change.ts'
import type { VotesAsked } from '../../../lib/claim/message.ts'
import { claimOf, jobFacts, KEY, passing, SECOND, START } from './every-second.ts'
import { VoteBench, type Letter } from './vote-bench.ts'

const finish = (token: number): Change => ({ kind: 'finish', token, outcome: { kind: 'succeeded' } })
const three = (...proposers: string[]) => new VoteBench({ witnesses: 3, proposers })
const asked = (letters: readonly Letter[]): VotesAsked[] =>
  letters.flatMap(({ message }) => (message.kind === 'votes-asked' ? [message] : []))

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

  test('I20: where much is to be told, what is composed with it waits for the next attempt', () => {
    const bench = three('a')
    const { proposer } = bench.proposer('a')
    bench.nowMs = START + 200 * SECOND
    for (let n = 1; n <= 40; n++) bench.ask('a', passing(n))
    for (let n = 41; n <= 100; n++) bench.propose('a', passing(n))
    for (let rounds = 0; rounds < 8; rounds++) bench.deliverOnce()
    const told = bench.valueAt('w1')!.untold
    expect(told).toHaveLength(registerLimits.untold)
    proposer.tell(
      KEY,
      told.map(({ version }) => version),
    )
    bench.deliver()
    expect(bench.valueAt('w1')!.untold).toHaveLength(100 - registerLimits.untold)
    expect(bench.proposer('a').settled).toHaveLength(100)
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
  test('P6: a witness that lags behind takes for taken what was given back, and does not hold it up', () => {
    const bench = three('a', 'b')
    bench.mayBeTaken = true
    const claim = claimOf('a', 1)
    bench.ask('a', claim)
    // The witness that hears of it goes away, the one that does not stays.
    bench.cut.add('w2')
    bench.ask('a', { kind: 'release', opId: claim.opId, node: null })
    bench.cut.delete('w2')
    bench.cut.add('w3')
    expect(bench.ask('b', claimOf('b', 1))).toMatchObject({ kind: 'granted' })
    expect(bench.nowMs).toBeLessThan(START + 5 * SECOND)
  })

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

describe('slow votes', () => {
  /** Every letter takes so long on its way. */
  function travel(bench: VoteBench, { letterMs, forMs }: { letterMs: number; forMs: number }): void {
    const stepMs = 50
    const onTheirWay: { readonly letter: Letter; readonly atMs: number }[] = []
    for (const endMs = bench.nowMs + forMs; bench.nowMs < endMs; bench.elapse(stepMs)) {
      for (const letter of bench.take()) onTheirWay.push({ letter, atMs: bench.nowMs + letterMs })
      while (onTheirWay[0] !== undefined && onTheirWay[0].atMs <= bench.nowMs)
        bench.put([onTheirWay.shift()!.letter])
      bench.deliverOnce()
    }
  }

  test.each([600, 1500, 3000])(
    'P4: where a letter takes %i ms, longer than anybody waits, attempts wait longer and are carried',
    (letterMs) => {
      const bench = three('a')
      bench.propose('a', { kind: 'look' })
      travel(bench, { letterMs, forMs: 40 * SECOND })
      expect(bench.answer('a')).toEqual({ kind: 'done' })
    },
  )

  test.each(['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])(
    'P6: what frees a register is asked again soon after another vote came between (%s)',
    (holder) => {
      const bench = three(holder, 'b')
      bench.ask(holder, claimOf(holder, 1))
      // Another's ballots stand higher by now, as where many ask.
      for (let n = 0; n < 20; n++) bench.ask('b', { kind: 'look' })
      const asksOf = (): number => bench.proposer(holder).attempts
      const before = asksOf()
      bench.propose(holder, finish(1))
      bench.deliver()
      expect([asksOf(), bench.valueAt('w1')!.live.length]).toEqual([before + 1, 1])
      bench.elapse(voteLimits.backoffFreeingMs)
      bench.deliver()
      expect([asksOf(), bench.valueAt('w1')!.live.length]).toEqual([before + 2, 0])
    },
  )

  test('P4: letters that were lost make nobody wait longer', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    for (let n = 0; n < 20; n++) {
      bench.take()
      bench.elapse(SECOND)
    }
    const { attempts } = bench.proposer('a')
    bench.elapse(voteLimits.phaseTimeoutMs + voteLimits.backoffMaxMs)
    expect(bench.proposer('a').attempts).toBeGreaterThan(attempts)
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

describe('a busy register', () => {
  /** `a` has just lost a vote on its claim to `b`, who is promised more, and rests. */
  function resting(): VoteBench {
    const bench = three('a', 'b')
    bench.propose('b', { kind: 'look' })
    bench.deliver({ from: 'b' })
    bench.propose('a', claimOf('a', 1))
    bench.deliver({ from: 'a' })
    bench.deliver({ to: 'a' })
    expect(bench.letters.filter(({ from }) => from === 'a')).toEqual([])
    return bench
  }
  const valueAfter = (change: Change) => applyChange(null, change, { nowMs: START, facts: jobFacts() }).value
  const ballot = { epoch: 1, counter: 9, proposer: 'b:1:boot' }

  test('P4: who sees at its own acceptor that its claim was granted by another hand asks again at once', () => {
    const bench = resting()
    const value = valueAfter(claimOf('a', 1))
    bench.proposer('a').proposer.onAcceptedHere({ key: KEY, ballot, value }, bench.nowMs)
    bench.elapse(0)
    const again = asked(bench.letters.filter(({ from }) => from === 'a'))
    expect(again.flatMap(({ prepares }) => prepares.map((one) => one.ballot.counter))).toEqual([10, 10, 10])
  })

  test('P6: of what its own acceptor does not hold it has heard nothing, and its rest lasts', () => {
    const bench = resting()
    const value = valueAfter(claimOf('b', 1))
    bench.proposer('a').proposer.onAcceptedHere({ key: KEY, ballot, value }, bench.nowMs)
    bench.elapse(0)
    expect(bench.proposer('a').attempts).toBe(1)
  })

  test('P5: a vote that was carried tells how long it took', () => {
    const bench = three('a')
    bench.propose('a', claimOf('a', 1))
    bench.deliverOnce({ kind: 'prepare' })
    bench.elapse(300)
    bench.deliverOnce({ kind: 'promise' })
    bench.elapse(200)
    bench.deliver()
    expect(bench.lastedMs).toEqual([500])
  })
})
