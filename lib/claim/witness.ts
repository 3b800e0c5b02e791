// One witness: the acceptor of all registers and the memory of all sessions behind one
// envelope check, with what it tells everyone each second.
//
// C2  Sealed, it answers nothing of its epoch any more, but gives all it holds of it.
// C4  A new epoch begins here once, with the registers that its installer merged.
// W1  A message for another cluster, epoch or storage is refused with what is true here,
//     and so is a boot that contradicts what was seen of that node.

import type { BootId, ClusterId, NodeId, StorageId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { ClaimSettings } from '../base/limits.ts'
import { Acceptor, type AcceptorState, type PrepareAnswer } from './acceptor.ts'
import { isTakenBy } from './agenda.ts'
import { grantedBefore } from './apply-claim.ts'
import { Announcements, registerNewsOf } from './announcements.ts'
import type { Change } from './change.ts'
import { isRecovered, isSameWitness, type Configuration } from './configuration.ts'
import { judgeChange } from './judge.ts'
import type {
  AcceptedRegister,
  AskExpired,
  BootAsked,
  BootJudged,
  Digest,
  Envelope,
  ExpiredAnswer,
  Installed,
  InstallState,
  Renew,
  Renewed,
  Seal,
  Sealed,
  VotesAsked,
  VotesGiven,
  VotesRefused,
} from './message.ts'
import { pagesAtOnce, pagesOf } from './message-size.ts'
import { isEpochKey, type Register } from './register.ts'
import { SessionWitness, type NodeMark } from './session-witness.ts'

const REGISTER = 'register/'
const MARK = 'mark/'
const SEALED = 'sealed'
const INSTALLED = 'installed'
const POSITION = 'position'
const PROMISED = 'promised-ttl'

export type WitnessOptions = {
  readonly self: {
    readonly nodeId: NodeId
    readonly storageId: StorageId
    readonly bootId: BootId
    readonly clusterId: ClusterId
  }
  readonly settings: ClaimSettings
  readonly journal: Journal
  /** Whether the other members vouched for this agent's memory. */
  readonly isVouched: (configuration: Pick<Configuration, 'members'>) => boolean
  /** The newest revision of the job behind a register that this agent knows. */
  readonly newestRevision: (key: string) => string | null
  /** Whether the whole cluster pauses, as far as is known here. */
  readonly isPaused: () => boolean
}

type Clock = { readonly nowMs: number; readonly wallMs: number }

export class Witness {
  readonly #options: WitnessOptions
  readonly #acceptor = new Acceptor()
  readonly sessions: SessionWitness
  #configuration: Configuration | null = null
  /** The configuration that follows the epoch sealed here; null while none is. */
  #sealedBy: Configuration | null
  /** The epoch whose registers are here; 0 before any. */
  #installedEpoch: number
  /** How often votes were written to this storage. */
  #position: number
  /** The page that each who asks for all that it holds is given next. */
  readonly #nextPages = new Map<NodeId, number>()
  readonly #installs = new Map<string, InstallState[]>()
  /** Registers with something live or pending: what the scan has to look at. */
  readonly #busy = new Set<string>()
  /** Registers of instances that somebody holds. */
  readonly #held = new Set<string>()
  /** Registers that changed since the last scan and hold decisions that the ledger may lack. */
  readonly #untold = new Set<string>()
  readonly #announcements = new Announcements((key) => this.value(key))

  constructor(options: WitnessOptions, nowMs: number) {
    this.#options = options
    const promisedMs = options.journal.get(PROMISED) as number | undefined
    this.sessions = new SessionWitness(options.settings, { nowMs, promisedMs: promisedMs ?? 0 })
    for (const [key, state] of options.journal.under(REGISTER)) {
      this.#acceptor.restore(key, state as AcceptorState)
      this.#notice(key)
    }
    for (const [node, mark] of options.journal.under(MARK))
      this.sessions.restore(node as NodeId, mark as NodeMark)
    this.#announcements.clear()
    this.#sealedBy = (options.journal.get(SEALED) as Configuration | undefined) ?? null
    this.#installedEpoch = (options.journal.get(INSTALLED) as number | undefined) ?? 0
    this.#position = (options.journal.get(POSITION) as number | undefined) ?? 0
  }

  /** The first epoch has nothing before it: its members begin with no registers, once. */
  configure(configuration: Configuration): void {
    this.#configuration = configuration
    if (configuration.epoch !== 1 || this.#installedEpoch > 0 || !this.#isIn(configuration.members)) return
    this.#installedEpoch = 1
    this.#options.journal.put(INSTALLED, 1)
  }

  /** Whether this agent's storage is a member of the configuration and votes. */
  get isMember(): boolean {
    const configuration = this.#configuration
    if (configuration === null || !this.#isIn(configuration.members)) return false
    if (this.#installedEpoch !== configuration.epoch || this.#isSealed(configuration.epoch)) return false
    return this.#options.isVouched(configuration)
  }

  #isIn(members: Configuration['members']): boolean {
    return members.some((member) => isSameWitness(member, this.#options.self))
  }

  #isSealed(epoch: number): boolean {
    return this.#sealedBy !== null && this.#sealedBy.epoch > epoch
  }

  /**
   * C2: durable before it is answered; asked again, it answers alike. Nothing for an epoch that is not here, but for
   * the last one still when the next was installed here alone: it was merged of a majority, so what is here now is at
   * least all that was chosen, and without it a hand-over whose carrier died could never end.
   */
  onSeal(from: NodeId, seal: Seal): Sealed[] {
    const { storageId } = this.#options.self
    // A recovery takes what there is, of whatever epoch.
    const isRecovery =
      isRecovered(seal.next) && this.#installedEpoch > 0 && this.#installedEpoch < seal.next.epoch
    const epoch = isRecovery ? this.#installedEpoch : seal.next.epoch - 1
    if (seal.storageId !== storageId || this.#installedEpoch > epoch + 1) return []
    // A member that never was installed in its epoch holds nothing of it, and cannot speak for it.
    if (
      this.#installedEpoch < epoch ||
      !(isRecovery || this.#options.isVouched({ members: seal.next.previous }))
    )
      return []
    // I13: an epoch has one successor, the first that was heard of here.
    const known = this.#sealedBy
    if (known?.epoch === seal.next.epoch && JSON.stringify(known) !== JSON.stringify(seal.next)) return []
    if (!this.#isSealed(epoch)) {
      this.#sealedBy = seal.next
      this.#options.journal.put(SEALED, seal.next)
    }
    const registers: AcceptedRegister[] = []
    for (const [key, { accepted, value }] of this.#acceptor.states())
      if (accepted !== null && value !== null && !isEpochKey(key)) registers.push({ key, accepted, value })
    const pages = pagesOf(registers)
    const killed = this.sessions.killedSessions()
    const { promisedMs } = this.sessions
    // The same for as long as nothing changes here: pages of several answers are of one whole.
    const transfer = `${this.#options.self.bootId}:${this.#installedEpoch}:${this.#position}`
    const first = this.#nextPages.get(from) ?? 0
    const given = pagesAtOnce(pages.length, first)
    this.#nextPages.set(from, first + given.length)
    return given.map((page) => ({
      kind: 'sealed',
      epoch,
      storageId,
      transfer,
      page,
      pages: pages.length,
      registers: pages[page]!,
      killed: page === 0 ? killed : [],
      promisedMs,
    }))
  }

  /** C4: once per epoch; null while pages are missing. */
  onInstallState(from: NodeId, install: InstallState, nowMs: number): Installed | null {
    const { storageId } = this.#options.self
    const { configuration } = install
    if (install.storageId !== storageId || !this.#isIn(configuration.members)) return null
    if (this.#installedEpoch >= configuration.epoch)
      return this.#installedEpoch === configuration.epoch
        ? { kind: 'installed', epoch: configuration.epoch, storageId }
        : null
    const pages = (this.#installs.get(from) ?? []).filter(
      (page) => page.transfer === install.transfer && page.page !== install.page,
    )
    pages.push(install)
    this.#installs.set(from, pages)
    if (pages.length < install.pages) return null
    this.#installs.clear()
    const gone = this.#acceptor.replaceAll(pages.flatMap((page) => page.registers))
    for (const key of gone) this.#options.journal.delete(REGISTER + key)
    this.sessions.carry(
      pages.flatMap((page) => page.killed),
      { nowMs, promisedMs: install.promisedMs },
    )
    this.#save()
    this.#installedEpoch = configuration.epoch
    this.#options.journal.put(INSTALLED, configuration.epoch)
    this.#busy.clear()
    this.#held.clear()
    for (const [key] of this.#acceptor.states()) this.#notice(key)
    return { kind: 'installed', epoch: configuration.epoch, storageId }
  }

  /** The value as this witness accepted it: news, not truth. */
  value(key: string): Register | null {
    return this.#acceptor.get(key)?.value ?? null
  }

  /** How far this storage's votes go. */
  get position(): number {
    return this.#position
  }

  busyKeys(): Iterable<string> {
    return this.#busy
  }

  heldKeys(): Iterable<string> {
    return this.#held
  }

  /** Registers with decisions that the ledger may lack, of those that changed since the last call. */
  takeUntold(): string[] {
    const keys = [...this.#untold]
    this.#untold.clear()
    return keys
  }

  onVotesAsked(from: NodeId, asked: VotesAsked, clock: Clock): VotesGiven | VotesRefused {
    const refused = this.#refuse(from, asked.envelope) ?? this.#refuseBallots(asked)
    if (refused !== null) return refused
    const prepares = asked.prepares.map(({ key, ballot, changes, isFresh }) => ({
      key,
      ballot,
      answer:
        isFresh === true && this.#isTaken(key, changes)
          ? this.#conflict(key)
          : this.#acceptor.prepare(key, ballot),
      judged: changes.map((change) =>
        judgeChange(change, {
          from,
          wallMs: clock.wallMs,
          settings: this.#options.settings,
          newestRevision: this.#options.newestRevision(key),
          isPaused: this.#options.isPaused(),
        }),
      ),
    }))
    const accepts = asked.accepts.map(({ key, ballot, value }) => {
      const before = this.value(key)
      const answer = this.#acceptor.accept(key, ballot, value)
      if (answer.kind === 'accepted') this.#notice(key, before)
      return { key, ballot, answer }
    })
    this.#save()
    const { epoch } = asked.envelope
    const { storageId, bootId } = this.#options.self
    return { kind: 'votes-given', storageId, bootId, position: this.#position, epoch, prepares, accepts }
  }

  /** All that is asked has been granted to others, as this witness has it: it is told so, and no vote is undone for it. */
  #isTaken(key: string, changes: readonly Change[]): boolean {
    const value = this.value(key)
    if (value === null || isEpochKey(key)) return false
    const news = registerNewsOf(key, value)
    const isVain = (change: Change) =>
      change.kind === 'claim' &&
      change.incarnation <= value.incarnation &&
      isTakenBy(change, news) &&
      grantedBefore(value, change) === undefined
    return changes.every(isVain)
  }

  #conflict(key: string): PrepareAnswer {
    this.#announcements.ask(key)
    return { kind: 'conflict', seen: this.#acceptor.get(key)!.promised }
  }

  onRenew(from: NodeId, renew: Renew, clock: Clock): Renewed | VotesRefused {
    const refused = this.#refuse(from, renew.envelope)
    if (refused !== null) return refused
    const isAlive = this.sessions.renew(renew.session, clock.nowMs)
    this.#save()
    return {
      kind: 'renewed',
      storageId: this.#options.self.storageId,
      epoch: renew.envelope.epoch,
      session: renew.session,
      sentAtMs: renew.sentAtMs,
      isAlive,
      ttlMs: this.#options.settings.sessionTtlMs,
      wallMs: clock.wallMs,
    }
  }

  /** W4: how far another's votes go, as it says with them and in its digests. */
  noteReached(from: NodeId, reached: Pick<Digest, 'storageId' | 'position' | 'bootId'>, nowMs: number): void {
    this.sessions.noteReached(from, reached, nowMs)
    this.#save()
  }

  /** Another agent asks whether we know a newer start of it; remembered durably before it is answered (W4). */
  onBootAsked(from: NodeId, asked: BootAsked): BootJudged {
    const isContradicted = this.sessions.isRolledBack(from, asked) || !this.sessions.admit(from, asked)
    this.#save()
    const { storageId } = this.#options.self
    return { kind: 'boot-judged', storageId, bootId: asked.bootId, isContradicted }
  }

  onAskExpired(from: NodeId, asked: AskExpired, nowMs: number): ExpiredAnswer | VotesRefused {
    const refused = this.#refuse(from, asked.envelope)
    if (refused !== null) return refused
    const isExpired = this.sessions.isExpired(asked.session, nowMs)
    this.#save()
    return {
      kind: 'expired-answer',
      storageId: this.#options.self.storageId,
      epoch: asked.envelope.epoch,
      session: asked.session,
      isExpired,
    }
  }

  /** Whether what changed here since the last digest lets somebody begin. */
  get hasUrgentNews(): boolean {
    return this.#announcements.isUrgent
  }

  /** What changed here since the last digest, and what waits. */
  digest(absent: readonly NodeId[], nowMs: number): Digest {
    const registers = this.#announcements.take(this.#busy, nowMs)
    const { nodeId, storageId, bootId } = this.#options.self
    const position = this.#position
    return { kind: 'digest', witness: nodeId, storageId, bootId, position, absent, registers }
  }

  #refuse(from: NodeId, envelope: Envelope): VotesRefused | null {
    const refuse = (because: VotesRefused['because']): VotesRefused => ({
      kind: 'votes-refused',
      bootId: envelope.bootId,
      because,
      configuration: this.#configuration,
    })
    if (envelope.clusterId !== this.#options.self.clusterId) return refuse('other-cluster')
    const configuration = this.#configuration
    if (envelope.storageId !== this.#options.self.storageId) return refuse('other-storage')
    if (this.#isSealed(envelope.epoch)) return { ...refuse('sealed'), configuration: this.#sealedBy }
    if (envelope.epoch !== configuration?.epoch) return refuse('other-epoch')
    if (!this.#isIn(configuration.members)) return refuse('not-a-witness')
    if (this.#installedEpoch !== configuration.epoch) return refuse('not-installed')
    if (!this.#options.isVouched(configuration)) return refuse('not-vouched')
    return this.sessions.admit(from, envelope) ? null : refuse('clone-or-rollback')
  }

  /** W1: a ballot of another epoch than its envelope's was made for other witnesses. */
  #refuseBallots({ envelope, prepares, accepts }: VotesAsked): VotesRefused | null {
    if ([...prepares, ...accepts].every(({ ballot }) => ballot.epoch === envelope.epoch)) return null
    const { bootId } = envelope
    return { kind: 'votes-refused', bootId, because: 'other-epoch', configuration: this.#configuration }
  }

  /** W3: what an answer reveals is among the step's records, which are on disk before any answer leaves. */
  #save(): void {
    const votes = this.#acceptor.takeUnsaved()
    for (const [key, state] of votes) this.#options.journal.put(REGISTER + key, state)
    if (votes.length > 0) this.#options.journal.put(POSITION, ++this.#position)
    const { promisedMs } = this.sessions
    if (this.#options.journal.get(PROMISED) !== promisedMs) this.#options.journal.put(PROMISED, promisedMs)
    for (const [node, mark] of this.sessions.takeUnsaved()) this.#options.journal.put(MARK + node, mark)
  }

  #notice(key: string, before: Register | null = null): void {
    if (isEpochKey(key)) return
    const value = this.value(key)
    if (value === null) return
    this.#announcements.note(key, before)
    if (value.live.length > 0 || value.pending.length > 0) this.#busy.add(key)
    else this.#busy.delete(key)
    if (value.holder) this.#held.add(key)
    else this.#held.delete(key)
    if (value.untold.length > 0) this.#untold.add(key)
    else this.#untold.delete(key)
  }
}
