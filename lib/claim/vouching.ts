// Whether this agent's own memory can be trusted: a witness whose disk was rolled back to an
// older image has forgotten votes, and a cloned one gives them twice (W4). The boot number
// grows with each start, and the position with each vote that is written; the other
// witnesses remember both, and find a boot or a position that they saw surpassed. (An
// image that is younger than the last word of its witness lacks nothing that was told.)
// A witness votes only after so many of the others vouched for its boot that together they
// are a majority with it, and no agent proposes a change before a majority vouched for it:
// it may take for given back what it has started. One contradiction quarantines the agent:
// it votes and claims no more, and says why, on this data directory for ever: the number of
// its next start would be above all that anybody has seen.

import type { BootId, NodeId, StorageId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import { majorityOf, type Configuration } from './configuration.ts'
import type { BootJudged, ClaimMessage, VotesRefused } from './message.ts'

export type VouchingHost = {
  readonly self: {
    readonly nodeId: NodeId
    readonly storageId: StorageId
    readonly bootNo: number
    readonly bootId: BootId
  }
  readonly journal: Journal
  /** How far this storage's votes go. */
  position(): number
  send(to: NodeId, message: ClaimMessage): void
  /** Votes and claims end here; the reason is for people. */
  quarantined(why: string): void
}

const QUARANTINED = 'quarantined'
const why =
  'this agent is quarantined: the witnesses saw a newer start of it, or votes that it has forgotten, so its data directory is a copy, or was rolled back to an older image; it neither votes nor claims. Stop it, and start it with the right data directory or an empty one'

export class Vouching {
  readonly #host: VouchingHost
  readonly #vouchedBy = new Set<StorageId>()
  #isQuarantined = false

  constructor(host: VouchingHost) {
    this.#host = host
    if (host.journal.get(QUARANTINED) === true) this.#quarantine()
  }

  /** Why this agent votes and claims no more; null while it may. */
  get quarantine(): string | null {
    return this.#isQuarantined ? why : null
  }

  /** Whether a majority vouched for this boot, itself included where it is a member. */
  isVouched(configuration: Pick<Configuration, 'members'> | null): boolean {
    if (configuration === null || this.#isQuarantined) return false
    const { members } = configuration
    const { storageId } = this.#host.self
    const believing = members.filter(
      (member) => member.storageId === storageId || this.#vouchedBy.has(member.storageId),
    )
    return believing.length >= majorityOf({ members })
  }

  /** Asks those that have not answered yet, until enough have. */
  ask({ members }: Pick<Configuration, 'members'>): void {
    if (this.isVouched({ members })) return
    const { self } = this.#host
    const { bootNo, bootId } = self
    const position = this.#host.position()
    for (const { nodeId, storageId } of members)
      if (nodeId !== self.nodeId && !this.#vouchedBy.has(storageId))
        this.#host.send(nodeId, { kind: 'boot-asked', bootNo, bootId, storageId: self.storageId, position })
  }

  onJudged(judged: BootJudged): void {
    if (judged.bootId !== this.#host.self.bootId) return
    if (judged.isContradicted) this.#contradicted()
    else this.#vouchedBy.add(judged.storageId)
  }

  /** A witness would not answer us: perhaps because it contradicts this boot, and not only one before it. */
  onRefused({ because, bootId }: Pick<VotesRefused, 'because' | 'bootId'>): void {
    if (because === 'clone-or-rollback' && bootId === this.#host.self.bootId) this.#contradicted()
  }

  /** A witness knows a newer boot of this agent, or another one under the same number. */
  #contradicted(): void {
    if (this.#isQuarantined) return
    this.#host.journal.put(QUARANTINED, true)
    this.#quarantine()
  }

  #quarantine(): void {
    this.#isQuarantined = true
    this.#host.quarantined(why)
  }
}
