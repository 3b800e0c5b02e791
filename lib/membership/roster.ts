// Who belongs to the cluster, and who seems to be alive: from each node's own card in the
// root document and the witnesses' digests to the nodes that a job may run on.

import type { NodeId } from '../base/ids.ts'
import { membershipLimits } from '../base/limits.ts'
import type { Pause } from '../catalog/cluster-pause.ts'
import type { NodeState } from '../catalog/node-state.ts'
import type { NodeChoice } from '../definition/job-definition.ts'

/** What a node says of itself; written by that node alone. */
export type NodeCard = {
  readonly nodeId: NodeId
  readonly name: string
  readonly hostname: string
  readonly labels: Readonly<Record<string, string>>
  readonly addresses: readonly string[]
  readonly version: string
  readonly zoneData: string
  readonly canWitness: boolean
  readonly bootNo: number
  readonly startedAtMs: number
}

type Sighting = { readonly atMs: number; readonly absent: ReadonlySet<NodeId> }

/** Who is absent until then; not known without fresh news of it. */
type Absences = { readonly untilMs: number; readonly isKnown: boolean; readonly absent: ReadonlySet<NodeId> }

const nothingCounted: Absences = { untilMs: -Infinity, isKnown: false, absent: new Set() }

export class Roster {
  /** Of the whole cluster, as far as is known here; null while it goes on. */
  pause: Pause | null = null
  readonly #self: NodeId
  readonly #cards = new Map<NodeId, NodeCard>()
  readonly #states = new Map<NodeId, NodeState>()
  readonly #connected = new Set<NodeId>()
  readonly #sightings = new Map<NodeId, Sighting>()
  #eligible = new WeakMap<NodeChoice, readonly NodeId[]>()
  /** Ten thousand jobs name a few choices: equal ones share their list. */
  readonly #lists = new Map<string, readonly NodeId[]>()
  #absences: Absences = nothingCounted

  constructor(self: NodeId) {
    this.#self = self
  }

  card(node: NodeId): NodeCard | undefined {
    return this.#cards.get(node)
  }

  /** Of all nodes that belong to the cluster. */
  cards(): NodeCard[] {
    return [...this.#cards.values()].filter((card) => this.stateOf(card.nodeId) !== 'removed')
  }

  /** The node with this name or id that belongs to the cluster. */
  find(name: string): NodeCard | undefined {
    return this.cards().find((card) => card.name === name || card.nodeId === name)
  }

  stateOf(node: NodeId): NodeState {
    return this.#states.get(node) ?? 'active'
  }

  /** True when that is news. */
  setState(node: NodeId, state: NodeState): boolean {
    if (this.stateOf(node) === state) return false
    this.#states.set(node, state)
    this.#forgetLists()
    return true
  }

  removed(): NodeId[] {
    return [...this.#states].filter(([, state]) => state === 'removed').map(([node]) => node)
  }

  /** Nodes that are to be removed once no vote depends on them. */
  removing(): NodeId[] {
    return [...this.#states].filter(([, state]) => state === 'removing').map(([node]) => node)
  }

  /** The name that people know the node by; its id when it never introduced itself. */
  nameOf(node: NodeId): string {
    return this.#cards.get(node)?.name ?? node
  }

  /**
   * True when jobs are to be planned anew: this node came to be, or another one may hold other jobs than before. Of one
   * that is new elsewhere whoever asks next takes notice: it can only be that others come first.
   */
  setCard(card: NodeCard): boolean {
    const known = this.#cards.get(card.nodeId)
    this.#cards.set(card.nodeId, card)
    if (known !== undefined && isChosenAlike(known, card)) return false
    this.#forgetLists()
    return known !== undefined || card.nodeId === this.#self
  }

  setConnected(node: NodeId, isConnected: boolean): void {
    if (isConnected) this.#connected.add(node)
    else this.#connected.delete(node)
  }

  isConnected(node: NodeId): boolean {
    return node === this.#self || this.#connected.has(node)
  }

  connected(): NodeId[] {
    return [...this.#connected]
  }

  /** A witness's news of who is gone. */
  onDigest(witness: NodeId, absent: readonly NodeId[], nowMs: number): void {
    this.#sightings.set(witness, { atMs: nowMs, absent: new Set(absent) })
    this.#absences = nothingCounted
  }

  /** Whether a digest of this witness came within so long. */
  isHeard(witness: NodeId, nowMs: number, withinMs: number): boolean {
    const sighting = this.#sightings.get(witness)
    return sighting !== undefined && nowMs - sighting.atMs < withinMs
  }

  /**
   * Alive as far as the fresh digests say: absent when most of the witnesses heard of lately miss it. Without a
   * fresh digest our own connections decide.
   */
  isLive(node: NodeId, nowMs: number): boolean {
    if (node === this.#self) return true
    const { isKnown, absent } = this.#absencesNow(nowMs)
    return isKnown ? !absent.has(node) : this.#connected.has(node)
  }

  /** False when every node is alive as far as the fresh digests say. */
  isAnyAbsent(nowMs: number): boolean {
    const { isKnown, absent } = this.#absencesNow(nowMs)
    return !isKnown || absent.size > 0
  }

  #absencesNow(nowMs: number): Absences {
    if (nowMs > this.#absences.untilMs) this.#absences = this.#absencesAt(nowMs)
    return this.#absences
  }

  /** Counted once for many questions: it stands until there is another digest, or one is no longer fresh. */
  #absencesAt(nowMs: number): Absences {
    const fresh = [...this.#sightings.values()].filter(
      ({ atMs }) => nowMs - atMs <= membershipLimits.digestFreshMs,
    )
    const absent = new Set<NodeId>()
    for (const node of new Set(fresh.flatMap((sighting) => [...sighting.absent]))) {
      const missing = fresh.filter((sighting) => sighting.absent.has(node)).length
      if (missing * 2 > fresh.length || missing === fresh.length) absent.add(node)
    }
    const untilMs = Math.min(...fresh.map(({ atMs }) => atMs)) + membershipLimits.digestFreshMs
    return { untilMs, isKnown: fresh.length > 0, absent }
  }

  /** Drained or on its way out: it is to hold nothing new. */
  isLeaving(node: NodeId): boolean {
    return this.stateOf(node) !== 'active'
  }

  /** Whether a node may go on with what it holds: also one that is drained, but none that is to go. */
  mayKeep(node: NodeId, choice: NodeChoice): boolean {
    const card = this.#cards.get(node)
    const state = this.stateOf(node)
    return card !== undefined && matches(card, choice) && (state === 'active' || state === 'drained')
  }

  /** The nodes that a definition names, whether they are alive or not, in a stable order. */
  eligible(choice: NodeChoice): readonly NodeId[] {
    let nodes = this.#eligible.get(choice)
    if (nodes === undefined) {
      const key = JSON.stringify(choice)
      nodes = this.#lists.get(key) ?? this.#matching(choice)
      this.#lists.set(key, nodes)
      this.#eligible.set(choice, nodes)
    }
    return nodes
  }

  #matching(choice: NodeChoice): NodeId[] {
    return [...this.#cards.values()]
      .filter((card) => matches(card, choice) && !this.isLeaving(card.nodeId))
      .map((card) => card.nodeId)
      .toSorted()
  }

  #forgetLists(): void {
    this.#eligible = new WeakMap()
    this.#lists.clear()
  }
}

/** What a thousand agents write anew at each of their starts matters little: where they are, and since when. */
function isChosenAlike(left: NodeCard, right: NodeCard): boolean {
  return (
    left.name === right.name &&
    left.hostname === right.hostname &&
    JSON.stringify(left.labels) === JSON.stringify(right.labels)
  )
}

function matches(card: NodeCard, choice: NodeChoice): boolean {
  switch (choice.kind) {
    case 'any':
      return true
    case 'nodes':
      return choice.names.some((name) => name === card.name || name === card.hostname)
    case 'labels':
      return Object.entries(choice.labels).every(([label, value]) => card.labels[label] === value)
  }
}
