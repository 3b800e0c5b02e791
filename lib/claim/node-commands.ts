// Draining, removing and leaving: from a person's command to a node's state in the root
// document, and on until no vote depends on a node that goes. Every agent reads the
// states; the agent in charge of the witnesses replaces those that leave.

import type { NodeId } from '../base/ids.ts'
import { nearestName } from '../base/problem.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Pause } from '../catalog/cluster-pause.ts'
import type { NodeState } from '../catalog/node-state.ts'
import type { NodeCard, Roster } from '../membership/roster.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { ClaimClock } from './claim-host.ts'
import type { Claims } from './claims.ts'

export type NodeCommand =
  | {
      readonly kind: 'drain-node' | 'activate-node' | 'remove-node' | 'replace-witness'
      readonly node: string
    }
  | { readonly kind: 'leave' }
  /** No slot is claimed until it goes on. */
  | { readonly kind: 'pause-cluster' }
  | { readonly kind: 'resume-cluster' }
  /** A majority of the witnesses' disks is lost for good; confirmed: the person knows what it costs. */
  | { readonly kind: 'recover-witnesses'; readonly isConfirmed: boolean }

export type CommandOutcome =
  /** Of a request that was taken before, perhaps by another agent, with the id that it has. */
  | { readonly kind: 'done'; readonly what: string; readonly requestId?: string }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string }
  | { readonly kind: 'not-found'; readonly what: string; readonly nearest: string | null }

export type NodeCommandsHost = {
  readonly self: NodeId
  readonly roster: Roster
  readonly claims: Claims
  writeState(node: NodeId, state: NodeState, user: string): void
  writePause(isPaused: boolean, user: string): void
  /** As the root document says now. */
  pause(): Pause | null
  /** How many runs this agent holds. */
  heldRuns(): number
  refusePeers(nodes: readonly NodeId[]): void
  /** Gives back what was claimed and has not started. */
  releaseWaiting(which?: 'all' | 'slots'): void
  /** This agent has left the cluster, or was removed from it. */
  left(): void
}

export class NodeCommands {
  readonly #host: NodeCommandsHost
  #hasLeft = false
  /** The pause of the cluster when all jobs were planned last. */
  #plannedUnder: Pause | null = null

  constructor(host: NodeCommandsHost) {
    this.#host = host
  }

  carryOut(command: NodeCommand, user: string, clock: ClaimClock): CommandOutcome {
    const { nowMs } = clock
    const { roster, self } = this.#host
    if (command.kind === 'leave') return this.#leave(user, clock.nowMs)
    if (command.kind === 'pause-cluster' || command.kind === 'resume-cluster')
      return this.#pause(command.kind === 'pause-cluster', user)
    if (command.kind === 'recover-witnesses') return this.#recover(command.isConfirmed, clock)
    const card = roster.find(command.node)
    if (card === undefined) return unknownNode(command.node, roster)
    const { nodeId, name } = card
    switch (command.kind) {
      case 'drain-node':
        return this.#state(
          nodeId,
          'drained',
          user,
          `node "${name}" is drained: nothing new starts there, and what runs goes on`,
        )
      case 'activate-node':
        return this.#state(nodeId, 'active', user, `node "${name}" is active again`)
      case 'remove-node':
        if (nodeId === self) return refused(`"${name}" is this agent`, 'hocket leave lets it go by itself')
        if (this.#isWitness(nodeId) && !this.#host.claims.canReplaceWitness(nowMs))
          return refused(
            `"${name}" is a witness, and no other agent can take its place`,
            'start another agent first',
          )
        return this.#state(
          nodeId,
          'removing',
          user,
          `node "${name}" is being removed: its key is refused once no vote depends on it`,
        )
      case 'replace-witness':
        if (!this.#isWitness(nodeId))
          return refused(`"${name}" is no witness`, 'hocket witnesses show lists them')
        if (!this.#host.claims.replaceWitness(nodeId, nowMs))
          return refused(
            'no other agent can take its place',
            'start another agent and let it stay connected for a while',
          )
        return { kind: 'done', what: `witness "${name}" is being replaced` }
    }
  }

  /**
   * Who belongs to the cluster, and what people decided about them: these entries of the root document changed. True when
   * all jobs are to be planned anew.
   */
  onRootChanged(catalog: Catalog, keys: readonly string[]): boolean {
    const { roster, self } = this.#host
    this.#readPause()
    let isOther = this.#plannedUnder !== roster.pause
    this.#plannedUnder = roster.pause
    for (const card of catalog.cards(keys)) isOther = roster.setCard(card as NodeCard) || isOther
    let isNews = false
    for (const [node, state] of catalog.nodeStates()) isNews = roster.setState(node, state) || isNews
    if (!isNews) return isOther
    this.#host.refusePeers(roster.removed().filter((node) => node !== self))
    if (roster.isLeaving(self)) this.#host.releaseWaiting()
    return true
  }

  /** Each second: who is to go, goes as soon as no vote depends on it. */
  onTick(): void {
    const { roster, claims, self } = this.#host
    if (this.#hasLeft) return
    if (roster.stateOf(self) === 'removed') return this.#goAway()
    const isLeaving = roster.stateOf(self) === 'leaving'
    if (isLeaving && !this.#isWitness(self) && this.#host.heldRuns() === 0)
      return this.#host.writeState(self, 'removed', 'hocket leave')
    if (!claims.isWitness) return
    for (const node of roster.removing())
      if (node !== self && !this.#isWitness(node))
        this.#host.writeState(node, 'removed', 'hocket nodes remove')
  }

  #leave(user: string, nowMs: number): CommandOutcome {
    const { self } = this.#host
    if (this.#isWitness(self) && !this.#host.claims.canReplaceWitness(nowMs))
      return refused(
        'this agent is a witness, and no other agent can take its place',
        'start another agent first, or stop this one with SIGTERM',
      )
    return this.#state(
      self,
      'leaving',
      user,
      'this agent leaves: it stops once its runs are over and its vote is handed over',
    )
  }

  #recover(isConfirmed: boolean, clock: ClaimClock): CommandOutcome {
    if (!isConfirmed)
      return refused(
        'it gives up what only the lost witnesses knew: every slot up to now counts as decided (skipped, not run twice), what waited is given up, and tokens jump by 2^32; if the lost majority ever comes back, its agents must be emptied first',
        'ask again with --yes when a majority of the witnesses is lost for good',
      )
    const next = this.#host.claims.recoverWitnesses(clock)
    if (next === null)
      return refused('a majority of the witnesses answers: nothing is lost', 'hocket witnesses show')
    return {
      kind: 'done',
      what: `${next.members.length} of the agents connected now become the witnesses of epoch ${next.epoch}`,
    }
  }

  #pause(isPaused: boolean, user: string): CommandOutcome {
    const known = this.#host.roster.pause
    if (isPaused && known !== null)
      return {
        kind: 'done',
        what: `the cluster is paused already, by ${known.by} since ${formatInstant(known.sinceMs)}`,
      }
    if (!isPaused && known === null)
      return { kind: 'done', what: 'the cluster is not paused: nothing changes' }
    this.#host.writePause(isPaused, user)
    this.#readPause()
    return {
      kind: 'done',
      what: isPaused
        ? 'the cluster is paused: what runs goes on, services stay, and no slot of any job starts until hocket resume'
        : 'the cluster goes on: each job catches up what its policy says',
    }
  }

  /** What was claimed ahead of its slot is given back as soon as the pause is known here. */
  #readPause(): void {
    const { roster } = this.#host
    const wasPaused = roster.pause !== null
    const pause = this.#host.pause()
    if (JSON.stringify(pause) === JSON.stringify(roster.pause)) return
    roster.pause = pause
    if (roster.pause !== null && !wasPaused) this.#host.releaseWaiting('slots')
  }

  #state(node: NodeId, state: NodeState, user: string, what: string): CommandOutcome {
    this.#host.writeState(node, state, user)
    return { kind: 'done', what }
  }

  #isWitness(node: NodeId): boolean {
    return this.#host.claims.configuration?.members.some((member) => member.nodeId === node) ?? false
  }

  /** The last word goes out before the end: others learn from it that this node is gone. */
  #goAway(): void {
    this.#hasLeft = true
    this.#host.left()
  }
}

function refused(why: string, hint: string): CommandOutcome {
  return { kind: 'refused', why, hint }
}

function unknownNode(name: string, roster: Roster): CommandOutcome {
  const names = roster.cards().map((card) => card.name)
  return { kind: 'not-found', what: `node "${name}"`, nearest: nearestName(name, names) }
}
