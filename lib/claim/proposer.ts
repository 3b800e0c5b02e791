// The proposer's half of the vote, for all registers that this agent wants something of:
// from changes to settled answers. Source: CASPaxos (Rystsov 2018), section 2.1: "a
// proposer ... waits for the F + 1 confirmations; if they all contain the empty value,
// then the proposer defines the current state as ∅, otherwise it picks the value of the
// tuple with the highest ballot number; applies the f function to the current state and
// sends the result, new state, along with the generated ballot number B (an accept
// message) to the acceptors; waits for the F + 1 confirmations".
//
// P1  One attempt keeps the configuration that it began with; an answer of another epoch
//     ends it.
// P2  Every attempt has a fresh ballot, after a failure too.
// P3  The accept phase is always run, also when nothing changed: it makes the read true.
// P4  A time-out means unknown: the same opId is asked again until it is settled or its
//     time is over.
// P6  One attempt per register at a time; changes that wait are composed into the next;
//     all that goes to one witness in one moment is one message.

import { assert } from '../base/assert.ts'
import type { StorageId } from '../base/ids.ts'
import { voteLimits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import { isTakenBy } from './agenda.ts'
import { grantedBefore } from './apply-claim.ts'
import { isOf, outcomeOf, type Attempt, type AttemptOutcome } from './attempt.ts'
import { compareBallots, type Ballot } from './ballot.ts'
import type { Change, JobFacts } from './change.ts'
import { majorityOf, type Configuration } from './configuration.ts'
import type { RegisterNews, VotesAsked, VotesGiven } from './message.ts'
import { bytesOfChanges, bytesOfRegister, inMessages } from './message-size.ts'
import type { Proposal, Settled } from './proposal.ts'
import { isEpochKey, successorKey } from './register.ts'
import { isPromised, judgement } from './vote-count.ts'
import { VotePatience } from './vote-patience.ts'

export type ProposerTimer = {
  readonly kind: 'attempt'
  readonly key: string
  readonly attemptNo: number
  readonly phase: 'prepare' | 'accept' | 'rest'
}

/** The steady clock for time-outs; cluster time for the changes themselves. */
type Clock = { readonly nowMs: number; readonly clusterMs: number | null }

type Lane = {
  waiting: Proposal[]
  attempt: Attempt | null
  /** Not before this instant: back-off after a conflict. */
  restAtMs: number
  failures: number
  /** The last attempts that ended for want of answers, which may still come. */
  overdue: readonly Pick<Attempt, 'ballot' | 'askedAtMs'>[]
  readonly told: Set<number>
}

export type ProposerOptions = {
  readonly proposer: string
  readonly random: Random
  /** The newest definition behind a register; null when the job is gone. */
  readonly facts: (key: string) => JobFacts | null
  readonly setTimer: (atMs: number, timer: ProposerTimer) => void
  /** An attempt was carried by a majority, and took so long. */
  readonly voted: (lastedMs: number, nowMs: number) => void
}

export class Proposer {
  readonly #options: ProposerOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #ready = new Set<string>()
  readonly #patience = new VotePatience()
  #configuration: Configuration | null = null
  #attempts = 0
  /** Of ballots: above every one that this proposer used or saw. */
  #counter = 0
  #settled: Settled[] = []
  /** Those that an accept was sent for: what was only prepared cannot have happened. */
  readonly #perhapsDone = new WeakSet<Proposal>()
  /** Those that one witness takes for taken, and another does not: the one may lag behind, and the rest be away. */
  readonly #doubted = new WeakSet<Proposal>()
  readonly #prepares: VotesAsked['prepares'][number][] = []
  readonly #accepts: VotesAsked['accepts'][number][] = []

  constructor(options: ProposerOptions) {
    this.#options = options
  }

  /** P1: what was under way in another epoch is over without an answer, and asked again here. */
  configure(configuration: Configuration, nowMs: number): void {
    this.#configuration = configuration
    // What was not sent yet carries ballots of the epoch before.
    this.#prepares.length = 0
    this.#accepts.length = 0
    for (const [key, lane] of this.#lanes) {
      if (lane.attempt !== null) this.#fail(key, lane, nowMs)
      // It ended with its epoch: asked here, the next witnesses would decide it a second time.
      if (isEpochKey(key) && key !== successorKey(configuration.epoch))
        for (const proposal of lane.waiting.splice(0))
          this.#settled.push({ proposal, answer: { kind: 'unknown' }, value: null })
      lane.restAtMs = nowMs
      this.#ready.add(key)
    }
  }

  /** Asks for a change; it is settled once, later. */
  propose(proposal: Proposal): void {
    const lane = this.#lane(proposal.key)
    lane.waiting.push(proposal)
    this.#ready.add(proposal.key)
  }

  /** The ledger has these decisions durably: the next change of this register drops them. */
  tell(key: string, versions: Iterable<number>): void {
    const lane = this.#lane(key)
    for (const version of versions) lane.told.add(version)
  }

  /** Others were faster, as far as is known: claims that cannot have been granted are not asked again. */
  withdraw(news: RegisterNews): void {
    const lane = this.#lanes.get(news.key)
    if (lane === undefined) return
    const { cursor } = news
    lane.waiting = lane.waiting.filter((proposal) => {
      if (this.#perhapsDone.has(proposal) || !isTakenBy(proposal.change, news)) return true
      this.#settled.push({ proposal, answer: { kind: 'refused', because: 'taken', cursor }, value: null })
      return false
    })
    this.#ready.add(news.key)
  }

  /**
   * Our own acceptor took a value: where it holds what we asked for in vain, somebody completed a vote of ours, and
   * asking again at once is nearly sure to be granted. Resting, we would hear of it after the slot's deadline.
   */
  onAcceptedHere({ key, ballot, value }: VotesAsked['accepts'][number], nowMs: number): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined || lane.attempt !== null || nowMs >= lane.restAtMs) return
    if (!lane.waiting.some(({ change }) => grantedBefore(value, change) !== undefined)) return
    this.#counter = Math.max(this.#counter, ballot.counter)
    lane.restAtMs = nowMs
    this.#ready.add(key)
  }

  /** Whether a change with this property is on its way. */
  isProposing(key: string, matches: (change: Change) => boolean): boolean {
    const lane = this.#lanes.get(key)
    if (lane === undefined) return false
    return [...lane.waiting, ...(lane.attempt?.proposals ?? [])].some((proposal) => matches(proposal.change))
  }

  onVotes(given: VotesGiven, clock: Clock): void {
    for (const { key, ballot } of [...given.prepares, ...given.accepts])
      this.#noteLate(key, ballot, clock.nowMs)
    for (const prepared of given.prepares) this.#onPrepared(given, prepared, clock)
    for (const accepted of given.accepts) this.#onAccepted(given, accepted, clock.nowMs)
  }

  #noteLate(key: string, ballot: Ballot, nowMs: number): void {
    const overdue = this.#lanes.get(key)?.overdue.find((one) => compareBallots(one.ballot, ballot) === 0)
    if (overdue !== undefined) this.#patience.noteLate(nowMs - overdue.askedAtMs, nowMs)
  }

  onTimer(timer: ProposerTimer, clock: Clock): void {
    const lane = this.#lanes.get(timer.key)
    if (lane === undefined) return
    const { attempt } = lane
    const isCurrent = attempt?.attemptNo === timer.attemptNo && attempt.phase === timer.phase
    // Witnesses that stayed silent cannot outvote the one that objected: the change is refused for now.
    if (isCurrent && attempt.phase === 'prepare' && isPromised(attempt))
      this.#compute(timer.key, attempt, clock)
    else if (isCurrent) {
      lane.overdue = [...lane.overdue, attempt].slice(-voteLimits.overdueKept)
      if (attempt.promises.size > 0 && attempt.conflicts.size > 0)
        for (const proposal of attempt.proposals) this.#doubted.add(proposal)
      this.#fail(timer.key, lane, clock.nowMs)
    }
    this.#ready.add(timer.key)
  }

  /**
   * Begins what can begin and hands out messages (one per witness) and settled changes; nothing before a majority
   * told what time it is, since a clock of our own could pass slots that may still start.
   */
  take({ nowMs, clusterMs }: Clock): {
    asked: Pick<VotesAsked, 'prepares' | 'accepts'>[]
    to: Configuration | null
    settled: Settled[]
  } {
    if (clusterMs === null) return { asked: [], to: this.#configuration, settled: [] }
    for (const key of this.#ready) this.#begin(key, nowMs)
    this.#ready.clear()
    for (const { ballot } of [...this.#prepares, ...this.#accepts])
      assert(
        ballot.epoch === this.#configuration?.epoch,
        'P1: a ballot is sent to the witnesses of its epoch',
      )
    const asked: Pick<VotesAsked, 'prepares' | 'accepts'>[] = []
    const prepares = inMessages(this.#prepares.splice(0), ({ changes }) => bytesOfChanges(changes))
    const accepts = inMessages(this.#accepts.splice(0), ({ value }) => bytesOfRegister(value))
    for (let part = 0; part < Math.max(prepares.length, accepts.length); part++)
      asked.push({ prepares: prepares[part] ?? [], accepts: accepts[part] ?? [] })
    const settled = this.#settled
    this.#settled = []
    return { asked, to: this.#configuration, settled }
  }

  #lane(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { waiting: [], attempt: null, restAtMs: -Infinity, failures: 0, overdue: [], told: new Set() }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #begin(key: string, nowMs: number): void {
    const lane = this.#lane(key)
    lane.waiting = lane.waiting.filter((proposal) => {
      const isOver = proposal.giveUpAtMs !== null && nowMs >= proposal.giveUpAtMs
      if (isOver) this.#settled.push({ proposal, answer: this.#answerAtLast(proposal), value: null })
      return !isOver
    })
    if (lane.attempt !== null || this.#configuration === null) return
    if (lane.waiting.length === 0) {
      if (lane.told.size === 0) this.#lanes.delete(key)
      return
    }
    if (nowMs < lane.restAtMs) return
    const ordered = lane.waiting.toSorted((left, right) => urgency(left.change) - urgency(right.change))
    const proposals = ordered.slice(0, voteLimits.changesPerAttempt)
    lane.waiting = ordered.slice(voteLimits.changesPerAttempt)
    const ballot: Ballot = {
      epoch: this.#configuration.epoch,
      counter: ++this.#counter,
      proposer: this.#options.proposer,
    }
    const attemptNo = ++this.#attempts
    const told = new Set(lane.told)
    lane.attempt = {
      attemptNo,
      beganAtMs: nowMs,
      configuration: this.#configuration,
      ballot,
      proposals,
      phase: 'prepare',
      askedAtMs: nowMs,
      told,
      promises: new Map(),
      accepts: new Set(),
      conflicts: new Set(),
      outcome: null,
    }
    const isFresh = !proposals.some((one) => this.#perhapsDone.has(one) || this.#doubted.has(one))
    const changes = proposals.map((proposal) => proposal.change)
    this.#prepares.push({ key, ballot, changes, ...(isFresh && { isFresh }) })
    this.#options.setTimer(nowMs + this.#patience.phaseTimeoutMs(nowMs), {
      kind: 'attempt',
      key,
      attemptNo,
      phase: 'prepare',
    })
  }

  /** P4: a time-out is no refusal, unless the change was never voted on. */
  #answerAtLast(proposal: Proposal): Settled['answer'] {
    const { change } = proposal
    if (change.kind !== 'claim' || this.#perhapsDone.has(proposal)) return { kind: 'unknown' }
    return { kind: 'refused', because: 'too-late', startByMs: change.slot.startByMs }
  }

  #onPrepared(given: VotesGiven, prepared: VotesGiven['prepares'][number], clock: Clock): void {
    const lane = this.#lanes.get(prepared.key)
    const attempt = lane?.attempt
    if (!lane || !attempt || !isOf(attempt, given, prepared.ballot) || attempt.outcome !== null) return
    if (prepared.answer.kind === 'conflict')
      return this.#conflict(
        prepared.key,
        lane,
        { seen: prepared.answer.seen, by: given.storageId },
        clock.nowMs,
      )
    attempt.promises.set(given.storageId, prepared)
    const isJudged = attempt.proposals.every((_, index) => judgement(attempt, index) !== 'open')
    if (isPromised(attempt) && isJudged) this.#compute(prepared.key, attempt, clock)
  }

  /** A majority has promised: the changes are applied to the highest accepted value. */
  #compute(key: string, attempt: Attempt, clock: Clock): void {
    assert(clock.clusterMs !== null, 'an attempt begins only when cluster time is known')
    attempt.outcome = outcomeOf(attempt, { nowMs: clock.clusterMs, facts: this.#options.facts(key) })
    attempt.askedAtMs = clock.nowMs
    attempt.phase = 'accept'
    for (const proposal of attempt.proposals) this.#perhapsDone.add(proposal)
    this.#accepts.push({ key, ballot: attempt.ballot, value: attempt.outcome.value })
    this.#options.setTimer(clock.nowMs + this.#patience.phaseTimeoutMs(clock.nowMs), {
      kind: 'attempt',
      key,
      attemptNo: attempt.attemptNo,
      phase: 'accept',
    })
  }

  #onAccepted(given: VotesGiven, accepted: VotesGiven['accepts'][number], nowMs: number): void {
    const lane = this.#lanes.get(accepted.key)
    const attempt = lane?.attempt
    if (!lane || !attempt?.outcome || !isOf(attempt, given, accepted.ballot)) return
    if (accepted.answer.kind === 'conflict')
      return this.#conflict(accepted.key, lane, { seen: accepted.answer.seen, by: given.storageId }, nowMs)
    attempt.accepts.add(given.storageId)
    if (attempt.accepts.size < majorityOf(attempt.configuration)) return
    for (const version of attempt.told) lane.told.delete(version)
    this.#options.voted(nowMs - attempt.beganAtMs, nowMs)
    this.#settle(accepted.key, lane, attempt, attempt.outcome, nowMs)
  }

  #settle(key: string, lane: Lane, attempt: Attempt, outcome: AttemptOutcome, nowMs: number): void {
    const voters = attempt.configuration.members.filter(({ storageId }) => attempt.accepts.has(storageId))
    const votes = voters.map(({ nodeId }) => nodeId)
    for (const [index, answer] of outcome.answers.entries())
      this.#settled.push({ proposal: attempt.proposals[index]!, answer, value: outcome.value, votes })
    lane.waiting = [...attempt.proposals.slice(outcome.answers.length), ...lane.waiting]
    lane.attempt = null
    lane.failures = 0
    lane.overdue = []
    lane.restAtMs = nowMs
    this.#ready.add(key)
  }

  #conflict(
    key: string,
    lane: Lane,
    conflict: { readonly seen: Ballot; readonly by: StorageId },
    nowMs: number,
  ): void {
    const attempt = lane.attempt!
    const { seen, by } = conflict
    // A doubled prepare meets its own promise.
    if (compareBallots(seen, attempt.ballot) === 0) return
    // The others count on while we rest: whoever lost often asks with a ballot that is far above theirs.
    const jump = 2 ** Math.min(lane.failures, voteLimits.ballotJumpMax)
    this.#counter = Math.max(this.#counter, seen.counter + jump)
    attempt.conflicts.add(by)
    const { members } = attempt.configuration
    // The rest may still be a majority.
    if (members.length - attempt.conflicts.size < majorityOf(attempt.configuration))
      this.#fail(key, lane, nowMs)
  }

  /** The attempt is over without an answer; its changes wait for the next, after a random rest. */
  #fail(key: string, lane: Lane, nowMs: number): void {
    const attempt = lane.attempt!
    lane.waiting = [...attempt.proposals, ...lane.waiting]
    lane.attempt = null
    // The rest of others must be long enough for a vote of ours, and is where votes are slow.
    const most = voteLimits.backoffMaxMs * (this.#patience.phaseTimeoutMs(nowMs) / voteLimits.phaseTimeoutMs)
    // What frees the register rests least: whoever else asks for it waits for just that.
    const isFreeing = attempt.proposals.some(({ change }) => urgency(change) === 0)
    const first = isFreeing ? voteLimits.backoffFreeingMs : voteLimits.backoffHighMs
    const highest = Math.min(most, first * 2 ** lane.failures++)
    lane.restAtMs = nowMs + this.#options.random.between(voteLimits.backoffLowMs, highest)
    this.#options.setTimer(lane.restAtMs, { kind: 'attempt', key, attemptNo: 0, phase: 'rest' })
    this.#ready.add(key)
  }
}

/** What frees a register goes first. */
function urgency(change: Change): number {
  switch (change.kind) {
    case 'finish':
    case 'release':
    case 'yield':
    case 'ran-partitioned':
      return 0
    case 'adopt':
    case 'lose':
    case 'take':
    case 'expire':
      return 1
    case 'skip':
    case 'request':
    case 'child':
    case 'recall':
    case 'drop':
    case 'look':
    case 'reconfigure':
      return 2
    case 'claim':
    case 'hold':
      return 3
  }
}
