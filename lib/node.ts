// The core's one door: an event with one reading of the clocks goes in, a list of effects
// comes out. Nothing here decides anything; it brings what one stage found out to the next,
// always in the order of the stages:
//
//     definition → catalog → placement → claim → run → ledger → view
//
// and puts the effects in order: first what is to be written, then what may reveal it.

import { assert, unreachable } from './base/assert.ts'
import type { Reading } from './base/clock.ts'
import type { Report, StoreEffect } from './base/effect.ts'
import { jobName, type NodeId } from './base/ids.ts'
import { Journal } from './base/journal.ts'
import { documentLimits, runLimits, timeLimits } from './base/limits.ts'
import { Random } from './base/random.ts'
import { Timers } from './base/timers.ts'
import { Catalog } from './catalog/catalog.ts'
import { isConfigCommand } from './catalog/config-command.ts'
import type { DocumentFactory } from './catalog/document.ts'
import { DropQueue } from './catalog/drop-queue.ts'
import { Documents, type ChangedDocument } from './catalog/documents.ts'
import type { ClaimClock, ClaimTimer } from './claim/claim-host.ts'
import { Claims } from './claim/claims.ts'
import type { Configuration } from './claim/configuration.ts'
import { NodeCommands } from './claim/node-commands.ts'
import { SessionHolder } from './claim/session-holder.ts'
import type { Effect } from './effect.ts'
import type { Event, Started } from './event.ts'
import { Ledger } from './ledger/ledger.ts'
import type { Hello } from './membership/hello.ts'
import { Roster } from './membership/roster.ts'
import type { Message } from './message.ts'
import { beginBoot } from './membership/self.ts'
import { environmentOf } from './run/environment.ts'
import { grantedRun } from './run/plan.ts'
import { RunKeeper, type RunTimer } from './run/run-keeper.ts'
import { answerConfigCommand } from './view/config-change-view.ts'
import { dropReports, removalReport } from './view/drop-reports.ts'
import { answerQuestion, type Sources } from './view/answer-question.ts'
import type { Answer, Command } from './view/question.ts'

type Timer = ClaimTimer | RunTimer | { readonly kind: 'tick' }

export type NodeOptions = { readonly documents: DocumentFactory }

/** Before the first event, `started`, there is nothing; after it, all parts. */
export class Node {
  readonly #options: NodeOptions
  #core: Core | null = null

  constructor(options: NodeOptions) {
    this.#options = options
  }

  /** Handles one event; the effects are to be carried out in the order of the list (see base/effect.ts). */
  step(reading: Reading, event: Event): readonly Effect[] {
    if (event.kind === 'started') {
      assert(this.#core === null, 'an agent starts once')
      this.#core = new Core(this.#options, event, reading)
      return this.#core.start(reading)
    }
    assert(this.#core !== null, 'the first event is started')
    return this.#core.step(reading, event)
  }
}

class Core {
  readonly #started: Started
  readonly #journal = new Journal('journal')
  readonly #random: Random
  readonly #timers = new Timers<Timer>()
  readonly #hello: Hello
  readonly #roster: Roster
  readonly #session: SessionHolder
  readonly #documents: Documents
  readonly #catalog: Catalog
  readonly #ledger: Ledger
  readonly #claims: Claims
  readonly #runs: RunKeeper
  readonly #commands: NodeCommands
  #effects: Effect[] = []
  #clock: ClaimClock
  #addresses: readonly string[] = []
  readonly #drops = new DropQueue()
  readonly #startedAtMs: number
  #stopping: { readonly drain: boolean; readonly sinceMs: number } | null = null
  #isStopped = false
  /** What was on disk at the start is in memory. */
  #isLoaded = false

  constructor(options: NodeOptions, started: Started, reading: Reading) {
    this.#started = started
    this.#random = new Random(started.seed)
    // The shell looked at it before it started us.
    assert(this.#journal.restore(started.journal), 'the journal is sound')
    this.#hello = beginBoot(this.#journal, this.#random, started)
    const { nodeId, bootNo, bootId } = this.#hello
    const { settings } = started
    this.#clock = { nowMs: reading.steadyMs, wallMs: reading.wallMs, clusterMs: null }
    this.#startedAtMs = reading.steadyMs

    this.#roster = new Roster(nodeId)
    this.#session = new SessionHolder({ nodeId, bootNo }, settings)
    const random = this.#random
    this.#documents = new Documents({ factory: options.documents, self: nodeId, boot: bootId, random })
    this.#catalog = new Catalog(this.#documents)
    this.#ledger = new Ledger(this.#documents, nodeId)
    this.#claims = new Claims(
      {
        self: this.#hello,
        foundWitnesses: started.foundWitnesses,
        settings,
        journal: this.#journal,
        random: this.#random,
        roster: this.#roster,
        session: this.#session,
        isLoaded: () => this.#isLoaded,
        job: (key) => this.#catalog.scheduledJob(key),
        jobKeys: () => this.#catalog.jobNames(),
        send: (to, message) => this.#effects.push({ kind: 'send', to, message }),
        gossip: (message) => this.#effects.push({ kind: 'gossip', message }),
        setTimer: (atMs, timer) => this.#timers.set(atMs, timer),
        granted: (job, entry, clock) => {
          const lastSuccessMs = this.#ledger.lastSuccessMs(job.name)
          this.#runs.hold(grantedRun(job, entry, { ...started, lastSuccessMs }), clock)
        },
        settled: (key, change, answer, isLocal) =>
          this.#runs.onSettled({ job: jobName(key), change, answer, isLocal }, this.#clock),
        ledger: this.#ledger,
        knowsRun: (job, token, isLocal) => this.#runs.knows(job, token, isLocal),
        sessionBegan: () => this.#runs.adoptInto(),
        sessionExtended: () => this.#runs.extendLeases(),
        configured: (configuration) => this.#onConfigured(configuration),
        quarantined: (why) => this.#report('error', why, {}),
      },
      reading.steadyMs,
    )
    this.#commands = new NodeCommands({
      self: nodeId,
      roster: this.#roster,
      claims: this.#claims,
      writeState: (node, state, user) =>
        this.#catalog.writeNodeState(node, state, { ...this.#author(), user }),
      heldRuns: () => this.#runs.size,
      refusePeers: (nodes) => this.#effects.push({ kind: 'refuse-peers', nodes }),
      releaseWaiting: () => this.#runs.releaseWaiting(),
      left: () => {
        this.#report('warn', 'this agent is no longer part of the cluster, and stops', {})
        this.#stop(false)
      },
    })
    this.#runs = new RunKeeper({
      journal: this.#journal,
      session: this.#session,
      settings,
      propose: (job, change, isLocal) => this.#claims.propose(job, change, isLocal),
      effect: (effect) => this.#effects.push(effect),
      setTimer: (atMs, timer) => this.#timers.set(atMs, timer),
      record: (run, atMs) => this.#ledger.recordRun(run, atMs),
      runLimit: (job) => this.#catalog.scheduledJob(job)?.definition.runLimit ?? runLimits.outputsPerJob,
      environment: (run, action) => environmentOf(run, action, this.#started.name),
    })
  }

  start(reading: Reading): readonly Effect[] {
    this.#read(reading)
    this.#documents.listed(this.#started.documentLogs)
    this.#effects.push({ kind: 'say-hello', hello: this.#hello })
    this.#writeCard()
    this.#claims.recover(this.#clock)
    this.#runs.recover(reading.steadyMs)
    this.#timers.set(reading.steadyMs, { kind: 'tick' })
    return this.#finish()
  }

  step(reading: Reading, event: Exclude<Event, Started>): readonly Effect[] {
    this.#read(reading)
    for (
      let timer = this.#timers.takeDue(reading.steadyMs);
      timer !== null;
      timer = this.#timers.takeDue(reading.steadyMs)
    )
      this.#onTimer(timer)
    this.#onEvent(event)
    return this.#finish()
  }

  #read({ steadyMs, wallMs }: Reading): void {
    this.#clock = { nowMs: steadyMs, wallMs, clusterMs: this.#session.clusterMs(steadyMs) }
  }

  #onEvent(event: Exclude<Event, Started>): void {
    const { nowMs } = this.#clock
    switch (event.kind) {
      case 'woke':
        return
      case 'peer-connected':
        return this.#onPeerConnected(event.peer, event.hello)
      case 'peer-disconnected':
        this.#roster.setConnected(event.peer, false)
        this.#documents.onPeerDown(event.peer)
        return this.#claims.onPeerDisconnected(event.peer, this.#clock)
      case 'message-received':
        return this.#onMessage(event.from, event.message)
      case 'gossip-received':
        if (event.message.kind === 'digest') return this.#claims.onDigest(event.message, nowMs)
        return this.#documents.onGossip(event.from, event.message, nowMs)
      case 'log-read':
        return this.#documents.recover(event.log, event.content)
      case 'spawned':
      case 'spawn-failed':
      case 'not-started':
      case 'child-adopted':
      case 'child-exited':
      case 'child-gone':
        return this.#runs.onProcess(event, this.#clock)
      case 'file-dropped':
        return this.#drops.add(event)
      case 'file-removed':
        this.#drops.remove(event.fileName)
        this.#effects.push(removalReport(event, this.#catalog.removeFile(event.fileName, this.#author())))
        return
      case 'addresses-changed':
        this.#addresses = event.addresses
        return this.#writeCard()
      case 'asked':
        return this.#answer(event.askId, answerQuestion(event.question, this.#sources()))
      case 'commanded':
        return this.#answer(event.askId, this.#carryOut(event.command, event.user))
      case 'stop-asked':
        return this.#stop(event.drain)
      default:
        return unreachable(event)
    }
  }

  #onMessage(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'document-digest':
      case 'document-groups':
      case 'document-heads':
      case 'document-sync':
        return this.#documents.onMessage(from, message, this.#clock.nowMs)
      default:
        return this.#claims.onMessage(from, message, this.#clock)
    }
  }

  #onTimer(timer: Timer): void {
    switch (timer.kind) {
      case 'tick':
        return this.#tick()
      case 'start-run':
        return this.#runs.onTimer(timer, this.#clock)
      default:
        return this.#claims.onTimer(timer, this.#clock)
    }
  }

  #tick(): void {
    const { nowMs } = this.#clock
    this.#timers.set(nowMs + timeLimits.tickMs, { kind: 'tick' })
    this.#documents.onTick(nowMs)
    this.#claims.onTick(this.#clock)
    this.#ledger.onTick(this.#instantMs())
    this.#commands.onTick()
  }

  /** Cluster time; before a majority told it, the wall clock. */
  #instantMs(): number {
    return this.#clock.clusterMs ?? this.#clock.wallMs
  }

  #onPeerConnected(peer: NodeId, hello: Hello): void {
    this.#roster.setConnected(peer, true)
    this.#documents.onPeerUp(peer, this.#clock.nowMs)
    this.#claims.onPeerConnected(hello, this.#clock.nowMs)
  }

  #onConfigured(configuration: Configuration): void {
    const { epoch, members } = configuration
    const witnesses = members.map((member) => this.#roster.nameOf(member.nodeId)).join(' ')
    this.#report('info', 'the witnesses are set', { epoch, witnesses })
  }

  #writeCard(): void {
    const { nodeId, name, hostname, labels, version, zoneData, canWitness } = this.#started
    const { bootNo } = this.#hello
    const card = {
      nodeId,
      name,
      hostname,
      labels,
      version,
      zoneData,
      canWitness,
      bootNo,
      addresses: this.#addresses,
      startedAtMs: this.#clock.wallMs,
    }
    this.#roster.setCard(card)
    this.#catalog.writeCard(card, this.#instantMs())
  }

  #carryOut(command: Command, user: string): Answer {
    if (!isConfigCommand(command)) return this.#commands.carryOut(command, user, this.#clock)
    return answerConfigCommand(command, this.#catalog, { ...this.#author(), user })
  }

  #author() {
    return { node: this.#hello.nodeId, nodeName: this.#started.name, atMs: this.#instantMs() }
  }

  #takeDrops(): void {
    if (this.#documents.isLoading) return
    const taken = this.#drops.take(this.#catalog, { isCaughtUp: this.#isCaughtUp(), author: this.#author() })
    for (const { fileName, outcome } of taken) this.#effects.push(...dropReports(fileName, outcome))
  }

  #isCaughtUp(): boolean {
    const isAlone = this.#claims.configuration?.members.every(
      (member) => member.nodeId === this.#hello.nodeId,
    )
    if (isAlone === undefined) return false
    return isAlone || this.#clock.nowMs >= this.#startedAtMs + documentLimits.catchUpPatienceMs
  }

  #report(level: 'info' | 'warn' | 'error', text: string, facts: Report['facts']): void {
    this.#effects.push({ kind: 'report', level, text, facts })
  }

  #answer(askId: number, answer: Answer): void {
    this.#effects.push({ kind: 'answer', askId, answer })
  }

  #sources(): Sources {
    return {
      self: this.#started,
      clock: this.#clock,
      isStopping: this.#stopping !== null,
      roster: this.#roster,
      session: this.#session,
      catalog: this.#catalog,
      claims: this.#claims,
      ledger: this.#ledger,
      running: this.#runs.running(),
    }
  }

  /** Brings what the stages found out to each other until nothing is new, and puts all effects in order. */
  #finish(): readonly Effect[] {
    const store: StoreEffect[] = []
    const loads: Effect[] = []
    this.#takeDrops()
    for (;;) {
      this.#claims.flush(this.#clock)
      const found = this.#documents.takeEffects()
      store.push(...found.store)
      for (const log of found.loads) loads.push({ kind: 'read-log', log })
      for (const message of found.gossips) this.#effects.push({ kind: 'gossip', message })
      this.#effects.push(...found.sends, ...found.reports)
      this.#onDocumentsChanged(found.changed)
      const isNews = found.changed.length > 0 || (!this.#isLoaded && !this.#documents.isLoading)
      this.#isLoaded ||= !this.#documents.isLoading
      if (!isNews) break
    }
    this.#stopWhenIdle()
    const effects: Effect[] = [...this.#journal.takeEffects(), ...store, ...loads, ...this.#effects]
    this.#effects = []
    const atMs = this.#timers.nextAtMs()
    if (atMs !== null) effects.push({ kind: 'wake-at', atMs })
    return effects
  }

  #onDocumentsChanged(changed: readonly ChangedDocument[]): void {
    const jobs = this.#catalog.onChanged(changed)
    for (const job of jobs)
      this.#runs.onDefinitionChanged(job, this.#catalog.scheduledJob(job)?.revision ?? null)
    const hasNewCards = changed.some(({ id }) => id === 'root')
    if (hasNewCards) this.#commands.onRootChanged(this.#catalog)
    this.#claims.onJobsChanged(hasNewCards ? this.#catalog.jobNames() : jobs)
    this.#ledger.onChanged(changed)
  }

  #stop(drain: boolean): void {
    this.#stopping ??= { drain, sinceMs: this.#clock.nowMs }
    this.#claims.stop()
    this.#runs.releaseWaiting()
  }

  #stopWhenIdle(): void {
    if (this.#stopping === null || this.#isStopped) return
    if (!this.#runs.mayStop(this.#stopping, this.#clock.nowMs)) return
    this.#isStopped = true
    this.#effects.push({ kind: 'stopped' })
  }
}
