// A witness's half of the vote: what it promises and accepts, and what it will never do.

import { beforeEach, describe, expect, test } from 'vitest'
import { AssertionFailed } from '../../../lib/base/assert.ts'
import { Acceptor, type AcceptorState } from '../../../lib/claim/acceptor.ts'
import { compareBallots, isHigher, type Ballot } from '../../../lib/claim/ballot.ts'
import { emptyRegister, type Register } from '../../../lib/claim/register.ts'

const KEY = 'shop.report'
const ballot = (counter: number, proposer = 'a:1:x', epoch = 1): Ballot => ({ epoch, counter, proposer })
const value = (token: number): Register => ({
  ...emptyRegister({ incarnation: 1, effectiveFromMs: 0, revision: '1:a:x' }),
  token,
})

let acceptor: Acceptor
beforeEach(() => {
  acceptor = new Acceptor()
})

const state = () => acceptor.get(KEY)
const promise = (counter: number, proposer?: string) => acceptor.prepare(KEY, ballot(counter, proposer)).kind
const accept = (counter: number, token: number) => acceptor.accept(KEY, ballot(counter), value(token)).kind

describe('W2: prepare', () => {
  test('W2: is refused unless its ballot is above what was promised, and tells what was', () => {
    expect(promise(5)).toBe('promised')
    expect(acceptor.prepare(KEY, ballot(4))).toEqual({ kind: 'conflict', seen: ballot(5) })
    expect(acceptor.prepare(KEY, ballot(5))).toEqual({ kind: 'conflict', seen: ballot(5) })
    expect(promise(6)).toBe('promised')
  })

  test('W2: is refused at what was accepted, also when that was never promised here', () => {
    expect(accept(5, 1)).toBe('accepted')
    expect(promise(5)).toBe('conflict')
    expect(promise(4)).toBe('conflict')
  })

  test('W2: answers with what was accepted last', () => {
    promise(1)
    accept(1, 1)
    promise(2)
    accept(2, 2)
    expect(acceptor.prepare(KEY, ballot(3))).toEqual({
      kind: 'promised',
      accepted: ballot(2),
      value: value(2),
    })
  })
})

describe('W2: accept', () => {
  test('W2: is refused below what was promised, and nothing changes', () => {
    promise(5)
    const before = state()
    expect(acceptor.accept(KEY, ballot(4), value(1))).toEqual({ kind: 'conflict', seen: ballot(5) })
    expect(state()).toBe(before)
  })

  test('W2: with a ballot that was not promised here but is above it is accepted, and promised with it', () => {
    promise(5)
    expect(accept(6, 1)).toBe('accepted')
    expect(state()).toEqual({ promised: ballot(6), accepted: ballot(6), value: value(1) })
  })

  test('W2: asked again with the same value is no conflict', () => {
    promise(5)
    accept(5, 1)
    const before = state()
    expect(accept(5, 1)).toBe('accepted')
    expect(state()).toBe(before)
  })

  test('I1: of a second value under one ballot is asserted against, and stops the agent', () => {
    promise(5)
    accept(5, 1)
    expect(() => accept(5, 2)).toThrow(AssertionFailed)
    expect(state()!.value).toEqual(value(1))
  })

  test('W2: of an overtaken ballot is refused also when it was accepted before', () => {
    promise(5)
    accept(5, 1)
    promise(6)
    expect(accept(5, 1)).toBe('conflict')
  })
})

describe('W3: what is to be written before any answer leaves', () => {
  test('W3: is each promise and each value, once', () => {
    promise(5)
    expect(acceptor.takeUnsaved()).toEqual([[KEY, { promised: ballot(5), accepted: null, value: null }]])
    expect(acceptor.takeUnsaved()).toEqual([])
    accept(5, 1)
    const saved = { promised: ballot(5), accepted: ballot(5), value: value(1) }
    expect(acceptor.takeUnsaved()).toEqual([[KEY, saved]])
    promise(4)
    accept(4, 2)
    expect(acceptor.takeUnsaved()).toEqual([])
  })

  test('I2: is what binds it after a restart', () => {
    promise(5)
    accept(5, 1)
    promise(7)
    const next = new Acceptor()
    for (const [key, saved] of acceptor.takeUnsaved())
      next.restore(key, JSON.parse(JSON.stringify(saved)) as AcceptorState)
    expect(next.prepare(KEY, ballot(7)).kind).toBe('conflict')
    expect(next.accept(KEY, ballot(6), value(2)).kind).toBe('conflict')
    expect(next.prepare(KEY, ballot(8))).toEqual({ kind: 'promised', accepted: ballot(5), value: value(1) })
  })
})

describe('C4: a new epoch', () => {
  test('C4: begins with what was merged, without the promises of the one before, and names what is gone', () => {
    acceptor.prepare('old', ballot(9))
    acceptor.prepare(KEY, ballot(99))
    const merged = { key: KEY, accepted: ballot(3), value: value(3) }
    expect(acceptor.replaceAll([merged])).toEqual(['old'])
    expect(acceptor.takeUnsaved()).toEqual([
      [KEY, { promised: ballot(3), accepted: ballot(3), value: value(3) }],
    ])
    const first = ballot(1, 'b:1:y', 2)
    expect(acceptor.prepare(KEY, first)).toEqual({ kind: 'promised', accepted: ballot(3), value: value(3) })
    expect(acceptor.get('old')).toBeUndefined()
  })
})

describe('ballots', () => {
  test('are ordered by epoch, then counter, then proposer', () => {
    const ordered = [
      ballot(9, 'z', 1),
      ballot(1, 'a', 2),
      ballot(2, 'a', 2),
      ballot(2, 'a:1:x', 2),
      ballot(2, 'a:2:x', 2),
      ballot(10, 'a', 2),
    ]
    for (const [index, left] of ordered.entries())
      for (const [other, right] of ordered.entries())
        expect(Math.sign(compareBallots(left, right))).toBe(Math.sign(index - other))
    expect(isHigher(ballot(1), null)).toBe(true)
  })
})
