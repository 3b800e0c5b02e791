// In which order a witness lets votes on one register pass: who asks while another's vote is
// under way waits for its end, or for as long as votes take. Promised at once, the second
// would undo the first, whose next attempt undoes the second: where votes are slow, as on a
// loaded machine, such duels lasted for minutes. To wait is to be a late message: no rule of
// the vote depends on it, and nothing of it is on disk.

import type { BootId, NodeId } from '../base/ids.ts'
import { voteLimits } from '../base/limits.ts'
import { compareBallots, isHigher, type Ballot } from './ballot.ts'
import type { VotesAsked, VotesGiven } from './message.ts'

export type TurnTimer = { readonly kind: 'turn'; readonly key: string }

export type AskedBy = { readonly from: NodeId; readonly asked: VotesAsked }

type Waiting = {
  readonly from: NodeId
  readonly envelope: VotesAsked['envelope']
  readonly prepare: VotesAsked['prepares'][number]
  readonly atMs: number
}

type Turn = {
  /** What was promised here and is not accepted yet. */
  ballot: Ballot
  atMs: number
  /** Of each proposer the newest, the lowest ballot first, so that no turn is lost and all witnesses agree. */
  waiting: readonly Waiting[]
}

export class VoteTurns {
  readonly #setTimer: (atMs: number, timer: TurnTimer) => void
  readonly #turns = new Map<string, Turn>()
  /** Registers on which no vote is under way any more. */
  readonly #free = new Set<string>()
  /** The slowest vote of late, from its promise here to its end. */
  #slowest = { lastedMs: 0, atMs: -Infinity }

  constructor(setTimer: (atMs: number, timer: TurnTimer) => void) {
    this.#setTimer = setTimer
  }

  /** What of it is to be answered now; the rest comes out of next() in its turn. */
  admit({ from, asked }: AskedBy, nowMs: number): VotesAsked {
    const { envelope } = asked
    const prepares = asked.prepares.filter((prepare) => {
      const { key, ballot } = prepare
      const turn = this.#turns.get(key)
      if (turn === undefined || nowMs >= this.#endMs(turn, nowMs) || !isBehind(ballot, turn.ballot))
        return true
      if (turn.waiting.length === 0) this.#setTimer(this.#endMs(turn, nowMs), { kind: 'turn', key })
      const others = turn.waiting.filter((one) => one.prepare.ballot.proposer !== ballot.proposer)
      turn.waiting = [...others, { from, envelope, prepare, atMs: nowMs }].toSorted((left, right) =>
        compareBallots(left.prepare.ballot, right.prepare.ballot),
      )
      return false
    })
    return prepares.length === asked.prepares.length ? asked : { ...asked, prepares }
  }

  /** What this witness has answered. */
  answered({ prepares, accepts }: Pick<VotesGiven, 'prepares' | 'accepts'>, nowMs: number): void {
    for (const { key, ballot, answer } of prepares) {
      if (answer.kind !== 'promised') continue
      const turn: Turn = { ballot, atMs: nowMs, waiting: this.#turns.get(key)?.waiting ?? [] }
      this.#turns.set(key, turn)
      this.#free.delete(key)
      if (turn.waiting.length > 0) this.#setTimer(this.#endMs(turn, nowMs), { kind: 'turn', key })
    }
    for (const { key, ballot } of accepts) {
      const turn = this.#turns.get(key)
      if (turn === undefined || compareBallots(turn.ballot, ballot) !== 0) continue
      const lastedMs = nowMs - turn.atMs
      if (lastedMs >= this.#slowestMs(nowMs)) this.#slowest = { lastedMs, atMs: nowMs }
      this.#free.add(key)
    }
  }

  onTimer({ key }: TurnTimer, nowMs: number): void {
    const turn = this.#turns.get(key)
    if (turn === undefined || turn.waiting.length === 0) return
    const endMs = this.#endMs(turn, nowMs)
    if (nowMs >= endMs) this.#free.add(key)
    else this.#setTimer(endMs, { kind: 'turn', key })
  }

  /** One for each register that is free, together by who asks; to be called until there is none. */
  next(nowMs: number): AskedBy[] {
    const next = new Map<BootId, AskedBy>()
    for (const key of this.#free) {
      const turn = this.#turns.get(key)!
      // Who waited for so long has given it up.
      const [first, ...rest] = turn.waiting.filter((one) => nowMs - one.atMs < voteLimits.phaseTimeoutMs)
      turn.waiting = rest
      if (first === undefined) {
        this.#turns.delete(key)
        this.#free.delete(key)
        continue
      }
      const { from, envelope, prepare } = first
      const prepares = [...(next.get(envelope.bootId)?.asked.prepares ?? []), prepare]
      next.set(envelope.bootId, { from, asked: { kind: 'votes-asked', envelope, prepares, accepts: [] } })
    }
    return [...next.values()]
  }

  #endMs({ atMs }: Turn, nowMs: number): number {
    const usualMs = Math.max(voteLimits.turnLeastMs, 2 * this.#slowestMs(nowMs))
    return atMs + Math.min(voteLimits.phaseTimeoutMs, usualMs)
  }

  #slowestMs(nowMs: number): number {
    return nowMs - this.#slowest.atMs > voteLimits.lateRememberedMs ? 0 : this.#slowest.lastedMs
  }
}

/** Another's vote, which would undo this one. */
function isBehind(ballot: Ballot, open: Ballot): boolean {
  return open.proposer !== ballot.proposer && isHigher(ballot, open)
}
