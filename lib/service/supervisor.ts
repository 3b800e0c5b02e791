// One instance that this agent holds, kept as it is wished: looked at, started, stopped. It decides from what a look
// found (pid-file.ts) and from what is wished. What it must not forget is in the journal before it is done
// (instance.ts); everything else is found out again by a look, so that the agent may die at any line: before the mark
// of a start nothing was started; behind it the start command is adopted, and ended or was never begun; and whatever
// it left behind is found by its pid file. Nothing is ever started while a look finds it alive, or cannot tell.

import { serviceLimits } from '../base/limits.ts'
import type { ProcessEvent } from '../run/event.ts'
import type { Identity, ServiceEvent } from './event.ts'
import { HealthWatch } from './health-watch.ts'
import { exitText, faultOf, mayComeUp, startProcess, whyDead, type HeldInstance } from './held-instance.ts'
import { lookPatienceMs, startWindowMs, upWithinMs } from './patience.ts'
import { Instance, type InstanceHost } from './instance.ts'
import type { InstancePlan } from './instance-plan.ts'
import { LookSchedule } from './look-schedule.ts'
import { judgeSight, type Finding } from './pid-file.ts'
import { restartDelayMs, restartText, withDeath, type Crashes } from './restart-delay.ts'
import { StopWatch } from './stop-watch.ts'

export type Wish =
  | {
      readonly kind: 'run'
      readonly plan: InstancePlan
      /** Whether it is its turn to take over another definition. */
      readonly isTurn: boolean
      /** Somebody asked for a restart of what was started before then, in cluster time. */
      readonly restartBeforeMs: number | null
    }
  | { readonly kind: 'stop'; readonly isKill: boolean; readonly why: string }

type RunWish = Wish & { readonly kind: 'run' }
type Clear = Exclude<Finding, { readonly kind: 'again' }>

export class Supervisor {
  readonly #instance: Instance
  readonly #host: InstanceHost
  readonly #health: HealthWatch
  readonly #stop = new StopWatch()
  #wish: Wish
  readonly #looks = new LookSchedule()
  #restartAtMs: number | null = null
  /** Until when a start may still come up. */
  #startUntilMs = 0
  #failedLooks = 0
  #timerAtMs = Infinity

  constructor(host: InstanceHost, held: HeldInstance, wish: Wish) {
    this.#host = host
    this.#instance = new Instance(host, held)
    this.#health = new HealthWatch(this.#instance, () => this.#armRestart())
    this.#wish = wish
  }

  get held(): HeldInstance {
    return this.#instance.held
  }

  /** At the start of the agent: what an earlier one began is found again. */
  recover(): void {
    const { plan, state } = this.held
    this.#instance.adopt()
    if (state === 'starting' || state === 'stopping') this.#startUntilMs = this.#now + upWithinMs(this.held)
    if (state === 'failed') this.#armRestart()
    if (state === 'stopping') this.#stop.begin(plan, { nowMs: this.#now, isKill: false })
    this.#lookAt(this.#now)
    this.#settle()
  }

  /** What is wished from now on. */
  want(wish: Wish): void {
    this.#wish = wish
    const { plan, state } = this.held
    // What concerns no process that runs is taken over at once: intervals, how it is stopped, its health.
    if (wish.kind === 'run' && (wish.plan.print === plan.print || state === 'down'))
      this.#instance.replacePlan(wish.plan)
    this.#settle()
  }

  /** What else the register says of it. */
  amend(change: Partial<Pick<HeldInstance, 'session' | 'token' | 'isGuarded' | 'isYielding'>>): void {
    this.#instance.save(change, false)
  }

  /** The instance is another's: what may still run of it here is ended at once. */
  forfeit(): void {
    const { identity } = this.held
    if (identity !== null) this.#instance.signal(identity, 'SIGKILL', true)
    if (this.#instance.isCommandThere) this.#instance.signalCommand('SIGKILL')
    this.#instance.endGuard(serviceLimits.forfeitWatchMs)
  }

  leased(): string[] {
    return this.#instance.leased()
  }

  onTimer(): void {
    // One that was set before an earlier one: that one has set its own.
    if (this.#now < this.#timerAtMs) return
    this.#timerAtMs = Infinity
    this.#settle()
  }

  onSighted(event: ServiceEvent & { readonly kind: 'instance-sighted' }): void {
    if (!this.#looks.isAnswer(event.lookId)) return
    if (event.isRebooted) {
      const text = 'its machine was started anew'
      const pidBefore = this.held.identity?.pid ?? null
      this.#instance.move('rebooted', '', { text, change: { identity: null, pidBefore, isCondemned: false } })
    }
    this.#find(judgeSight(event, this.held.identity, this.held.pidBefore))
    this.#settle()
  }

  onHealth(lookId: number, fault: string | null): void {
    this.#health.onAnswer(lookId, fault)
    this.#settle()
  }

  onOutput(text: string): void {
    this.#instance.save({ output: text.slice(-serviceLimits.outputShown) }, true)
  }

  onProcess(event: ProcessEvent, use: 'start' | 'stop' | 'health'): void {
    if (use === 'stop') this.#onStopCommand(event)
    else if (use === 'health') this.#health.onCommand(event)
    else if (event.process === startProcess(this.held)) this.#onStartCommand(event)
    this.#settle()
  }

  get #now(): number {
    return this.#host.clock().nowMs
  }

  /** Does what is due, and sets the next alarm. */
  #settle(): void {
    if (this.#wish.kind === 'stop') this.#settleStop(this.#wish)
    else this.#settleRun(this.#wish)
    this.#settleLook()
    this.#health.settle()
    this.#arm()
  }

  #settleStop({ isKill, why }: Wish & { readonly kind: 'stop' }): void {
    const { state } = this.held
    if (state === 'stopping') {
      if (isKill) this.#stop.hurry(this.#now)
    } else if (state !== 'down' && this.#stop.mayBegin(this.#now)) this.#beginStop(isKill, why)
  }

  #settleRun(wish: RunWish): void {
    const { state, plan, startedAtMs } = this.held
    if (state === 'stopping') return
    if (state === 'down') return this.#looks.isIdle ? this.#lookAt(this.#now) : undefined
    const isAsked =
      wish.restartBeforeMs !== null && startedAtMs !== null && startedAtMs < wish.restartBeforeMs
    const isOutdated = wish.isTurn && wish.plan.print !== plan.print
    if (!isAsked && !isOutdated) return
    if (state !== 'failed')
      return this.#beginStop(false, isAsked ? 'it is to be restarted' : 'its definition changed')
    // What failed gets its chance with the other definition at once.
    if ((this.#restartAtMs ?? Infinity) > this.#now + serviceLimits.startAgainMs)
      this.#restartAtMs = this.#now
  }

  #settleLook(): void {
    const now = this.#now
    if (this.#looks.hasHung(now, lookPatienceMs(this.held)))
      this.#find({ kind: 'unclear', why: 'its pid file gave no answer in time' })
    if (this.#looks.isUnderWay || now < this.#nextLookMs()) return
    const lookId = this.#looks.begin(now)
    const { plan, identity, state } = this.held
    // Before a start it is the coming one's pid file that counts.
    const { pidFile } = state === 'down' && this.#wish.kind === 'run' ? this.#wish.plan : plan
    const instance = this.#instance.key
    const start = this.held.startNo === 0 ? null : startProcess(this.held)
    this.#host.effect({ kind: 'look-at-instance', instance, start, lookId, pidFile, known: identity })
  }

  #find(finding: Finding): void {
    if (finding.kind === 'again') return this.#lookAt(this.#now + serviceLimits.startLookMs)
    const { state, startNo } = this.held
    switch (state) {
      case 'stopping':
        return this.#findStopping(finding)
      case 'starting':
        return this.#findStarting(finding)
      case 'failed':
        return this.#findFailed(finding)
      case 'down':
      case 'unknown':
      case 'up':
        this.#lookAgain()
        if (finding.kind === 'alive') return this.#findAlive(finding)
        if (finding.kind === 'unclear') return this.#failLook(finding.why)
        // Nothing that was ours was ever there.
        if (state === 'down' || (state === 'unknown' && startNo === 0)) return this.#start()
        return this.#die(finding.why)
    }
  }

  #findAlive({ identity, note }: Finding & { readonly kind: 'alive' }): void {
    const { state, why } = this.held
    this.#failedLooks = 0
    this.#know(identity)
    if (state === 'starting' && this.held.plan.health !== null && !this.#health.isWell) return
    if (state === 'up' && note === why) return
    const found = state === 'down' ? `process ${identity.pid} was found, and is kept up` : ''
    this.#instance.move('up', note, { text: note || found || `up, process ${identity.pid}` })
  }

  #findStarting(finding: Clear): void {
    const { command, plan } = this.held
    if (finding.kind === 'alive') this.#findAlive(finding)
    if (this.held.state === 'up') return this.#lookAgain()
    // What stays in the foreground is as dead as its process.
    const isOver = (command === 'over' && plan.isForeground) || this.#now >= this.#startUntilMs
    if (finding.kind === 'alive' || !isOver) return this.#lookAt(this.#now + serviceLimits.startLookMs)
    if (finding.kind === 'dead') return this.#die(finding.why)
    this.#lookAgain()
    this.#failLook(finding.why)
  }

  #findFailed(finding: Clear): void {
    this.#lookAgain()
    const { isCondemned, why } = this.held
    const isDue = this.#restartAtMs !== null && this.#now >= this.#restartAtMs
    // Whatever keeps it from starting now: not again at once.
    if (isDue) this.#restartAtMs = this.#now + serviceLimits.startAgainMs
    if (finding.kind === 'unclear') return
    if (finding.kind === 'alive' && !isCondemned) return this.#findAlive(finding)
    if (finding.kind === 'alive') return isDue ? this.#beginStop(false, why) : undefined
    // It had failed because nobody could say whether it lived.
    if (this.#restartAtMs === null && this.held.plan.fault === null) this.#armRestart()
    if (isDue) return this.#start()
    if (isCondemned) this.#instance.save({ isCondemned: false, why: `${why}; ${finding.why}` }, true)
  }

  #findStopping(finding: Clear): void {
    if (finding.kind === 'dead' && mayComeUp(this.held) && this.#now < this.#startUntilMs)
      return this.#lookAt(this.#now + serviceLimits.stopLookMs)
    if (finding.kind === 'dead' && !this.#instance.isCommandThere) {
      this.#instance.endGuard()
      this.#stop.rest(0)
      this.#instance.move('stopped', this.#wish.kind === 'stop' ? this.#wish.why : '', {
        text: 'stopped',
        change: { identity: null, isCondemned: false, output: '' },
      })
      return
    }
    if (finding.kind === 'alive') this.#know(finding.identity)
    const order = this.#stop.next(this.#now)
    if (order !== 'give-up') {
      if (order !== null) this.#instance.orderStop(order)
      return this.#lookAt(this.#now + serviceLimits.stopLookMs)
    }
    const why = finding.kind === 'unclear' ? finding.why : 'it lives on after SIGKILL'
    const againMs = this.#now + (this.held.plan.monitorIntervalMs ?? serviceLimits.lookPatienceMs)
    this.#stop.rest(againMs)
    this.#restartAtMs = againMs
    this.#lookAt(againMs)
    this.#instance.move('stop-failed', `it could not be stopped: ${why}`, { change: { isCondemned: true } })
  }

  #start(): void {
    if (this.#wish.kind !== 'run') return
    const { plan, restartBeforeMs } = this.#wish
    const againMs = this.#now + serviceLimits.startAgainMs
    if (plan.fault !== null) {
      this.#instance.replacePlan(plan)
      this.#instance.move('give-up', plan.fault)
      this.#restartAtMs = null
      return
    }
    const lease = plan.isLeased ? this.#host.lease({ ...this.held, plan }) : null
    // Whatever its last start still does must not come up beside this one.
    if (this.#instance.isCommandThere) this.#instance.signalCommand('SIGKILL')
    const mayStart = !this.#instance.isCommandThere && this.#host.mayStart({ ...this.held, plan })
    if (!mayStart || (plan.isLeased && lease === null)) return this.#lookAt(againMs)
    this.#health.reset()
    this.#restartAtMs = null
    this.#startUntilMs = this.#now + serviceLimits.startPatienceMs
    this.#instance.start(plan, lease, restartBeforeMs)
    this.#lookAt(this.#now + serviceLimits.startLookMs)
  }

  #onStartCommand(event: ProcessEvent): void {
    const { plan, state } = this.held
    switch (event.kind) {
      case 'spawned':
      case 'child-adopted':
        this.#instance.save({ command: 'running' }, false)
        if (!plan.isForeground) return
        this.#instance.writePidFile(event.pid)
        return this.#lookAt(this.#now)
      case 'not-started':
        this.#instance.save({ command: 'none' }, false)
        this.#instance.endGuard()
        if (state === 'starting') this.#instance.move('stopped', event.reason)
        return this.#lookAt(this.#now + serviceLimits.startAgainMs)
      case 'spawn-failed':
        this.#instance.save({ command: 'over', why: `its command did not start: ${event.reason}` }, true)
        this.#startUntilMs = this.#now
        return this.#looks.anew(this.#now)
      case 'child-gone':
      case 'child-exited': {
        const exit = event.kind === 'child-exited' ? event.exit : null
        this.#instance.save({ command: 'over', exit }, false)
        const isFailed = exit === null || exit.kind === 'signal' || exit.code !== 0
        if (isFailed || plan.isForeground) this.#instance.note(`its command ${exitText(exit)}`)
        this.#startUntilMs = this.#now + startWindowMs(this.held)
        return this.#looks.anew(this.#now)
      }
    }
  }

  #onStopCommand(event: ProcessEvent): void {
    const fault = faultOf(event)
    if (fault === undefined) return
    if (fault !== null) this.#instance.note(`its stop command ${fault}`)
    this.#host.effect({ kind: 'remove-output', process: event.process })
    if (this.held.state === 'stopping') this.#looks.anew(this.#now)
  }

  /** Found dead when it should be up. */
  #die(found: string): void {
    const { state, plan } = this.held
    const wasUp = state !== 'starting'
    const why = whyDead(this.held, found)
    const crashes = withDeath(this.held.crashes, { wasUp, atMs: this.#host.clock().instantMs })
    const text = `failed: ${why}; ${restartText(this.#restartDelayMs(crashes))}`
    this.#instance.endGuard()
    if (!wasUp || plan.isForeground) this.#instance.askOutput()
    // A start that hangs must not come up later, beside the next one.
    if (this.#instance.isCommandThere) this.#instance.signalCommand('SIGKILL')
    this.#instance.move('down', why, { text, change: { identity: null, crashes } })
    this.#health.reset()
    this.#armRestart()
    this.#lookAgain()
  }

  #armRestart(): void {
    const delayMs = this.#restartDelayMs(this.held.crashes)
    this.#restartAtMs = delayMs === null ? null : this.#now + delayMs
  }

  #restartDelayMs(crashes: Crashes): number | null {
    const plan = this.#wish.kind === 'run' ? this.#wish.plan : this.held.plan
    return restartDelayMs(plan.restartDelayMs, crashes, this.#host.clock().instantMs)
  }

  #failLook(why: string): void {
    this.#failedLooks++
    const isTooMany = this.#failedLooks > this.held.plan.monitorRetries
    // Nothing takes its place while nobody can say that it is gone.
    this.#instance.move(isTooMany ? 'give-up' : 'check-failed', why)
  }

  #beginStop(isKill: boolean, why: string): void {
    this.#stop.begin(this.held.plan, { nowMs: this.#now, isKill })
    this.#restartAtMs = null
    this.#instance.move('stop', why, { text: `it is stopped: ${why}` })
    this.#looks.anew(this.#now)
  }

  #know(identity: Identity): void {
    const { identity: known, startedAtMs, state } = this.held
    const isNews = known?.pid !== identity.pid || known.start !== identity.start
    if (isNews) {
      if (state === 'down' && this.#wish.kind === 'run') this.#instance.replacePlan(this.#wish.plan)
      const { instantMs } = this.#host.clock()
      this.#instance.save({ identity, startedAtMs: startedAtMs ?? instantMs }, true)
    } else if (!this.#instance.lacksGuard) return
    const lease = this.held.plan.isLeased ? this.#host.lease(this.held) : null
    if (lease !== null) this.#instance.guard(lease)
  }

  /** After the usual interval; never, where it is never checked. */
  #lookAgain(): void {
    const { monitorIntervalMs } = this.held.plan
    if (monitorIntervalMs !== null) this.#lookAt(this.#now + monitorIntervalMs)
  }

  #lookAt(atMs: number): void {
    this.#looks.at(atMs)
  }

  #nextLookMs(): number {
    const restartMs = this.held.state === 'failed' ? (this.#restartAtMs ?? Infinity) : Infinity
    return Math.min(this.#looks.nextMs, restartMs)
  }

  #arm(): void {
    const isLooking = this.#looks.isUnderWay
    const lookMs = isLooking ? this.#looks.giveUpAtMs(lookPatienceMs(this.held)) : this.#nextLookMs()
    const atMs = Math.min(lookMs, this.#health.nextAtMs())
    if (atMs >= this.#timerAtMs) return
    this.#timerAtMs = atMs
    this.#host.setTimer(atMs, { kind: 'instance', instance: this.#instance.key })
  }
}
