// One instance as its journal keeps it, and the hands on it: every change of its state is saved before the effect that
// follows from it, and every event is noted. What is to be done, and when, the supervisor decides.

import { serviceLimits } from '../base/limits.ts'
import type { ProcessEffect } from '../run/effect.ts'
import type { Lease } from '../run/lease.ts'
import type { ServiceEffect } from './effect.ts'
import type { Identity } from './event.ts'
import { guardProcess, instanceKey, startProcess, stopProcess, type HeldInstance } from './held-instance.ts'
import { placeOf, type InstancePlan } from './instance-plan.ts'
import { nextState, type InstanceChange } from './instance-state.ts'

export type InstanceTimer = { readonly kind: 'instance'; readonly instance: string }

export type InstanceHost = {
  /** The steady clock, and cluster time or what stands in for it. */
  clock(): { readonly nowMs: number; readonly instantMs: number }
  save(held: HeldInstance, isNews: boolean): void
  effect(effect: ProcessEffect | ServiceEffect): void
  setTimer(atMs: number, timer: InstanceTimer): void
  /** Under what a leased instance may start now; null when it may not. */
  lease(held: HeldInstance): Lease | null
  /** Not while this agent stops, nor unguarded while others may take it over. */
  mayStart(held: HeldInstance): boolean
}

export class Instance {
  readonly host: InstanceHost
  #held: HeldInstance
  #isGuardTold = false

  constructor(host: InstanceHost, held: HeldInstance) {
    this.host = host
    this.#held = held
  }

  get held(): HeldInstance {
    return this.#held
  }

  get key(): string {
    return instanceKey(this.#held)
  }

  get isCommandThere(): boolean {
    return this.#held.command === 'marked' || this.#held.command === 'running'
  }

  /** It is to be guarded, and nobody does: it was found, not started, or there was no lease for it then. */
  get lacksGuard(): boolean {
    return this.#isGuardedByFile && !this.#isGuardTold
  }

  save(change: Partial<HeldInstance>, isNews: boolean): void {
    this.#held = { ...this.#held, ...change }
    this.host.save(this.#held, isNews)
  }

  note(text: string): void {
    this.save({ events: this.#eventsWith(text, this.#held.state) }, true)
  }

  /** False when that cannot happen in this state. */
  move(
    by: InstanceChange,
    why: string,
    more: { readonly text?: string; readonly change?: Partial<HeldInstance> } = {},
  ): boolean {
    const state = nextState(this.#held.state, by)
    if (state === null) return false
    const isSame = state === this.#held.state
    if (isSame && why === this.#held.why && more.change === undefined) return true
    const sinceMs = isSame ? this.#held.sinceMs : this.host.clock().instantMs
    const text = more.text ?? (why === '' ? state : `${state}: ${why}`)
    const crashes = state === 'up' ? { ...this.#held.crashes, failedStarts: 0 } : this.#held.crashes
    this.save({ crashes, ...more.change, state, why, sinceMs, events: this.#eventsWith(text, state) }, true)
    return true
  }

  replacePlan(plan: InstancePlan): void {
    if (JSON.stringify(plan) === JSON.stringify(this.#held.plan)) return
    this.save({ plan }, plan.definition !== this.#held.plan.definition)
  }

  /** Marked first; guarded before it begins. It follows whatever restart was asked for before. */
  start(plan: InstancePlan, lease: Lease | null, askedAtMs: number | null): void {
    const startNo = this.#held.startNo + 1
    // By a clock that is behind it would have to be restarted again and again.
    const startedAtMs = Math.max(this.host.clock().instantMs, askedAtMs ?? 0)
    const blank = {
      command: 'marked',
      exit: null,
      identity: null,
      pidBefore: null,
      isCondemned: false,
      stopNo: 0,
    } as const
    const change = { ...blank, plan, startNo, startedAtMs }
    this.move('start', '', { text: 'its start command is given', change })
    if (lease !== null) this.guard(lease)
    this.host.effect({
      kind: 'spawn',
      process: startProcess(this.#held),
      command: plan.command,
      environment: { ...plan.environment, HOCKET_TOKEN: String(this.#held.token) },
      startByMs: null,
      lease,
      ...placeOf(plan),
    })
    const outdated = startNo - serviceLimits.outputsKept
    if (outdated > 0)
      this.host.effect({ kind: 'remove-output', process: startProcess({ ...this.#held, startNo: outdated }) })
  }

  /** By its stop command or its signal; or by SIGKILL, and to its whole group. */
  orderStop(order: 'ask' | 'kill'): void {
    const { identity, plan } = this.#held
    if (order === 'ask' && plan.stopCommand !== null) {
      this.save({ stopNo: this.#held.stopNo + 1 }, false)
      const process = stopProcess(this.#held)
      const { environment, stopCommand: command } = plan
      const asked = { process, command, environment, startByMs: null, lease: null }
      this.host.effect({ kind: 'spawn', ...asked, ...placeOf(plan) })
    } else if (identity !== null)
      this.signal(identity, order === 'ask' ? plan.stopSignal : 'SIGKILL', order === 'kill')
    if (order === 'kill') this.note('it is killed with SIGKILL')
    // A start that is under way, and what it has started in its own group.
    if (this.isCommandThere && (order === 'kill' || identity === null))
      this.signalCommand(order === 'kill' ? 'SIGKILL' : 'SIGTERM')
  }

  signal(identity: Identity, signal: string, isForGroup: boolean): void {
    this.host.effect({ kind: 'signal-instance', instance: this.key, identity, signal, isForGroup })
  }

  signalCommand(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.host.effect({ kind: 'signal', process: startProcess(this.#held), signal })
  }

  writePidFile(pid: number): void {
    const { pidFile } = this.#held.plan
    this.host.effect({ kind: 'write-pid-file', instance: this.key, pidFile, pid })
  }

  askOutput(): void {
    this.host.effect({ kind: 'ask-output', instance: this.key, process: startProcess(this.#held) })
  }

  guard({ deadline }: Lease): void {
    const { plan, identity } = this.#held
    if (!this.#isGuardedByFile) return
    this.#isGuardTold = true
    const process = guardProcess(this.#held)
    const { pidFile } = plan
    this.host.effect({ kind: 'guard-instance', process, instance: this.key, pidFile, identity, deadline })
  }

  endGuard(afterMs = 0): void {
    if (this.#isGuardTold) this.host.effect({ kind: 'end-guard', process: guardProcess(this.#held), afterMs })
    this.#isGuardTold = false
  }

  /** After a restart of the agent: what an earlier one began is watched on. */
  adopt(): void {
    const { plan, state } = this.#held
    const { isLeased } = plan
    if (this.isCommandThere) this.host.effect({ kind: 'adopt', process: startProcess(this.#held), isLeased })
    this.#isGuardTold = this.#isGuardedByFile && state !== 'down'
    if (this.#isGuardTold) this.host.effect({ kind: 'keep-guard', process: guardProcess(this.#held) })
  }

  /** The processes whose lease follows the session. */
  leased(): string[] {
    const { plan, state } = this.#held
    if (!plan.isLeased || state === 'down') return []
    const start = this.isCommandThere ? [startProcess(this.#held)] : []
    return this.#isGuardTold ? [...start, guardProcess(this.#held)] : start
  }

  /** A daemon, or a program in the foreground that no command of ours keeps: it is found by its pid file. */
  get #isGuardedByFile(): boolean {
    const { plan, identity } = this.#held
    return plan.isLeased && (!plan.isForeground || (identity !== null && !this.isCommandThere))
  }

  #eventsWith(text: string, state: HeldInstance['state']): HeldInstance['events'] {
    const { instantMs } = this.host.clock()
    return [...this.#held.events, { atMs: instantMs, state, text }].slice(-serviceLimits.eventsKept)
  }
}
