// The core's one door: an event with one reading of the clocks goes in, a list of effects
// comes out. Nothing here decides anything; it brings what one stage found out to the next,
// always in the order of the stages:
//
//     definition → catalog → placement → claim → run → ledger → view
//
// and puts the effects in order: first what is to be written, then what may reveal it.

import { assert, unreachable } from './base/assert.ts'
import type { Reading } from './base/clock.ts'
import type { StoreEffect } from './base/effect.ts'
import type { NodeId } from './base/ids.ts'
import { documentLimits } from './base/document-limits.ts'
import { timeLimits } from './base/limits.ts'
import { carryOutTokenCommand, isTokenCommand } from './catalog/token-command.ts'
import { isConfigCommand, type ConfigCommand } from './catalog/config-command.ts'
import { isBucket } from './catalog/document-key.ts'
import type { ChangedDocument } from './catalog/documents.ts'
import { DropQueue } from './catalog/drop-queue.ts'
import { EditQueue } from './catalog/edit-queue.ts'
import type { Effect } from './effect.ts'
import type { Event, Started } from './event.ts'
import { isRunCommand, type RunCommand } from './ledger/run-command.ts'
import type { Hello } from './membership/hello.ts'
import type { Message } from './message.ts'
import type { ProcessEvent } from './run/event.ts'
import { inClusterTime } from './run/in-cluster-time.ts'
import { UnjudgedEvents } from './run/unjudged-events.ts'
import { carryOutServiceCommand, type ServiceCommand } from './service/service-command.ts'
import { Stages, type NodeOptions, type Timer } from './stages.ts'
import { answerQuestion, type Sources } from './view/answer-question.ts'
import { answerConfigCommand } from './view/config-change-view.ts'
import { dropReports, removalReport } from './view/drop-reports.ts'
import { Newsroom } from './view/news.ts'
import type { Answer, Command } from './view/question.ts'

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
  readonly #stages: Stages
  readonly #drops = new DropQueue()
  readonly #edits = new EditQueue()
  readonly #newsroom: Newsroom
  readonly #startedAtMs: number
  readonly #unjudged: UnjudgedEvents
  #addresses: readonly string[] = []
  #stopping: { readonly drain: boolean; readonly sinceMs: number } | null = null
  #isStopped = false

  constructor(options: NodeOptions, started: Started, reading: Reading) {
    this.#startedAtMs = reading.steadyMs
    this.#unjudged = new UnjudgedEvents(reading.steadyMs)
    this.#stages = new Stages(options, started, {
      reading,
      left: () => this.#onLeft(),
      granted: (job, entry) => this.#newsroom.onGranted(job, entry, started.name),
    })
    this.#newsroom = new Newsroom((news) => this.#stages.emit({ kind: 'tell', news }))
  }

  start(reading: Reading): readonly Effect[] {
    const stages = this.#stages
    stages.read(reading)
    stages.documents.listed(stages.started.documentLogs)
    stages.emit({ kind: 'say-hello', hello: stages.hello })
    stages.writeCard(this.#addresses)
    stages.claims.recover(stages.clock)
    stages.runs.recover(reading.steadyMs)
    stages.services.recover()
    stages.timers.set(reading.steadyMs, { kind: 'tick' })
    return this.#finish()
  }

  step(reading: Reading, event: Exclude<Event, Started>): readonly Effect[] {
    const { timers } = this.#stages
    this.#stages.read(reading)
    for (
      let timer = timers.takeDue(reading.steadyMs);
      timer !== null;
      timer = timers.takeDue(reading.steadyMs)
    )
      this.#onTimer(timer)
    this.#onEvent(event)
    this.#tellRuns()
    return this.#finish()
  }

  #onEvent(event: Exclude<Event, Started>): void {
    const { nowMs } = this.#stages.clock
    switch (event.kind) {
      case 'woke':
        return
      case 'peer-connected':
        return this.#onPeerConnected(event.peer, event.hello)
      case 'peer-disconnected':
        this.#stages.roster.setConnected(event.peer, false)
        this.#stages.documents.onPeerDown(event.peer)
        return this.#stages.claims.onPeerDisconnected(event.peer, this.#stages.clock)
      case 'message-received':
        return this.#onMessage(event.from, event.message)
      case 'gossip-received':
        if (event.message.kind === 'digest') return this.#stages.claims.onDigest(event.message, nowMs)
        return this.#stages.documents.onGossip(event.from, event.message, nowMs)
      case 'log-read':
        return this.#stages.documents.recover(event.log, event.content)
      case 'spawned':
      case 'spawn-failed':
      case 'not-started':
      case 'child-adopted':
      case 'child-exited':
      case 'child-gone':
        if (!this.#stages.services.onProcess(event)) this.#onRun(event)
        return
      case 'instance-sighted':
      case 'health-answered':
      case 'output-told':
        return this.#stages.services.onEvent(event)
      case 'file-dropped':
        return this.#drops.add(event)
      case 'file-removed':
        this.#drops.remove(event.fileName)
        this.#stages.emit(
          removalReport(event, this.#stages.catalog.removeFile(event.fileName, this.#stages.author())),
        )
        return
      case 'addresses-changed':
        this.#addresses = event.addresses
        return this.#stages.writeCard(this.#addresses)
      case 'asked':
        return this.#answer(event.askId, answerQuestion(event.question, this.#sources()))
      case 'commanded':
        if (isRunCommand(event.command))
          return this.#stages.requests.carryOut(event.command, event, this.#stages.clock)
        if (isConfigCommand(event.command))
          return this.#edits.add({ ...event, command: event.command }, nowMs)
        return this.#answer(event.askId, this.#carryOut(event.command, event.user))
      case 'stop-asked':
        return this.#stop(event.drain)
      default:
        return unreachable(event)
    }
  }

  #onRun(event: ProcessEvent): void {
    this.#unjudged.add(event)
    this.#tellRuns()
  }

  #tellRuns(): void {
    const { runs, clock } = this.#stages
    for (const event of this.#unjudged.take(clock)) runs.onProcess(inClusterTime(event, clock), clock)
  }

  #onMessage(from: NodeId, message: Message): void {
    switch (message.kind) {
      case 'document-digest':
      case 'document-groups':
      case 'document-heads':
      case 'document-sync':
        return this.#stages.documents.onMessage(from, message, this.#stages.clock.nowMs)
      case 'order-asked':
      case 'order-answered':
      case 'local-run-asked':
      case 'child-changed':
        return this.#stages.requests.onMessage(from, message, this.#stages.clock)
      default:
        return this.#stages.claims.onMessage(from, message, this.#stages.clock)
    }
  }

  #onTimer(timer: Timer): void {
    switch (timer.kind) {
      case 'tick':
        return this.#tick()
      case 'start-run':
        return this.#stages.runs.onTimer(timer, this.#stages.clock)
      case 'instance':
        return this.#stages.services.onTimer(timer)
      default:
        return this.#stages.claims.onTimer(timer, this.#stages.clock)
    }
  }

  #tick(): void {
    const { nowMs, clusterMs } = this.#stages.clock
    this.#stages.timers.set(nowMs + timeLimits.tickMs, { kind: 'tick' })
    this.#stages.documents.onTick(nowMs)
    this.#stages.claims.onTick(this.#stages.clock)
    this.#stages.ledger.onTick(clusterMs)
    if (this.#stages.isLoaded && clusterMs !== null) this.#stages.runs.outputs.sweep(clusterMs)
    this.#stages.commands.onTick()
    this.#stages.requests.onTick(nowMs)
    this.#stages.runs.onTick(this.#stages.clock)
    this.#newsroom.onTick(this.#sources())
    this.#stages.services.refresh()
  }

  #onPeerConnected(peer: NodeId, hello: Hello): void {
    this.#stages.roster.setConnected(peer, true)
    this.#stages.documents.onPeerUp(peer, this.#stages.clock.nowMs)
    this.#stages.claims.onPeerConnected(hello, this.#stages.clock.nowMs)
  }

  #carryOut(command: Exclude<Command, RunCommand | ConfigCommand>, user: string): Answer {
    const { catalog, commands, clock } = this.#stages
    if (command.kind === 'order-service') return this.#orderService(command, user)
    if (isTokenCommand(command))
      return carryOutTokenCommand(command, catalog, { ...this.#stages.author(), user })
    return commands.carryOut(command, user, clock)
  }

  #orderService(command: ServiceCommand, user: string): Answer {
    const { catalog, instanceLedger } = this.#stages
    const author = { ...this.#stages.author(), user }
    return carryOutServiceCommand(command, {
      catalog,
      author,
      askRestart: (service, number) => instanceLedger.askRestart(service, number, author.atMs),
    })
  }

  #takeDrops(): void {
    if (this.#stages.documents.isLoading || !this.#mayDate()) return
    const taken = this.#drops.take(this.#stages.catalog, {
      isCaughtUp: this.#isCaughtUp(),
      author: this.#stages.author(),
    })
    for (const { fileName, outcome } of taken) this.#stages.emit(...dropReports(fileName, outcome))
  }

  #takeEdits(): void {
    const { catalog, clock } = this.#stages
    const { ready, late } = this.#edits.take(this.#mayDate(), clock.nowMs)
    for (const { askId, command, user } of ready)
      this.#answer(askId, answerConfigCommand(command, catalog, { ...this.#stages.author(), user }))
    for (const { askId } of late) this.#answer(askId, { kind: 'no-time' })
  }

  /** By a clock that no majority has judged an edit might be in force in a year; who founds goes by its own. */
  #mayDate(): boolean {
    const { clock, started, claims } = this.#stages
    const isFounding = started.foundWitnesses !== null && claims.configuration === null
    return clock.clusterMs !== null || isFounding || this.#isAlone() === true
  }

  /** Whether this agent is the only witness; undefined while none is known. */
  #isAlone(): boolean | undefined {
    return this.#stages.claims.configuration?.members.every(
      (member) => member.nodeId === this.#stages.hello.nodeId,
    )
  }

  #isCaughtUp(): boolean {
    const isAlone = this.#isAlone()
    if (isAlone === undefined) return false
    return isAlone || this.#stages.clock.nowMs >= this.#startedAtMs + documentLimits.catchUpPatienceMs
  }

  #answer(askId: number, answer: Answer): void {
    this.#stages.emit({ kind: 'answer', askId, answer })
  }

  #sources(): Sources {
    const { started, clock, roster, session, documents, runs } = this.#stages
    const { catalog, claims, ledger, instanceLedger } = this.#stages
    const isStopping = this.#stopping !== null
    const running = runs.running()
    const known = { roster, session, documents, catalog, claims, ledger, instanceLedger }
    return { self: started, clock, isStopping, ...known, running }
  }

  /** Brings what the stages found out to each other until nothing is new, and puts all effects in order. */
  #finish(): readonly Effect[] {
    const stages = this.#stages
    const store: StoreEffect[] = []
    const loads: Effect[] = []
    this.#takeDrops()
    this.#takeEdits()
    for (;;) {
      stages.ledger.writeHeldBack()
      stages.claims.flush(stages.clock)
      const found = stages.documents.takeEffects()
      store.push(...found.store)
      for (const log of found.loads) loads.push({ kind: 'read-log', log })
      for (const message of found.gossips) stages.emit({ kind: 'gossip', message })
      stages.emit(...found.sends, ...found.reports)
      this.#onDocumentsChanged(found.changed)
      const isNews = found.changed.length > 0 || (!stages.isLoaded && !stages.documents.isLoading)
      stages.isLoaded ||= !stages.documents.isLoading
      if (!isNews) break
    }
    this.#stopWhenIdle()
    const rest = stages.takeEffects()
    const effects: Effect[] = [...stages.journal.takeEffects(), ...store, ...loads, ...rest]
    const atMs = stages.timers.nextAtMs()
    if (atMs !== null) effects.push({ kind: 'wake-at', atMs })
    return effects
  }

  #onDocumentsChanged(changed: readonly ChangedDocument[]): void {
    const { catalog, claims, runs, commands, ledger, instanceLedger, services } = this.#stages
    const jobs = catalog.onChanged(changed)
    for (const job of jobs) runs.onDefinitionChanged(job, catalog.scheduledJob(job)?.revision ?? null)
    const ofRoot = changed.find(({ id }) => id === 'root')?.keys
    claims.onJobsChanged(jobs)
    if (ofRoot !== undefined && commands.onRootChanged(catalog, ofRoot))
      claims.onJobsChanged(catalog.jobNames())
    const records = ledger.onChanged(changed)
    instanceLedger.onChanged(changed)
    if (changed.some(({ id }) => !isBucket(id))) services.refresh()
    if (ledger.takeNewEvents()) runs.onEvents(this.#stages.clock)
    if (!this.#stages.isLoaded) return
    this.#newsroom.onDefinitions(changed, jobs)
    if (changed.some(({ id }) => !isBucket(id))) this.#newsroom.onServices()
    this.#newsroom.onRecords(records, this.#sources())
  }

  #onLeft(): void {
    const remedy = 'with another data directory this host can join again'
    this.#stages.report('warn', `this agent is no longer part of the cluster, and stops: ${remedy}`, {})
    this.#stop(false)
  }

  #stop(drain: boolean): void {
    this.#stopping ??= { drain, sinceMs: this.#stages.clock.nowMs }
    this.#stages.claims.stop()
    this.#stages.runs.releaseWaiting()
    this.#stages.services.stop()
  }

  #stopWhenIdle(): void {
    if (this.#stopping === null || this.#isStopped) return
    if (!this.#stages.runs.mayStop(this.#stopping, this.#stages.clock.nowMs)) return
    this.#isStopped = true
    this.#stages.emit({ kind: 'stopped' })
  }
}
