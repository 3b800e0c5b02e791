// One witness: the acceptor of all registers and the memory of all sessions behind one
// envelope check, with what it tells everyone each second.
//
// W1  A message for another cluster, epoch or storage is refused with what is true here,
//     and so is a boot that contradicts what was seen of that node.

import type { ClusterId, NodeId, StorageId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { ClaimSettings } from '../base/limits.ts'
import { Acceptor, type AcceptorState } from './acceptor.ts'
import { witnessOf, type Configuration } from './configuration.ts'
import { judgeChange } from './judge.ts'
import type {
  AskExpired,
  Digest,
  Envelope,
  ExpiredAnswer,
  RegisterNews,
  Renew,
  Renewed,
  VotesAsked,
  VotesGiven,
  VotesRefused,
} from './message.ts'
import type { Register } from './register.ts'
import { SessionWitness, type NodeMark } from './session-witness.ts'

const REGISTER = 'register/'
const MARK = 'mark/'

export type WitnessOptions = {
  readonly self: { readonly nodeId: NodeId; readonly storageId: StorageId; readonly clusterId: ClusterId }
  readonly settings: ClaimSettings
  readonly journal: Journal
  /** The newest revision of the job behind a register that this agent knows. */
  readonly newestRevision: (key: string) => string | null
}

type Clock = { readonly nowMs: number; readonly wallMs: number }

export class Witness {
  readonly #options: WitnessOptions
  readonly #acceptor = new Acceptor()
  readonly sessions: SessionWitness
  #configuration: Configuration | null = null
  /** Registers with something live or pending: what the scan has to look at. */
  readonly #busy = new Set<string>()
  readonly #news = new Set<string>()

  constructor(options: WitnessOptions, nowMs: number) {
    this.#options = options
    this.sessions = new SessionWitness(options.settings, nowMs)
    for (const [key, state] of options.journal.under(REGISTER)) {
      this.#acceptor.restore(key, state as AcceptorState)
      this.#notice(key)
    }
    for (const [node, mark] of options.journal.under(MARK))
      this.sessions.restore(node as NodeId, mark as NodeMark)
    this.#news.clear()
  }

  configure(configuration: Configuration): void {
    this.#configuration = configuration
  }

  /** Whether this agent's storage is a member of the configuration. */
  get isMember(): boolean {
    const { nodeId, storageId } = this.#options.self
    return this.#configuration !== null && witnessOf(this.#configuration, nodeId)?.storageId === storageId
  }

  /** The value as this witness accepted it: news, not truth. */
  value(key: string): Register | null {
    return this.#acceptor.get(key)?.value ?? null
  }

  busyKeys(): Iterable<string> {
    return this.#busy
  }

  onVotesAsked(from: NodeId, asked: VotesAsked, clock: Clock): VotesGiven | VotesRefused {
    const refused = this.#refuse(from, asked.envelope)
    if (refused !== null) return refused
    const prepares = asked.prepares.map(({ key, ballot, changes }) => ({
      key,
      ballot,
      answer: this.#acceptor.prepare(key, ballot),
      judged: changes.map((change) =>
        judgeChange(change, {
          wallMs: clock.wallMs,
          settings: this.#options.settings,
          newestRevision: this.#options.newestRevision(key),
        }),
      ),
    }))
    const accepts = asked.accepts.map(({ key, ballot, value }) => {
      const answer = this.#acceptor.accept(key, ballot, value)
      if (answer.kind === 'accepted') this.#notice(key)
      return { key, ballot, answer }
    })
    this.#save()
    const { epoch } = asked.envelope
    return { kind: 'votes-given', storageId: this.#options.self.storageId, epoch, prepares, accepts }
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
      wallMs: clock.wallMs,
    }
  }

  onAskExpired(from: NodeId, asked: AskExpired, nowMs: number): ExpiredAnswer | VotesRefused {
    const refused = this.#refuse(from, asked.envelope)
    if (refused !== null) return refused
    const isExpired = this.sessions.isExpired(asked.session, nowMs)
    this.#save()
    const { epoch } = asked.envelope
    return {
      kind: 'expired-answer',
      storageId: this.#options.self.storageId,
      epoch,
      session: asked.session,
      isExpired,
    }
  }

  /** What changed here since the last digest; bounded by what can change in a second. */
  digest(sentAtMs: number, absent: readonly NodeId[]): Digest {
    const registers: RegisterNews[] = []
    for (const key of this.#news) {
      const value = this.value(key)
      if (value !== null) registers.push(registerNewsOf(key, value))
    }
    this.#news.clear()
    return { kind: 'digest', witness: this.#options.self.nodeId, sentAtMs, absent, registers }
  }

  #refuse(from: NodeId, envelope: Envelope): VotesRefused | null {
    const refuse = (because: VotesRefused['because']): VotesRefused => ({
      kind: 'votes-refused',
      because,
      configuration: this.#configuration,
    })
    if (envelope.clusterId !== this.#options.self.clusterId) return refuse('other-cluster')
    if (!this.isMember) return refuse('not-a-witness')
    if (envelope.storageId !== this.#options.self.storageId) return refuse('other-storage')
    if (envelope.epoch !== this.#configuration?.epoch) return refuse('other-epoch')
    return this.sessions.admit(from, envelope) ? null : refuse('clone-or-rollback')
  }

  /** W3: what an answer reveals is among the step's records, which are on disk before any answer leaves. */
  #save(): void {
    for (const [key, state] of this.#acceptor.takeUnsaved()) this.#options.journal.put(REGISTER + key, state)
    for (const [node, mark] of this.sessions.takeUnsaved()) this.#options.journal.put(MARK + node, mark)
  }

  #notice(key: string): void {
    const value = this.value(key)
    if (value === null) return
    this.#news.add(key)
    if (value.live.length > 0 || value.pending.length > 0) this.#busy.add(key)
    else this.#busy.delete(key)
  }
}

export function registerNewsOf(key: string, value: Register): RegisterNews {
  return {
    key,
    version: value.version,
    cursorMs: value.cursor.slotMs,
    cursorLabel: value.cursor.label,
    liveCount: value.live.length,
    pending: value.pending.map(({ unit, slotMs, label, sinceMs, startByMs, releasedBy }) => ({
      unit,
      slotMs,
      label,
      sinceMs,
      startByMs,
      releasedBy,
    })),
  }
}
