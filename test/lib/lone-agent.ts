// One agent alone, its own only witness, on a clock and disks of the test: it carries out what the core wants in
// order, and notes each list of effects that would reveal something before it is written.

import { assert } from '../../lib/base/assert.ts'
import { clusterId, nodeId, type NodeId } from '../../lib/base/ids.ts'
import { defaultClaimSettings } from '../../lib/base/limits.ts'
import type { Effect } from '../../lib/effect.ts'
import type { Event } from '../../lib/event.ts'
import type { Message } from '../../lib/message.ts'
import { Node } from '../../lib/node.ts'
import type { Spawn } from '../../lib/run/effect.ts'
import type { News } from '../../lib/view/news.ts'
import type { Answer } from '../../lib/view/question.ts'
import { standInDocuments } from '../sim/stand-in-document.ts'

const self = nodeId('a')
const writes = new Set<Effect['kind']>(['persist', 'rewrite', 'remove', 'truncate'])
/** What tells nobody anything. */
const silent = new Set<Effect['kind']>(['wake-at', 'read-log', 'report', 'say-hello', 'refuse-peers', 'tell'])

const documents = standInDocuments({ isSized: false })

export class LoneAgent {
  readonly logs: Map<string, string>
  readonly spawned: Spawn[]
  readonly violations: string[] = []
  nowMs: number
  /** Logs are read only when the test lets them be. */
  holdReads = false
  /**
   * The next list of effects that begins something is cut behind its writes: the agent dies there. Or the next one
   * that writes a document: the power goes, and of all that it writes only the journal is kept.
   */
  diesBefore: Effect['kind'] | 'document' | null = null
  isDead = false
  /** What it sent to itself. */
  readonly sent: Message[] = []
  readonly answers: Answer[] = []
  /** Others that are connected, and never say a word by themselves; and what they were told. */
  readonly silentPeers = new Set<NodeId>()
  readonly toSilent: Message[] = []
  readonly told: News[] = []
  /** Messages that are lost on their way. */
  loses = (_message: Message): boolean => false
  adopted: string[] = []
  /** What it wanted of instances of services; the test answers. */
  onInstance = (_effect: Effect): void => undefined
  readonly #boot: number
  readonly #node = new Node({ documents })
  #events: { readonly atMs: number; readonly event: Event }[] = []
  #reads: string[] = []
  #wakeAtMs = Infinity

  constructor(before: LoneAgent | null = null) {
    this.logs = before?.logs ?? new Map<string, string>()
    this.spawned = before?.spawned ?? []
    this.nowMs = before?.nowMs ?? Date.UTC(2026, 10, 21, 10)
    this.#boot = (before === null ? 0 : before.#boot) + 1
  }

  /** Null: it waits for a cluster that it is to join. */
  start(foundWitnesses: 1 | null = 1): this {
    this.#step({
      kind: 'started',
      seed: `boot ${this.#boot}`,
      nodeId: self,
      clusterId: clusterId('c'),
      name: 'alpha',
      hostname: 'alpha',
      labels: {},
      version: '0',
      timeZone: 'UTC',
      zoneData: '2026a',
      canWitness: true,
      maxRunning: null,
      foundWitnesses,
      settings: defaultClaimSettings,
      journal: this.logs.get('journal') ?? '',
      documentLogs: [...this.logs.keys()].filter((log) => log.startsWith('document/')),
    })
    return this
  }

  /** The config file lies in the directory. */
  drop(text: string, isStartup = false, fileName = 'shop.yaml'): void {
    this.#step({ kind: 'file-dropped', fileName, text, isStartup })
  }

  /** What was asked to be read is read now. */
  releaseReads(): void {
    this.holdReads = false
    for (const log of this.#reads.splice(0))
      this.#later(1, { kind: 'log-read', log, content: this.logs.get(log) ?? '' })
  }

  happens(event: Event, inMs = 0): void {
    this.#later(inMs, event)
  }

  run(ms: number): void {
    const untilMs = this.nowMs + ms
    while (!this.isDead) {
      const next = this.#events[0]
      const atMs = Math.min(next?.atMs ?? Infinity, this.#wakeAtMs)
      if (atMs > untilMs) break
      this.nowMs = Math.max(this.nowMs, atMs)
      if (next !== undefined && next.atMs <= this.#wakeAtMs) {
        this.#events.shift()
        this.#step(next.event)
      } else {
        this.#wakeAtMs = Infinity
        this.#step({ kind: 'woke' })
      }
    }
    this.nowMs = untilMs
  }

  #step(event: Event): void {
    if (this.isDead) return
    const effects = this.#node.step({ steadyMs: this.nowMs, wallMs: this.nowMs }, event)
    const lastWrite = effects.findLastIndex(({ kind }) => writes.has(kind))
    const firstWord = effects.findIndex(({ kind }) => !writes.has(kind) && !silent.has(kind))
    if (firstWord >= 0 && firstWord < lastWrite)
      this.violations.push(`${effects[firstWord]!.kind} before ${effects[lastWrite]!.kind} in ${event.kind}`)
    for (const effect of effects) {
      if (effect.kind === this.diesBefore) this.isDead = true
      if (this.diesBefore === 'document' && 'log' in effect && effect.log !== 'journal') this.isDead = true
      if (this.isDead) return
      this.#carryOut(effect)
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'persist':
        this.logs.set(effect.log, (this.logs.get(effect.log) ?? '') + effect.lines)
        return
      case 'rewrite':
        this.logs.set(effect.log, effect.lines)
        return
      case 'truncate':
        this.logs.set(effect.log, this.logs.get(effect.log)!.slice(0, effect.lengthBytes))
        return
      case 'remove':
        this.logs.delete(effect.log)
        return
      case 'send':
        if (this.silentPeers.has(effect.to)) return void this.toSilent.push(effect.message)
        assert(effect.to === self, 'there is nobody else')
        this.sent.push(effect.message)
        if (this.loses(effect.message)) return
        return this.#later(1, { kind: 'message-received', from: self, message: effect.message })
      case 'wake-at':
        this.#wakeAtMs = Math.max(effect.atMs, this.nowMs)
        return
      case 'tell':
        this.told.push(effect.news)
        return
      case 'read-log':
        this.#reads.push(effect.log)
        return this.holdReads ? undefined : this.releaseReads()
      case 'answer':
        this.answers.push(effect.answer)
        return
      case 'spawn':
        this.spawned.push(effect)
        return
      case 'adopt':
        this.adopted.push(effect.process)
        return
      default:
        this.onInstance(effect)
    }
  }

  #later(ms: number, event: Event): void {
    this.#events.push({ atMs: this.nowMs + ms, event })
    this.#events.sort((left, right) => left.atMs - right.atMs)
  }
}
