// The one place that carries out what the core wants done, in the order of the lists. The order law: what is to be
// persisted is on disk before anything behind it begins. Everything that waits is written with one commit of the
// store, and the rest follows it in order; what is in front of the first write does not wait for it. While a commit
// is under way the core goes on, and its effects queue up here. After a failed commit nothing more happens.

import type { StoreEffect } from '../lib/base/effect.ts'
import type { NodeId } from '../lib/base/ids.ts'
import type { Effect } from '../lib/effect.ts'
import type { Event } from '../lib/event.ts'
import type { Hello } from '../lib/membership/hello.ts'
import type { GossipMessage, Message } from '../lib/message.ts'
import type { ProcessEffect } from '../lib/run/effect.ts'
import type { ServiceEffect } from '../lib/service/effect.ts'
import type { News } from '../lib/view/news.ts'
import type { Answer } from '../lib/view/question.ts'
import type { LogChange } from './store/log-plan.ts'
import type { LogStore } from './store/log-store.ts'

export type PerformOptions = {
  readonly self: NodeId
  readonly store: Pick<LogStore, 'commit' | 'read'>
  /** Both answer false when the message cannot be sent; a peer that is away is no news. */
  readonly mesh: {
    send(to: NodeId, message: Message): boolean
    gossip(message: GossipMessage): boolean
  }
  readonly processes: { carryOut(effect: ProcessEffect): void }
  readonly instances: { carryOut(effect: ServiceEffect): void }
  readonly report: (report: Effect & { kind: 'report' }) => void
  readonly push: (event: Event) => void
  readonly wakeAt: (atMs: number) => void
  readonly onHello: (hello: Hello) => void
  readonly onRefusedPeers: (nodes: readonly NodeId[]) => void
  readonly onAnswer: (askId: number, answer: Answer) => void
  readonly onNews: (news: News) => void
  readonly onStopped: () => void
  /** A write failed, or the disk is so slow that the queue is full: nothing is carried out from now on. */
  readonly onFault: (error: Error) => void
}

/** Effects that wait for the disk: seconds of a busy agent. Beyond it the disk is taken for broken. */
const waitingMax = 200_000

export class Performer {
  readonly #options: PerformOptions
  #waiting: Effect[] = []
  readonly #reads: Promise<void>[] = []
  #isBusy = false
  #isClosed = false

  constructor(options: PerformOptions) {
    this.#options = options
  }

  perform(effects: readonly Effect[]): void {
    if (this.#isClosed) return
    for (const effect of effects) {
      // A timer reveals nothing, and must not be late because the disk is slow.
      if (effect.kind === 'wake-at') this.#options.wakeAt(effect.atMs)
      else this.#waiting.push(effect)
    }
    if (this.#waiting.length > waitingMax) {
      this.#fail(
        new Error(`Cannot write to disk: ${this.#waiting.length} changes wait, expected a disk that answers`),
      )
    }
    if (!this.#isBusy) void this.#carryOutWaiting()
  }

  /** Nothing is carried out after it; a commit under way is. */
  close(): void {
    this.#isClosed = true
    this.#waiting = []
  }

  async #carryOutWaiting(): Promise<void> {
    this.#isBusy = true
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting
        this.#waiting = []
        const firstWrite = batch.findIndex(isStoreEffect)
        this.#carryOutAll(firstWrite < 0 ? batch : batch.slice(0, firstWrite))
        if (firstWrite < 0) continue
        // What was made meanwhile joins the same commit.
        const rest = [...batch.slice(firstWrite), ...this.#waiting]
        this.#waiting = []
        await this.#commit(rest.filter(isStoreEffect).map(changeOf))
        this.#carryOutAll(rest)
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#isBusy = false
    }
  }

  /** A log is never read while it is written: the reader would take a half-written line for a torn one. */
  async #commit(changes: readonly LogChange[]): Promise<void> {
    while (this.#reads.length > 0) await Promise.all(this.#reads.splice(0))
    if (!this.#isClosed) await this.#options.store.commit(changes)
  }

  /** All but the writes. */
  #carryOutAll(effects: readonly Effect[]): void {
    for (const effect of effects) if (!isStoreEffect(effect)) this.#carryOut(effect)
  }

  #carryOut(effect: Exclude<Effect, StoreEffect>): void {
    if (this.#isClosed) return
    const options = this.#options
    switch (effect.kind) {
      case 'send':
        if (effect.to === options.self) {
          options.push({ kind: 'message-received', from: options.self, message: effect.message })
        } else options.mesh.send(effect.to, effect.message)
        break
      case 'gossip':
        options.mesh.gossip(effect.message)
        break
      case 'spawn':
      case 'adopt':
      case 'extend-lease':
      case 'signal':
      case 'remove-output':
        options.processes.carryOut(effect)
        break
      case 'look-at-instance':
      case 'write-pid-file':
      case 'signal-instance':
      case 'ask-health':
      case 'ask-output':
      case 'guard-instance':
      case 'keep-guard':
      case 'end-guard':
        options.instances.carryOut(effect)
        break
      case 'read-log':
        this.#reads.push(this.#readLog(effect.log))
        break
      case 'report':
        options.report(effect)
        break
      case 'say-hello':
        options.onHello(effect.hello)
        break
      case 'refuse-peers':
        options.onRefusedPeers(effect.nodes)
        break
      case 'answer':
        options.onAnswer(effect.askId, effect.answer)
        break
      case 'tell':
        options.onNews(effect.news)
        break
      case 'stopped':
        options.onStopped()
        break
      case 'wake-at':
        break
    }
  }

  async #readLog(log: string): Promise<void> {
    try {
      const content = await this.#options.store.read(log)
      this.#options.push({ kind: 'log-read', log, content })
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #fail(error: Error): void {
    if (this.#isClosed) return
    this.close()
    this.#options.onFault(error)
  }
}

function isStoreEffect(effect: Effect): effect is StoreEffect {
  return (
    effect.kind === 'persist' ||
    effect.kind === 'rewrite' ||
    effect.kind === 'remove' ||
    effect.kind === 'truncate'
  )
}

function changeOf(effect: StoreEffect): LogChange {
  switch (effect.kind) {
    case 'persist':
      return { kind: 'append', log: effect.log, text: effect.lines, sync: true }
    case 'rewrite':
      return { kind: 'rewrite', log: effect.log, text: effect.lines }
    case 'remove':
      return { kind: 'remove', log: effect.log }
    case 'truncate':
      return { kind: 'truncate', log: effect.log, lengthBytes: effect.lengthBytes }
  }
}
