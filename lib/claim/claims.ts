// The claims of one agent as a whole: witness, proposer, session, agenda and caretaker
// behind one set of handlers, so that the node sees what was granted, not how (README.md).

import { assert } from '../base/assert.ts'
import type { JobName, NodeId } from '../base/ids.ts'
import { timeLimits, voteLimits } from '../base/limits.ts'
import { registerNewsOf } from './announcements.ts'
import { Caretaker } from './caretaker.ts'
import { isSameChange, type Answer, type Change } from './change.ts'
import { Claimant } from './claimant.ts'
import { witnessOf, type Configuration } from './configuration.ts'
import type { ClaimMessage, Digest, EntryFound, Envelope } from './message.ts'
import type { Hello } from '../membership/hello.ts'
import { Electorate } from './electorate.ts'
import type { ClaimClock, ClaimHost, ClaimTimer } from './claim-host.ts'
import { LocalRegisters } from './local-registers.ts'
import { Proposer, type Proposal, type Settled } from './proposer.ts'
import type { Register, Unit } from './register.ts'
import { Releases } from './releases.ts'
import { Renewal } from './renewal.ts'
import { factsOf, isLocalJob, type ScheduledJob } from './scheduled-job.ts'
import { Vouching } from './vouching.ts'
import { Witness } from './witness.ts'

export class Claims {
  readonly #host: ClaimHost
  readonly #vouching: Vouching
  readonly #witness: Witness
  readonly #proposer: Proposer
  readonly #local: LocalRegisters
  readonly #claimant: Claimant
  readonly #caretaker: Caretaker
  readonly #renewal: Renewal
  readonly #electorate: Electorate
  readonly #dirty = new Set<string>()
  readonly #releases: Releases
  #isStopping = false
  #lastScanMs: number
  /** The steady clock in the step that is under way. */
  #nowMs: number

  constructor(host: ClaimHost, nowMs: number) {
    this.#host = host
    this.#nowMs = nowMs
    this.#lastScanMs = nowMs
    const { self, settings, journal, random } = host
    this.#vouching = new Vouching({
      self,
      position: () => this.#witness.position,
      send: (to, message) => host.send(to, message),
      quarantined: (why) => host.quarantined(why),
    })
    this.#witness = new Witness(
      {
        self,
        settings,
        journal,
        isVouched: (configuration) => this.#vouching.isVouched(configuration),
        newestRevision: (key) => host.job(key)?.revision ?? null,
      },
      nowMs,
    )
    const facts = (key: string) => {
      const job = host.job(key)
      return job === undefined ? null : factsOf(job)
    }
    this.#local = new LocalRegisters(journal, facts)
    this.#proposer = new Proposer({
      proposer: `${self.nodeId}:${self.bootNo}:${self.bootId}`,
      random,
      facts,
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
    })
    this.#claimant = new Claimant({
      self,
      settings,
      session: host.session,
      roster: host.roster,
      job: (key) => host.job(key),
      propose: (proposal) =>
        proposal.isLocal ? this.#local.propose(proposal) : this.#proposer.propose(proposal),
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
    })
    this.#releases = new Releases({
      self: self.nodeId,
      journal,
      propose: (key, change) => this.propose(key, change),
    })
    this.#renewal = new Renewal({
      session: host.session,
      settings,
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
      ask: (renewal) => this.#toWitnesses((envelope) => ({ kind: 'renew', envelope, ...renewal })),
      began: () => this.#beginSession(),
      extended: () => host.sessionExtended(),
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
        proposeBriefly: (key, change) =>
          this.propose(key, change, false, this.#nowMs + voteLimits.probeTimeoutMs),
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
      isRecorded: (key, decision) => host.ledger.isRecorded(key, decision),
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
    this.#electorate.restore()
    this.#releases.recover()
    for (const key of this.#host.jobKeys()) this.#dirty.add(key)
    for (const [key, value] of this.#local.entries()) this.#claimant.learn(registerNewsOf(key, value), 'vote')
  }

  /** Whether a majority of the witnesses answered of late. */
  hasMajority(nowMs: number): boolean {
    return this.#renewal.hasMajority(nowMs)
  }

  stop(): void {
    this.#isStopping = true
  }

  /** From outside this stage: settled() tells the answer, however long it takes. */
  propose(key: string, change: Change, isLocal = false, giveUpAtMs: number | null = null): void {
    if (isLocal) this.#local.propose({ key, change, isLocal, giveUpAtMs })
    else if (!this.#proposer.isProposing(key, (other) => isSameChange(other, change)))
      this.#proposer.propose({ key, change, isLocal, giveUpAtMs })
  }

  /** These jobs are new, changed or gone, or who may run them changed. */
  onJobsChanged(keys: Iterable<string>): void {
    for (const key of keys) this.#dirty.add(key)
  }

  onPeerConnected(hello: Hello, nowMs: number): void {
    this.#nowMs = nowMs
    this.#electorate.onPeerConnected(hello, nowMs)
    if (this.configuration === null || !witnessOf(this.configuration, hello.nodeId)) return
    this.#vouching.ask(this.configuration)
    this.#renewal.at(nowMs)
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
        this.#witness.sessions.noteReached(from, message, clock.nowMs)
        return this.#proposer.onVotes(message, clock)
      case 'boot-asked':
        return send(from, this.#witness.onBootAsked(from, message))
      case 'boot-judged':
        return this.#vouching.onJudged(message)
      case 'votes-refused':
        this.#vouching.onRefused(message)
        return this.#electorate.onRefused(from, message, clock.nowMs)
      case 'renewed':
        if (this.configuration === null) return
        return this.#renewal.onRenewed(message, { nowMs: clock.nowMs, configuration: this.configuration })
      case 'expired-answer':
        return this.#caretaker.onExpiredAnswer(message, clock.nowMs)
      case 'entry-found':
        return this.#onEntryFound(message)
      default:
        return this.#electorate.onMessage(from, message, clock.nowMs)
    }
  }

  onDigest(digest: Digest, nowMs: number): void {
    this.#nowMs = nowMs
    this.#host.roster.onDigest(digest.witness, digest.absent, nowMs)
    this.#witness.sessions.noteReached(digest.witness, digest, nowMs)
    for (const news of digest.registers)
      if (!isLocalJob(this.#host.job(news.key)) && this.#claimant.learn(news, digest.witness)) {
        this.#dirty.add(news.key)
        this.#proposer.withdraw(news)
      }
  }

  onTimer(timer: ClaimTimer, clock: ClaimClock): void {
    this.#nowMs = clock.nowMs
    switch (timer.kind) {
      case 'attempt':
        return this.#proposer.onTimer(timer, clock)
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
    this.#electorate.onTick(clock.nowMs, this.hasMajority(clock.nowMs))
    if (this.configuration !== null) this.#vouching.ask(this.configuration)
    const knows = (key: string, token: number) => this.#host.knowsRun(key as JobName, token, true)
    for (const late of this.#local.overdue(clock.clusterMs ?? clock.wallMs, knows, this.#host.self.nodeId))
      this.#local.propose(late)
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
    // Nothing is decided by a clock that nobody confirmed, or as if a job were gone that is not read yet.
    if (!this.#host.isLoaded()) return
    for (;;) {
      this.#planDirty(clock)
      const { asked, to, settled } = this.#proposer.take(clock)
      for (const part of asked)
        if (to !== null) this.#toWitnesses((envelope) => ({ kind: 'votes-asked', envelope, ...part }))
      const decided = [...settled, ...this.#local.take(clock.clusterMs ?? clock.wallMs)]
      for (const one of decided) this.#onSettled(one, clock)
      if (decided.length === 0) return
    }
  }

  /** Without a majority only what needs none is planned; the rest stays marked. */
  #planDirty({ nowMs, clusterMs, wallMs }: ClaimClock): void {
    if (this.#isStopping || this.quarantine !== null) return
    const hasMajority = clusterMs !== null && this.hasMajority(nowMs)
    for (const key of this.#dirty) {
      const isLocal = isLocalJob(this.#host.job(key))
      if (!isLocal && !hasMajority) continue
      this.#dirty.delete(key)
      const caretaker = this.isWitness || isLocal ? this.#caretaker : null
      const change = this.#claimant.plan(key, { nowMs, clusterMs: clusterMs ?? wallMs }, caretaker)
      if (change !== null) this.propose(key, change, isLocal)
    }
  }

  /** A person wants this witness replaced; false when nobody can take its place. */
  replaceWitness(node: NodeId, nowMs: number): boolean {
    return this.#electorate.replace(node, nowMs)
  }

  /** A person gives a majority of the witnesses up for lost; null when there is nothing to recover. */
  recoverWitnesses(clock: ClaimClock): Configuration | null {
    return this.hasMajority(clock.nowMs) ? null : this.#electorate.recover(clock)
  }

  canReplaceWitness(nowMs: number): boolean {
    return this.#electorate.canReplace(nowMs)
  }

  /** In the order in which the nodes will ask for this work; for people. */
  ranking(job: ScheduledJob, unit: Unit, nowMs: number): NodeId[] {
    return this.#claimant.ranking(job, unit, nowMs)
  }

  /** Why this agent votes and claims no more; null while it may. */
  get quarantine(): string | null {
    return this.#vouching.quarantine
  }

  #onConfigured(configuration: Configuration): void {
    this.#vouching.ask(configuration)
    this.#witness.configure(configuration)
    this.#proposer.configure(configuration, this.#nowMs)
    this.#caretaker.configure(configuration)
    this.#host.configured(configuration)
    this.#renewal.at(this.#nowMs)
  }

  #onSettled({ proposal, answer, value }: Settled, clock: ClaimClock): void {
    const { key, change, isLocal } = proposal
    if (change.kind === 'claim') this.#claimant.onSettled(key, change.unit)
    if (change.kind === 'reconfigure')
      return answer.kind === 'unknown' ? undefined : this.#electorate.onSettled(answer, clock.nowMs)
    if (value !== null) this.#learn(proposal, value, clock)
    if (answer.kind === 'unknown') {
      assert(change.kind === 'claim', 'only claims and changes of the witnesses are given up')
      return this.#releases.begin(change.opId, key, this.#host.self.nodeId)
    }
    if (change.kind === 'claim') this.#onClaimAnswered({ ...proposal, change }, answer, clock)
    else if (change.kind === 'release') this.#releases.end(change.opId)
    this.#host.settled(key, change, answer, isLocal)
    this.#dirty.add(key)
  }

  #onClaimAnswered(
    { key, change, isLocal }: Proposal & { readonly change: { readonly kind: 'claim' } },
    answer: Answer,
    clock: ClaimClock,
  ): void {
    if (answer.kind === 'refused')
      return this.#claimant.onRefused(key, change, answer.because, clock.clusterMs ?? clock.wallMs)
    if (answer.kind !== 'granted' || this.#releases.has(change.opId)) return
    const job = this.#host.job(key)
    // Gone or changed while the vote was under way: whoever comes next decides under the new definition.
    const isWanted = job?.revision === change.revision && !this.#isStopping
    if (isWanted) this.#host.granted(job, answer.entry, clock)
    else if (isLocal) this.propose(key, { kind: 'release', opId: change.opId, node: null }, true)
    else this.#releases.begin(change.opId, key, this.#isStopping ? this.#host.self.nodeId : null)
  }

  #learn({ key, isLocal }: Proposal, value: Register, { clusterMs, wallMs }: ClaimClock): void {
    if (isLocal === isLocalJob(this.#host.job(key))) this.#claimant.learn(registerNewsOf(key, value), 'vote')
    if (value.untold.length === 0) return
    this.#host.ledger.recordDecisions(key, value.untold, { atMs: clusterMs ?? wallMs, isLocal })
    const versions = value.untold.map((decision) => decision.version)
    if (isLocal) this.#local.tell(key, versions)
    else this.#proposer.tell(key, versions)
  }

  /** S6: an entry in our name from an earlier session. What was never marked is given back. */
  #onEntryFound({ key, token, opId: operation }: EntryFound): void {
    const { session } = this.#host
    const isOurs = (change: Change) =>
      (change.kind === 'claim' || change.kind === 'release') && change.opId === operation
    if (this.#releases.has(operation) || this.#proposer.isProposing(key, isOurs)) return
    if (!this.#host.knowsRun(key as JobName, token, false))
      this.#releases.begin(operation, key, this.#host.self.nodeId)
    else if (session.isValid(this.#nowMs))
      this.propose(key, { kind: 'adopt', token, session: session.session })
  }

  #beginSession(): void {
    this.#host.sessionBegan()
    // Whom we did not hear while we were cut off ourselves is not therefore dead.
    this.#witness.sessions.beginGrace(this.#nowMs)
    for (const key of this.#host.jobKeys()) this.#dirty.add(key)
  }

  #gossipDigest(clock: ClaimClock): void {
    if (!this.isWitness) return
    const { roster, self } = this.#host
    const { sessions } = this.#witness
    const isAbsent = (node: NodeId) => !roster.isConnected(node) || sessions.isQuiet(node, clock.nowMs)
    const others = roster.cards().filter((card) => card.nodeId !== self.nodeId)
    const absent = others.map((card) => card.nodeId).filter((node) => isAbsent(node))
    const digest = this.#witness.digest(absent, clock)
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
