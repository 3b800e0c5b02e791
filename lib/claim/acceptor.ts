// A witness's half of the vote: from prepares and accepts to promises, for every register.
// Source: CASPaxos (Rystsov 2018), section 2.1: "Acceptors ... return a conflict if they
// already saw a greater ballot number; persist the ballot number as a promise; return a
// confirmation either with an empty value (if it hasn't accepted any value yet) or with
// a tuple of an accepted value and its ballot number."
//
// The rules (W1 is judged on the envelope, in witness.ts):
// W2  prepare(b) is refused unless b is above promised and accepted. accept(b, v) is
//     refused when b is below either; b equal to the accepted ballot with the same value
//     is a retransmission and fine, with another value it cannot happen.
// W3  nothing is answered before everything that the answer reveals is on disk: the
//     caller emits the records before the answers, and the order law does the rest.

import { assert } from '../base/assert.ts'
import { compareBallots, isHigher, type Ballot } from './ballot.ts'
import type { Register } from './register.ts'

export type AcceptorState = {
  readonly promised: Ballot
  readonly accepted: Ballot | null
  readonly value: Register | null
}

export type PrepareAnswer =
  | { readonly kind: 'promised'; readonly accepted: Ballot | null; readonly value: Register | null }
  | { readonly kind: 'conflict'; readonly seen: Ballot }

export type AcceptAnswer =
  { readonly kind: 'accepted' } | { readonly kind: 'conflict'; readonly seen: Ballot }

export class Acceptor {
  readonly #states = new Map<string, AcceptorState>()
  readonly #unsaved = new Map<string, AcceptorState>()

  /** At start, from the log. */
  restore(key: string, state: AcceptorState): void {
    this.#states.set(key, state)
  }

  get(key: string): AcceptorState | undefined {
    return this.#states.get(key)
  }

  states(): IterableIterator<[string, AcceptorState]> {
    return this.#states.entries()
  }

  prepare(key: string, ballot: Ballot): PrepareAnswer {
    const state = this.#states.get(key)
    if (state !== undefined && !isHigher(ballot, state.promised))
      return { kind: 'conflict', seen: state.promised }
    const accepted = state?.accepted ?? null
    const value = state?.value ?? null
    this.#change(key, { promised: ballot, accepted, value })
    return { kind: 'promised', accepted, value }
  }

  accept(key: string, ballot: Ballot, value: Register): AcceptAnswer {
    const state = this.#states.get(key)
    if (state !== undefined && isHigher(state.promised, ballot))
      return { kind: 'conflict', seen: state.promised }
    if (state?.accepted && compareBallots(state.accepted, ballot) === 0) {
      assert(JSON.stringify(state.value) === JSON.stringify(value), `I1: one value per ballot (${key})`)
      return { kind: 'accepted' }
    }
    this.#change(key, { promised: ballot, accepted: ballot, value })
    return { kind: 'accepted' }
  }

  /** C4: begins a new epoch with what the one before had accepted; returns the keys that are no more. */
  replaceAll(
    registers: Iterable<{ readonly key: string; readonly accepted: Ballot; readonly value: Register }>,
  ): string[] {
    const gone = new Set(this.#states.keys())
    this.#states.clear()
    this.#unsaved.clear()
    for (const { key, accepted, value } of registers) {
      const state: AcceptorState = { promised: accepted, accepted, value }
      this.#states.set(key, state)
      this.#unsaved.set(key, state)
      gone.delete(key)
    }
    return [...gone]
  }

  /** What changed since the last call and must be on disk before any answer leaves. */
  takeUnsaved(): [string, AcceptorState][] {
    const unsaved = [...this.#unsaved]
    this.#unsaved.clear()
    return unsaved
  }

  #change(key: string, next: AcceptorState): void {
    const last = this.#states.get(key)
    if (last !== undefined) {
      assert(compareBallots(next.promised, last.promised) >= 0, `I2: a promise never goes back (${key})`)
      assert(
        last.accepted === null ||
          (next.accepted !== null && compareBallots(next.accepted, last.accepted) >= 0),
        `I2: an accepted ballot never goes back (${key})`,
      )
    }
    assert(
      next.accepted === null || compareBallots(next.accepted, next.promised) <= 0,
      `I2: accepted is at most promised (${key})`,
    )
    this.#states.set(key, next)
    this.#unsaved.set(key, next)
  }
}
