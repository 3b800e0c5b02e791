// A witness lets votes on one register pass one after the other: nobody is undone, and nobody waits for ever.

import { expect, test } from 'vitest'
import { bootId, nodeId } from '../../../lib/base/ids.ts'
import { voteLimits } from '../../../lib/base/limits.ts'
import { compareBallots, type Ballot } from '../../../lib/claim/ballot.ts'
import type { VotesAsked } from '../../../lib/claim/message.ts'
import { VoteTurns, type AskedBy, type TurnTimer } from '../../../lib/claim/vote-turns.ts'
import { KEY, START } from './every-second.ts'
import { VoteBench } from './vote-bench.ts'

const ballot = (of: string, counter: number): Ballot => ({ epoch: 1, counter, proposer: `${of}:1:x` })

class Bench {
  nowMs = START
  readonly timers: { readonly atMs: number; readonly timer: TurnTimer }[] = []
  readonly turns = new VoteTurns((atMs, timer) => this.timers.push({ atMs, timer }))
  readonly #votes = new VoteBench({ witnesses: 1, proposers: ['a', 'b', 'c'] })
  #promised: Ballot | null = null

  /** Whether it is answered at once. */
  prepare(of: string, counter: number, key = KEY): boolean {
    const envelope = { ...this.#votes.envelope(of, 'w1'), bootId: bootId(of) }
    const prepares = [{ key, ballot: ballot(of, counter), changes: [] }]
    const asked: VotesAsked = { kind: 'votes-asked', envelope, prepares, accepts: [] }
    const now = this.turns.admit({ from: nodeId(of), asked }, this.nowMs)
    this.#answer(now)
    return now.prepares.length > 0
  }

  /** Who is answered after that. */
  accept(of: string, counter: number): string[] {
    const accepts = [{ key: KEY, ballot: ballot(of, counter), answer: { kind: 'accepted' } as const }]
    this.turns.answered({ prepares: [], accepts }, this.nowMs)
    return this.next()
  }

  /** Who is answered when so much time has passed. */
  elapse(ms: number): string[] {
    this.nowMs += ms
    for (const one of this.timers.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.timers.splice(this.timers.indexOf(one), 1)
      this.turns.onTimer(one.timer, this.nowMs)
    }
    return this.next()
  }

  next(): string[] {
    const answered: string[] = []
    for (let next = this.turns.next(this.nowMs); next.length > 0; next = this.turns.next(this.nowMs))
      for (const { from, asked } of next) {
        this.#answer(asked)
        answered.push(from)
      }
    return answered
  }

  #answer({ prepares }: AskedBy['asked']): void {
    const answers = prepares.map((prepare) => {
      const isHigher = this.#promised === null || compareBallots(prepare.ballot, this.#promised) > 0
      const seen = this.#promised ?? prepare.ballot
      if (isHigher) this.#promised = prepare.ballot
      const promised = { kind: 'promised', accepted: null, value: null } as const
      return { ...prepare, judged: [], answer: isHigher ? promised : ({ kind: 'conflict', seen } as const) }
    })
    this.turns.answered({ prepares: answers, accepts: [] }, this.nowMs)
  }
}

test('P6: who asks while a vote is under way is answered when it has ended, the lowest ballot first', () => {
  const bench = new Bench()
  expect(bench.prepare('a', 1)).toBe(true)
  expect(bench.prepare('c', 5)).toBe(false)
  expect(bench.prepare('b', 3)).toBe(false)
  expect(bench.accept('a', 1)).toEqual(['b'])
  expect(bench.accept('b', 3)).toEqual(['c'])
  expect(bench.accept('c', 5)).toEqual([])
  expect(bench.prepare('a', 6)).toBe(true)
})

test('P6: votes on other registers wait for nobody, nor does who is refused anyway', () => {
  const bench = new Bench()
  bench.prepare('a', 4)
  expect(bench.prepare('b', 5, 'shop.other')).toBe(true)
  expect(bench.prepare('c', 3)).toBe(true)
})

test("P6: a proposer's next attempt does not wait for its last one", () => {
  const bench = new Bench()
  bench.prepare('a', 1)
  bench.prepare('b', 2)
  expect(bench.prepare('a', 3)).toBe(true)
  // Whoever is passed by is told so, and comes again.
  expect(bench.accept('a', 3)).toEqual(['b'])
  expect(bench.prepare('b', 4)).toBe(true)
})

test('P6: a vote that does not end holds up the next one as long as votes take, and no longer', () => {
  const bench = new Bench()
  bench.prepare('a', 1)
  bench.prepare('b', 2)
  expect(bench.elapse(voteLimits.turnLeastMs - 1)).toEqual([])
  expect(bench.elapse(1)).toEqual(['b'])
  bench.nowMs += 400
  bench.accept('b', 2)
  bench.prepare('a', 3)
  bench.prepare('c', 4)
  expect(bench.elapse(2 * 400 - 1)).toEqual([])
  expect(bench.elapse(1)).toEqual(['c'])
})

test('P6: who has waited so long that it has given up is passed over', () => {
  const bench = new Bench()
  bench.prepare('a', 1)
  bench.prepare('b', 2)
  bench.nowMs += voteLimits.phaseTimeoutMs
  expect(bench.next()).toEqual([])
  expect(bench.elapse(0)).toEqual([])
  expect(bench.prepare('c', 3)).toBe(true)
})

test('I20: of each proposer only its newest attempt waits', () => {
  const bench = new Bench()
  bench.prepare('a', 1)
  for (let counter = 2; counter < 100; counter++) bench.prepare('b', counter)
  expect(bench.accept('a', 1)).toEqual(['b'])
  expect(bench.accept('b', 99)).toEqual([])
})
