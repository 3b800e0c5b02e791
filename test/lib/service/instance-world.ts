// One supervised instance in a small world of its own: a pid file, processes, a clock of the test's. What the supervisor
// wants done happens here, a millisecond later, unless the test says otherwise.

import { noCrashes } from '../../../lib/service/restart-delay.ts'
import { LOCAL_SESSION } from '../../../lib/claim/local-registers.ts'
import type { HealthCheck } from '../../../lib/definition/service-definition.ts'
import type { ProcessEffect } from '../../../lib/run/effect.ts'
import type { Exit } from '../../../lib/claim/ended-attempt.ts'
import type { Lease } from '../../../lib/run/lease.ts'
import type { ServiceEffect } from '../../../lib/service/effect.ts'
import type { PidFileSight } from '../../../lib/service/event.ts'
import { instanceOfProcess, type HeldInstance } from '../../../lib/service/held-instance.ts'
import type { InstancePlan } from '../../../lib/service/instance-plan.ts'
import type { InstanceState } from '../../../lib/service/instance-state.ts'
import { Supervisor, type Wish } from '../../../lib/service/supervisor.ts'

const somePlan: InstancePlan = {
  definition: 'd1',
  print: 'p1',
  command: 'server --daemon',
  pidFile: '/run/server.pid',
  isForeground: false,
  user: null,
  cwd: null,
  environment: {},
  isLeased: false,
  stopCommand: null,
  stopSignal: 'SIGTERM',
  stopTimeoutMs: 5_000,
  monitorIntervalMs: 10_000,
  restartDelayMs: 3_000,
  monitorRetries: 5,
  health: null,
  fault: null,
}

export const commandCheck: HealthCheck = {
  kind: 'command',
  target: 'check',
  intervalMs: 1_000,
  timeoutMs: 500,
  failures: 3,
}

type Timed = { readonly atMs: number; readonly action: () => void }

export class InstanceWorld {
  nowMs = 1_000_000
  readonly effects: (ProcessEffect | ServiceEffect)[] = []
  plan: InstancePlan
  saved: HeldInstance | null = null
  mayStart = true
  lease: Lease | null = { deadline: { termAtMs: Infinity, killAtMs: Infinity } }
  /** Null: none. */
  file: PidFileSight = { kind: 'missing' }
  /** Looks hang. */
  isDiskHanging = false
  /** What a start command does: how it exits, and whether it leaves a daemon behind. */
  startExit: Exit | 'hangs' | 'fails-to-start' = { kind: 'code', code: 0 }
  leavesDaemon = true
  stopExit: Exit | 'fails-to-start' = { kind: 'code', code: 0 }
  healthExit: Exit = { kind: 'code', code: 0 }
  isStubborn = false
  readonly alive = new Map<number, string>()
  #nextPid: number
  #queue: Timed[] = []
  #supervisor: Supervisor

  constructor(plan: Partial<InstancePlan> = {}, before: HeldInstance | null = null) {
    this.plan = { ...somePlan, ...plan }
    this.#nextPid = (before?.identity?.pid ?? 99) + 1
    this.#supervisor = this.#make(before ?? this.#blank())
  }

  get state(): InstanceState {
    return this.#supervisor.held.state
  }

  get held(): HeldInstance {
    return this.#supervisor.held
  }

  get starts(): number {
    return this.effects.filter(({ kind, ...effect }) => kind === 'spawn' && isUse(effect, 'start')).length
  }

  get looks(): number {
    return this.effects.filter(({ kind }) => kind === 'look-at-instance').length
  }

  signals(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'signal-instance' ? effect.signal : []))
  }

  texts(): string[] {
    return this.held.events.map(({ text }) => text)
  }

  /** Wished to run, and looked after for so long. */
  run(ms = 0, wish: Partial<Wish & { kind: 'run' }> = {}): this {
    this.#supervisor.want({ kind: 'run', plan: this.plan, isTurn: true, restartBeforeMs: null, ...wish })
    return this.pass(ms)
  }

  stop(ms = 0, isKill = false): this {
    this.#supervisor.want({ kind: 'stop', isKill, why: 'somebody stopped it' })
    return this.pass(ms)
  }

  pass(ms: number): this {
    const untilMs = this.nowMs + ms
    for (;;) {
      this.#queue.sort((left, right) => left.atMs - right.atMs)
      const next = this.#queue[0]
      if (next === undefined || next.atMs > untilMs) break
      this.#queue.shift()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.action()
    }
    this.nowMs = untilMs
    return this
  }

  /** A process that writes the pid file. */
  beginProcess(): number {
    const pid = this.#nextPid++
    this.alive.set(pid, `boot/${this.nowMs}`)
    this.file = this.pidFile(`${pid}\n`)
    return pid
  }

  pidFile(text: string, isYoung = false): PidFileSight {
    return { kind: 'content', text, isYoung, process: null, isYoungerThanFile: false }
  }

  die(pid = this.held.identity?.pid ?? 0): this {
    this.alive.delete(pid)
    return this
  }

  /** The agent dies, and another finds its journal. */
  restartAgent(): InstanceWorld {
    const next = new InstanceWorld(this.plan, this.held)
    next.nowMs = this.nowMs + 500
    next.file = this.file
    for (const [pid, start] of this.alive) next.alive.set(pid, start)
    return next.recover()
  }

  recover(): this {
    this.#supervisor.recover()
    return this
  }

  /** A look that was abandoned long ago is answered after all. */
  answerLook(lookId: number, file: PidFileSight): void {
    const known = { isKnownAlive: false, isRebooted: false }
    this.#supervisor.onSighted({ kind: 'instance-sighted', instance: 'shop.web.0', lookId, file, ...known })
  }

  #make(held: HeldInstance): Supervisor {
    const wish: Wish = { kind: 'run', plan: held.plan, isTurn: false, restartBeforeMs: null }
    const host = {
      clock: () => ({ nowMs: this.nowMs, instantMs: this.nowMs }),
      save: (saved: HeldInstance) => {
        this.saved = saved
      },
      effect: (effect: ProcessEffect | ServiceEffect) => {
        this.effects.push(effect)
        this.#carryOut(effect)
      },
      setTimer: (atMs: number) => this.#at(atMs, () => this.#supervisor.onTimer()),
      lease: () => this.lease,
      mayStart: () => this.mayStart,
    }
    return new Supervisor(host, held, wish)
  }

  #blank(): HeldInstance {
    return {
      service: 'shop.web',
      number: 0,
      isLocal: true,
      token: 1,
      session: LOCAL_SESSION,
      isGuarded: false,
      state: 'down',
      why: '',
      sinceMs: this.nowMs,
      plan: this.plan,
      startNo: 0,
      startedAtMs: null,
      command: 'none',
      exit: null,
      identity: null,
      pidBefore: null,
      isCondemned: false,
      stopNo: 0,
      crashes: noCrashes,
      output: '',
      events: [],
      isYielding: false,
    }
  }

  #at(atMs: number, action: () => void): void {
    this.#queue.push({ atMs: Math.max(atMs, this.nowMs), action })
  }

  #soon(action: () => void): void {
    this.#at(this.nowMs + 1, action)
  }

  #carryOut(effect: ProcessEffect | ServiceEffect): void {
    switch (effect.kind) {
      case 'look-at-instance':
        if (!this.isDiskHanging) this.#soon(() => this.#look(effect))
        break
      case 'spawn':
        this.#soon(() => this.#spawned(effect.process))
        break
      case 'signal-instance':
        if (effect.signal === 'SIGKILL' || !this.isStubborn) this.#soon(() => this.die(effect.identity.pid))
        break
      case 'signal':
        this.#soon(() => this.#exited(effect.process, { kind: 'signal', signal: effect.signal }))
        break
      case 'write-pid-file':
        this.file = this.pidFile(`${effect.pid}\n`)
        break
      case 'ask-output':
        this.#soon(() => this.#supervisor.onOutput('no luck'))
        break
      default:
    }
  }

  #look({ lookId, known, instance }: ServiceEffect & { kind: 'look-at-instance' }): void {
    const pid = this.file.kind === 'content' ? Number(this.file.text) : 0
    const start = this.alive.get(pid)
    const process = start === undefined ? null : { pid, start }
    const file = this.file.kind === 'content' ? { ...this.file, process } : this.file
    const isKnownAlive = known !== null && this.alive.get(known.pid) === known.start
    const isRebooted = known !== null && !known.start.startsWith('boot/')
    this.#supervisor.onSighted({
      kind: 'instance-sighted',
      instance,
      lookId,
      file,
      isKnownAlive,
      isRebooted,
    })
  }

  #spawned(process: string): void {
    const use = instanceOfProcess(process)!.use
    const exit = { start: this.startExit, stop: this.stopExit, health: this.healthExit }[use]
    if (exit === 'fails-to-start') {
      this.#supervisor.onProcess({ kind: 'spawn-failed', process, reason: 'EAGAIN' }, use)
      return
    }
    const isForeground = use === 'start' && this.plan.isForeground
    const pid = this.#nextPid++
    if (isForeground && exit === 'hangs') this.alive.set(pid, `boot/${this.nowMs}`)
    this.#supervisor.onProcess({ kind: 'spawned', process, pid, startedAtMs: this.nowMs }, use)
    if (use === 'start' && this.leavesDaemon && !isForeground) this.beginProcess()
    if (use === 'stop') this.die()
    if (exit !== 'hangs') this.#soon(() => this.#exited(process, exit))
  }

  #exited(process: string, exit: Exit): void {
    const use = instanceOfProcess(process)!.use
    const times = { startedAtMs: this.nowMs, endedAtMs: this.nowMs }
    this.#supervisor.onProcess({ kind: 'child-exited', process, exit, ...times }, use)
  }

  /** A program in the foreground ends. */
  exitForeground(exit: Exit): this {
    const { identity, service, number, token, startNo } = this.held
    this.die(identity!.pid)
    this.#exited(`service/${service}.${number}#${token}.${startNo}.start`, exit)
    return this
  }
}

function isUse(effect: object, use: string): boolean {
  return 'process' in effect && instanceOfProcess(String(effect.process))?.use === use
}
