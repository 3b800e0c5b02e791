// Who should vote: keeps the set of witnesses whole by itself. It grows to three and five as
// agents join and stay, replaces one that cannot be reached or is to leave while a majority
// stands, one at a time, and never makes the set smaller. One member is in charge, the first
// of those alive in rendezvous order; two that both think so are settled by the vote (C1).
//
// A set is proposed only when every new member answered a probe just now.

import type { NodeId, StorageId } from '../base/ids.ts'
import { voteLimits, type ClaimSettings } from '../base/limits.ts'
import { rankNodes } from '../placement/rank.ts'
import { isSameWitness, type Configuration, type Witness } from './configuration.ts'
import type { Probed } from './message.ts'

/** An agent that is connected, and since when (steady clock). */
export type Candidate = {
  readonly nodeId: NodeId
  readonly storageId: StorageId
  readonly canWitness: boolean
  readonly sinceMs: number
}

export type WitnessCareHost = {
  readonly self: { readonly nodeId: NodeId; readonly storageId: StorageId }
  readonly settings: ClaimSettings
  /** Those connected now, this agent among them. */
  candidates(): readonly Candidate[]
  /** Nodes that are to hold nothing any more: drained or leaving. */
  isLeaving(node: NodeId): boolean
  /** Whether the witness was heard of as one lately: who is in quarantine, or holds nothing yet, is connected only. */
  isVoting(node: NodeId): boolean
  probe(to: NodeId, probeNo: number): void
  reconfigure(next: Configuration): void
}

type Plan = {
  /** It changes the witnesses of this epoch, and no others. */
  readonly epoch: number
  readonly members: readonly Witness[]
  readonly probeNo: number
  readonly atMs: number
  readonly answered: Set<NodeId>
}

const SIZES = [1, 3, 5] as const

export class WitnessCare {
  readonly #host: WitnessCareHost
  readonly #missingSinceMs = new Map<NodeId, number>()
  /** When who was to become a witness did not answer, and has not since. */
  readonly #missedProbeMs = new Map<NodeId, number>()
  /** Members that say they have no registers: since when, and when last. */
  readonly #empty = new Map<NodeId, { readonly sinceMs: number; readonly atMs: number }>()
  #plan: Plan | null = null
  #probes = 0

  constructor(host: WitnessCareHost) {
    this.#host = host
  }

  /** Each second while a majority stands, with the configuration that votes. */
  onTick(configuration: Configuration, nowMs: number): void {
    const candidates = this.#host.candidates()
    const { self } = this.#host
    const isThere = new Set(
      candidates
        .map(({ nodeId }) => nodeId)
        .filter((nodeId) => nodeId === self.nodeId || this.#host.isVoting(nodeId)),
    )
    for (const { nodeId } of configuration.members)
      if (isThere.has(nodeId)) this.#missingSinceMs.delete(nodeId)
      else if (!this.#missingSinceMs.has(nodeId)) this.#missingSinceMs.set(nodeId, nowMs)
    for (const nodeId of this.#missingSinceMs.keys())
      if (!configuration.members.some((member) => member.nodeId === nodeId))
        this.#missingSinceMs.delete(nodeId)
    if (this.#plan !== null && nowMs - this.#plan.atMs > voteLimits.probeTimeoutMs) {
      for (const { nodeId } of newcomers(configuration, this.#plan.members))
        if (!this.#plan.answered.has(nodeId)) this.#missedProbeMs.set(nodeId, nowMs)
      this.#plan = null
    }
    if (this.#plan !== null || !this.#isInCharge(configuration, isThere)) return
    const members = this.#membersWanted(configuration, candidates, nowMs)
    if (members !== null) this.#propose(configuration, members, nowMs)
  }

  /** Whether somebody could take this witness's place now. */
  canReplace(configuration: Configuration, nowMs: number): boolean {
    return this.#spares(configuration, this.#host.candidates(), nowMs).length > 0
  }

  /** A person wants this witness replaced now. False when nobody can take its place. */
  replace(configuration: Configuration, node: NodeId, nowMs: number): boolean {
    const spare = this.#spares(configuration, this.#host.candidates(), nowMs)[0]
    const isMember = configuration.members.some((member) => member.nodeId === node)
    if (spare === undefined || !isMember) return false
    const { nodeId, storageId } = spare
    const members = configuration.members.map((member) =>
      member.nodeId === node ? { nodeId, storageId } : member,
    )
    this.#propose(configuration, members, nowMs)
    return true
  }

  /**
   * A member of the configuration never got its registers, and those who could merge them are done: it gets them by
   * one more hand-over to the same members.
   */
  onEmpty(node: NodeId, nowMs: number): void {
    const known = this.#empty.get(node)
    const isFresh = known !== undefined && nowMs - known.atMs < this.#host.settings.sessionTtlMs
    this.#empty.set(node, { sinceMs: isFresh ? known.sinceMs : nowMs, atMs: nowMs })
  }

  onProbed(from: NodeId, probed: Probed, configuration: Configuration, nowMs: number): void {
    const plan = this.#plan
    if (plan === null || plan.probeNo !== probed.probeNo || plan.epoch !== configuration.epoch) return
    if (nowMs - plan.atMs > voteLimits.probeTimeoutMs) return
    const asked = plan.members.find((member) => member.nodeId === from)
    if (asked?.storageId !== probed.storageId || !probed.canWitness) return
    plan.answered.add(from)
    this.#missedProbeMs.delete(from)
    this.#proposeWhenAnswered(configuration, plan)
  }

  #proposeWhenAnswered(configuration: Configuration, plan: Plan): void {
    if (!newcomers(configuration, plan.members).every((member) => plan.answered.has(member.nodeId))) return
    this.#plan = null
    const { clusterId, epoch, members, recovery } = configuration
    this.#host.reconfigure({
      clusterId,
      epoch: epoch + 1,
      members: plan.members,
      previous: members,
      recovery,
    })
  }

  #propose(configuration: Configuration, members: readonly Witness[], nowMs: number): void {
    const { epoch } = configuration
    this.#plan = { epoch, members, probeNo: ++this.#probes, atMs: nowMs, answered: new Set() }
    for (const { nodeId } of newcomers(configuration, members)) this.#host.probe(nodeId, this.#plan.probeNo)
    this.#proposeWhenAnswered(configuration, this.#plan)
  }

  #isInCharge({ members, epoch }: Configuration, isThere: ReadonlySet<NodeId>): boolean {
    const nodes = members.map((member) => member.nodeId)
    const order = rankNodes({ key: 'witnesses', unit: String(epoch), pool: '' }, nodes, (node) =>
      isThere.has(node),
    )
    return order[0] === this.#host.self.nodeId
  }

  /** One change at a time: a member replaced, or the next size reached; null when all is as it should be. */
  #membersWanted(
    configuration: Configuration,
    candidates: readonly Candidate[],
    nowMs: number,
  ): readonly Witness[] | null {
    const { members } = configuration
    const spares = this.#spares(configuration, candidates, nowMs)
    const worn = members.find((member) => this.#isWorn(member, candidates, nowMs))
    if (worn !== undefined && spares.length > 0)
      return members.map((member) => (member === worn ? witnessOf(spares[0]!) : member))
    if (members.some((member) => this.#isEmpty(member, nowMs))) return members
    const size = SIZES.findLast((count) => count <= members.length + spares.length) ?? 1
    if (size <= members.length) return null
    return [...members, ...spares.slice(0, size - members.length).map((spare) => witnessOf(spare))]
  }

  #isWorn(member: Witness, candidates: readonly Candidate[], nowMs: number): boolean {
    if (this.#host.isLeaving(member.nodeId)) return true
    const present = candidates.find((candidate) => candidate.nodeId === member.nodeId)
    // It came back with another disk: as a witness it is gone for good.
    if (present !== undefined && present.storageId !== member.storageId) return true
    const missingSinceMs = this.#missingSinceMs.get(member.nodeId)
    return missingSinceMs !== undefined && nowMs - missingSinceMs >= this.#host.settings.witnessReplaceAfterMs
  }

  #isEmpty({ nodeId }: Witness, nowMs: number): boolean {
    const empty = this.#empty.get(nodeId)
    const { sessionTtlMs } = this.#host.settings
    return (
      empty !== undefined &&
      nowMs - empty.atMs < sessionTtlMs / 2 &&
      empty.atMs - empty.sinceMs >= sessionTtlMs / 2
    )
  }

  /** Those that may become witnesses, longest here first, and behind them who did not answer, the last one last. */
  #spares(configuration: Configuration, candidates: readonly Candidate[], nowMs: number): Candidate[] {
    const missedMs = ({ nodeId }: Candidate) => this.#missedProbeMs.get(nodeId) ?? 0
    return candidates
      .filter((candidate) => candidate.canWitness && !this.#host.isLeaving(candidate.nodeId))
      .filter((candidate) => !configuration.members.some((member) => isSameWitness(member, candidate)))
      .filter((candidate) => nowMs - candidate.sinceMs >= this.#host.settings.witnessJoinAfterMs)
      .toSorted(
        (left, right) =>
          missedMs(left) - missedMs(right) ||
          left.sinceMs - right.sinceMs ||
          (left.nodeId < right.nodeId ? -1 : 1),
      )
  }
}

function witnessOf({ nodeId, storageId }: Candidate): Witness {
  return { nodeId, storageId }
}

function newcomers(configuration: Configuration, members: readonly Witness[]): Witness[] {
  return members.filter((member) => !configuration.members.some((old) => isSameWitness(old, member)))
}
