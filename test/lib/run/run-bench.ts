// A run keeper with a session of its own and nothing else of an agent: what it wants done is gathered, and its
// journal can be handed to a successor, as after a crash.

import { clusterId, jobName, nodeId, opId, sessionId, storageId, type NodeId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Timers } from '../../../lib/base/timers.ts'
import type { Answer, Change } from '../../../lib/claim/change.ts'
import type { LiveEntry } from '../../../lib/claim/register.ts'
import { SessionHolder } from '../../../lib/claim/session-holder.ts'
import type { ProcessEffect } from '../../../lib/run/effect.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import type { ActionPlan, HeldRun } from '../../../lib/run/held-run.ts'
import type { GrantedRun } from '../../../lib/run/plan.ts'
import type { RunMessage } from '../../../lib/run/message.ts'
import type { RunTimer } from '../../../lib/run/run-host.ts'
import { RunKeeper } from '../../../lib/run/run-keeper.ts'

export const job = jobName('shop.report')
export const ttlMs = 2_000
/** A session lasts so long from the sending of its renewal: the time to live without both clocks' errors. */
export const validMs = 1_900
const settings = { ...defaultClaimSettings, sessionTtlMs: ttlMs }

const self = nodeId('a')
const disk = storageId('disk')
const configuration = {
  clusterId: clusterId('c'),
  epoch: 1,
  members: [{ nodeId: self, storageId: disk }],
  previous: [],
  recovery: null,
}

export function session(bootNo: number, k = 1) {
  return sessionId({ nodeId: self, bootNo, k })
}

export function entry(more: Partial<LiveEntry> = {}): LiveEntry {
  return {
    unit: 's10000',
    incarnation: 1,
    slotMs: 10_000,
    label: '',
    attempt: 1,
    startByMs: 70_000,
    node: self,
    session: session(1),
    opId: opId('a:1:1'),
    token: 7,
    run: 7,
    ...more,
  }
}

export function granted(more: Partial<GrantedRun> = {}): GrantedRun {
  const plan = [{ name: 'only', command: 'true', requires: [], fault: null }]
  const held = entry()
  return { job, entry: held, startAtMs: held.slotMs, isLeased: true, revision: '1:a:x', plan, ...more }
}

export const twoSteps: readonly ActionPlan[] = [
  { name: 'first', command: 'true', requires: [], fault: null },
  { name: 'second', command: 'true', requires: ['first'], fault: null },
]

export class RunBench {
  readonly journal: Journal
  readonly session: SessionHolder
  readonly keeper: RunKeeper
  readonly timers = new Timers<RunTimer>()
  nowMs: number
  effects: ProcessEffect[] = []
  changes: Change[] = []
  records: HeldRun[] = []
  sent: { readonly to: NodeId; readonly message: RunMessage }[] = []
  readonly published = new Set<string>()
  keepMs = Infinity
  /** Called when something is wanted done, before anything else happens. */
  onEffect = (): void => undefined

  constructor(start: { readonly bootNo?: number; readonly nowMs?: number; readonly journal?: Journal } = {}) {
    this.nowMs = start.nowMs ?? 10_000
    this.journal = start.journal ?? new Journal('journal')
    this.session = new SessionHolder({ nodeId: self, bootNo: start.bootNo ?? 1 }, settings)
    this.keeper = new RunKeeper({
      journal: this.journal,
      session: this.session,
      settings,
      propose: (_, change) => this.changes.push(change),
      effect: (effect) => {
        this.effects.push(effect)
        this.onEffect()
      },
      send: (to, message) => this.sent.push({ to, message }),
      setTimer: (atMs, timer) => this.timers.set(atMs, timer),
      record: (run) => this.records.push(run),
      environment: () => ({}),
      latestPlan: () => null,
      isPublished: (event) => [...this.published].some((id) => id.startsWith(event)),
      publish: (event) => this.published.add(event),
      runLimit: () => 3,
      keepMs: () => this.keepMs,
    })
  }

  isTimeKnown = true
  /** Of the wall clock; the steady clock and cluster time show the same here. */
  aheadMs = 0

  get clock() {
    const { nowMs, aheadMs } = this
    return { nowMs, clusterMs: this.isTimeKnown ? nowMs : null, wallMs: nowMs + aheadMs }
  }

  /** The only witness answers at once. */
  renew(): void {
    this.session.beginRenewal(this.nowMs)
    const change = this.session.onRenewed(
      {
        kind: 'renewed',
        storageId: disk,
        epoch: 1,
        session: this.session.session,
        sentAtMs: this.nowMs,
        isAlive: true,
        ttlMs,
        wallMs: this.nowMs,
      },
      { nowMs: this.nowMs, configuration },
    )
    if (change === 'valid') this.keeper.adoptInto()
    if (change === 'extended') this.keeper.extendLeases()
  }

  /** Lets the time come, and with it the timers. */
  until(nowMs: number): void {
    for (;;) {
      const dueAtMs = this.timers.nextAtMs()
      if (dueAtMs === null || dueAtMs > nowMs) break
      this.nowMs = Math.max(this.nowMs, dueAtMs)
      this.keeper.onTimer(this.timers.takeDue(dueAtMs)!, this.clock)
    }
    this.nowMs = nowMs
  }

  hold(run: GrantedRun = granted()): void {
    this.keeper.hold(run, this.clock)
    this.until(this.nowMs)
  }

  happens(event: ProcessEvent): void {
    this.keeper.onProcess(event, this.clock)
  }

  settle(change: Change, answer: Answer): void {
    this.keeper.onSettled({ job, change, answer, isLocal: false }, this.clock)
  }

  /** What was wanted since the last call. */
  take(): { readonly effects: readonly ProcessEffect[]; readonly changes: readonly Change[] } {
    const { effects, changes } = this
    this.effects = []
    this.changes = []
    return { effects, changes }
  }

  /** The run as the journal has it; undefined when it was forgotten. */
  journalled(token = 7): HeldRun | undefined {
    return this.journal.get(`run/${job}#${token}`) as HeldRun | undefined
  }

  /** A new start of the agent, with what the journal holds. */
  successor(nowMs: number): RunBench {
    const bench = new RunBench({ bootNo: 2, nowMs, journal: this.journal })
    bench.keeper.recover(nowMs)
    return bench
  }
}
