// The commands that agents start on one host. They outlive their agent, and write the evidence that the checkers
// believe: who started what, when, on the global clock. A command's text says how it behaves:
// `work 300..900 fail 0.1 stubborn` takes 300 to 900 ms, fails one time in ten, and ignores SIGTERM. `serve 300..900` is
// an instance of a service that stays in the foreground so long, `daemon FILE 300..900` leaves one behind that writes
// its pid file. `http://sim.test/work+300..900` is a request, which its agent makes itself and takes with it when it
// dies. Beside them is the host's guard, the shipped one, which outlives its agent too.

import type { Random } from '../../../lib/base/random.ts'
import type { Exit } from '../../../lib/claim/ended-attempt.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import type { Adopt, ExtendLease, Signal, Spawn } from '../../../lib/run/effect.ts'
import { Guard } from '../../../lib/run/guard.ts'
import type { Deadline } from '../../../lib/run/lease.ts'
import type { Identity } from '../../../lib/service/event.ts'
import type { HostClock } from './host-clock.ts'
import type { Observers } from './observation.ts'
import type { Timeline } from './timeline.ts'

/** What one started process says of itself; instants are global. */
export type Evidence = {
  readonly host: string
  readonly process: string
  readonly environment: Readonly<Record<string, string>>
  readonly pid: number
  readonly startMs: number
  /** Its guard told it to end. */
  isEndedByGuard?: boolean
  /** Its agent wanted it to end, perhaps a moment after it had. */
  isToldToEnd?: boolean
  /** Null while it runs. */
  endMs: number | null
  /** Null while it runs, and when the machine lost power under it. */
  exit: Exit | null
  /** Nobody can find out any more how it ended: the machine lost power before that was on disk. */
  isNoteLost: boolean
}

type Child = {
  readonly evidence: Evidence
  /** No process: its agent makes it, and nobody knows how it ended when that dies before. */
  readonly isRequest: boolean
  readonly isStubborn: boolean
  /** By its host's wall clock. */
  readonly startedAtMs: number
  endedAtMs: number
  /** Whether the note of its end would survive the loss of power. */
  isNoteSynced: boolean
  /** When it ends by itself; later when the machine sleeps meanwhile. */
  dueMs: number
}

/** How often a guard looks at its clock. */
const guardEveryMs = 50
/** How often a process that is due looks whether its machine is awake. */
const sleepTickMs = 20

export type Watcher = (event: ProcessEvent) => void

export class Processes {
  readonly #host: string
  readonly #clock: HostClock
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #observers: Observers
  readonly #spawnFailChance: number
  readonly #children = new Map<string, Child>()
  /** Leased processes whose shim found that it was too late. */
  readonly #notStarted = new Set<string>()
  /** Of each process, whether a launcher that was asked before now may still start it. */
  readonly #gates = new Map<string, { isClosed: boolean }>()
  readonly #guard = new Guard()
  #isGuardAwake = false
  /** It stands still, and every process lives on. */
  isGuardPaused = false
  /** The agent that is told of what happens; null while none runs. */
  #watcher: Watcher | null = null
  #watched = new Set<string>()
  #machineStart = 0
  /** Since when the machine sleeps; null while it is awake. */
  #asleepSinceMs: number | null = null
  #nextPid = 100
  /** A daemon writes its pid file. */
  onDaemon: (pidFile: string, pid: number) => void = () => undefined
  /** Who stands in a pid file. */
  daemonOf: (pidFile: string) => number | null = () => null
  /** The pid files of guarded daemons, by what their guard calls them. */
  readonly #daemonFiles = new Map<string, string>()

  constructor(options: {
    host: string
    clock: HostClock
    timeline: Timeline
    random: Random
    observers: Observers
    spawnFailChance: number
  }) {
    this.#host = options.host
    this.#clock = options.clock
    this.#timeline = options.timeline
    this.#random = options.random
    this.#observers = options.observers
    this.#spawnFailChance = options.spawnFailChance
  }

  /** An agent is there; it knows of no process until it spawns or adopts one. */
  watch(watcher: Watcher): void {
    this.#watcher = watcher
    this.#watched = new Set()
  }

  unwatch(): void {
    this.#watcher = null
    for (const child of this.#children.values())
      if (child.isRequest && child.evidence.endMs === null) this.#loseSight(child)
  }

  running(): number {
    return [...this.#children.values()].filter(
      ({ evidence }) => evidence.endMs === null && !isOfService(evidence),
    ).length
  }

  spawn(asked: Spawn): void {
    const asker = this.#watcher
    const start = this.#machineStart
    const { process, lease, startByMs } = asked
    this.#watched.add(process)
    const gate = { isClosed: false }
    this.#gates.set(process, gate)
    if (lease !== null) {
      this.#guard.take({ kind: 'hold', process, deadline: lease.deadline })
      this.#wakeGuard()
    }
    this.#timeline.after(this.#random.between(1, 8), () => {
      // The launcher may have read the request before its agent died, or not.
      const isHeard = this.#watcher === asker || (asked.http === undefined && this.#random.chance(0.5))
      if (start !== this.#machineStart || !isHeard || gate.isClosed) return
      if (this.#isTooLate(lease?.deadline.termAtMs ?? null) || this.#isTooLate(startByMs)) {
        if (lease !== null) this.#notStarted.add(process)
        this.#tellLater({ kind: 'not-started', process, reason: 'too late' })
      } else if (!this.#random.chance(this.#spawnFailChance)) this.#start(asked)
      else this.#tellLater({ kind: 'spawn-failed', process: asked.process, reason: 'EAGAIN' })
    })
  }

  adopt({ process, isLeased }: Adopt): void {
    const asker = this.#watcher
    this.#watched.add(process)
    if (isLeased) {
      this.#guard.take({ kind: 'keep', process })
      this.#wakeGuard()
    }
    this.#timeline.after(this.#random.between(1, 20), () => {
      if (this.#watcher !== asker) return
      const child = this.#children.get(process)
      if (child === undefined && this.#notStarted.has(process)) {
        this.#gates.get(process)!.isClosed = true
        asker?.({ kind: 'not-started', process, reason: 'too late' })
      } else if (child === undefined || (child.evidence.endMs !== null && child.evidence.isNoteLost))
        asker?.({ kind: 'child-gone', process })
      else if (child.evidence.endMs !== null) this.#tellEnd(child)
      else
        asker?.({ kind: 'child-adopted', process, pid: child.evidence.pid, startedAtMs: child.startedAtMs })
    })
  }

  extend({ processes, deadline }: ExtendLease): void {
    this.#guard.take({ kind: 'extend', processes, deadline })
  }

  signal({ process, signal }: Signal): void {
    const child = this.#children.get(process)
    if (child === undefined) return
    child.evidence.isToldToEnd = true
    if (signal === 'SIGTERM' && child.isStubborn) return
    this.#timeline.after(this.#random.between(1, 30), () => this.#end(child, { kind: 'signal', signal }))
  }

  get machineStart(): number {
    return this.#machineStart
  }

  /** Names the process that bears this number now; null when there is none. */
  startOf(pid: number): string | null {
    const child = this.#childOf(pid)
    return child === undefined ? null : `${this.#machineStart}/${child.evidence.startMs}`
  }

  signalPid({ pid, start }: Identity, signal: string): void {
    const child = this.#childOf(pid)
    if (child === undefined || this.startOf(pid) !== start || (signal !== 'SIGKILL' && child.isStubborn))
      return
    this.#timeline.after(this.#random.between(1, 30), () => this.#end(child, { kind: 'signal', signal }))
  }

  guardDaemon(process: string, pidFile: string, deadline: Deadline): void {
    this.#daemonFiles.set(process, pidFile)
    this.#guard.take({ kind: 'hold', process, deadline })
    this.#wakeGuard()
  }

  keepDaemon(process: string): void {
    if (!this.#daemonFiles.has(process)) return
    this.#guard.take({ kind: 'keep', process })
    this.#wakeGuard()
  }

  forgetDaemon(process: string): void {
    this.#daemonFiles.delete(process)
    this.#guard.take({ kind: 'forget', process })
  }

  #childOf(pid: number): Child | undefined {
    return [...this.#children.values()].find(
      ({ evidence }) => evidence.pid === pid && evidence.endMs === null,
    )
  }

  /** The machine stops at once: nothing that runs leaves a note, and young notes may be lost. */
  losePower(): void {
    this.#machineStart++
    this.wake()
    this.unwatch()
    this.#notStarted.clear()
    this.#daemonFiles.clear()
    for (const process of this.#guard.processes()) this.#guard.take({ kind: 'forget', process })
    for (const child of this.#children.values()) {
      if (child.evidence.endMs === null) this.#loseSight(child)
      else if (!child.isNoteSynced && this.#random.chance(0.5)) child.evidence.isNoteLost = true
    }
  }

  #loseSight({ evidence }: Child): void {
    evidence.endMs = this.#timeline.nowMs
    evidence.isNoteLost = true
    this.#observers.saw({ kind: endKind(evidence), evidence })
  }

  /** The whole machine stands still, the processes with it; only the steady clock goes on. */
  sleep(): void {
    this.#asleepSinceMs ??= this.#timeline.nowMs
    this.isGuardPaused = true
  }

  wake(): void {
    if (this.#asleepSinceMs === null) return
    const sleptMs = this.#timeline.nowMs - this.#asleepSinceMs
    this.#asleepSinceMs = null
    this.isGuardPaused = false
    for (const child of this.#children.values()) if (child.evidence.endMs === null) child.dueMs += sleptMs
  }

  #start(asked: Spawn): void {
    const isRequest = asked.http !== undefined
    const behaviour = parseBehaviour(isRequest ? commandOfUrl(asked.http.url) : asked.command)
    const evidence: Evidence = {
      host: this.#host,
      process: asked.process,
      environment: asked.environment,
      pid: this.#nextPid++,
      startMs: this.#timeline.nowMs,
      endMs: null,
      exit: null,
      isNoteLost: false,
    }
    const startedAtMs = this.#clock.wallMs(this.#timeline.nowMs)
    const { isStubborn } = behaviour
    const isParent = behaviour.kind === 'daemon'
    const lastsMs = isParent
      ? this.#random.between(1, 80)
      : this.#random.between(behaviour.lowMs, behaviour.highMs + 1)
    const child: Child = {
      evidence,
      isRequest,
      isStubborn,
      startedAtMs,
      endedAtMs: 0,
      isNoteSynced: false,
      dueMs: this.#timeline.nowMs + lastsMs,
    }
    this.#children.set(asked.process, child)
    const { process } = asked
    if (behaviour.kind === 'daemon') this.#startDaemon(asked, behaviour)
    else this.#observers.saw({ kind: startKind(evidence), evidence })
    this.#tellLater({ kind: 'spawned', process, pid: evidence.pid, startedAtMs })
    const exit: Exit = { kind: 'code', code: this.#random.chance(behaviour.failChance) ? 1 : 0 }
    this.#timeline.at(child.dueMs, () => this.#endWhenDue(child, exit))
  }

  /** It forked twice and is in a session of its own; its pid file comes a little later, or before its parent ends. */
  #startDaemon(asked: Spawn, { lowMs, highMs, isStubborn, pidFile }: Behaviour): void {
    const start = this.#machineStart
    this.#timeline.after(this.#random.between(1, 20), () => {
      if (start !== this.#machineStart) return
      const { nowMs } = this.#timeline
      const evidence: Evidence = {
        host: this.#host,
        process: `${asked.process}~daemon`,
        environment: asked.environment,
        pid: this.#nextPid++,
        startMs: nowMs,
        endMs: null,
        exit: null,
        isNoteLost: false,
      }
      const startedAtMs = this.#clock.wallMs(nowMs)
      const dueMs = nowMs + this.#random.between(lowMs, highMs + 1)
      const times = { startedAtMs, endedAtMs: 0, dueMs }
      const child: Child = { evidence, isRequest: false, isStubborn, isNoteSynced: false, ...times }
      this.#children.set(evidence.process, child)
      this.#observers.saw({ kind: 'instance-started', evidence })
      this.#timeline.at(dueMs, () => this.#endWhenDue(child, { kind: 'code', code: 0 }))
      this.#timeline.after(this.#random.between(0, 60), () => {
        if (evidence.endMs === null) this.onDaemon(pidFile, evidence.pid)
      })
    })
  }

  #endWhenDue(child: Child, exit: Exit): void {
    const { nowMs } = this.#timeline
    if (child.evidence.endMs !== null) return
    if (this.#asleepSinceMs !== null) this.#timeline.after(sleepTickMs, () => this.#endWhenDue(child, exit))
    else if (nowMs < child.dueMs) this.#timeline.at(child.dueMs, () => this.#endWhenDue(child, exit))
    else this.#end(child, exit)
  }

  #end(child: Child, exit: Exit): void {
    if (child.evidence.endMs !== null) return
    child.evidence.endMs = this.#timeline.nowMs
    child.evidence.exit = exit
    child.endedAtMs = this.#clock.wallMs(this.#timeline.nowMs)
    this.#observers.saw({ kind: endKind(child.evidence), evidence: child.evidence })
    this.#timeline.after(5_000, () => {
      child.isNoteSynced = true
    })
    if (this.#watched.has(child.evidence.process))
      this.#timeline.after(this.#random.between(1, 10), () => this.#tellEnd(child))
  }

  #tellEnd(child: Child): void {
    if (this.#watcher === null || !this.#watched.has(child.evidence.process) || child.evidence.isNoteLost)
      return
    // An agent syncs the note as it reads it.
    child.isNoteSynced = true
    const { evidence, startedAtMs, endedAtMs } = child
    this.#watcher({
      kind: 'child-exited',
      process: evidence.process,
      exit: evidence.exit!,
      startedAtMs,
      endedAtMs,
      isEndedByGuard: evidence.isEndedByGuard === true,
      ...(child.isRequest && { said: exitText(evidence.exit!) }),
    })
  }

  /** The last look before the command. */
  #isTooLate(fromMs: number | null): boolean {
    return fromMs !== null && this.#clock.steadyMs(this.#timeline.nowMs) >= fromMs
  }

  #wakeGuard(): void {
    if (this.#isGuardAwake) return
    this.#isGuardAwake = true
    this.#timeline.after(guardEveryMs, () => {
      this.#isGuardAwake = false
      if (!this.isGuardPaused) this.#carryOutEndings()
      if (this.#guard.size > 0) this.#wakeGuard()
    })
  }

  #carryOutEndings(): void {
    for (const { process, signal } of this.#guard.due(this.#clock.steadyMs(this.#timeline.nowMs))) {
      const pidFile = this.#daemonFiles.get(process)
      const child =
        pidFile === undefined ? this.#children.get(process) : this.#childOf(this.daemonOf(pidFile) ?? 0)
      // A daemon may be found there later.
      if (child === undefined && pidFile !== undefined) continue
      if (child === undefined || child.evidence.endMs !== null) {
        this.#guard.take({ kind: 'forget', process })
        continue
      }
      child.evidence.isEndedByGuard = true
      if (signal === 'SIGTERM' && child.isStubborn) continue
      this.#timeline.after(this.#random.between(1, 30), () => this.#end(child, { kind: 'signal', signal }))
    }
  }

  #tellLater(event: ProcessEvent): void {
    const asker = this.#watcher
    this.#timeline.after(this.#random.between(1, 5), () => {
      if (this.#watcher === asker) asker?.(event)
    })
  }
}

const exitText = (exit: Exit): string =>
  exit.kind === 'signal' ? 'was given up' : `answered ${exit.code === 0 ? 200 : 500}`
const isOfService = ({ process }: Evidence): boolean => process.startsWith('service/')
const startKind = (evidence: Evidence) => (isOfService(evidence) ? 'instance-started' : 'process-started')
const endKind = (evidence: Evidence) => (isOfService(evidence) ? 'instance-ended' : 'process-ended')

type Behaviour = {
  readonly kind: 'work' | 'serve' | 'daemon'
  readonly pidFile: string
  readonly lowMs: number
  readonly highMs: number
  readonly failChance: number
  readonly isStubborn: boolean
}

/** `http://sim.test/work+300..900` takes as long as `work 300..900` does. */
function commandOfUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1).replaceAll('+', ' ')
}

export function parseBehaviour(command: string): Behaviour {
  const match = /^(work|serve|daemon)(?: (\/\S+))? (\d+)(?:\.\.(\d+))?(?: fail ([\d.]+))?( stubborn)?$/.exec(
    command,
  )
  if (match === null)
    throw new Error(
      `Cannot simulate command "${command}": expected work|serve|daemon [FILE] LOW..HIGH [fail P] [stubborn]`,
    )
  const [, kind, pidFile = '', low, high = low, fail = '0', stubborn] = match
  return {
    kind: kind as Behaviour['kind'],
    pidFile,
    lowMs: Number(low),
    highMs: Number(high),
    failChance: Number(fail),
    isStubborn: stubborn !== undefined,
  }
}
