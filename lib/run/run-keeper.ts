// All runs that this agent holds, in the order of the protocol's rule S6:
//
//     grant → journal `waiting` → (the slot's instant) → checks → journal `started` → spawn
//           → exit → journal → finish until definite → forget
//
// Before the mark a run is provably not started and is released when a check fails; after
// it the run is finished as what can be proven, never released; only the word of the
// process's own shim that nothing was executed (S7) takes a mark back.

import { assert } from '../base/assert.ts'
import type { JobName } from '../base/ids.ts'
import { runLimits } from '../base/limits.ts'
import type { Answer } from '../claim/change.ts'
import { isLocalEntry } from '../claim/local-registers.ts'
import { isSlotUnit } from '../claim/register.ts'
import type { ProcessEvent } from './event.ts'
import { processOf } from './action-state.ts'
import { Children } from './children.ts'
import { attemptOfChild, isElsewhere, withoutFollowers } from './elsewhere.ts'
import {
  processKey,
  runKey,
  startedProcesses,
  tryOf,
  withPhase,
  type HeldRun,
  type OrderAnswer,
} from './held-run.ts'
import { KeptOutputs } from './kept-outputs.ts'
import { LateNews } from './late-news.ts'
import type { GrantedRun } from './plan.ts'
import { instantOf, noLimits, RunCover, type RunClock } from './run-cover.ts'
import { judgedAt, maxRuntimeOverAtMs, nextDueMs, signalsDue } from './run-endings.ts'
import { withWaitsFrom } from './retry.ts'
import type { RunHost, RunTimer, SettledChange } from './run-host.ts'
import { outcomeOf, readyActions, withConsequences } from './run-graph.ts'
import { applyOrder, type RunOrder } from './run-order.ts'
import {
  firstStates,
  forfeited,
  isUnderWay,
  lastInstantOf,
  newlyPublished,
  ownClockEarlyMs,
  spawnOf,
  takenBack,
  withMark,
  withNews,
} from './run-progress.ts'

const RUN = 'run/'

export class RunKeeper {
  readonly #host: RunHost
  readonly #runs = new Map<string, HeldRun>()
  /** Found in the journal at the start: the journal may be that of an older image of the disk (W4). */
  readonly #recovered = new Set<string>()
  readonly outputs: KeptOutputs
  readonly #cover: RunCover
  readonly #lateNews: LateNews
  readonly #children: Children
  readonly #byProcess = new Map<string, { readonly run: string; readonly action: string }>()

  constructor(host: RunHost) {
    this.#host = host
    this.#cover = new RunCover(host)
    this.#lateNews = new LateNews(host)
    this.#children = new Children(host)
    this.outputs = new KeptOutputs(host)
  }

  /** The job of each run that has not ended. */
  heldJobs(): string[] {
    return [...this.#runs.values()].flatMap((run) =>
      run.phase === 'ended' || run.entry.child ? [] : run.job,
    )
  }

  runs(): IterableIterator<HeldRun> {
    return this.#runs.values()
  }

  running(): number {
    return [...this.#runs.values()].filter((run) => run.phase === 'running').length
  }

  /** Whether any run of the job is held. */
  holds(job: JobName): boolean {
    return [...this.#runs.values()].some((run) => run.job === job)
  }

  knows(job: JobName, token: number, isLocal: boolean): boolean {
    return this.#runs.has(runKey({ job, token, isLocal }))
  }

  /** At start, from the journal: what had not started is released, what had is adopted. */
  recover(nowMs: number): void {
    this.#lateNews.begin(nowMs)
    for (const [key, value] of this.#host.journal.under(RUN)) {
      const run = value as HeldRun
      this.#runs.set(key, run)
      this.#nameProcesses(key, run)
    }
    for (const [key, run] of this.#runs) {
      // The journal may have outlived the ledger: what is published already is not published again.
      for (const event of newlyPublished(undefined, run)) this.#host.publish(event, run, lastInstantOf(run))
      if (run.phase === 'waiting') this.#release(key, run)
      else if (run.phase === 'releasing') this.#proposeRelease(run)
      else if (run.phase === 'ended') {
        // The journal may have outlived the record: a power cut between two logs.
        this.#record(run, lastInstantOf(run))
        this.#proposeFinish(run)
      } else {
        if (!isLocalEntry(run.entry)) this.#recovered.add(key)
        this.#lateNews.askFor(run)
        this.#host.setTimer(nowMs, { kind: 'start-run', run: key })
      }
    }
  }

  /** A claim of ours was granted: it waits for its instant. */
  hold(granted: GrantedRun, clock: RunClock): void {
    const isLocal = isLocalEntry(granted.entry)
    const key = runKey({ job: granted.job, token: granted.entry.token, isLocal })
    if (this.#runs.has(key)) return
    const actions = firstStates(granted)
    const run: HeldRun = { ...granted, actions, phase: 'waiting', outcome: null }
    this.#save(key, run)
    if (run.entry.child) this.#children.hint(run.job, run.entry.child)
    const waitMs = clock.clusterMs === null ? 0 : run.startAtMs - clock.clusterMs
    this.#host.setTimer(clock.nowMs + Math.max(0, waitMs), { kind: 'start-run', run: key })
  }

  /** The run's instant has come, or a check is to be made again. */
  onTimer(timer: RunTimer, clock: RunClock): void {
    const run = this.#runs.get(timer.run)
    if (run?.phase === 'running') return this.#advance(timer.run, run, { clock, isNews: false })
    if (run?.phase !== 'waiting') return
    const { entry } = run
    const isLocal = isLocalEntry(entry)
    if (clock.clusterMs === null && !isLocal) return this.#again(timer, clock)
    const instantMs = instantOf(clock)
    const earlyMs = Math.max(run.startAtMs - instantMs, ownClockEarlyMs(run.startAtMs, clock))
    if (earlyMs > 0) return this.#host.setTimer(clock.nowMs + earlyMs, timer)
    if (instantMs >= entry.startByMs) return this.#release(timer.run, run)
    if (!this.#cover.isCovered(run, clock)) return this.#again(timer, clock)
    this.#advance(timer.run, withPhase(run, 'start'), { clock, isNews: false })
  }

  onProcess(event: ProcessEvent, clock: RunClock): void {
    this.#lateNews.heard(event.process)
    const found = this.#byProcess.get(event.process)
    const run = found && this.#runs.get(found.run)
    if (!found || !run) return
    const state = run.actions[found.action]
    const started = processOf(state)
    if (state === undefined || started === null || event.process !== processKey(run, found.action)) return
    // What had been reported as started is not taken back: it failed to start.
    const isTakenBack = event.kind === 'not-started' && started.pid === null
    if (isTakenBack && state.kind === 'started') return this.#takeBack(found, run, clock)
    const at = { atMs: instantOf(clock), isTimeKnown: clock.clusterMs !== null }
    this.#advance(found.run, withNews(run, found.action, { event, started, ...at }), { clock, isNews: true })
  }

  /** The mark is off again, durably: all is checked anew; what was told to end, and so told to run, is over. */
  #takeBack({ run: key, action }: { run: string; action: string }, run: HeldRun, clock: RunClock): void {
    const waiting = takenBack(run, action)
    if (waiting.stop !== undefined) return this.#advance(key, waiting, { clock, isNews: true })
    this.#save(key, waiting)
    this.#again({ kind: 'start-run', run: key }, clock)
  }

  /** The definition changed: what was claimed ahead under another revision is given back. */
  onDefinitionChanged(job: JobName, revision: string | null): void {
    for (const [key, run] of this.#runs)
      if (run.job === job && run.phase === 'waiting' && run.revision !== revision)
        this.#release(key, run, null)
  }

  /** The agent stops, or nothing of a schedule is to start anywhere: what has not started is given back. */
  releaseWaiting(which: 'all' | 'slots' = 'all'): void {
    for (const [key, run] of this.#runs)
      if (run.phase === 'waiting' && (which === 'all' || isSlotUnit(run.entry.unit))) this.#release(key, run)
  }

  /** Whether an agent that was told to stop has nothing left to wait for: with drain, nothing may be held at all. */
  mayStop(stopping: { readonly drain: boolean; readonly sinceMs: number }, nowMs: number): boolean {
    if (stopping.drain) return this.#runs.size === 0
    const isPatient = nowMs - stopping.sinceMs <= runLimits.stopPatienceMs
    return !isPatient || ![...this.#runs.values()].some((run) => run.phase === 'releasing')
  }

  /** Somebody orders something of a run by hand; what follows from it happens at once. Null: no such run is held. */
  order(key: string, order: RunOrder, clock: RunClock): OrderAnswer | null {
    const run = this.#runs.get(key)
    if (run === undefined) return null
    const latest = order.action === null ? null : this.#host.latestPlan(run, order.action)
    const ordered = applyOrder(run, order, { atMs: instantOf(clock), latest })
    if (ordered.run !== run) this.#change(key, ordered.run, clock)
    return ordered.answer
  }

  /** The next run replaces this one. */
  replace(key: string, clock: RunClock): void {
    const run = this.#runs.get(key)
    if (run === undefined || run.stop !== undefined || !isUnderWay(run)) return
    this.#change(key, { ...run, stop: { why: 'replaced', atMs: instantOf(clock), by: '' } }, clock)
  }

  /** What has not begun is over when it is stopped; what was ordered of it otherwise waits with it. */
  #change(key: string, run: HeldRun, clock: RunClock): void {
    if (run.phase === 'waiting' && run.stop === undefined) this.#save(key, run)
    else this.#advance(key, run, { clock, isNews: true })
  }

  /** Each second: what became of actions elsewhere, and whether a clock that was wrong makes any wait. */
  onTick(clock: RunClock): void {
    const hasJumped = this.#lateNews.onTick(clock)
    for (const [key, run] of this.#runs) {
      if (run.phase === 'running') this.#children.ask(run, clock.nowMs)
      const waits = clock.clusterMs === null ? run : withWaitsFrom(run, clock.clusterMs)
      if (waits !== run || (hasJumped && run.phase === 'running'))
        this.#advance(key, waits, { clock, isNews: false })
    }
  }

  /** The register knows something new of an action of this run on a node of its own. */
  onChildChanged(job: JobName, token: number, { nowMs }: RunClock): void {
    const run = this.#runs.get(runKey({ job, token, isLocal: false }))
    if (run?.phase === 'running') this.#children.ask(run, nowMs, true)
  }

  /** What is published has changed: actions that waited for it may start. */
  onEvents(clock: RunClock): void {
    for (const [key, run] of this.#runs)
      if (run.phase === 'running' && run.plan.some(({ triggers }) => triggers !== undefined))
        this.#advance(key, run, { clock, isNews: false })
  }

  /** A new session began: what runs is moved into it. */
  adoptInto(): void {
    for (const run of this.#runs.values()) if (isUnderWay(run)) this.#cover.adopt(run)
  }

  /** The session lasts longer, and with it the leased processes of its runs. */
  extendLeases(): void {
    this.#cover.extend([...this.#runs.values()])
  }

  /** An answer to one of our changes. */
  onSettled({ job, change, answer, isLocal }: SettledChange, clock: RunClock): void {
    if (change.kind === 'adopt') this.#onAdopted(runKey({ job, token: change.token, isLocal }), answer, clock)
    else if (change.kind === 'child' || change.kind === 'recall') {
      const key = runKey({ job, token: change.child.token, isLocal })
      const run = this.#runs.get(key)
      if (run?.phase !== 'running') return
      const known = this.#children.answered(run, { change, answer }, instantOf(clock))
      if (known !== run) this.#advance(key, known, { clock, isNews: true })
    } else if (change.kind === 'finish') this.#forget(runKey({ job, token: change.token, isLocal }))
    else if (change.kind === 'release') {
      for (const [key, run] of this.#runs)
        if (run.job === job && run.entry.opId === change.opId && run.phase === 'releasing') this.#forget(key)
    }
  }

  #onAdopted(key: string, answer: Answer, clock: RunClock): void {
    const run = this.#runs.get(key)
    if (run === undefined) return
    if (answer.kind === 'granted') {
      const adopted = { ...run, entry: answer.entry }
      this.#save(key, adopted)
      this.#cover.extend([adopted])
      // Somebody else was told that it is lost, or it was released: before the mark there is nothing left to hold.
    } else if (answer.kind === 'refused' && run.phase === 'waiting') this.#forget(key)
    else if (answer.kind === 'refused' && run.phase === 'running' && this.#isBound(key, run))
      this.#forfeit(key, run, clock)
  }

  /** Of these nothing more is started without a look at the register; what else runs goes on. */
  #isBound(key: string, run: HeldRun): boolean {
    return run.isLeased || this.#recovered.has(key)
  }

  #mayGoOn(key: string, run: HeldRun, clock: RunClock): boolean {
    if (this.#lateNews.isTimeAwaited(clock) || instantOf(clock) >= maxRuntimeOverAtMs(run)) return false
    return !this.#isBound(key, run) || this.#cover.isCovered(run, clock)
  }

  /** The claim of a leased run is lost: what runs of it is ended, and nothing more of it starts. */
  #forfeit(key: string, run: HeldRun, clock: RunClock): void {
    if (run.isLeased)
      for (const process of startedProcesses(run))
        this.#host.effect({ kind: 'signal', process, signal: 'SIGKILL' })
    this.#advance(key, forfeited(run, instantOf(clock)), { clock, isNews: true })
  }

  /** Starts what may start, ends what must end; ends the run when nothing can start or end any more. */
  #advance(key: string, changed: HeldRun, at: { readonly clock: RunClock; readonly isNews: boolean }): void {
    const { clock } = at
    const atMs = instantOf(clock)
    const isPublished = (event: string) => this.#host.isPublished(event)
    const isJudged = !this.#lateNews.isAwaited(changed, clock)
    const judged = isJudged ? judgedAt(changed, atMs, isPublished) : changed
    let run = withConsequences(judged, atMs)
    const wanted = withoutFollowers(run, readyActions(run, atMs, isPublished))
    const mayStart = wanted.length === 0 || this.#mayGoOn(key, run, clock)
    if (!mayStart || !isJudged) this.#again({ kind: 'start-run', run: key }, clock)
    const ready = mayStart ? wanted : []
    const limits = ready.length > 0 ? this.#cover.limitsOf(run, clock) : noLimits
    const here = ready.filter((action) => !isElsewhere(run, action))
    for (const action of ready) run = withMark(run, action, atMs)
    const due = signalsDue(run, { atMs, isJudged, isHeard: (process) => this.#lateNews.isHeard(process) })
    run = due.run
    const outcome = outcomeOf(run)
    if (outcome !== null) run = { ...withPhase(run, 'end'), outcome }
    const before = this.#runs.get(key)
    const published = newlyPublished(before, run)
    // It has begun, and may wait for an event for hours.
    const isWaiting = before?.phase === 'waiting' && wanted.length === 0 && outcome === null
    if (isWaiting) run = { ...run, waitsSinceMs: atMs }
    if (run !== before) this.#save(key, run)
    for (const event of published) this.#host.publish(event, run, atMs)
    for (const action of here)
      this.#host.effect(spawnOf(run, action, { environment: this.#host.environment(run, action), limits }))
    for (const { action, signal } of due.signals)
      if (processOf(run.actions[action])?.elsewhere !== undefined) this.#children.signal(run, action, signal)
      else this.#host.effect({ kind: 'signal', process: processKey(run, action), signal })
    this.#children.ask(run, clock.nowMs)
    // A mark alone is no news yet: the process's own start is, a moment later.
    if (at.isNews || isWaiting || outcome !== null || here.length < ready.length) this.#record(run, atMs)
    if (outcome !== null) return this.#proposeFinish(run)
    const dueMs = nextDueMs(run, atMs)
    if (dueMs < Infinity) this.#host.setTimer(clock.nowMs + dueMs - atMs, { kind: 'start-run', run: key })
  }

  /** Gives back what has not started; `byUs` leaves it to other nodes for a while. */
  #release(key: string, run: HeldRun, byUs: 'by-us' | null = 'by-us'): void {
    assert(run.phase === 'waiting', 'only what has not started is released')
    const releasing = withPhase(run, 'release')
    this.#save(key, releasing)
    this.#proposeRelease(releasing, byUs)
  }

  #proposeRelease(run: HeldRun, byUs: 'by-us' | null = 'by-us'): void {
    const { opId, node } = run.entry
    this.#host.propose(
      run.job,
      { kind: 'release', opId, node: byUs === null ? null : node },
      isLocalEntry(run.entry),
    )
  }

  #proposeFinish(run: HeldRun): void {
    const { outcome } = run
    assert(outcome !== null, 'an ended run has an outcome')
    const { token, child } = run.entry
    const attempt = child && { attempt: attemptOfChild(run, lastInstantOf(run)) }
    this.#host.propose(run.job, { kind: 'finish', token, outcome, ...attempt }, isLocalEntry(run.entry))
  }

  /** Of an action under a claim of its own its run's holder tells, when the register has told it. */
  #record(run: HeldRun, atMs: number): void {
    if (run.entry.child === undefined) this.#host.record(run, atMs)
  }

  #again(timer: RunTimer, clock: RunClock): void {
    this.#host.setTimer(clock.nowMs + runLimits.checkAgainMs, timer)
  }

  /** The processes of its present tries are its own. */
  #nameProcesses(key: string, run: HeldRun): void {
    for (const action of run.plan)
      if (!isElsewhere(run, action))
        this.#byProcess.set(processKey(run, action.name), { run: key, action: action.name })
  }

  #save(key: string, run: HeldRun): void {
    this.#runs.set(key, run)
    this.#nameProcesses(key, run)
    this.#host.journal.put(RUN + key, run)
  }

  #forget(key: string): void {
    const run = this.#runs.get(key)
    if (run === undefined) return
    // A run that was given back may be held again, under another token and with processes of the same names.
    for (const { name } of run.plan)
      for (let tried = tryOf(run, name); tried > 0; tried--) {
        const process = processKey(run, name, tried)
        if (this.#byProcess.get(process)?.run === key) this.#byProcess.delete(process)
      }
    this.#runs.delete(key)
    this.#recovered.delete(key)
    this.#host.journal.delete(RUN + key)
    this.#children.forget(run)
    if (run.phase !== 'ended') return
    this.outputs.keep(run, lastInstantOf(run))
    if (run.entry.child) this.#children.hint(run.job, run.entry.child)
  }
}
