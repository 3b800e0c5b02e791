// Turns the agenda into claims: which are made now, with which opId and until when, what
// their refusals mean for the next try, and when each job is to be planned again. All
// instants are cluster time but for `nowMs`, the steady clock.

import { opId, type JobName, type NodeId } from '../base/ids.ts'
import { timeLimits, voteLimits, type ClaimSettings } from '../base/limits.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import type { Roster } from '../membership/roster.ts'
import { rankNodes, rankOf, type RankedWork } from '../placement/rank.ts'
import { Agenda, type Ask, type AskedWork, type Learnt, type NewsSource } from './agenda.ts'
import type { Capacity } from './capacity.ts'
import type { Caretaker } from './caretaker.ts'
import type { Change, Refusal } from './change.ts'
import type { ClaimPace } from './claim-pace.ts'
import { LOCAL_SESSION } from './local-registers.ts'
import type { RegisterNews } from './message.ts'
import type { Proposal } from './proposal.ts'
import { isChildUnit, isSlotUnit, wholeUnit, type Cursor, type Unit } from './register.ts'
import { isLocalJob, type ScheduledJob } from './scheduled-job.ts'
import type { SessionHolder } from './session-holder.ts'

/** The job is to be planned again then, by the steady clock; what is no longer the job's latest is outdated. */
export type PlanTimer = { readonly kind: 'plan'; readonly key: string; readonly atMs: number }

export type ClaimantOptions = {
  readonly self: { readonly nodeId: NodeId; readonly bootNo: number }
  readonly settings: ClaimSettings
  readonly pace: ClaimPace
  readonly capacity: Capacity
  readonly session: SessionHolder
  readonly roster: Roster
  readonly job: (key: string) => ScheduledJob | undefined
  readonly definitionAt: (job: JobName, revision: string) => JobDefinition | undefined
  readonly propose: (proposal: Proposal) => void
  readonly setTimer: (atMs: number, timer: PlanTimer) => void
}

type Clock = { readonly nowMs: number; readonly clusterMs: number }

export class Claimant {
  readonly #options: ClaimantOptions
  readonly #agenda: Agenda
  /** When each job is planned again. */
  readonly #timers = new Map<string, PlanTimer>()
  #operations = 0
  #nowMs = 0

  constructor(options: ClaimantOptions) {
    this.#options = options
    const { self, settings, pace, job } = options
    this.#agenda = new Agenda({
      self: self.nodeId,
      settings,
      rankDelayMs: ({ definition }) => pace.rankDelayMs(this.#nowMs, definition.startDeadlineMs),
      job,
      rank: (of, work) => this.#rank(of, work),
    })
  }

  learn(news: RegisterNews, source: NewsSource): Learnt {
    return this.#agenda.learn(news, source)
  }

  cursorOf(key: string): Cursor {
    return this.#agenda.cursorOf(key)
  }

  /** What is known of a register; null when nothing is. */
  news(key: string): RegisterNews | null {
    return this.#agenda.news(key)
  }

  /** The nodes in the order in which they ask for this work. */
  ranking(job: ScheduledJob, work: AskedWork, nowMs: number): NodeId[] {
    const { roster } = this.#options
    const { nodes, ranked } = this.#placeOf(job, work)
    return rankNodes(ranked, nodes, (node) => roster.isLive(node, nowMs))
  }

  isCurrent(timer: PlanTimer): boolean {
    return this.#timers.get(timer.key) === timer
  }

  /** Claims what is due of one job; a witness's caretaker, where there is one, passes what nobody can start. */
  plan(key: string, clock: Clock, caretaker: Caretaker | null): Change | null {
    this.#nowMs = clock.nowMs
    const job = this.#options.job(key)
    if (job === undefined) {
      this.#timers.delete(key)
      this.#agenda.forget(key)
      return null
    }
    const plan = this.#agenda.plan(key, clock.clusterMs)
    let fullUntilMs = Infinity
    const { capacity, roster } = this.#options
    const isPaused = roster.pause !== null
    for (const ask of plan.asks) {
      // When it goes on all jobs are planned anew.
      if (isPaused && isSlotUnit(ask.unit)) continue
      if (isChildUnit(ask.unit) || this.#replacesOwn(job, ask) || !capacity.isFull(job, clock.nowMs))
        this.#claim(job, ask, clock)
      else {
        fullUntilMs = clock.clusterMs + voteLimits.fullAgainMs
        this.#agenda.rest(ask.key, ask.unit, fullUntilMs)
        capacity.noteFull(ask, clock.nowMs)
      }
    }
    // News may be of a value that was never chosen; a witness has its own memory to go by.
    const accepted = isLocalJob(job) ? null : (caretaker?.cursorOf(key) ?? null)
    const due = caretaker?.skipDue(job, accepted ?? this.#agenda.cursorOf(key), clock) ?? {
      change: null,
      againAtMs: null,
    }
    const againAtMs = Math.min(plan.againAtMs ?? Infinity, due.againAtMs ?? Infinity, fullUntilMs)
    if (againAtMs === Infinity) this.#timers.delete(key)
    else this.#planAt(key, clock.nowMs + Math.max(1, againAtMs - clock.clusterMs), clock.nowMs)
    return due.change
  }

  /**
   * Whether a run of this job that this node holds is to end for what is asked: until then that only queues, and when
   * that has ended it has its place.
   */
  #replacesOwn(job: ScheduledJob, { key, unit }: Ask): boolean {
    const isWaiting = this.news(key)?.pending.some((pending) => wholeUnit(pending.unit) === unit) === true
    return job.definition.overlap === 'replace' && !isWaiting && this.#options.capacity.holds(job.name)
  }

  /** One timer per job is enough when it rings early: it is set anew then. */
  #planAt(key: string, atMs: number, nowMs: number): void {
    const known = this.#timers.get(key)
    if (known !== undefined && known.atMs > nowMs && known.atMs <= atMs) return
    const timer: PlanTimer = { kind: 'plan', key, atMs: Math.min(atMs, nowMs + timeLimits.planAgainMs) }
    this.#timers.set(key, timer)
    this.#options.setTimer(timer.atMs, timer)
  }

  /** Where it was settled: granted, or perhaps. */
  onSettled(key: string, unit: Unit): void {
    this.#options.capacity.end(key, unit)
    this.#agenda.end(key, unit)
  }

  /** A claim was refused: when to ask again, if the next news do not say otherwise. */
  onRefused(
    key: string,
    change: Change & { readonly kind: 'claim' },
    because: Refusal['because'],
    clusterMs: number,
  ): void {
    const { pace, capacity } = this.#options
    capacity.end(key, change.unit)
    this.#agenda.end(key, change.unit)
    // A newer definition is on its way here, and the slot should not wait for long.
    const restMs = because === 'superseded' ? voteLimits.backoffHighMs : pace.rankDelayMs(this.#nowMs)
    const untilMs =
      because === 'busy'
        ? this.#agenda.busyUntilMs({ key, unit: change.unit, slot: change.slot }, clusterMs)
        : clusterMs + restMs
    this.#agenda.rest(key, change.unit, untilMs)
  }

  #claim(job: ScheduledJob, ask: Ask, clock: Clock): void {
    const { self, session, capacity, propose } = this.#options
    const isLocal = isLocalJob(job)
    if (!isLocal && !session.isValid(clock.nowMs))
      return this.#agenda.rest(ask.key, ask.unit, clock.clusterMs + voteLimits.backoffHighMs)
    if (!isChildUnit(ask.unit)) capacity.begin(ask.key, ask.unit, clock.nowMs)
    this.#agenda.begin(ask.key, ask.unit)
    const { incarnation, revision } = job
    propose({
      key: ask.key,
      change: {
        kind: 'claim',
        opId: opId(`${self.nodeId}:${self.bootNo}:${++this.#operations}`),
        node: self.nodeId,
        session: isLocal ? LOCAL_SESSION : session.session,
        incarnation,
        revision,
        unit: ask.unit,
        slot: ask.slot,
        ...(capacity.wasFull(ask.key, this.cursorOf(ask.key).slotMs) && { passed: 'node-full' }),
      },
      isLocal,
      giveUpAtMs: clock.nowMs + (ask.slot.startByMs - clock.clusterMs),
    })
  }

  #rank(job: ScheduledJob, work: AskedWork): { readonly mine: number; readonly of: number } | null {
    const { roster, self } = this.#options
    const { takenBy = [] } = work
    const { nodes: all, ranked } = this.#placeOf(job, work)
    const nodes = takenBy.length === 0 ? all : all.filter((node) => !takenBy.includes(node))
    if (isLocalJob(job)) return nodes.includes(self.nodeId) ? { mine: 0, of: 1 } : null
    const isLive = roster.isAnyAbsent(this.#nowMs) ? (node: NodeId) => roster.isLive(node, this.#nowMs) : null
    const mine = rankOf(self.nodeId, ranked, { nodes, isLive })
    return mine === null ? null : { mine, of: nodes.length }
  }

  /** An action elsewhere has the place that its run was claimed with, whatever has become of the definition since. */
  #placeOf(job: ScheduledJob, work: AskedWork): ReturnType<typeof placeOf> {
    const { roster, definitionAt } = this.#options
    const { revision = job.revision } = work.child ?? {}
    const own = revision === job.revision ? undefined : definitionAt(job.name, revision)
    return placeOf(own === undefined ? job : { ...job, definition: own }, work, roster)
  }
}

/** Which nodes may take it: an action elsewhere may have a place of its own, or one node that others of it are on. */
function placeOf(
  { name, definition }: ScheduledJob,
  { unit, child }: AskedWork,
  roster: Roster,
): { readonly nodes: readonly NodeId[]; readonly ranked: RankedWork } {
  const { actions, cleanup, nodes, pool } = definition
  const all = cleanup === null ? actions : [...actions, cleanup]
  const action = child && all.find((one) => one.name === child.action)
  const eligible = roster.eligible(action?.nodes ?? nodes)
  const on = child?.on ?? null
  return {
    nodes: on === null ? eligible : eligible.filter((node) => node === on),
    ranked: { key: name, unit, pool: action?.pool ?? pool },
  }
}
