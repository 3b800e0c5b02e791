// A vote on a table: witnesses and proposers as they ship, one register, and a queue of letters between them that
// the test delivers, drops, doubles and reorders by hand. A witness's disk holds what it has persisted when an
// answer leaves; a crash forgets the rest.

import { assert } from '../../../lib/base/assert.ts'
import { bootId, clusterId, nodeId, storageId, type NodeId, type SessionId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'
import { Random } from '../../../lib/base/random.ts'
import { Timers } from '../../../lib/base/timers.ts'
import { isHigher } from '../../../lib/claim/ballot.ts'
import type { Answer, Change, JobFacts } from '../../../lib/claim/change.ts'
import type { Configuration } from '../../../lib/claim/configuration.ts'
import type {
  AcceptedRegister,
  ClaimMessage,
  Envelope,
  KilledSession,
  Renew,
  VotesAsked,
} from '../../../lib/claim/message.ts'
import type { Settled } from '../../../lib/claim/proposal.ts'
import { Proposer, type ProposerTimer } from '../../../lib/claim/proposer.ts'
import type { Register } from '../../../lib/claim/register.ts'
import { Witness } from '../../../lib/claim/witness.ts'
import { SECOND, KEY, REVISION, START, jobFacts } from './every-second.ts'

/** What a letter does in the vote. */
export type LetterKind = 'prepare' | 'promise' | 'accept' | 'accepted' | 'refused' | 'other'
export type Letter = {
  readonly from: string
  readonly to: string
  readonly kind: LetterKind
  readonly message: ClaimMessage
}
export type Matches = Partial<Pick<Letter, 'from' | 'to' | 'kind'>>

type WitnessSeat = {
  witness: Witness
  journal: Journal
  disk: string
  wallOffMs: number
  revision: string | null
  storage: string
}
type ProposerSeat = {
  proposer: Proposer
  timers: Timers<ProposerTimer>
  facts: JobFacts | null
  bootNo: number
  /** Its cluster time against the bench's clock; null when no majority has told it. */
  clusterOffMs: number | null
  configuration: Configuration
  /** How many votes it began. */
  attempts: number
  readonly settled: Settled[]
}

const CLUSTER = clusterId('c')

export class VoteBench {
  nowMs = START
  letters: Letter[] = []
  /** How long each attempt took that was carried. */
  readonly lastedMs: number[] = []
  /** Letters to and from these are lost. */
  readonly cut = new Set<string>()
  /** Why witnesses did not answer. */
  readonly refusals: string[] = []
  readonly witnesses = new Map<string, WitnessSeat>()
  readonly proposers = new Map<string, ProposerSeat>()
  /** Whether witnesses may say of a claim that it is taken; there are no digests here by which one would learn by whom. */
  mayBeTaken = false
  #configuration: Configuration

  constructor(options: { readonly witnesses: number; readonly proposers: readonly string[] }) {
    const names = Array.from({ length: options.witnesses }, (_, index) => `w${index + 1}`)
    this.#configuration = configurationOf(1, names)
    for (const name of names) this.startWitness(name)
    for (const name of options.proposers) this.startProposer(name)
  }

  get configuration(): Configuration {
    return this.#configuration
  }

  /** Starts a witness on whatever its disk holds. */
  startWitness(name: string, settings = defaultClaimSettings): Witness {
    const before = this.witnesses.get(name)
    const journal = new Journal('journal')
    assert(journal.restore(before?.disk ?? ''), 'the disk is sound')
    const witness = new Witness(
      {
        self: {
          nodeId: nodeId(name),
          storageId: storageId(before?.storage ?? `disk-${name}`),
          bootId: bootId(name),
          clusterId: CLUSTER,
        },
        settings,
        journal,
        isVouched: () => true,
        newestRevision: () => this.witnesses.get(name)!.revision,
        isPaused: () => false,
      },
      this.nowMs,
    )
    const seat = {
      wallOffMs: 0,
      revision: REVISION,
      storage: `disk-${name}`,
      ...before,
      witness,
      journal,
      disk: before?.disk ?? '',
    }
    this.witnesses.set(name, seat)
    witness.configure(this.#configuration)
    this.#sync(seat)
    return witness
  }

  /** Starts a proposer's process, anew each time. */
  startProposer(name: string): Proposer {
    const before = this.proposers.get(name)
    const bootNo = (before?.bootNo ?? 0) + 1
    const timers = new Timers<ProposerTimer>()
    const proposer = new Proposer({
      proposer: `${name}:${bootNo}:boot-${name}-${bootNo}`,
      random: new Random(`${name} ${bootNo}`),
      facts: () => this.proposers.get(name)!.facts,
      setTimer: (atMs, timer) => timers.set(atMs, timer),
      voted: (lastedMs) => this.lastedMs.push(lastedMs),
    })
    const facts = before === undefined ? jobFacts() : before.facts
    const configuration = this.#configuration
    this.proposers.set(name, {
      clusterOffMs: 0,
      attempts: 0,
      settled: [],
      ...before,
      proposer,
      timers,
      facts,
      bootNo,
      configuration,
    })
    proposer.configure(this.#configuration, this.nowMs)
    return proposer
  }

  proposer(name: string): ProposerSeat {
    return this.proposers.get(name)!
  }

  witness(name: string): WitnessSeat {
    return this.witnesses.get(name)!
  }

  /** What a witness has accepted; null when it has nothing. */
  valueAt(name: string): Register | null {
    return this.witness(name).witness.value(KEY)
  }

  /** Somebody asks for a change; its letters lie in the queue. */
  propose(name: string, change: Change, giveUpAtMs: number | null = null, key = KEY): void {
    this.proposer(name).proposer.propose({ key, change, isLocal: false, giveUpAtMs })
    this.#take(name)
  }

  /** Asks, delivers everything and returns the answer. */
  ask(name: string, change: Change): Answer {
    const before = this.proposer(name).settled.length
    this.propose(name, change)
    this.settle(name)
    const answer = this.answer(name)
    assert(this.proposer(name).settled.length > before, `${name} has an answer`)
    assert(answer !== null && answer.kind !== 'unknown', `${name} has a definite answer`)
    return answer
  }

  /** The last answer that this proposer got; null when there is none. */
  answer(name: string): Settled['answer'] | null {
    return this.proposer(name).settled.at(-1)?.answer ?? null
  }

  /** Delivers what matches, and what comes of it, until nothing matches any more. */
  deliver(matches: Matches = {}): void {
    for (;;) {
      const letter = this.letters.find((one) => isMatch(one, matches))
      if (letter === undefined) return
      this.letters.splice(this.letters.indexOf(letter), 1)
      this.#open(letter)
    }
  }

  /** Delivers only what lies in the queue now; what comes of it stays there. */
  deliverOnce(matches: Matches = {}): void {
    for (const letter of this.take(matches)) this.#open(letter)
  }

  /** Takes letters out of the queue: thrown away, or for a later delivery. */
  take(matches: Matches = {}): Letter[] {
    const taken = this.letters.filter((one) => isMatch(one, matches))
    this.letters = this.letters.filter((one) => !taken.includes(one))
    return taken
  }

  /** Puts letters into the queue: those that were taken out, once or twice. */
  put(letters: readonly Letter[]): void {
    this.letters.push(...letters)
  }

  double(matches: Matches = {}): void {
    this.put(this.letters.filter((one) => isMatch(one, matches)))
  }

  reverse(): void {
    this.letters.reverse()
  }

  /** Time passes; timers ring. Nothing is delivered. */
  elapse(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const next = [...this.proposers].map(([name, { timers }]) => ({
        name,
        atMs: timers.nextAtMs() ?? Infinity,
      }))
      const atMs = Math.min(...next.map((one) => one.atMs))
      if (atMs > untilMs) break
      this.nowMs = Math.max(this.nowMs, atMs)
      for (const { name } of next) this.#ring(name)
    }
    this.nowMs = untilMs
    for (const name of this.proposers.keys()) this.#take(name)
  }

  /** Time passes and everything is delivered, until this proposer has an answer to all that it asked. */
  settle(name: string, most = 60 * SECOND): void {
    const endMs = this.nowMs + most
    const isBusy = () => this.proposer(name).proposer.isProposing(KEY, () => true)
    for (this.deliver(); isBusy() && this.nowMs < endMs; this.deliver()) this.elapse(50)
  }

  /** Ends a proposer's process: nothing that is meant for it is answered any more. */
  crashProposer(name: string): void {
    this.letters = this.letters.filter((one) => one.to !== name)
  }

  /** C2 to C4 by one hand: all are sealed, the highest is installed, and these vote from now on. */
  handOver(epoch: number, names: readonly string[]): void {
    const next = { ...configurationOf(epoch, names), previous: this.#configuration.members }
    const from = nodeId('installer')
    const highest = new Map<string, AcceptedRegister>()
    const killed: KilledSession[] = []
    let promisedMs = 0
    for (const { nodeId: name, storageId: storage } of next.previous)
      for (const page of this.answerTo(name, from, { kind: 'seal', storageId: storage, next })) {
        if (page.kind !== 'sealed') continue
        killed.push(...page.killed)
        promisedMs = Math.max(promisedMs, page.promisedMs)
        for (const register of page.registers)
          if (isHigher(register.accepted, highest.get(register.key)?.accepted ?? null))
            highest.set(register.key, register)
      }
    const state = {
      configuration: next,
      transfer: 't',
      page: 0,
      pages: 1,
      registers: [...highest.values()],
      killed,
      promisedMs,
    }
    for (const name of names) {
      if (!this.witnesses.has(name)) this.startWitness(name)
      this.answerTo(name, from, { kind: 'install-state', storageId: storageId(`disk-${name}`), ...state })
    }
    this.configure(next)
  }

  /** These vote from now on; every part is told. */
  configure(configuration: Configuration): void {
    this.#configuration = configuration
    for (const seat of this.witnesses.values()) {
      seat.witness.configure(configuration)
      this.#sync(seat)
    }
    for (const [name, seat] of this.proposers) {
      seat.configuration = configuration
      seat.proposer.configure(configuration, this.nowMs)
      this.#take(name)
    }
  }

  envelope(from: string, to: string): Envelope {
    const bootNo = this.proposers.get(from)?.bootNo ?? 1
    return {
      clusterId: CLUSTER,
      epoch: (this.proposers.get(from)?.configuration ?? this.#configuration).epoch,
      storageId: storageId(`disk-${to}`),
      bootNo,
      bootId: bootId(`boot-${from}-${bootNo}`),
    }
  }

  /** A hand-over's letter to a witness, and what it answers once that is on its disk. */
  answerTo(name: string, from: NodeId, message: ClaimMessage): ClaimMessage[] {
    const seat = this.witnesses.get(name)
    if (seat === undefined) return []
    const installed =
      message.kind === 'install-state' ? seat.witness.onInstallState(from, message, this.nowMs) : null
    const answers =
      message.kind === 'seal' ? seat.witness.onSeal(from, message) : installed === null ? [] : [installed]
    this.#sync(seat)
    return answers
  }

  /** Whether the witness takes the session for alive, asked by `a`. */
  renew(name: string, session: SessionId): boolean {
    const seat = this.witness(name)
    const renew: Renew = { kind: 'renew', envelope: this.envelope('a', name), session, sentAtMs: this.nowMs }
    const answer = seat.witness.onRenew(nodeId('a'), renew, { nowMs: this.nowMs, wallMs: this.nowMs })
    this.#sync(seat)
    assert(answer.kind === 'renewed', 'the envelope fits')
    return answer.isAlive
  }

  /** Whether the witness certifies that the session is over, asked by `a`. */
  askExpired(name: string, session: SessionId): boolean {
    const seat = this.witness(name)
    const envelope = this.envelope('a', name)
    const answer = seat.witness.onAskExpired(
      nodeId('a'),
      { kind: 'ask-expired', envelope, session },
      this.nowMs,
    )
    this.#sync(seat)
    assert(answer.kind === 'expired-answer', 'the envelope fits')
    return answer.isExpired
  }

  /** The witness comes back with an empty disk. */
  wipe(name: string): void {
    const seat = this.witness(name)
    seat.disk = ''
    seat.storage = `${seat.storage}-new`
    this.startWitness(name)
  }

  #ring(name: string): void {
    const { timers, proposer } = this.proposer(name)
    for (let timer = timers.takeDue(this.nowMs); timer !== null; timer = timers.takeDue(this.nowMs))
      proposer.onTimer(timer, this.#clock(name))
    this.#take(name)
  }

  #clock(name: string): { nowMs: number; clusterMs: number | null } {
    const { clusterOffMs } = this.proposer(name)
    return { nowMs: this.nowMs, clusterMs: clusterOffMs === null ? null : this.nowMs + clusterOffMs }
  }

  #open({ from, to, message }: Letter): void {
    const seat = this.witnesses.get(to)
    if (message.kind === 'votes-asked' && seat !== undefined) {
      const wallMs = this.nowMs + seat.wallOffMs
      const answer = seat.witness.onVotesAsked(nodeId(from), message, { nowMs: this.nowMs, wallMs })
      this.#sync(seat)
      this.#send({ from: to, to: from, kind: kindOf(answer), message: answer })
    } else if (message.kind === 'votes-refused') {
      this.refusals.push(message.because)
    } else if (message.kind === 'votes-given') {
      this.proposer(to).proposer.onVotes(message, this.#clock(to))
      this.#take(to)
    }
  }

  #send(letter: Letter): void {
    if (!this.cut.has(letter.from) && !this.cut.has(letter.to)) this.letters.push(letter)
  }

  /** What the witness wanted written is on its disk before its answer lies in the queue. */
  #sync(seat: WitnessSeat): void {
    for (const effect of seat.journal.takeEffects()) if (effect.kind === 'persist') seat.disk += effect.lines
  }

  #take(name: string): void {
    const seat = this.proposer(name)
    const { asked, settled } = seat.proposer.take(this.#clock(name))
    seat.settled.push(...settled)
    seat.attempts += asked.flatMap(({ prepares }) => prepares).length
    for (const part of asked)
      for (const member of seat.configuration.members) {
        const message: VotesAsked = {
          kind: 'votes-asked',
          envelope: this.envelope(name, member.nodeId),
          accepts: part.accepts,
          prepares: this.mayBeTaken
            ? part.prepares
            : part.prepares.map(({ isFresh: _isFresh, ...prepare }) => prepare),
        }
        this.#send({ from: name, to: member.nodeId, kind: kindOf(message), message })
      }
  }
}

export function configurationOf(epoch: number, names: readonly string[]): Configuration {
  const members = names.map((name) => ({ nodeId: nodeId(name), storageId: storageId(`disk-${name}`) }))
  return { clusterId: CLUSTER, epoch, members, previous: [], recovery: null }
}

function isMatch(letter: Letter, { from, to, kind }: Matches): boolean {
  return (
    (from === undefined || letter.from === from) &&
    (to === undefined || letter.to === to) &&
    (kind === undefined || letter.kind === kind)
  )
}

function kindOf(message: ClaimMessage): LetterKind {
  switch (message.kind) {
    case 'votes-asked':
      return message.prepares.length > 0 ? 'prepare' : 'accept'
    case 'votes-given':
      return message.prepares.length > 0 ? 'promise' : 'accepted'
    case 'votes-refused':
      return 'refused'
    default:
      return 'other'
  }
}
