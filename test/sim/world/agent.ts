// The simulator's stand-in for the agent's loop and its hands: one process of one agent, from its start to its end.
// It steps the shipped core and carries its effects out in list order. A change of a log takes time; whatever
// stands behind it waits until it is durable, while further events are stepped. Depending on the plan, changes that
// wait behind others are synced together with them (group commit) or one after the other.

import type { DocumentFactory } from '../../../lib/catalog/document.ts'
import type { Parse } from '../../../lib/catalog/parse-cache.ts'
import type { StoreEffect } from '../../../lib/base/effect.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import type { Effect } from '../../../lib/effect.ts'
import type { Event, Started } from '../../../lib/event.ts'
import type { Hello } from '../../../lib/membership/hello.ts'
import { unreachable } from '../../../lib/base/assert.ts'
import type { Random } from '../../../lib/base/random.ts'
import type { Answer, Command, Question } from '../../../lib/view/question.ts'
import type { Disk } from './disk.ts'
import type { HostClock } from './host-clock.ts'
import type { Instances } from './instances.ts'
import type { Network, Port } from './network.ts'
import type { AgentEnd, Observers } from './observation.ts'
import type { Processes } from './processes.ts'
import type { Timeline } from './timeline.ts'

/** The core, or a copy of it with a planted fault. */
export type Core = new (options: { documents: DocumentFactory; parse: Parse }) => {
  step(reading: { steadyMs: number; wallMs: number }, event: Event): readonly Effect[]
}

export type DiskSpeed = {
  /** A usual sync; one in fifty takes up to twenty times as long. */
  readonly syncMs: number
  readonly isGroupCommit: boolean
}

export type AgentParts = {
  readonly node: NodeId
  readonly core: Core
  readonly documents: DocumentFactory
  readonly parse: Parse
  readonly timeline: Timeline
  readonly clock: HostClock
  readonly disk: Disk
  readonly diskSpeed: DiskSpeed
  readonly network: Network
  readonly processes: Processes
  readonly instances: Instances
  readonly random: Random
  readonly observers: Observers
  /** Messages go through JSON, as on the real wire; else they are shared, which is faster. */
  readonly isWireJson: boolean
  /** After its start. */
  readonly addressesAfterMs: number
  /** Added to each sync, up to it. */
  readonly diskSlowMs: () => number
  /** No sync comes to an end any more, but as an error. */
  readonly isDiskFull: () => boolean
  /** It was paused, or waited for its disk, from then until now. */
  readonly onStoodStill: (fromMs: number) => void
  readonly onEnded: (how: AgentEnd) => void
}

/** A wait for the disk that is told. */
const noticeableMs = 20

const isStore = (effect: Effect): effect is StoreEffect =>
  effect.kind === 'persist' ||
  effect.kind === 'rewrite' ||
  effect.kind === 'remove' ||
  effect.kind === 'truncate'

export class Agent implements Port {
  readonly #parts: AgentParts
  readonly #node: InstanceType<Core>
  #queue: Effect[] = []
  #inbox: Event[] = []
  #isSyncing = false
  #isOver = false
  #isPaused = false
  #pausedAtMs = 0
  #hello: Hello | null = null
  #refused: ReadonlySet<NodeId> = new Set()
  /** When it is to be woken, by its steady clock; null once it was. */
  #alarmAtMs: number | null = null
  #asks = new Map<number, (answer: Answer) => void>()
  #nextAsk = 1
  /** The next sync fails, and ends the agent. */
  isDiskFailing = false

  constructor(parts: AgentParts) {
    this.#parts = parts
    this.#node = new parts.core({ documents: parts.documents, parse: parts.parse })
  }

  get hello(): Hello | null {
    return this.#hello
  }

  refuses(peer: NodeId): boolean {
    return this.#refused.has(peer)
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  start(started: Omit<Started, 'kind' | 'journal' | 'documentLogs'>): void {
    const { disk, processes, network, node, timeline } = this.#parts
    // What an earlier process wrote may stand in the kernel's memory only: it is synced before it is believed.
    disk.sync()
    processes.watch((event) => this.deliver(event))
    network.attach(node, this)
    const journal = disk.read('journal') ?? ''
    this.deliver({ kind: 'started', ...started, journal, documentLogs: disk.names('document/') })
    const tellAddresses = () => this.deliver({ kind: 'addresses-changed', addresses: [`${node}.sim:7070`] })
    if (this.#parts.addressesAfterMs === 0) tellAddresses()
    else timeline.after(this.#parts.addressesAfterMs, tellAddresses)
  }

  deliver(event: Event): void {
    if (this.#isOver) return
    if (this.#isPaused) this.#inbox.push(event)
    else this.#step(event)
  }

  ask(question: Question, onAnswer: (answer: Answer) => void): void {
    const askId = this.#nextAsk++
    this.#asks.set(askId, onAnswer)
    this.deliver({ kind: 'asked', askId, question })
  }

  /** Somebody asks for something to be done; what is answered is seen. */
  command(no: number, command: Command): void {
    const { observers, node } = this.#parts
    const askId = this.#nextAsk++
    observers.saw({ kind: 'hand-asked', no, node, command })
    this.#asks.set(askId, (answer) => observers.saw({ kind: 'hand-answered', no, node, command, answer }))
    this.deliver({ kind: 'commanded', askId, command, user: 'ann' })
  }

  /** The process stands still; what happens meanwhile waits for it. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#pausedAtMs = this.#parts.timeline.nowMs
    this.#parts.network.paused(this.#parts.node)
  }

  resume(): void {
    this.#isPaused = false
    this.#parts.onStoodStill(this.#pausedAtMs)
    this.#parts.network.resumed(this.#parts.node)
    const missed = this.#inbox
    this.#inbox = []
    for (const event of missed) this.deliver(event)
    this.#pump()
  }

  end(how: AgentEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.processes.unwatch()
    this.#parts.network.detach(this.#parts.node, { isSilent: how === 'power-lost' })
    this.#parts.onEnded(how)
  }

  #step(event: Event): void {
    const { timeline, clock, observers, node } = this.#parts
    if (event.kind === 'message-received')
      observers.saw({ kind: 'received', from: event.from, to: node, message: event.message })
    if (event.kind === 'gossip-received')
      observers.saw({ kind: 'gossip-received', from: event.from, to: node, message: event.message })
    let effects: readonly Effect[]
    try {
      effects = this.#node.step(clock.read(timeline.nowMs), event)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      observers.saw({ kind: 'core-failed', node, text })
      return this.end('core-failed')
    }
    this.#queue.push(...effects)
    this.#pump()
  }

  #pump(): void {
    let at = 0
    while (at < this.#queue.length && !this.#isSyncing && !this.#isOver && !this.#isPaused) {
      const effect = this.#queue[at]!
      if (isStore(effect)) {
        this.#queue = this.#queue.slice(at)
        at = 0
        this.#beginSync()
      } else {
        at++
        this.#perform(effect)
      }
    }
    if (at > 0) this.#queue = this.#queue.slice(at)
  }

  /** Writes what stands at the head of the queue (with group commit: all that is to be written) and syncs it. */
  #beginSync(): void {
    const { disk, diskSpeed, random, timeline, observers, node } = this.#parts
    const firstOther = this.#queue.findIndex((effect) => !isStore(effect))
    const end = diskSpeed.isGroupCommit || firstOther < 0 ? this.#queue.length : firstOther
    const effects = this.#queue.slice(0, end).filter(isStore)
    this.#queue = this.#queue.filter((effect, index) => index >= end || !isStore(effect))
    for (const effect of effects) disk.write(effect)
    this.#isSyncing = true
    const usualMs = diskSpeed.syncMs * (0.5 + random.fraction())
    const lastsMs =
      usualMs * (random.chance(0.02) ? random.between(2, 20) : 1) +
      this.#parts.diskSlowMs() * random.fraction()
    const fromMs = timeline.nowMs
    timeline.after(lastsMs, () => {
      if (this.#isOver) return
      if (lastsMs > noticeableMs) this.#parts.onStoodStill(fromMs)
      if (this.isDiskFailing || this.#parts.isDiskFull()) return this.end('disk-failed')
      disk.sync()
      observers.saw({ kind: 'synced', node, effects })
      this.#isSyncing = false
      this.#pump()
    })
  }

  #perform(effect: Exclude<Effect, StoreEffect>): void {
    const { node, network, processes, observers, timeline, disk } = this.#parts
    switch (effect.kind) {
      case 'send': {
        const message = this.#onWire(effect.message)
        observers.saw({ kind: 'sent', from: node, to: effect.to, message })
        if (this.#isOver) return
        if (effect.to === node)
          timeline.after(0, () => this.deliver({ kind: 'message-received', from: node, message }))
        else network.send(node, effect.to, message)
        return
      }
      case 'gossip': {
        const message = this.#onWire(effect.message)
        observers.saw({ kind: 'gossiped', from: node, message })
        return network.gossip(node, message)
      }
      case 'wake-at':
        return this.#setAlarm(effect.atMs)
      case 'spawn':
        observers.saw({ kind: 'spawn-asked', node, spawn: effect })
        // Somebody who saw it may have ended the agent in this very moment.
        return this.#isOver ? undefined : processes.spawn(effect)
      case 'adopt':
        return processes.adopt(effect)
      case 'extend-lease':
        return processes.extend(effect)
      // The simulated processes write no output.
      case 'remove-output':
        return
      case 'signal':
        return processes.signal(effect)
      case 'look-at-instance':
      case 'write-pid-file':
      case 'signal-instance':
      case 'ask-health':
      case 'ask-output':
      case 'guard-instance':
      case 'keep-guard':
      case 'end-guard':
        return this.#parts.instances.carryOut(effect, (event) => this.deliver(event))
      case 'report':
        return observers.saw({ ...effect, kind: 'reported', node })
      case 'read-log': {
        const content = disk.read(effect.log) ?? ''
        return timeline.after(1, () => this.deliver({ kind: 'log-read', log: effect.log, content }))
      }
      case 'tell':
        return
      case 'say-hello':
        this.#hello = effect.hello
        return
      case 'refuse-peers':
        this.#refused = new Set(effect.nodes)
        return network.dropRefused(node)
      case 'answer':
        observers.saw({ kind: 'answered', node, answer: effect.answer })
        this.#asks.get(effect.askId)?.(effect.answer)
        return void this.#asks.delete(effect.askId)
      case 'stopped':
        return this.end('stopped')
      default:
        return unreachable(effect)
    }
  }

  #onWire<Sent>(message: Sent): Sent {
    return this.#parts.isWireJson ? (JSON.parse(JSON.stringify(message)) as Sent) : message
  }

  /** There is one timer, which is set anew when the instant is another one, and rings a little late. */
  #setAlarm(atSteadyMs: number): void {
    if (this.#alarmAtMs === atSteadyMs) return
    this.#alarmAtMs = atSteadyMs
    const { clock, timeline, random } = this.#parts
    const lateMs = random.chance(0.01) ? random.between(2, 30) : random.fraction()
    timeline.at(Math.max(timeline.nowMs, clock.globalMsOfSteady(atSteadyMs)) + lateMs, () => {
      if (this.#alarmAtMs !== atSteadyMs) return
      this.#alarmAtMs = null
      this.deliver({ kind: 'woke' })
    })
  }
}
