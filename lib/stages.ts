// All stages of one agent and the wires between them: what each may ask of the ones to its
// left, and what it tells those to its right. One builder a stage; nothing here decides
// anything. node.ts says when each of them is called.

import type { Reading } from './base/clock.ts'
import type { Report } from './base/effect.ts'
import { assert } from './base/assert.ts'
import { jobName, type JobName, type NodeId } from './base/ids.ts'
import { Journal } from './base/journal.ts'
import { runLimits } from './base/limits.ts'
import { Random } from './base/random.ts'
import { Timers } from './base/timers.ts'
import { Catalog, type EditAuthor } from './catalog/catalog.ts'
import { pauseOf, writePause } from './catalog/cluster-pause.ts'
import type { CatalogService } from './catalog/category-services.ts'
import type { DocumentFactory } from './catalog/document.ts'
import { Documents } from './catalog/documents.ts'
import type { Parse } from './catalog/parse-cache.ts'
import { parseInstanceKey } from './claim/apply-hold.ts'
import type { ClaimClock, ClaimTimer } from './claim/claim-host.ts'
import { Claims } from './claim/claims.ts'
import type { Configuration } from './claim/configuration.ts'
import { runLabel } from './claim/local-registers.ts'
import { NodeCommands } from './claim/node-commands.ts'
import type { LiveEntry } from './claim/register.ts'
import { isBootJob, type ScheduledJob } from './claim/scheduled-job.ts'
import { SessionHolder } from './claim/session-holder.ts'
import type { Effect } from './effect.ts'
import type { Started } from './event.ts'
import { InstanceLedger } from './ledger/instance-ledger.ts'
import { Ledger } from './ledger/ledger.ts'
import { retentionOf, type Retention } from './ledger/retention.ts'
import { RunRequests } from './ledger/run-requests.ts'
import type { Hello } from './membership/hello.ts'
import { Roster } from './membership/roster.ts'
import { beginBoot } from './membership/self.ts'
import { environmentOf } from './run/environment.ts'
import { runKey, type ClaimStory } from './run/held-run.ts'
import { grantedChild, grantedRun, latestPlan } from './run/plan.ts'
import type { RunTimer } from './run/run-host.ts'
import { RunKeeper } from './run/run-keeper.ts'
import type { InstanceTimer } from './service/instance.ts'
import { ServiceKeeper } from './service/service-keeper.ts'

export type Timer = ClaimTimer | RunTimer | InstanceTimer | { readonly kind: 'tick' }

export type NodeOptions = {
  readonly documents: DocumentFactory
  /** Many nodes in one process may share what they parsed. */
  readonly parse?: Parse
}

export class Stages {
  readonly started: Started
  readonly journal = new Journal('journal')
  readonly timers = new Timers<Timer>()
  readonly hello: Hello
  readonly roster: Roster
  readonly session: SessionHolder
  readonly documents: Documents
  readonly catalog: Catalog
  readonly ledger: Ledger
  readonly claims: Claims
  readonly runs: RunKeeper
  readonly requests: RunRequests
  readonly services: ServiceKeeper
  readonly instanceLedger: InstanceLedger
  readonly commands: NodeCommands
  /** The reading of the step that is under way. */
  clock: ClaimClock
  /** What was on disk at the start is in memory. */
  isLoaded = false
  readonly #random: Random
  readonly #bootAtMs: number
  readonly #retention: Retention
  #effects: Effect[] = []

  /** `left`: this agent is no longer part of the cluster; `granted`: it holds a run. */
  constructor(
    options: NodeOptions,
    started: Started,
    at: {
      readonly reading: Reading
      readonly left: () => void
      readonly granted: (job: JobName, entry: LiveEntry) => void
    },
  ) {
    this.started = started
    this.#random = new Random(started.seed)
    // The shell looked at it before it started us.
    assert(this.journal.restore(started.journal), 'the journal is sound')
    this.hello = beginBoot(this.journal, this.#random, started)
    const { nodeId, bootNo, bootId } = this.hello
    const { steadyMs, wallMs } = at.reading
    this.clock = { nowMs: steadyMs, wallMs, clusterMs: null }
    this.#bootAtMs = wallMs
    this.roster = new Roster(nodeId)
    this.session = new SessionHolder({ nodeId, bootNo }, started.settings)
    const random = this.#random
    this.documents = new Documents({ factory: options.documents, self: nodeId, boot: bootId, random })
    this.catalog = new Catalog(this.documents, options.parse)
    this.#retention = this.#makeRetention()
    const isBelieved = () => this.claims.isVouched
    this.ledger = new Ledger(this.documents, { self: nodeId, retention: this.#retention, isBelieved })
    this.instanceLedger = new InstanceLedger(this.documents, nodeId)
    this.claims = this.#makeClaims(at.granted)
    this.commands = this.#makeCommands(at.left)
    this.runs = this.#makeRuns()
    this.requests = this.#makeRequests()
    this.services = this.#makeServices()
  }

  #makeRetention(): Retention {
    const { catalog } = this
    return retentionOf({
      isLoaded: () => this.isLoaded,
      definition: (job) => catalog.scheduledJob(job)?.definition,
      *definitions() {
        for (const { definition } of catalog.jobs()) yield definition
      },
    })
  }

  #makeClaims(granted: (job: JobName, entry: LiveEntry) => void): Claims {
    const { started, clock } = this
    return new Claims(
      {
        self: this.hello,
        foundWitnesses: started.foundWitnesses,
        settings: started.settings,
        journal: this.journal,
        random: this.#random,
        roster: this.roster,
        session: this.session,
        isLoaded: () => this.isLoaded,
        job: (key) => this.#scheduledJob(key),
        jobKeys: () => this.catalog.jobNames(),
        definitionAt: (job, revision) => this.catalog.definitionAt(job, revision),
        fetchDefinition: (key) => this.catalog.fetch(parseInstanceKey(key)?.service ?? key),
        send: (to, message) => this.emit({ kind: 'send', to, message }),
        gossip: (message) => this.emit({ kind: 'gossip', message }),
        setTimer: (atMs, timer) => this.timers.set(atMs, timer),
        granted: (job, entry, at) => {
          const lastSuccessMs = this.ledger.lastSuccessMs(job.name)
          const facts = { ...started, lastSuccessMs }
          if (entry.child)
            return this.runs.hold(
              grantedChild(job, entry, {
                facts,
                definitionAt: (revision) => this.catalog.definitionAt(job.name, revision),
              }),
              at.clock,
            )
          const run = grantedRun(job, entry, facts)
          this.runs.hold({ ...run, claim: this.#claimStory(job, entry, at) }, at.clock)
          granted(job.name, entry)
        },
        settled: (key, change, answer, isLocal) => {
          this.runs.onSettled({ job: jobName(key), change, answer, isLocal }, this.clock)
          this.requests.onSettled(key, change, answer)
        },
        ledger: this.ledger,
        holdsRunOf: (job) => this.runs.holds(job),
        knowsRun: (job, token, isLocal) => this.runs.knows(job, token, isLocal),
        maxRunning: started.maxRunning,
        heldJobs: () => this.runs.heldJobs(),
        replaced: (job, token, isLocal) => this.runs.replace(runKey({ job, token, isLocal }), this.clock),
        sessionBegan: () => {
          this.runs.adoptInto()
          this.services.adoptInto()
        },
        sessionExtended: () => {
          this.runs.extendLeases()
          this.services.extendLeases()
        },
        instances: {
          revision: (key) => this.#serviceOf(key)?.revision ?? null,
          mayTake: (key, holder) =>
            (holder.isGuarded && this.#serviceOf(key)?.definition.failover === 'spread') ||
            this.roster.stateOf(holder.node) === 'removed',
          onNews: (news) => this.services.onNews(news),
          settled: (key, change, answer) => this.services.onSettled(key, change, answer),
        },
        configured: (configuration) => this.#onConfigured(configuration),
        quarantined: (why) => this.report('error', why, {}),
      },
      clock.nowMs,
    )
  }

  /** Why the run is here, for people to ask later. */
  #claimStory(
    job: ScheduledJob,
    entry: LiveEntry,
    { clock, votes }: { readonly clock: ClaimClock; readonly votes: readonly NodeId[] },
  ): ClaimStory {
    const ranking = this.claims.ranking(job, entry.unit, clock.nowMs)
    const nameOf = (node: NodeId) => this.roster.nameOf(node)
    return {
      atMs: clock.clusterMs ?? clock.wallMs,
      ranking: ranking.slice(0, runLimits.rankingTold).map(nameOf),
      eligible: ranking.length,
      votes: votes.map(nameOf),
    }
  }

  #makeCommands(left: () => void): NodeCommands {
    return new NodeCommands({
      self: this.hello.nodeId,
      roster: this.roster,
      claims: this.claims,
      writeState: (node, state, user) => this.catalog.writeNodeState(node, state, { ...this.author(), user }),
      writePause: (isPaused, user) => writePause(this.documents, isPaused, { ...this.author(), user }),
      pause: () => pauseOf(this.documents),
      heldRuns: () => [...this.runs.runs()].length + this.services.size,
      refusePeers: (nodes) => this.emit({ kind: 'refuse-peers', nodes }),
      releaseWaiting: (which) => this.runs.releaseWaiting(which),
      left,
    })
  }

  #makeRuns(): RunKeeper {
    return new RunKeeper({
      journal: this.journal,
      session: this.session,
      settings: this.started.settings,
      propose: (job, change, isLocal) => this.claims.propose(job, change, isLocal),
      effect: (effect) => this.emit(effect),
      send: (to, message) => this.emit({ kind: 'send', to, message }),
      setTimer: (atMs, timer) => this.timers.set(atMs, timer),
      record: (run, atMs) => this.ledger.recordRun(run, atMs),
      keepMs: (job) => this.#retention.keepMs(job),
      runLimit: (job) => this.catalog.scheduledJob(job)?.definition.runLimit ?? runLimits.outputsPerJob,
      environment: (run, action) => environmentOf(run, action, this.started.name),
      isPublished: (event) => this.ledger.events.isPublished(event),
      publish: (id, run, atMs) => {
        const by = `run ${run.job}.${runLabel(run.entry, this.started.name)}`
        this.ledger.recordEvent({ id, state: 'published', by }, atMs)
      },
      latestPlan: (run, action) => {
        const job = this.catalog.scheduledJob(run.job)
        const facts = { ...this.started, lastSuccessMs: this.ledger.lastSuccessMs(run.job) }
        return job === undefined ? null : latestPlan(job, run, { action, facts })
      },
    })
  }

  #makeRequests(): RunRequests {
    return new RunRequests({
      self: this.hello.nodeId,
      ledger: this.ledger,
      findJob: (name) => this.catalog.findJob(name),
      jobNames: () => this.catalog.jobNames(),
      nameOf: (node) => this.roster.nameOf(node),
      isConnected: (node) => this.roster.isConnected(node),
      isRemoved: (node) => this.roster.stateOf(node) === 'removed',
      eligible: (job) => this.roster.eligible(job.definition.nodes),
      hasMajority: (nowMs) => this.claims.hasMajority(nowMs),
      propose: (key, change, isLocal) => this.claims.propose(key, change, isLocal),
      order: (key, order, now) => this.runs.order(key, order, now),
      pause: () => this.roster.pause,
      childChanged: (job, token, now) => this.runs.onChildChanged(job, token, now),
      send: (to, message) => this.emit({ kind: 'send', to, message }),
      answer: (askId, answer) => this.emit({ kind: 'answer', askId, answer }),
    })
  }

  #makeServices(): ServiceKeeper {
    return new ServiceKeeper({
      self: this.started,
      settings: this.started.settings,
      journal: this.journal,
      session: this.session,
      roster: this.roster,
      clock: () => ({ nowMs: this.clock.nowMs, instantMs: this.instantMs() }),
      isLoaded: () => this.isLoaded,
      hasMajority: () => this.claims.hasMajority(this.clock.nowMs) && this.claims.quarantine === null,
      services: () => this.catalog.services(),
      service: (name) => this.catalog.service(name),
      propose: (key, change) => this.claims.propose(key, change, false),
      effect: (effect) => this.emit(effect),
      setTimer: (atMs, timer) => this.timers.set(atMs, timer),
      ledger: this.instanceLedger,
    })
  }

  #serviceOf(registerKey: string): CatalogService | undefined {
    return this.catalog.service(parseInstanceKey(registerKey)?.service ?? '')
  }

  read({ steadyMs, wallMs }: Reading): void {
    this.clock = { nowMs: steadyMs, wallMs, clusterMs: this.session.clusterMs(steadyMs) }
  }

  emit(...effects: readonly Effect[]): void {
    this.#effects.push(...effects)
  }

  /** What the stages want done since the last call, but for what is to be written. */
  takeEffects(): Effect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  report(level: Report['level'], text: string, facts: Report['facts']): void {
    this.emit({ kind: 'report', level, text, facts })
  }

  /** Cluster time; before a majority told it, the wall clock. */
  instantMs(): number {
    return this.clock.clusterMs ?? this.clock.wallMs
  }

  /** With the start of this agent, which is the slot of some jobs. */
  #scheduledJob(key: string): ScheduledJob | undefined {
    const job = this.catalog.scheduledJob(key)
    return job !== undefined && isBootJob(job) ? { ...job, bootAtMs: this.#bootAtMs } : job
  }

  /** Who changes what people wrote, when it is this agent. */
  author(): EditAuthor {
    const { name, timeZone } = this.started
    return { node: this.hello.nodeId, nodeName: name, timeZone, atMs: this.instantMs() }
  }

  /** Tells everybody what this agent is and where it can be reached. */
  writeCard(addresses: readonly string[]): void {
    const { nodeId, name, hostname, labels, version, zoneData, canWitness } = this.started
    const { bootNo } = this.hello
    const startedAtMs = this.clock.wallMs
    const card = {
      nodeId,
      name,
      hostname,
      labels,
      version,
      zoneData,
      canWitness,
      bootNo,
      addresses,
      startedAtMs,
    }
    this.roster.setCard(card)
    this.catalog.writeCard(card, this.instantMs())
  }

  #onConfigured({ epoch, members }: Configuration): void {
    const witnesses = members.map((member) => this.roster.nameOf(member.nodeId)).join(' ')
    this.report('info', 'the witnesses are set', { epoch, witnesses })
  }
}
