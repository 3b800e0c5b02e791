// The simulated network. Between two agents there is at most one connection: both sides hear of it when it opens,
// messages on it arrive in order, and it breaks when a side dies or was silent for five seconds; then both hear of
// that and dial again, as the mesh does. As datagrams, each message is lost, doubled or late for itself.
//
// Each direction of each pair can be cut and slowed for itself. What is sent into a cut waits (as TCP's buffers do)
// until the cut ends or the connection breaks. Gossip floods over the open connections, to each node by the
// shortest way that is not cut, and may be lost, doubled or late for each receiver.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Random } from '../../../lib/base/random.ts'
import type { Event } from '../../../lib/event.ts'
import type { Hello } from '../../../lib/membership/hello.ts'
import type { GossipMessage, Message } from '../../../lib/message.ts'
import type { Observers } from './observation.ts'
import type { Timeline } from './timeline.ts'

export type NetworkPlan = {
  readonly mode: 'streams' | 'datagrams'
  /** One way: at least so long, usually below twice that. */
  readonly delayMs: number
  /** One message in so many is late, by up to tailMs. */
  readonly tailChance: number
  readonly tailMs: number
  readonly lossChance: number
  readonly doubleChance: number
  readonly gossipLossChance: number
  /**
   * In large clusters an agent is handed its gossip so often only, all that has come meanwhile: what a thousand agents
   * hear one after the other makes the processor fetch all that each of them knows for a single message.
   */
  readonly gossipEveryMs?: number
}

/** One running agent's socket. */
export interface Port {
  /** Null until the agent has said what to say of it. */
  readonly hello: Hello | null
  /** A stopped process: its kernel takes what comes, nobody answers. */
  readonly isPaused: boolean
  /** Nobody gets a connection whom one side refuses. */
  refuses(peer: NodeId): boolean
  deliver(event: Event): void
}

/** One side of a pair, as it looks to the node it is named for. */
type Side = {
  /** The connection that this side believes in; 0 for none. */
  connection: number
  /** Whether its agent has heard of the connection, and may use it. */
  isTold: boolean
  /** The last arrival on this side, to keep the order. */
  arrivedMs: number
  /** Cuts in force on the way to this side. */
  cuts: number
  /** Added to each delay on the way to this side. */
  slowMs: number
  /** What waits for the cut to end. */
  held: { readonly connection: number; readonly event: Event }[]
  /** Counts changes of what this side can hear, so that an old watch on silence is known as old. */
  hearing: number
}

const silentMaxMs = 5_000
/** In trouble a late message is late by up to this. */
const troubleTailMs = 2_000

export class Network {
  readonly #plan: NetworkPlan
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #observers: Observers
  readonly #peers: ReadonlyMap<NodeId, readonly NodeId[]>
  readonly #ports = new Map<NodeId, Port>()
  /** What the first sees of the second. */
  readonly #sides = new Map<NodeId, Map<NodeId, Side>>()
  readonly #dials = new Map<string, { backoffMs: number; no: number }>()
  /** What each node is to be handed next of its gossip, where that is not at once. */
  readonly #mail = new Map<NodeId, { readonly atMs: number; readonly events: Event[] }>()
  #connections = 0
  /** Set by faults: every message is lost or late with at least these chances. */
  trouble = { lossChance: 0, tailChance: 0 }

  constructor(options: {
    plan: NetworkPlan
    nodes: readonly NodeId[]
    timeline: Timeline
    random: Random
    observers: Observers
  }) {
    this.#plan = options.plan
    this.#timeline = options.timeline
    this.#random = options.random
    this.#observers = options.observers
    this.#peers = new Map(options.nodes.map((node) => [node, options.nodes.filter((peer) => peer !== node)]))
  }

  /** An agent is there: it dials everyone, and everyone it. */
  attach(node: NodeId, port: Port): void {
    this.#ports.set(node, port)
    for (const peer of this.#peers.get(node)!) this.#dialSoon(node, peer)
  }

  /** The agent is gone. Its kernel closes its connections, unless the machine died with it. */
  detach(node: NodeId, how: { readonly isSilent: boolean }): void {
    this.#ports.delete(node)
    for (const peer of this.#peers.get(node)!) {
      const { connection } = this.#side(node, peer)
      Object.assign(this.#side(node, peer), { connection: 0, isTold: false, held: [] })
      if (connection === 0) continue
      if (how.isSilent) this.#watchSilence(peer, node)
      else this.#closeOther(node, peer, connection)
    }
  }

  send(from: NodeId, to: NodeId, message: Message): void {
    const { connection, isTold } = this.#side(from, to)
    if (connection === 0 || !isTold) return
    const side = this.#side(to, from)
    const event: Event = { kind: 'message-received', from, message }
    if (this.#plan.mode === 'streams') {
      if (side.cuts > 0) side.held.push({ connection, event })
      else this.#arrive(to, from, { connection, event, afterMs: this.#delayMs(side) })
      return
    }
    const copies = this.#random.chance(this.#plan.doubleChance) ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const isLost =
        side.cuts > 0 || this.#random.chance(Math.max(this.#plan.lossChance, this.trouble.lossChance))
      if (!isLost) this.#arrive(to, from, { connection, event, afterMs: this.#delayMs(side) })
    }
  }

  gossip(from: NodeId, message: GossipMessage): void {
    const event: Event = { kind: 'gossip-received', from, message }
    let frontier = [{ node: from, afterMs: 0 }]
    // Whom the first does not reach, mostly few: each of those that it reached looks at these only.
    let unreached = this.#peers.get(from)!.filter((peer) => this.#ports.has(peer))
    while (frontier.length > 0 && unreached.length > 0) {
      const next: typeof frontier = []
      for (const { node, afterMs } of frontier)
        unreached = unreached.filter((peer) => {
          const side = peer === node ? null : this.#side(peer, node)
          if (side === null || side.cuts > 0 || this.#side(node, peer).connection === 0) return true
          const hopMs = afterMs + this.#delayMs(side)
          this.#gossipTo(peer, event, hopMs)
          if (!this.#ports.get(peer)!.isPaused) next.push({ node: peer, afterMs: hopMs })
          return false
        })
      frontier = next
    }
  }

  /** Nothing gets from one to the other any more, in this direction; cuts add up. */
  cut(from: NodeId, to: NodeId): void {
    const side = this.#side(to, from)
    if (++side.cuts === 1) this.#watchSilence(to, from)
  }

  mend(from: NodeId, to: NodeId): void {
    const side = this.#side(to, from)
    if (--side.cuts > 0) return
    this.#heard(to, from)
    for (const { connection, event } of side.held)
      this.#arrive(to, from, { connection, event, afterMs: this.#random.between(1, 200) })
    side.held = []
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#side(to, from).cuts > 0
  }

  /** Adds to the delay of one direction; negative to take it back. */
  slow(from: NodeId, to: NodeId, byMs: number): void {
    this.#side(to, from).slowMs += byMs
  }

  /** A connection breaks by itself: both sides hear of it, what was under way is lost. */
  break(left: NodeId, right: NodeId): void {
    const { connection } = this.#side(left, right)
    if (connection === 0) return
    this.#disconnect(left, right, connection)
    this.#closeOther(left, right, connection)
  }

  /** This node refuses other peers now: connections to those end. */
  dropRefused(node: NodeId): void {
    for (const peer of this.#peers.get(node)!)
      if (this.#ports.get(node)?.refuses(peer)) this.break(node, peer)
  }

  /** The agent stands still (or goes on): the others hear nothing of it. */
  paused(node: NodeId): void {
    for (const peer of this.#peers.get(node)!) this.#watchSilence(peer, node)
  }

  resumed(node: NodeId): void {
    for (const peer of this.#peers.get(node)!) this.#heard(peer, node)
  }

  #side(here: NodeId, there: NodeId): Side {
    let sides = this.#sides.get(here)
    if (sides === undefined) this.#sides.set(here, (sides = new Map<NodeId, Side>()))
    let side = sides.get(there)
    if (side === undefined) {
      side = { connection: 0, isTold: false, arrivedMs: 0, cuts: 0, slowMs: 0, held: [], hearing: 0 }
      sides.set(there, side)
    }
    return side
  }

  #delayMs(side: Side): number {
    const { delayMs, tailMs } = this.#plan
    const usualMs = side.slowMs + delayMs * (1 + this.#random.fraction())
    if (this.#random.chance(this.trouble.tailChance))
      return usualMs + troubleTailMs * this.#random.fraction() ** 2
    return usualMs + (this.#random.chance(this.#plan.tailChance) ? tailMs * this.#random.fraction() ** 2 : 0)
  }

  #arrive(here: NodeId, there: NodeId, message: { connection: number; event: Event; afterMs: number }): void {
    const side = this.#side(here, there)
    let atMs = this.#timeline.nowMs + message.afterMs
    if (this.#plan.mode === 'streams') atMs = side.arrivedMs = Math.max(atMs, side.arrivedMs)
    this.#timeline.at(atMs, () => {
      if (side.connection !== message.connection) return
      if (message.event.kind === 'peer-connected') side.isTold = true
      this.#deliver(here, message.event)
    })
  }

  #gossipTo(node: NodeId, event: Event, afterMs: number): void {
    if (this.#random.chance(Math.max(this.#plan.gossipLossChance, this.trouble.lossChance))) return
    const { gossipEveryMs } = this.#plan
    if (gossipEveryMs !== undefined) return this.#gossipLater(node, event, { afterMs, gossipEveryMs })
    const port = this.#ports.get(node)
    const copies = this.#random.chance(this.#plan.doubleChance) ? 2 : 1
    for (let i = 0; i < copies; i++)
      this.#timeline.after(afterMs + i * this.#random.between(1, 500), () => {
        if (this.#ports.get(node) === port) this.#deliver(node, event)
      })
  }

  #gossipLater(
    node: NodeId,
    event: Event,
    { afterMs, gossipEveryMs }: { afterMs: number; gossipEveryMs: number },
  ): void {
    const atMs = Math.ceil((this.#timeline.nowMs + afterMs) / gossipEveryMs) * gossipEveryMs
    const mail = this.#mail.get(node)
    if (mail?.atMs === atMs) return void mail.events.push(event)
    const port = this.#ports.get(node)
    const events = [event]
    this.#mail.set(node, { atMs, events })
    this.#timeline.at(atMs, () => {
      if (this.#ports.get(node) === port) for (const one of events) this.#deliver(node, one)
    })
  }

  #deliver(node: NodeId, event: Event): void {
    this.#ports.get(node)?.deliver(event)
  }

  #dialSoon(left: NodeId, right: NodeId): void {
    const key = left < right ? `${left} ${right}` : `${right} ${left}`
    const no = (this.#dials.get(key)?.no ?? 0) + 1
    this.#dials.set(key, { backoffMs: 1_000, no })
    this.#timeline.after(this.#random.between(20, 900), () => this.#dial(left, right, { key, no }))
  }

  /** One try of either side; it needs both directions and both agents awake. */
  #dial(left: NodeId, right: NodeId, at: { readonly key: string; readonly no: number }): void {
    const dial = this.#dials.get(at.key)!
    if (dial.no !== at.no || (!this.#ports.has(left) && !this.#ports.has(right))) return
    const { connection } = this.#side(left, right)
    if (connection !== 0 && connection === this.#side(right, left).connection) return
    const ports = [this.#ports.get(left), this.#ports.get(right)]
    const isRefused = ports[0]?.refuses(right) === true || ports[1]?.refuses(left) === true
    const isOpen = !isRefused && !this.isCut(left, right) && !this.isCut(right, left)
    if (isOpen && ports.every((port) => port?.hello && !port.isPaused)) return this.#connect(left, right)
    this.#timeline.after(dial.backoffMs * (0.6 + 0.4 * this.#random.fraction()), () =>
      this.#dial(left, right, at),
    )
    dial.backoffMs = Math.min(15_000, dial.backoffMs * 2)
  }

  #connect(left: NodeId, right: NodeId): void {
    const connection = ++this.#connections
    for (const [here, there] of [
      [left, right],
      [right, left],
    ] as const) {
      const side = this.#side(here, there)
      if (side.connection !== 0) this.#disconnect(here, there, side.connection)
      side.connection = connection
      this.#heard(here, there)
      const { hello } = this.#ports.get(there)!
      this.#observers.saw({ kind: 'connected', node: here, peer: there })
      this.#arrive(here, there, {
        connection,
        event: { kind: 'peer-connected', peer: there, hello: hello! },
        afterMs: this.#delayMs(side),
      })
    }
  }

  /** Something can come from there again, unless something else is in its way. */
  #heard(here: NodeId, there: NodeId): void {
    const side = this.#side(here, there)
    side.hearing++
    if (side.cuts > 0 || this.#ports.get(there)?.isPaused) this.#watchSilence(here, there)
  }

  /** From now on nothing comes from there: if that lasts, the connection is given up. */
  #watchSilence(here: NodeId, there: NodeId): void {
    const side = this.#side(here, there)
    const { connection } = side
    const hearing = ++side.hearing
    this.#timeline.after(silentMaxMs + this.#random.between(0, 1_500), () => {
      if (connection === 0 || side.connection !== connection || side.hearing !== hearing) return
      if (this.#ports.get(here)?.isPaused) return this.#watchSilence(here, there)
      this.#disconnect(here, there, connection)
      this.#closeOther(here, there, connection)
    })
  }

  /** One side closed: the other hears it, or hears nothing any more. */
  #closeOther(closer: NodeId, other: NodeId, connection: number): void {
    const side = this.#side(other, closer)
    if (side.connection !== connection) return
    if (side.cuts > 0) return this.#watchSilence(other, closer)
    const atMs = Math.max(side.arrivedMs, this.#timeline.nowMs + this.#delayMs(side))
    this.#timeline.at(atMs, () => {
      if (side.connection === connection) this.#disconnect(other, closer, connection)
    })
  }

  #disconnect(here: NodeId, there: NodeId, connection: number): void {
    const side = this.#side(here, there)
    if (side.connection !== connection) return
    side.connection = 0
    side.held = []
    this.#observers.saw({ kind: 'disconnected', node: here, peer: there })
    if (side.isTold) this.#deliver(here, { kind: 'peer-disconnected', peer: there })
    side.isTold = false
    this.#dialSoon(here, there)
  }
}
