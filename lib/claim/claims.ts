// The claims of one agent as a whole: witness, proposer, session, agenda and caretaker
// behind one set of handlers, so that the node sees what was granted, not how (README.md).

import type { NodeId } from '../base/ids.ts'
import { timeLimits, voteLimits } from '../base/limits.ts'
import type { Hello } from '../membership/hello.ts'
import { WrittenWaits } from './after-written.ts'
import { Capacity, type FullWork } from './capacity.ts'
import { Caretaker } from './caretaker.ts'
import type { Change } from './change.ts'
import type { ClaimClock, ClaimHost, ClaimTimer } from './claim-host.ts'
import { ClaimPace } from './claim-pace.ts'
import type { ClaimTally } from './claim-tally.ts'
import { majorityOf, witnessOf, type Configuration } from './configuration.ts'
import { Electorate } from './electorate.ts'
import type { ClaimMessage, Digest, Envelope, VotesAsked } from './message.ts'
import { inParts } from './message-size.ts'
import { Proposals } from './proposals.ts'
import type { Cursor, Unit } from './register.ts'
import { Renewal } from './renewal.ts'
import { isLocalJob, type ScheduledJob } from './scheduled-job.ts'
import { VanishedRuns } from './vanished-runs.ts'
import { VoteTurns } from './vote-turns.ts'
import { Vouching } from './vouching.ts'
import { Witness } from './witness.ts'

export class Claims {
  readonly #host: ClaimHost
  readonly #vouching: Vouching
  readonly #witness: Witness
  readonly #turns: VoteTurns
  readonly #proposals: Proposals
  readonly #caretaker: Caretaker
  readonly #vanished: VanishedRuns
  readonly #renewal: Renewal
  readonly #electorate: Electorate
  readonly #writtenWaits: WrittenWaits
  readonly #beganAtMs: number
  #lastScanMs: number
  #lastDigestMs = -Infinity
  /** The steady clock in the step that is under way. */
  #nowMs: number

  constructor(host: ClaimHost, nowMs: number) {
    this.#host = host
    this.#nowMs = nowMs
    this.#beganAtMs = nowMs
    this.#lastScanMs = nowMs
    const { self, settings, journal, random } = host
    this.#vouching = new Vouching({
      self,
      journal,
      position: () => this.#witness.position,
      send: (to, message) => host.send(to, message),
      quarantined: (why) => {
        // It can end nothing any more: what it holds is to be lost, and not to hold up others for ever.
        host.session.end()
        host.quarantined(why)
      },
    })
    this.#witness = new Witness(
      {
        self,
        settings,
        journal,
        isVouched: (configuration) => this.#vouching.isVouched(configuration),
        newestRevision: (key) => host.job(key)?.revision ?? host.instances.revision(key),
        isPaused: () => host.roster.pause !== null,
      },
      nowMs,
    )
    this.#turns = new VoteTurns((atMs, timer) => host.setTimer(atMs, timer))
    const pace = new ClaimPace(settings)
    this.#writtenWaits = new WrittenWaits((waitNo) => host.send(self.nodeId, { kind: 'written', waitNo }))
    const capacity = new Capacity(host)
    this.#proposals = new Proposals({
      node: host,
      pace,
      capacity,
      caretaker: (isLocal) => (isLocal || this.isWitness ? this.#caretaker : null),
      expiry: (key, work, atMs) => this.#caretaker.expiry(key, work, atMs),
      vanished: (key, value) => this.#vanished.looked(key, value),
      tellFull: (work, atMs) => this.#tellFull(work, atMs),
      hasMajority: (atMs) => this.hasMajority(atMs),
      isPartitioned: (atMs) => this.#isPartitioned(atMs),
      isAlone: (atMs) => this.#isAlone(atMs),
      isQuarantined: () => this.quarantine !== null,
      isVouched: () => this.isVouched,
      afterWritten: (action) => this.#writtenWaits.add(action),
      askVotes: (asked) => this.#toWitnesses((envelope) => ({ kind: 'votes-asked', envelope, ...asked })),
      reconfigured: (answer, atMs) => this.#electorate.onSettled(answer, atMs),
    })
    this.#renewal = new Renewal({
      session: host.session,
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
          this.#proposals.propose(key, change, false, this.#nowMs + voteLimits.probeTimeoutMs),
        isLeaving: (node) => host.roster.isLeaving(node),
        isQuarantined: () => this.quarantine !== null,
        isVoting: (node) => host.roster.isHeard(node, this.#nowMs, voteLimits.partitionedAfterMs),
        configured: (configuration) => this.#onConfigured(configuration),
      },
      nowMs,
    )
    this.#caretaker = new Caretaker({
      self: self.nodeId,
      rankDelayMs: () => pace.rankDelayMs(this.#nowMs),
      witness: this.#witness,
      job: (key) => host.job(key),
      mayTake: (key, holder) => host.instances.mayTake(key, holder),
      isRecorded: (key, decision) => host.ledger.isRecorded(key, decision),
      isPaused: () => host.roster.pause !== null,
      hasEligible: (job) =>
        host.roster.eligible(job.definition.nodes).some((node) => host.roster.isLive(node, this.#nowMs)),
    })
    this.#vanished = new VanishedRuns({
      self: self.nodeId,
      witness: this.#witness,
      running: () => host.ledger.running(),
      isLive: (node) => host.roster.isLive(node, this.#nowMs),
      knowsRun: ({ job, token }) => host.knowsRun(job, token, false),
      turnDelayMs: ({ job, subject }) => this.#caretaker.turnDelayMs(job, subject),
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
    this.#proposals.recover()
  }

  /** Whether a majority of the witnesses answered of late. */
  hasMajority(nowMs: number): boolean {
    return this.#renewal.hasMajority(nowMs)
  }

  /** Neither asked nor heard is a majority there: this agent's side of the network, if there is one, is cut off. */
  #isPartitioned(nowMs: number): boolean {
    return this.configuration !== null && this.#isAlone(nowMs)
  }

  /** No majority is there to tell the time, or none yet; who has just started waits for its first answer. */
  #isAlone(nowMs: number): boolean {
    if (nowMs - this.#beganAtMs < voteLimits.partitionedAfterMs) return false
    if (this.configuration === null) return true
    if (this.hasMajority(nowMs)) return false
    const { members } = this.configuration
    const { roster } = this.#host
    const heard = members.filter(({ nodeId }) => roster.isHeard(nodeId, nowMs, voteLimits.partitionedAfterMs))
    return heard.length < majorityOf(this.configuration)
  }

  stop(): void {
    this.#proposals.stop()
  }

  /** From outside this stage: settled() tells the answer, however long it takes. */
  propose(key: string, change: Change, isLocal: boolean): void {
    this.#proposals.propose(key, change, isLocal)
  }

  /** These jobs are new, changed or gone, or who may run them changed. */
  onJobsChanged(keys: Iterable<string>): void {
    this.#proposals.planSoon(keys)
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
    // For what it holds of an epoch those who voted in it vouch, and not who votes in the next.
    if (message.kind === 'seal') this.#vouching.ask({ members: message.next.previous })
    switch (message.kind) {
      case 'votes-asked':
        return this.#onVotesAsked(from, message, clock)
      case 'renew':
        return send(from, this.#witness.onRenew(from, message, clock))
      case 'ask-expired':
        return send(from, this.#witness.onAskExpired(from, message, clock.nowMs))
      case 'votes-given':
        this.#witness.noteReached(from, message, clock.nowMs)
        return this.#proposals.onVotes(message, clock)
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
      case 'written':
        if (from === this.#host.self.nodeId) this.#writtenWaits.onWritten(message.waitNo)
        return
      case 'node-full':
        return this.#caretaker.onFull(message.work, clock.nowMs)
      case 'entry-found':
        return this.#proposals.onEntryFound(message, clock.nowMs)
      default:
        return this.#electorate.onMessage(from, message, clock.nowMs)
    }
  }

  #onVotesAsked(from: NodeId, message: VotesAsked, clock: ClaimClock): void {
    const asked = this.#turns.admit({ from, asked: message }, clock.nowMs)
    if (asked.prepares.length + asked.accepts.length > 0) this.#vote(from, asked, clock)
    this.#nextTurns(clock)
  }

  #nextTurns(clock: ClaimClock): void {
    for (let next = this.#turns.next(clock.nowMs); next.length > 0; next = this.#turns.next(clock.nowMs))
      for (const { from, asked } of next) this.#vote(from, asked, clock)
  }

  #vote(from: NodeId, asked: VotesAsked, clock: ClaimClock): void {
    const given = this.#witness.onVotesAsked(from, asked, clock)
    if (given.kind === 'votes-refused') return this.#host.send(from, given)
    this.#turns.answered(given, clock.nowMs)
    for (const part of inParts(given)) this.#host.send(from, part)
    for (const [index, { answer }] of given.accepts.entries())
      if (answer.kind === 'accepted') this.#proposals.onAccepted(asked.accepts[index]!, clock.nowMs)
    const isDue = clock.nowMs - this.#lastDigestMs >= voteLimits.digestGapMs
    if (this.#witness.hasUrgentNews && isDue) this.#gossipDigest(clock)
  }

  onDigest(digest: Digest, nowMs: number): void {
    this.#nowMs = nowMs
    this.#host.roster.onDigest(digest.witness, digest.absent, nowMs)
    this.#witness.noteReached(digest.witness, digest, nowMs)
    for (const news of digest.registers) this.#proposals.onNews(news, digest.witness)
  }

  onTimer(timer: ClaimTimer, clock: ClaimClock): void {
    this.#nowMs = clock.nowMs
    switch (timer.kind) {
      case 'attempt':
      case 'plan':
      case 'partition-slot':
        return this.#proposals.onTimer(timer, clock)
      case 'renew':
        return this.#renewal.onTimer(timer, clock.nowMs)
      case 'turn':
        this.#turns.onTimer(timer, clock.nowMs)
        return this.#nextTurns(clock)
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
    this.#proposals.onTick(clock)
    if (clock.clusterMs !== null && this.hasMajority(clock.nowMs))
      for (const key of this.#vanished.scan(clock.nowMs)) this.#proposals.propose(key, { kind: 'look' })
    if (!this.isWitness) return
    this.#gossipDigest(clock)
    if (clock.clusterMs === null || !this.hasMajority(clock.nowMs)) return
    for (const concern of this.#caretaker.scan({ nowMs: clock.nowMs, clusterMs: clock.clusterMs })) {
      if (concern.kind === 'propose') this.#proposals.propose(concern.key, concern.change)
      else if (concern.kind === 'tell') this.#host.send(concern.to, concern.message)
      else this.#toWitnesses((envelope) => ({ kind: 'ask-expired', envelope, session: concern.session }))
    }
  }

  /** At the end of each step: plans what changed, sends what is to be voted on, tells what was settled. */
  flush(clock: ClaimClock): void {
    this.#proposals.flush(clock)
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
    return this.#proposals.ranking(job, unit, nowMs)
  }

  /** Up to which slot all is decided, as far as is known here. */
  cursorOf(key: string): Cursor {
    return this.#proposals.cursorOf(key)
  }

  get tally(): ClaimTally {
    return this.#proposals.tally
  }

  /** Whether a majority vouched for this agent's memory. */
  get isVouched(): boolean {
    return this.#vouching.isVouched(this.configuration)
  }

  /** Why this agent votes and claims no more; null while it may. */
  get quarantine(): string | null {
    return this.#vouching.quarantine
  }

  #onConfigured(configuration: Configuration): void {
    this.#vouching.ask(configuration)
    this.#witness.configure(configuration)
    this.#proposals.configure(configuration, this.#nowMs)
    this.#caretaker.configure(configuration)
    this.#host.configured(configuration)
    this.#renewal.at(this.#nowMs)
  }

  #beginSession(): void {
    this.#host.sessionBegan()
    // Whom we did not hear while we were cut off ourselves is not therefore dead.
    this.#witness.sessions.beginGrace(this.#nowMs)
    this.#proposals.planAll()
  }

  #gossipDigest(clock: ClaimClock): void {
    if (!this.isWitness) return
    this.#lastDigestMs = clock.nowMs
    const { roster, self } = this.#host
    const { sessions } = this.#witness
    const nodes = roster.cards().map((card) => card.nodeId)
    const isAbsent = (node: NodeId) => !roster.isConnected(node) || sessions.isQuiet(node, clock.nowMs)
    const absent = nodes.filter((node) => node !== self.nodeId && isAbsent(node))
    const digest = this.#witness.digest(absent, clock.nowMs)
    this.#host.gossip(digest)
    this.onDigest(digest, clock.nowMs)
  }

  #tellFull(work: readonly FullWork[], nowMs: number): void {
    this.#caretaker.onFull(work, nowMs)
    const voted = work.filter(({ key }) => !isLocalJob(this.#host.job(key)))
    if (voted.length > 0) this.#toWitnesses(() => ({ kind: 'node-full', work: voted }))
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
