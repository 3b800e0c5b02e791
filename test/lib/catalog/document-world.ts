// A few agents' documents on a virtual network and virtual disks, for property tests: messages are lost, doubled and
// reordered, agents crash in the middle of a write and come back with a torn log. What an agent's effects say is done
// in their order, as the shell does it.
import { bootId, nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { Random } from '../../../lib/base/random.ts'
import type { StoreEffect } from '../../../lib/base/effect.ts'
import type { DocumentFactory, Write } from '../../../lib/catalog/document.ts'
import type { DocumentGossip, DocumentMessage } from '../../../lib/catalog/document-message.ts'
import { Documents } from '../../../lib/catalog/documents.ts'

type Packet = { readonly from: NodeId; readonly to: NodeId } & (
  | { readonly kind: 'message'; readonly message: DocumentMessage }
  | { readonly kind: 'gossip'; readonly message: DocumentGossip }
)

export type Agent = {
  readonly id: NodeId
  readonly disk: Map<string, string>
  /** Null while it is down. */
  documents: Documents | null
  boots: number
  /** How far its wall clock is off. */
  readonly offsetMs: number
  readonly peers: Set<NodeId>
  /** What it was told of changes, by document. */
  readonly changed: Map<string, Set<string>>
}

export class World {
  readonly agents: Agent[]
  readonly random: Random
  readonly #factory: DocumentFactory
  #packets: Packet[] = []
  nowMs = 1_000_000
  lossOf: (packet: { readonly from: NodeId; readonly to: NodeId; readonly kind: string }) => number = () => 0
  readonly reports: string[] = []
  readonly longest = { message: 0, gossip: 0 }

  constructor(options: {
    readonly factory: DocumentFactory
    readonly agents: number
    readonly seed: string
  }) {
    this.random = new Random(options.seed)
    this.#factory = options.factory
    this.agents = Array.from({ length: options.agents }, (_, at) => ({
      id: nodeId(`n${at}`),
      disk: new Map<string, string>(),
      documents: null,
      boots: 0,
      offsetMs: this.random.between(-3000, 3000),
      peers: new Set<NodeId>(),
      changed: new Map<string, Set<string>>(),
    }))
    for (const agent of this.agents) this.boot(agent)
  }

  boot(agent: Agent): void {
    const boot = bootId(`boot ${agent.boots++} of ${agent.id}`)
    agent.documents = new Documents({
      factory: this.#factory,
      self: agent.id,
      boot,
      random: new Random(boot),
    })
    agent.documents.listed(agent.disk.keys())
    this.run(agent)
    for (const other of this.agents)
      if (other.documents !== null && other !== agent) this.connect(agent, other)
  }

  connect(one: Agent, other: Agent): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      if (from.peers.has(to.id) || from.documents === null || to.documents === null) continue
      from.peers.add(to.id)
      from.documents.onPeerUp(to.id, this.nowMs)
      this.run(from)
    }
  }

  disconnect(one: Agent, other: Agent): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      if (from.peers.delete(to.id)) from.documents?.onPeerDown(to.id)
  }

  /** Everything in memory is gone; of the step under way the writes stop anywhere, and nothing was sent. */
  crash(agent: Agent): void {
    const { store } = agent.documents!.takeEffects()
    const whole = this.random.between(0, store.length + 1)
    for (const effect of store.slice(0, whole)) write(agent.disk, effect)
    const cut = store[whole]
    if (cut?.kind === 'persist')
      write(agent.disk, { ...cut, lines: cut.lines.slice(0, this.random.between(0, cut.lines.length)) })
    agent.documents = null
    agent.changed.clear()
    for (const other of this.agents) this.disconnect(agent, other)
    this.#packets = this.#packets.filter(({ from, to }) => from !== agent.id && to !== agent.id)
  }

  /** A write that is durable and on its way when this returns. */
  put(agent: Agent, id: string, writes: readonly Write[]): void {
    agent.documents!.put(id, writes, this.nowMs + agent.offsetMs)
    this.run(agent)
  }

  /** Carries out what the agent wants, until it wants nothing more. */
  run(agent: Agent): void {
    for (;;) {
      const { store, loads, sends, gossips, changed, reports } = agent.documents!.takeEffects()
      for (const effect of store) write(agent.disk, effect)
      for (const { id, keys } of changed) {
        const known = agent.changed.get(id) ?? new Set()
        for (const key of keys) known.add(key)
        agent.changed.set(id, known)
      }
      for (const report of reports) this.reports.push(report.text)
      for (const { to, message } of sends) {
        this.longest.message = Math.max(this.longest.message, JSON.stringify(message).length)
        this.#post({ kind: 'message', from: agent.id, to, message: structuredClone(message) })
      }
      for (const message of gossips) {
        this.longest.gossip = Math.max(this.longest.gossip, JSON.stringify(message).length)
        for (const to of agent.peers)
          this.#post({ kind: 'gossip', from: agent.id, to, message: structuredClone(message) })
      }
      if (loads.length === 0) return
      for (const log of loads) agent.documents!.recover(log, agent.disk.get(log) ?? '')
    }
  }

  /** Delivers some of what is under way, in any order. */
  deliver(count: number): void {
    for (let i = 0; i < count && this.#packets.length > 0; i++) {
      const [packet] = this.#packets.splice(this.random.between(0, Math.min(4, this.#packets.length)), 1)
      const to = this.agents.find(({ id }) => id === packet!.to)!
      if (to.documents === null || !to.peers.has(packet!.from)) continue
      if (packet!.kind === 'message') to.documents.onMessage(packet!.from, packet!.message, this.nowMs)
      else to.documents.onGossip(packet!.from, packet!.message, this.nowMs)
      this.run(to)
    }
  }

  get underWay(): number {
    return this.#packets.length
  }

  tick(stepMs: number): void {
    this.nowMs += stepMs
    for (const agent of this.agents) {
      if (agent.documents === null) continue
      agent.documents.onTick(this.nowMs)
      this.run(agent)
    }
  }

  /** All up, all connected, nothing lost, until every digest agrees; throws when that takes for ever. */
  heal(): void {
    this.lossOf = () => 0
    for (const agent of this.agents) if (agent.documents === null) this.boot(agent)
    for (const one of this.agents)
      for (const other of this.agents) if (one !== other) this.connect(one, other)
    for (let second = 0; second < 400; second++) {
      this.deliver(100_000)
      this.tick(1000)
      for (const agent of this.agents) for (const id of agent.documents!.ids()) agent.documents!.want(id)
      if (second > 3 && new Set(this.agents.map((agent) => digestOf(agent))).size === 1) {
        this.deliver(100_000)
        return
      }
    }
    throw new Error(`no convergence: ${this.agents.map((agent) => digestOf(agent)).join('\n---\n')}`)
  }

  /** A document as every agent sees it; throws when two see it differently. */
  contentOf(id: string): Record<string, string> {
    const seen = this.agents.map((agent) => JSON.stringify(contentAt(agent, id)))
    if (new Set(seen).size !== 1) throw new Error(`document ${id} differs: ${seen.join('\n')}`)
    return contentAt(this.agents[0]!, id)
  }

  #post(packet: Packet): void {
    if (this.random.chance(this.lossOf(packet))) return
    this.#packets.push(packet)
    if (this.lossOf(packet) > 0 && this.random.chance(0.1)) this.#packets.push(structuredClone(packet))
  }
}

function contentAt(agent: Agent, id: string): Record<string, string> {
  const document = agent.documents!.get(id)
  return Object.fromEntries([...(document?.keys() ?? [])].sort().map((key) => [key, document!.get(key)!]))
}

function digestOf(agent: Agent): string {
  const ids = [...agent.documents!.ids()].sort()
  return ids
    .map((id) => `${agent.documents!.get(id)?.key ?? id} ${agent.documents!.get(id)?.heads() ?? 'closed'}`)
    .join('\n')
}

function write(disk: Map<string, string>, effect: StoreEffect): void {
  switch (effect.kind) {
    case 'persist':
      disk.set(effect.log, (disk.get(effect.log) ?? '') + effect.lines)
      return
    case 'rewrite':
      disk.set(effect.log, effect.lines)
      return
    case 'remove':
      disk.delete(effect.log)
      return
    case 'truncate':
      disk.set(effect.log, disk.get(effect.log)!.slice(0, effect.lengthBytes))
  }
}
