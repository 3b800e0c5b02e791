// One simulated machine: its clock, its disk, the processes on it, and the agent that runs on it or not. Faults act
// on it; each leaves the machine in a state that the next can act on, so that any list of them makes sense.

import type { DocumentFactory } from '../../../lib/catalog/document.ts'
import type { Parse } from '../../../lib/catalog/parse-cache.ts'
import type { ClusterId, NodeId } from '../../../lib/base/ids.ts'
import type { ClaimSettings } from '../../../lib/base/limits.ts'
import type { Random } from '../../../lib/base/random.ts'
import { Agent, type Core, type DiskSpeed } from './agent.ts'
import { Disk, type DiskImage } from './disk.ts'
import { HostClock, type ClockPlan } from './host-clock.ts'
import { Instances } from './instances.ts'
import type { Network } from './network.ts'
import type { AgentEnd, Observers } from './observation.ts'
import { Processes } from './processes.ts'
import type { Timeline } from './timeline.ts'

export type HostPlan = {
  readonly node: NodeId
  readonly labels: Readonly<Record<string, string>>
  readonly canWitness: boolean
  /** How many runs it holds at a time; null for no bound. */
  readonly maxRunning: number | null
  /** Null for one that joins. */
  readonly foundWitnesses: number | null
  /** Of the program, and of its time zones; all have the same if not given. */
  readonly version?: string
  readonly zoneData?: string
  readonly clock: ClockPlan
  readonly diskSpeed: DiskSpeed
  /** After the beginning of the simulation. */
  readonly startsAfterMs: number
}

/** What all hosts of one simulation share. */
export type HostParts = {
  readonly core: Core
  readonly documents: DocumentFactory
  readonly parse: Parse
  readonly timeline: Timeline
  readonly network: Network
  readonly observers: Observers
  readonly clusterId: ClusterId
  readonly settings: ClaimSettings
  readonly isWireJson: boolean
  readonly spawnFailChance: number
  readonly areDisksForgetful: boolean
  readonly addressesAfterMs: number
  /** Randomness of a subsystem, for this host alone. */
  readonly random: (subsystem: string) => Random
}

export class Host {
  readonly plan: HostPlan
  readonly clock: HostClock
  readonly disk: Disk
  readonly processes: Processes
  readonly #instances: Instances
  readonly #parts: HostParts
  readonly #boots: Random
  readonly #syncs: Random
  readonly #crashes: Random
  #diskNo = 1
  #isAsleep = false
  #wokeAtMs = -Infinity
  #guardPausedAtMs: number | null = null
  #guardPausedMs = 0
  #guardResumedAtMs = -Infinity
  #formerOffsets: readonly { readonly offsetMs: number; readonly untilMs: number }[] = []
  #stoppedUntilMs = 0
  #image: DiskImage | null = null
  isGone = false
  #agent: Agent | null = null
  /** Each sync takes up to so much longer. */
  diskSlowMs = 0
  /** Each sync is an error, which ends the agent; so is the first of the next one. */
  isDiskFull = false
  /** What lies in the watched directory. */
  readonly files = new Map<string, string>()
  #standstills: { readonly fromMs: number; readonly untilMs: number }[] = []

  constructor(plan: HostPlan, parts: HostParts) {
    this.plan = plan
    this.#parts = parts
    this.disk = new Disk({ isForgetful: parts.areDisksForgetful })
    this.clock = new HostClock(plan.clock, parts.timeline.nowMs)
    this.#boots = parts.random('boots')
    this.#syncs = parts.random('disk')
    this.#crashes = parts.random('crashes')
    this.processes = new Processes({
      host: plan.node,
      clock: this.clock,
      timeline: parts.timeline,
      random: parts.random('processes'),
      observers: parts.observers,
      spawnFailChance: parts.spawnFailChance,
    })
    this.#instances = new Instances({
      processes: this.processes,
      timeline: parts.timeline,
      random: parts.random('instances'),
    })
  }

  get node(): NodeId {
    return this.plan.node
  }

  /** Null while none runs. */
  get agent(): Agent | null {
    return this.#agent
  }

  get isRunning(): boolean {
    return this.#agent !== null && !this.#agent.isPaused
  }

  /** How long within this window its agent was paused or waited for its disk. */
  stoodStillMs(fromMs: number, untilMs: number): number {
    this.#standstills = this.#standstills.filter((one) => one.untilMs >= fromMs - 600_000)
    return this.#standstills.reduce(
      (sum, one) => sum + Math.max(0, Math.min(one.untilMs, untilMs) - Math.max(one.fromMs, fromMs)),
      0,
    )
  }

  startAgent(): void {
    if (this.#agent !== null || this.#isAsleep || this.isGone) return
    const { plan, disk, clock, processes } = this
    const parts = this.#parts
    const agent: Agent = new Agent({
      ...parts,
      node: plan.node,
      clock,
      disk,
      processes,
      instances: this.#instances,
      diskSpeed: plan.diskSpeed,
      random: this.#syncs,
      diskSlowMs: () => this.diskSlowMs,
      isDiskFull: () => this.isDiskFull,
      onStoodStill: (fromMs) => this.#standstills.push({ fromMs, untilMs: parts.timeline.nowMs }),
      onEnded: (how) => this.#ended(agent, how),
    })
    this.#agent = agent
    const seed = this.#boots.hex16()
    parts.observers.saw({
      kind: 'agent-started',
      node: plan.node,
      bootSeed: seed,
      diskNo: this.#diskNo,
      image: disk.image(),
    })
    agent.start({
      seed,
      nodeId: plan.node,
      clusterId: parts.clusterId,
      name: plan.node,
      hostname: `${plan.node}.sim`,
      labels: plan.labels,
      version: plan.version ?? '0.0.0',
      timeZone: 'UTC',
      zoneData: plan.zoneData ?? 'sim',
      canWitness: plan.canWitness,
      maxRunning: plan.maxRunning,
      foundWitnesses: plan.foundWitnesses,
      settings: parts.settings,
    })
    for (const [fileName, text] of this.files)
      agent.deliver({ kind: 'file-dropped', fileName, text, isStartup: true })
  }

  /** SIGKILL: what it wrote stays, though the last write may have been under way. */
  killAgent(): void {
    if (this.#isAsleep) return
    if (this.#agent !== null && this.#crashes.chance(0.5)) this.disk.crash(this.#crashes)
    this.#agent?.end('killed')
  }

  /** The machine is off: agent and processes gone, and what was not synced may be gone too. */
  losePower(): void {
    this.#isAsleep = false
    this.#agent?.end('power-lost')
    this.processes.losePower()
    this.disk.crash(this.#crashes)
    this.clock.reboot(this.#parts.timeline.nowMs)
  }

  /** In order; a service manager starts it again after so long, or when it has stopped at last. */
  stopAgent(drain: boolean, forMs: number): void {
    this.#stoppedUntilMs = this.#parts.timeline.nowMs + forMs
    this.#agent?.deliver({ kind: 'stop-asked', drain })
  }

  pause(): void {
    if (this.isRunning) this.#agent?.pause()
  }

  resume(): void {
    if (this.#agent?.isPaused && !this.#isAsleep) this.#agent.resume()
  }

  /** The guard stands still; what it should have ended runs on. */
  pauseGuard(): void {
    this.processes.isGuardPaused = true
    this.#guardPausedAtMs ??= this.#parts.timeline.nowMs
  }

  resumeGuard(): void {
    if (this.#isAsleep) return
    this.processes.isGuardPaused = false
    if (this.#guardPausedAtMs === null) return
    this.#guardPausedMs = this.#parts.timeline.nowMs - this.#guardPausedAtMs
    this.#guardResumedAtMs = this.#parts.timeline.nowMs
    this.#guardPausedAtMs = null
  }

  /** How long the guard stood still, now or within this time. */
  guardStoodStillMs(withinMs: number): number {
    const { nowMs } = this.#parts.timeline
    if (this.#guardPausedAtMs !== null) return nowMs - this.#guardPausedAtMs
    return nowMs - this.#guardResumedAtMs < withinMs ? this.#guardPausedMs : 0
  }

  /** The lid is closed: agent and processes stand still, the steady clock goes on. */
  suspend(): void {
    this.#isAsleep = true
    this.#agent?.pause()
    this.processes.sleep()
  }

  /** An agent that was to be started meanwhile is started now. */
  wakeUp(): void {
    if (!this.#isAsleep) return
    this.#isAsleep = false
    this.#wokeAtMs = this.#parts.timeline.nowMs
    this.processes.wake()
    if (this.#agent === null) this.startAgent()
    else this.resume()
  }

  /** Whether the machine slept within this time. */
  sleptWithin(ms: number): boolean {
    return this.#isAsleep || this.#parts.timeline.nowMs - this.#wokeAtMs < ms
  }

  /** The wall clock jumps. */
  stepWall(byMs: number): void {
    const untilMs = this.#parts.timeline.nowMs
    this.#formerOffsets = [...this.#formerOffsets.slice(-20), { offsetMs: this.clock.wallOffsetMs, untilMs }]
    this.clock.stepWall(byMs)
  }

  /** How far its wall clock was off at most since then. */
  wallErrorMs(sinceMs: number): number {
    const former = this.#formerOffsets.filter(({ untilMs }) => untilMs >= sinceMs)
    return Math.max(
      ...[...former, { offsetMs: this.clock.wallOffsetMs }].map(({ offsetMs }) => Math.abs(offsetMs)),
    )
  }

  /** Remembers the disk as it is now: a backup. */
  takeImage(): void {
    this.#image = this.disk.image()
  }

  /** The backup; null when none was made. */
  get image(): DiskImage | null {
    return this.#image
  }

  /** The backup is put back, while the machine is off. */
  restore(image: DiskImage): void {
    if (this.isGone) return
    this.losePower()
    this.#diskNo++
    this.disk.restore(image)
  }

  /** Machine and disk are gone for good. */
  vanish(): void {
    this.losePower()
    this.isGone = true
    this.disk.restore(new Map())
  }

  /** A text in the watched directory of this host; null removes it. Read at the next start when no agent runs. */
  drop(fileName: string, text: string | null): void {
    this.#parts.observers.saw({ kind: 'dropped', node: this.node, fileName, text })
    if (text === null) this.files.delete(fileName)
    else this.files.set(fileName, text)
    this.#agent?.deliver(
      text === null
        ? { kind: 'file-removed', fileName }
        : { kind: 'file-dropped', fileName, text, isStartup: false },
    )
  }

  #ended(agent: Agent, how: AgentEnd): void {
    if (this.#agent === agent) this.#agent = null
    if (how === 'disk-failed') {
      this.disk.crash(this.#crashes)
      this.#parts.timeline.after(2_000, () => this.startAgent())
    }
    if (how === 'stopped') this.#parts.timeline.at(this.#stoppedUntilMs, () => this.startAgent())
    this.#parts.observers.saw({ kind: 'agent-ended', node: this.node, how })
  }
}
