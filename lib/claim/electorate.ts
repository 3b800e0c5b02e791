// Who votes, as this agent knows it: founding, growth, replacement and hand-over behind one
// set of handlers, and the one place that knows the configuration. Claims, sessions and
// witnesses are told when it changes.

import type { NodeId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import { voteLimits, type ClaimSettings } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Hello } from '../membership/hello.ts'
import type { Answer, Change } from './change.ts'
import type { ClaimClock } from './claim-host.ts'
import { RECOVERY_TOKENS, type Configuration } from './configuration.ts'
import type {
  ClaimMessage,
  Install,
  Installed,
  InstallState,
  Probe,
  Probed,
  Seal,
  Sealed,
  VotesRefused,
} from './message.ts'
import { successorKey } from './register.ts'
import { Succession, type SuccessionTimer } from './succession.ts'
import { WitnessCare, type Candidate } from './witness-care.ts'
import type { Witness } from './witness.ts'

const CONFIGURATION = 'configuration'
/** An epoch far above any that the lost majority may have begun without us; of two recoveries at once the higher stays. */
const RECOVERY_EPOCHS = 1_000

export type ElectorateMessage = Install | Probe | Probed | Seal | Sealed | InstallState | Installed
export type ElectorateTimer = SuccessionTimer | { readonly kind: 'carry-on'; readonly next: Configuration }

export type ElectorateHost = {
  readonly self: Hello
  /** How many witnesses to found the cluster with; null for an agent that founds nothing. */
  readonly foundWitnesses: number | null
  readonly settings: ClaimSettings
  readonly journal: Journal
  readonly random: Random
  readonly witness: Witness
  send(to: NodeId, message: ClaimMessage): void
  setTimer(atMs: number, timer: ElectorateTimer): void
  /** For a moment only: who answered a probe just now may be gone later. */
  proposeBriefly(key: string, change: Change): void
  isLeaving(node: NodeId): boolean
  isVoting(witness: NodeId): boolean
  isQuarantined(): boolean
  /** These vote from now on. */
  configured(configuration: Configuration): void
}

export class Electorate {
  readonly #host: ElectorateHost
  readonly #succession: Succession
  readonly #care: WitnessCare
  /** Connected agents, and since when. */
  readonly #peers = new Map<NodeId, { readonly hello: Hello; readonly sinceMs: number }>()
  readonly #startedAtMs: number
  #configuration: Configuration | null = null

  constructor(host: ElectorateHost, nowMs: number) {
    this.#host = host
    this.#startedAtMs = nowMs
    this.#succession = new Succession({
      random: host.random,
      send: (to, message) => host.send(to, message),
      setTimer: (atMs, timer) => host.setTimer(atMs, timer),
      succeeded: (next) => this.install(next),
    })
    this.#care = new WitnessCare({
      self: host.self,
      settings: host.settings,
      candidates: () => this.#candidates(),
      isLeaving: (node) => host.isLeaving(node),
      isVoting: (node) => host.isVoting(node),
      probe: (to, probeNo) => host.send(to, { kind: 'probe', probeNo }),
      reconfigure: (next) => host.proposeBriefly(successorKey(next.epoch - 1), { kind: 'reconfigure', next }),
    })
  }

  get configuration(): Configuration | null {
    return this.#configuration
  }

  /** At start, from the journal; the founder of one witness begins at once. */
  restore(): void {
    const known = this.#host.journal.get(CONFIGURATION) as Configuration | undefined
    if (known !== undefined) this.#take(known)
    this.#found()
  }

  /** These vote: told by who founded or handed over, or by anybody who knows. */
  install(configuration: Configuration): void {
    if (configuration.clusterId !== this.#host.self.clusterId) return
    if (this.#configuration !== null && configuration.epoch <= this.#configuration.epoch) return
    this.#host.journal.put(CONFIGURATION, configuration)
    this.#take(configuration)
    for (const peer of this.#peers.keys()) this.#host.send(peer, { kind: 'install', configuration })
  }

  onPeerConnected(hello: Hello, nowMs: number): void {
    this.#peers.set(hello.nodeId, { hello, sinceMs: nowMs })
    if (this.#configuration !== null)
      this.#host.send(hello.nodeId, { kind: 'install', configuration: this.#configuration })
    this.#found()
  }

  onPeerDisconnected(peer: NodeId): void {
    this.#peers.delete(peer)
  }

  onMessage(from: NodeId, message: ElectorateMessage, nowMs: number): void {
    const { self, witness } = this.#host
    const send = (to: NodeId, answer: ClaimMessage) => this.#host.send(to, answer)
    switch (message.kind) {
      case 'install':
        return this.install(message.configuration)
      case 'probe': {
        const canWitness = self.canWitness && !this.#host.isQuarantined()
        return send(from, { kind: 'probed', probeNo: message.probeNo, storageId: self.storageId, canWitness })
      }
      case 'probed':
        if (this.#configuration !== null) this.#care.onProbed(from, message, this.#configuration, nowMs)
        return
      case 'seal':
        for (const answer of witness.onSeal(from, message)) send(from, answer)
        return
      case 'sealed':
        return this.#succession.onSealed(message)
      case 'install-state': {
        const installed = witness.onInstallState(from, message, nowMs)
        if (installed === null) return
        this.install(message.configuration)
        return send(from, installed)
      }
      case 'installed':
        return this.#succession.onInstalled(message)
    }
  }

  /** A witness would not answer: somebody may have to finish a hand-over that its author left behind. */
  onRefused(from: NodeId, { because, configuration }: VotesRefused, nowMs: number): void {
    if (configuration === null) return
    if (because === 'not-installed') this.#care.onEmpty(from, nowMs)
    if (because === 'other-epoch' || because === 'not-a-witness') return this.install(configuration)
    if (because !== 'sealed' && because !== 'not-installed') return
    if (configuration.previous.length === 0) return
    // Whoever began it mostly ends it within this time.
    const waitMs = this.#host.random.between(voteLimits.phaseTimeoutMs / 4, voteLimits.phaseTimeoutMs)
    this.#host.setTimer(nowMs + waitMs, { kind: 'carry-on', next: configuration })
  }

  /** Who is cut off with a minority replaces nobody: it is not the others that are gone. */
  onTick(nowMs: number, hasMajority: boolean): void {
    const configuration = this.#configuration
    if (configuration === null || !this.#host.witness.isMember || !hasMajority) return
    if (!this.#succession.isUnderWayAfter(configuration.epoch)) this.#care.onTick(configuration, nowMs)
  }

  onTimer(timer: ElectorateTimer, nowMs: number): void {
    if (timer.kind === 'succession') return this.#succession.onTimer(timer, nowMs)
    const epoch = this.#configuration?.epoch ?? 0
    const isFinished = epoch > timer.next.epoch || (epoch === timer.next.epoch && this.#isVoting(timer.next))
    if (!isFinished) this.#succession.carryOn(timer.next, nowMs)
  }

  /** The successor's register has decided. */
  onSettled(answer: Answer, nowMs: number): void {
    if (answer.kind === 'succeeded-by' && answer.next.epoch > (this.#configuration?.epoch ?? 0))
      this.#succession.carryOn(answer.next, nowMs)
  }

  /** A person wants this witness replaced. */
  replace(node: NodeId, nowMs: number): boolean {
    return this.#configuration !== null && this.#care.replace(this.#configuration, node, nowMs)
  }

  /**
   * A majority of the witnesses' disks is lost for good: whoever is connected and able votes from now on, with what
   * the surviving ones hold. Null when a majority could still answer, or there is nothing to recover.
   */
  recover({ nowMs, wallMs, clusterMs }: ClaimClock): Configuration | null {
    const configuration = this.#configuration
    if (configuration === null) return null
    const able = this.#candidates().filter((candidate) => candidate.canWitness)
    const size = able.length >= 5 ? 5 : able.length >= 3 ? 3 : 1
    const epoch = configuration.epoch + RECOVERY_EPOCHS + this.#host.random.between(0, RECOVERY_EPOCHS)
    const tokenBase = (configuration.recovery?.tokenBase ?? 0) + RECOVERY_TOKENS
    const next: Configuration = {
      clusterId: configuration.clusterId,
      epoch,
      members: able.slice(0, size).map(({ nodeId, storageId }) => ({ nodeId, storageId })),
      previous: configuration.members,
      recovery: { epoch, atMs: clusterMs ?? wallMs, tokenBase },
    }
    this.#succession.carryOn(next, nowMs)
    return next
  }

  canReplace(nowMs: number): boolean {
    return this.#configuration !== null && this.#care.canReplace(this.#configuration, nowMs)
  }

  /** As far as this agent can know: it asks again when a witness refuses. */
  #isVoting(configuration: Configuration): boolean {
    const { self, witness } = this.#host
    const isIn = configuration.members.some((member) => member.storageId === self.storageId)
    return isIn ? witness.isMember : false
  }

  #take(configuration: Configuration): void {
    this.#configuration = configuration
    this.#succession.configured(configuration.epoch)
    this.#host.configured(configuration)
  }

  /** The founder writes the first configuration once enough agents that may vote are connected. */
  #found(): void {
    const { foundWitnesses, self } = this.#host
    if (foundWitnesses === null || this.#configuration !== null) return
    const able = this.#candidates().filter((candidate) => candidate.canWitness)
    if (able.length < foundWitnesses) return
    const members = able.slice(0, foundWitnesses).map(({ nodeId, storageId }) => ({ nodeId, storageId }))
    this.install({ clusterId: self.clusterId, epoch: 1, members, previous: [], recovery: null })
  }

  #candidates(): Candidate[] {
    const { self } = this.#host
    const all = [{ hello: self, sinceMs: this.#startedAtMs }, ...this.#peers.values()]
    return all.map(({ hello, sinceMs }) => {
      const { nodeId, storageId, canWitness } = hello
      return { nodeId, storageId, canWitness, sinceMs }
    })
  }
}
