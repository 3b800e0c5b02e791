// All that this agent wants of registers, from the jobs that are to be planned to what came
// of each change: planned by the claimant, voted on by the proposer or decided by this
// agent's own registers, and then learnt from, told to the runs, or given back.

import { assert } from '../base/assert.ts'
import type { JobName, NodeId } from '../base/ids.ts'
import type { AfterWritten } from './after-written.ts'
import { registerNewsOf } from './announcements.ts'
import { parseInstanceKey } from './apply-hold.ts'
import type { Caretaker } from './caretaker.ts'
import type { Capacity, FullWork } from './capacity.ts'
import { isSameChange, type Answer, type Change } from './change.ts'
import type { ClaimClock, ClaimHost, PartitionTimer } from './claim-host.ts'
import type { ClaimPace } from './claim-pace.ts'
import { ClaimTally } from './claim-tally.ts'
import { Claimant, type PlanTimer } from './claimant.ts'
import type { Configuration } from './configuration.ts'
import { LocalRegisters } from './local-registers.ts'
import type { EntryFound, RegisterNews, VotesAsked, VotesGiven } from './message.ts'
import { PartitionedJobs } from './partitioned.ts'
import type { Proposal, Settled } from './proposal.ts'
import { Proposer, type ProposerTimer } from './proposer.ts'
import type { Cursor, Register, Unit } from './register.ts'
import { Releases } from './releases.ts'
import { factsOf, isBootJob, isLocalJob, type ScheduledJob } from './scheduled-job.ts'
import type { RunningRecord } from './vanished-runs.ts'

export type ProposalsHost = {
  readonly node: ClaimHost
  readonly pace: ClaimPace
  readonly capacity: Capacity
  /** Who passes what nobody can start; null where that is for the witnesses, and this agent is none. */
  caretaker(isLocal: boolean): Caretaker | null
  /** What is chosen of this register was read: the runs that were missed in it, and that it does not hold. */
  vanished(key: string, value: Register): readonly RunningRecord[]
  /** What gives up work whose time is over. */
  expiry(key: string, work: { readonly unit: Unit; readonly startByMs: number }, nowMs: number): Change
  /** Work for which this node has no room: whoever passes it is to know. */
  tellFull(work: readonly FullWork[], nowMs: number): void
  /** Whether a majority of the witnesses answered of late. */
  hasMajority(nowMs: number): boolean
  /** Whether no majority is in reach of this side. */
  isPartitioned(nowMs: number): boolean
  /** The same, or nobody votes yet. */
  isAlone(nowMs: number): boolean
  /** This agent's memory cannot be believed: it claims no more. */
  isQuarantined(): boolean
  /** A majority vouched for this agent's memory. */
  isVouched(): boolean
  readonly afterWritten: AfterWritten
  askVotes(asked: Pick<VotesAsked, 'prepares' | 'accepts'>): void
  /** C1: the successor's register has decided. */
  reconfigured(answer: Answer, nowMs: number): void
}

export class Proposals {
  readonly tally = new ClaimTally()
  readonly #host: ProposalsHost
  readonly #node: ClaimHost
  readonly #proposer: Proposer
  readonly #local: LocalRegisters
  readonly #partitioned: PartitionedJobs
  readonly #claimant: Claimant
  readonly #releases: Releases
  /** Jobs that are to be planned. */
  readonly #dirty = new Set<string>()
  #isStopping = false

  constructor(host: ProposalsHost) {
    this.#host = host
    const { node } = host
    this.#node = node
    const { self, settings, journal, random } = node
    const facts = (key: string) => {
      const job = node.job(key)
      return job === undefined ? null : factsOf(job)
    }
    const { afterWritten, capacity } = host
    this.#local = new LocalRegisters({
      kind: 'local',
      journal,
      facts,
      afterWritten,
      ledger: node.ledger,
      acceptedMs: (key) => {
        const job = node.job(key)
        // That an agent starts is its own slot, whenever the job was accepted.
        return job === undefined || isBootJob(job) ? Infinity : job.acceptedMs
      },
    })
    this.#partitioned = new PartitionedJobs(node, { afterWritten, capacity })
    this.#proposer = new Proposer({
      proposer: `${self.nodeId}:${self.bootNo}:${self.bootId}`,
      random,
      facts,
      voted: (lastedMs, nowMs) => host.pace.note(lastedMs, nowMs),
      setTimer: (atMs, timer) => node.setTimer(atMs, timer),
    })
    this.#claimant = new Claimant({
      self,
      settings,
      pace: host.pace,
      capacity: host.capacity,
      session: node.session,
      roster: node.roster,
      job: (key) => node.job(key),
      definitionAt: (job, revision) => node.definitionAt(job, revision),
      propose: (proposal) =>
        proposal.isLocal ? this.#local.propose(proposal) : this.#proposer.propose(proposal),
      setTimer: (atMs, timer) => node.setTimer(atMs, timer),
    })
    this.#releases = new Releases({
      self: self.nodeId,
      journal,
      propose: (key, change) => this.propose(key, change),
    })
  }

  /** At start: the releases that were intended before, and what this agent's own registers say. */
  recover(): void {
    this.#releases.recover()
    this.planAll()
    for (const [key, value] of this.#local.entries()) this.#claimant.learn(registerNewsOf(key, value), 'vote')
  }

  stop(): void {
    this.#isStopping = true
  }

  /** Settled later, however long it takes. */
  propose(key: string, change: Change, isLocal = false, giveUpAtMs: number | null = null): void {
    if (isLocal && this.#partitioned.propose(key, change)) return
    if (isLocal) this.#local.propose({ key, change, isLocal, giveUpAtMs })
    else if (!this.#proposer.isProposing(key, (other) => isSameChange(other, change)))
      this.#proposer.propose({ key, change, isLocal, giveUpAtMs })
  }

  /** These jobs are new, changed or gone, or who may run them changed. */
  planSoon(keys: Iterable<string>): void {
    for (const key of keys) this.#dirty.add(key)
  }

  planAll(): void {
    this.planSoon(this.#node.jobKeys())
  }

  configure(configuration: Configuration, nowMs: number): void {
    this.#proposer.configure(configuration, nowMs)
  }

  onVotes(given: VotesGiven, clock: ClaimClock): void {
    this.#proposer.onVotes(given, clock)
  }

  /** This agent's own acceptor took a value: it may say that what we still ask for was granted. */
  onAccepted({ key, ballot, value }: VotesAsked['accepts'][number], nowMs: number): void {
    this.#proposer.onAcceptedHere({ key, ballot, value }, nowMs)
  }

  /** News of one register from a witness. */
  onNews(news: RegisterNews, witness: NodeId): void {
    if (news.holder !== undefined) return this.#node.instances.onNews(news)
    if (isLocalJob(this.#node.job(news.key))) return
    const learnt = this.#claimant.learn(news, witness)
    if (learnt === 'change') this.#dirty.add(news.key)
    // What was asked for when these news came first is told so again: only what is not under way can be withdrawn.
    this.#proposer.withdraw(this.#claimant.news(news.key) ?? news)
  }

  onTimer(timer: ProposerTimer | PlanTimer | PartitionTimer, clock: ClaimClock): void {
    if (timer.kind === 'partition-slot')
      this.#partitioned.onSlot(timer, this.#mayStartAlone(clock.nowMs), clock.nowMs)
    else if (timer.kind === 'attempt') this.#proposer.onTimer(timer, clock)
    else if (this.#claimant.isCurrent(timer)) this.#dirty.add(timer.key)
  }

  /** Each second: what waits too long in this agent's own registers. */
  onTick(clock: ClaimClock): void {
    if (!this.#hasTime(clock)) return
    const knows = (key: string, token: number) => this.#node.knowsRun(key as JobName, token, true)
    const late = this.#local.overdue(clock.clusterMs ?? clock.wallMs, knows, {
      self: this.#node.self.nodeId,
      expiry: (key, work) => this.#host.expiry(key, work, clock.nowMs),
    })
    for (const one of late) this.#local.propose(one)
    for (const [key, { live }] of this.#local.entries())
      for (const { token, isReplaced } of live)
        if (isReplaced === true) this.#node.replaced(key as JobName, token, true)
    this.planSoon(this.#partitioned.owing())
    this.#partitioned.onTick(clock, this.#mayStartAlone(clock.nowMs))
  }

  /**
   * Whether anything can be decided by the clock. What needs no vote goes by this agent's own only where nobody can tell
   * the time: one that is ahead leaves slots behind that are not looked at again.
   */
  #hasTime({ nowMs, clusterMs }: ClaimClock): boolean {
    return clusterMs !== null || this.#host.isAlone(nowMs)
  }

  #mayStartAlone(nowMs: number): boolean {
    const mayStart = this.#node.isLoaded() && !this.#isStopping && !this.#host.isQuarantined()
    return mayStart && this.#node.roster.pause === null && this.#host.isPartitioned(nowMs)
  }

  /** At the end of each step: plans what changed, sends what is to be voted on, tells what was settled. */
  flush(clock: ClaimClock): void {
    // Nothing is decided by a clock that nobody confirmed, or as if a job were gone that is not read yet.
    if (!this.#node.isLoaded()) return
    // W4: what a journal calls not started is given back only by an agent that is vouched for.
    const believed = this.#host.isVouched() ? clock : { ...clock, clusterMs: null }
    for (;;) {
      this.#planDirty(clock)
      const { asked, to, settled } = this.#proposer.take(believed)
      for (const part of asked) if (to !== null) this.#host.askVotes(part)
      const hasTime = this.#hasTime(clock)
      const decided = hasTime ? [...settled, ...this.#local.take(clock.clusterMs ?? clock.wallMs)] : settled
      for (const one of decided) this.#onSettled(one, clock)
      const isNews = hasTime && this.#partitioned.flush(clock)
      if (decided.length === 0 && !isNews) break
    }
    const full = this.#host.capacity.takeUntold(clock.nowMs)
    if (full.length > 0) this.#host.tellFull(full, clock.nowMs)
    this.#host.capacity.recount()
  }

  /** In the order in which the nodes will ask for this work; for people. */
  ranking(job: ScheduledJob, unit: Unit, nowMs: number): NodeId[] {
    return this.#claimant.ranking(job, { unit }, nowMs)
  }

  cursorOf(key: string): Cursor {
    return this.#claimant.cursorOf(key)
  }

  /** S6: an entry in our name from an earlier session, or one that is to end. What was never marked is given back. */
  onEntryFound({ key, token, opId: operation, isReplaced }: EntryFound, nowMs: number): void {
    const { session } = this.#node
    const isOurs = (change: Change) =>
      (change.kind === 'claim' || change.kind === 'release') && change.opId === operation
    if (this.#releases.has(operation) || this.#proposer.isProposing(key, isOurs)) return
    if (!this.#node.knowsRun(key as JobName, token, false))
      this.#releases.begin(operation, key, this.#node.self.nodeId)
    else if (isReplaced) this.#node.replaced(key as JobName, token, false)
    else if (session.isValid(nowMs)) this.propose(key, { kind: 'adopt', token, session: session.session })
  }

  /** Without a majority only what needs none is planned; the rest stays marked. */
  #planDirty(clock: ClaimClock): void {
    if (this.#isStopping || this.#host.isQuarantined()) return
    const { nowMs, clusterMs, wallMs } = clock
    const hasTime = this.#hasTime(clock)
    const hasMajority = clusterMs !== null && this.#host.hasMajority(nowMs)
    const at = { nowMs, clusterMs: clusterMs ?? wallMs }
    for (const key of this.#dirty) {
      const job = this.#node.job(key)
      const isLocal = isLocalJob(job)
      if (isLocal ? !hasTime : !hasMajority) continue
      this.#dirty.delete(key)
      const news = this.#claimant.news(key)
      const owed = job === undefined || isLocal ? null : this.#partitioned.owed(job, news, at.clusterMs)
      if (owed !== null) {
        this.propose(key, owed)
        continue
      }
      const change = this.#claimant.plan(key, at, this.#host.caretaker(isLocal))
      if (change !== null) this.propose(key, change, isLocal)
    }
  }

  #onSettled({ proposal, answer, value, votes = [] }: Settled, clock: ClaimClock): void {
    const { key, change, isLocal } = proposal
    this.tally.note(change, answer)
    if (answer.kind === 'refused' && answer.because === 'superseded') this.#node.fetchDefinition(key)
    if (parseInstanceKey(key) !== null && answer.kind !== 'unknown')
      return this.#node.instances.settled(key, change, answer)
    if (change.kind === 'claim') this.#claimant.onSettled(key, change.unit)
    if (change.kind === 'reconfigure')
      return answer.kind === 'unknown' ? undefined : this.#host.reconfigured(answer, clock.nowMs)
    if (value !== null) this.#learn(proposal, value, clock)
    if (value !== null && change.kind === 'look' && !isLocal)
      for (const run of this.#host.vanished(key, value))
        this.#node.ledger.recordVanished(run, clock.clusterMs ?? clock.wallMs)
    if (answer.kind === 'unknown') {
      assert(change.kind === 'claim', 'only claims and changes of the witnesses are given up')
      return this.#releases.begin(change.opId, key, this.#node.self.nodeId)
    }
    if (change.kind === 'claim') this.#onClaimAnswered({ ...proposal, change, votes }, answer, clock)
    else if (change.kind === 'release') this.#releases.end(change.opId)
    else if (change.kind === 'ran-partitioned') {
      // By a clock or a definition that is behind: it is asked again when that is right.
      if (answer.kind === 'refused' && answer.because !== 'gone') return
      this.#partitioned.told(key, change)
      if (answer.kind === 'refused') return
    }
    this.#node.settled(key, change, answer, isLocal)
    this.#dirty.add(key)
  }

  #onClaimAnswered(
    { key, change, isLocal, votes }: Proposal & ClaimVoted,
    answer: Answer,
    clock: ClaimClock,
  ): void {
    if (answer.kind === 'refused')
      return this.#claimant.onRefused(key, change, answer.because, clock.clusterMs ?? clock.wallMs)
    if (answer.kind !== 'granted' || this.#releases.has(change.opId)) return
    const job = this.#node.job(key)
    // Gone or changed while the vote was under way: whoever comes next decides under the new definition.
    const isWanted = job?.revision === change.revision && !this.#isStopping
    if (isWanted) this.#node.granted(job, answer.entry, { clock, votes })
    else if (isLocal) this.propose(key, { kind: 'release', opId: change.opId, node: null }, true)
    else this.#releases.begin(change.opId, key, this.#isStopping ? this.#node.self.nodeId : null)
  }

  #learn({ key, isLocal }: Proposal, value: Register, { clusterMs, wallMs }: ClaimClock): void {
    if (isLocal === isLocalJob(this.#node.job(key))) this.#claimant.learn(registerNewsOf(key, value), 'vote')
    if (isLocal || value.untold.length === 0) return
    this.#node.ledger.recordDecisions(key, value.untold, { atMs: clusterMs ?? wallMs, isLocal })
    this.#proposer.tell(
      key,
      value.untold.map((decision) => decision.version),
    )
  }
}

type ClaimVoted = {
  readonly change: { readonly kind: 'claim' }
  readonly votes: readonly NodeId[]
}
