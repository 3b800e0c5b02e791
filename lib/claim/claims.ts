// The claims of one agent as a whole: witness, proposer, session, agenda and caretaker
// behind one set of handlers, so that the node sees what was granted and nothing of how.
// The protocol is in README.md beside this file.

import { assert } from '../base/assert.ts'
import { type JobName, type NodeId, type OpId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import { timeLimits, type ClaimSettings } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Roster } from '../membership/roster.ts'
import { Caretaker } from './caretaker.ts'
import { isSameChange, type Answer, type Change } from './change.ts'
import { Claimant, type PlanTimer } from './claimant.ts'
import { witnessOf, type Configuration } from './configuration.ts'
import type { ClaimMessage, Digest, EntryFound, Envelope } from './message.ts'
import type { Hello } from '../membership/hello.ts'
import { Electorate, type ElectorateTimer } from './electorate.ts'
import { Proposer, type ProposerTimer, type Settled } from './proposer.ts'
import type { Cursor, Decision, LiveEntry, Register, Unit } from './register.ts'
import { Renewal, type RenewTimer } from './renewal.ts'
import { factsOf, type ScheduledJob } from './scheduled-job.ts'
import type { SessionHolder } from './session-holder.ts'
import { registerNewsOf, Witness } from './witness.ts'

const RELEASING = 'releasing/'

export type ClaimTimer = ProposerTimer | PlanTimer | RenewTimer | ElectorateTimer

/** One reading, with cluster time where a majority has told it. */
export type ClaimClock = {
  readonly nowMs: number
  readonly wallMs: number
  readonly clusterMs: number | null
}

export type ClaimHost = {
  readonly self: Hello
  readonly foundWitnesses: number | null
  readonly settings: ClaimSettings
  readonly journal: Journal
  readonly random: Random
  readonly roster: Roster
  readonly session: SessionHolder
  job(key: string): ScheduledJob | undefined
  jobKeys(): Iterable<string>
  send(to: NodeId, message: ClaimMessage): void
  gossip(digest: Digest): void
  setTimer(atMs: number, timer: ClaimTimer): void
  /** A claim of ours: the run is ours to start. */
  granted(job: ScheduledJob, entry: LiveEntry, clock: ClaimClock): void
  /** An answer to a change that was proposed from outside this stage. */
  settled(key: string, change: Change, answer: Answer): void
  /** Decisions that the ledger may lack: recorded durably, they are told. */
  decided(key: string, decisions: readonly Decision[], clock: ClaimClock): void
  /** Whether a run with this token is held. */
  knowsRun(job: JobName, token: number): boolean
  sessionBegan(): void
  configured(configuration: Configuration): void
}

export class Claims {
  readonly #host: ClaimHost
  readonly #witness: Witness
  readonly #proposer: Proposer
  readonly #claimant: Claimant
  readonly #caretaker: Caretaker
  readonly #renewal: Renewal
  readonly #electorate: Electorate
  readonly #dirty = new Set<string>()
  readonly #releasing = new Set<OpId>()
  #isStopping = false
  #lastScanMs: number
  /** The steady clock in the step that is under way. */
  #nowMs: number

  constructor(host: ClaimHost, nowMs: number) {
    this.#host = host
    this.#nowMs = nowMs
    this.#lastScanMs = nowMs
    const { self, settings, journal, random } = host
    this.#witness = new Witness(
      { self, settings, journal, newestRevision: (key) => host.job(key)?.revision ?? null },
      nowMs,
    )
    this.#proposer = new Proposer({
      proposer: `${self.nodeId}:${self.bootNo}:${self.bootId}`,
      random,
      facts: (key) => {
        const job = host.job(key)
        return job === undefined ? null : factsOf(job)
      },
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
    })
    this.#claimant = new Claimant({
      self,
      settings,
      session: host.session,
      roster: host.roster,
      job: (key) => host.job(key),
      propose: (proposal) => this.#proposer.propose(proposal),
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
    })
    this.#renewal = new Renewal({
      session: host.session,
      settings,
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
      ask: (renewal) => this.#toWitnesses((envelope) => ({ kind: 'renew', envelope, ...renewal })),
      began: () => this.#beginSession(),
    })
    this.#electorate = new Electorate(
      {
        self,
        foundWitnesses: host.foundWitnesses,
        settings,
        journal,
        random,
        witness: this.#witness,
        send: (to, message) => host.send(to, message),
        setTimer: (atMs, timer) => host.setTimer(atMs, timer),
        propose: (key, change) => this.propose(key, change),
        isLeaving: (node) => host.roster.isLeaving(node),
        configured: (configuration) => this.#onConfigured(configuration),
      },
      nowMs,
    )
    this.#caretaker = new Caretaker({
      self: self.nodeId,
      settings,
      witness: this.#witness,
      job: (key) => host.job(key),
      hasEligible: (job) =>
        host.roster.eligible(job.definition.nodes).some((node) => host.roster.isLive(node, this.#nowMs)),
    })
  }

  get configuration(): Configuration | null {
    return this.#electorate.configuration
  }

  get isWitness(): boolean {
    return this.#witness.isMember
  }

  /** At start: the configuration and the releases that were intended before. */
  recover(clock: ClaimClock): void {
    this.#nowMs = clock.nowMs
    this.#electorate.recover()
    for (const [operation, key] of this.#host.journal.under(RELEASING))
      this.#release(operation as OpId, key as string)
    for (const key of this.#host.jobKeys()) this.#dirty.add(key)
  }

  /** Whether a majority of the witnesses answered of late. */
  hasMajority(nowMs: number): boolean {
    return this.#renewal.hasMajority(nowMs)
  }

  stop(): void {
    this.#isStopping = true
  }

  /** From outside this stage: settled() tells the answer, however long it takes. */
  propose(key: string, change: Change): void {
    if (!this.#proposer.isProposing(key, (other) => isSameChange(other, change)))
      this.#proposer.propose({ key, change, giveUpAtMs: null })
  }

  /** These jobs are new, changed or gone, or who may run them changed. */
  onJobsChanged(keys: Iterable<string>): void {
    for (const key of keys) this.#dirty.add(key)
  }

  onPeerConnected(hello: Hello, nowMs: number): void {
    this.#nowMs = nowMs
    this.#electorate.onPeerConnected(hello, nowMs)
    if (this.configuration && witnessOf(this.configuration, hello.nodeId)) this.#renewal.at(nowMs)
  }

  onPeerDisconnected(peer: NodeId, clock: ClaimClock): void {
    this.#electorate.onPeerDisconnected(peer)
    this.#gossipDigest(clock)
  }

  onMessage(from: NodeId, message: ClaimMessage, clock: ClaimClock): void {
    this.#nowMs = clock.nowMs
    const send = (to: NodeId, answer: ClaimMessage) => this.#host.send(to, answer)
    switch (message.kind) {
      case 'votes-asked':
        return send(from, this.#witness.onVotesAsked(from, message, clock))
      case 'renew':
        return send(from, this.#witness.onRenew(from, message, clock))
      case 'ask-expired':
        return send(from, this.#witness.onAskExpired(from, message, clock.nowMs))
      case 'votes-given':
        return this.#proposer.onVotes(message, {
          nowMs: clock.nowMs,
          clusterMs: clock.clusterMs ?? clock.wallMs,
        })
      case 'votes-refused':
        return this.#electorate.onRefused(from, message, clock.nowMs)
      case 'renewed':
        if (this.configuration === null) return
        return this.#renewal.onRenewed(message, { nowMs: clock.nowMs, configuration: this.configuration })
      case 'expired-answer':
        return this.#caretaker.onExpiredAnswer(message)
      case 'entry-found':
        return this.#onEntryFound(message)
      default:
        return this.#electorate.onMessage(from, message, clock.nowMs)
    }
  }

  onDigest(digest: Digest, nowMs: number): void {
    this.#nowMs = nowMs
    this.#host.roster.onDigest(digest.witness, digest.absent, nowMs)
    for (const news of digest.registers) if (this.#claimant.learn(news)) this.#dirty.add(news.key)
  }

  onTimer(timer: ClaimTimer, clock: ClaimClock): void {
    this.#nowMs = clock.nowMs
    switch (timer.kind) {
      case 'attempt':
        return this.#proposer.onTimer(timer, {
          nowMs: clock.nowMs,
          clusterMs: clock.clusterMs ?? clock.wallMs,
        })
      case 'plan':
        if (this.#claimant.isCurrent(timer)) this.#dirty.add(timer.key)
        return
      case 'renew':
        return this.#renewal.onTimer(timer, clock.nowMs)
      default:
        return this.#electorate.onTimer(timer, clock.nowMs)
    }
  }

  /** Each second: scan, digest. */
  onTick(clock: ClaimClock): void {
    this.#nowMs = clock.nowMs
    // A witness whose own loop stood still heard nobody meanwhile: that silence is no proof (S3).
    const stoodStillMs = clock.nowMs - this.#lastScanMs - timeLimits.tickMs
    if (stoodStillMs > this.#host.settings.sessionTtlMs / 4) this.#witness.sessions.beginGrace(clock.nowMs)
    this.#lastScanMs = clock.nowMs
    this.#electorate.onTick(clock.nowMs)
    if (!this.isWitness) return
    this.#gossipDigest(clock)
    if (clock.clusterMs === null || !this.hasMajority(clock.nowMs)) return
    for (const concern of this.#caretaker.scan({ nowMs: clock.nowMs, clusterMs: clock.clusterMs })) {
      if (concern.kind === 'propose') this.propose(concern.key, concern.change)
      else if (concern.kind === 'tell') this.#host.send(concern.to, concern.message)
      else this.#toWitnesses((envelope) => ({ kind: 'ask-expired', envelope, session: concern.session }))
    }
  }

  /** At the end of each step: plans what changed, sends what is to be voted on, tells what was settled. */
  flush(clock: ClaimClock): void {
    for (;;) {
      this.#planDirty(clock)
      const { asked, to, settled } = this.#proposer.take(clock.nowMs)
      for (const part of asked)
        if (to !== null) this.#toWitnesses((envelope) => ({ kind: 'votes-asked', envelope, ...part }))
      for (const one of settled) this.#onSettled(one, clock)
      if (settled.length === 0) return
    }
  }

  #planDirty({ nowMs, clusterMs }: ClaimClock): void {
    if (clusterMs === null || !this.hasMajority(nowMs) || this.#isStopping) return
    const keys = [...this.#dirty]
    this.#dirty.clear()
    for (const key of keys) {
      const change = this.#claimant.plan(key, { nowMs, clusterMs }, this.isWitness ? this.#caretaker : null)
      if (change !== null) this.propose(key, change)
    }
  }

  /** A person wants this witness replaced; false when nobody can take its place. */
  replaceWitness(node: NodeId, nowMs: number): boolean {
    return this.#electorate.replace(node, nowMs)
  }

  canReplaceWitness(nowMs: number): boolean {
    return this.#electorate.canReplace(nowMs)
  }

  /** Up to which slot all is decided, as far as is known here; for people. */
  cursorOf(key: string): Cursor {
    return this.#claimant.cursorOf(key)
  }

  /** In the order in which the nodes will ask for this work; for people. */
  ranking(job: ScheduledJob, unit: Unit, nowMs: number): NodeId[] {
    return this.#claimant.ranking(job, unit, nowMs)
  }

  #onConfigured(configuration: Configuration): void {
    this.#witness.configure(configuration)
    this.#proposer.configure(configuration, this.#nowMs)
    this.#caretaker.configure(configuration)
    this.#host.configured(configuration)
    this.#renewal.at(this.#nowMs)
  }

  #onSettled({ proposal, answer, value }: Settled, clock: ClaimClock): void {
    const { key, change } = proposal
    if (value !== null) this.#learn(key, value, clock)
    if (answer.kind === 'unknown') {
      assert(change.kind === 'claim', 'only claims are given up')
      return this.#release(change.opId, key)
    }
    if (change.kind === 'reconfigure') return this.#electorate.onSettled(answer, clock.nowMs)
    if (change.kind === 'claim') this.#onClaimAnswered(key, change, answer, clock)
    else if (change.kind === 'release' && this.#releasing.delete(change.opId))
      this.#host.journal.delete(RELEASING + change.opId)
    this.#host.settled(key, change, answer)
    this.#dirty.add(key)
  }

  #onClaimAnswered(key: string, change: Change & { kind: 'claim' }, answer: Answer, clock: ClaimClock): void {
    if (answer.kind === 'refused')
      return this.#claimant.onRefused(key, change, answer.because, clock.clusterMs ?? clock.wallMs)
    if (answer.kind !== 'granted' || this.#releasing.has(change.opId)) return
    const job = this.#host.job(key)
    // Gone or changed while the vote was under way: whoever comes next decides under the new definition.
    if (job === undefined || job.revision !== change.revision || this.#isStopping)
      this.#release(change.opId, key)
    else this.#host.granted(job, answer.entry, clock)
  }

  /** It may or may not have been granted, and we do not want it: given back, intended durably first. */
  #release(operation: OpId, key: string): void {
    this.#releasing.add(operation)
    this.#host.journal.put(RELEASING + operation, key)
    this.propose(key, { kind: 'release', opId: operation, node: this.#host.self.nodeId })
  }

  #learn(key: string, value: Register, clock: ClaimClock): void {
    this.#claimant.learn(registerNewsOf(key, value))
    if (value.untold.length === 0) return
    this.#host.decided(key, value.untold, clock)
    this.#proposer.tell(
      key,
      value.untold.map((decision) => decision.version),
    )
  }

  /** S6: an entry in our name from an earlier session. What was never marked is given back. */
  #onEntryFound({ key, token, opId: operation }: EntryFound): void {
    const { session } = this.#host
    const isOurs = (change: Change) =>
      (change.kind === 'claim' || change.kind === 'release') && change.opId === operation
    if (this.#releasing.has(operation) || this.#proposer.isProposing(key, isOurs)) return
    if (!this.#host.knowsRun(key as JobName, token)) this.#release(operation, key)
    else if (session.isValid(this.#nowMs))
      this.propose(key, { kind: 'adopt', token, session: session.session })
  }

  #beginSession(): void {
    this.#host.sessionBegan()
    for (const key of this.#host.jobKeys()) this.#dirty.add(key)
  }

  #gossipDigest(clock: ClaimClock): void {
    if (!this.isWitness) return
    const { roster, self, settings } = this.#host
    const silentMs = settings.sessionTtlMs * 0.75
    const absent = roster
      .cards()
      .map((card) => card.nodeId)
      .filter((node) => node !== self.nodeId)
      .filter(
        (node) =>
          !roster.isConnected(node) || (this.#witness.sessions.silenceMs(node, clock.nowMs) ?? 0) > silentMs,
      )
    const digest = this.#witness.digest(clock.wallMs, absent)
    this.#host.gossip(digest)
    this.onDigest(digest, clock.nowMs)
  }

  #toWitnesses(message: (envelope: Envelope) => ClaimMessage): void {
    const { self } = this.#host
    if (this.configuration === null) return
    const { epoch, members } = this.configuration
    for (const { nodeId, storageId } of members)
      this.#host.send(
        nodeId,
        message({ clusterId: self.clusterId, epoch, storageId, bootNo: self.bootNo, bootId: self.bootId }),
      )
  }
}
