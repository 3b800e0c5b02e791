// Registers that need no vote: a job that runs on all nodes of its pool has one on each of
// them, kept in that agent's own journal. The same functions of change apply, so a slot is
// decided once per node, whatever the rest of the cluster does.
//
// Journal and ledger are two logs, and a power cut may keep the one and lose the other: the
// ledger is told what is decided only when the journal has it, and it is dropped here, and a
// run that ended forgotten, only when the ledger's log has that. (Of votes this is so by
// itself: a vote leaves behind what was written.)

import type { NodeId, SessionId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import { registerLimits } from '../base/limits.ts'
import type { AfterWritten } from './after-written.ts'
import { applyChange, firstRegister, withoutTold } from './apply-change.ts'
import type { Change, JobFacts } from './change.ts'
import type { ClaimHost } from './claim-host.ts'
import type { Proposal, Settled } from './proposal.ts'
import type { Decision, LiveEntry, Register, Unit } from './register.ts'

const CAME = 'came'

/** Entries of local registers are held by no lease: they need no majority. */
export const LOCAL_SESSION = 'local' as SessionId

/** Of what runs on this side of a cut network, with no majority to ask (partitioned.ts). */
export const PARTITIONED_SESSION = 'partitioned' as SessionId
/** Their runs are counted from here, so that they are told from those of a job of all nodes. */
const PARTITIONED_RUNS = 1_000_000_000

export function isPartitionedEntry(entry: Pick<LiveEntry, 'session'>): boolean {
  return entry.session === PARTITIONED_SESSION
}

/** Whether it was granted without a vote. */
export function isLocalEntry(entry: Pick<LiveEntry, 'session'>): boolean {
  return entry.session === LOCAL_SESSION || isPartitionedEntry(entry)
}

/** What people call a run: its number; for one without a vote `node:number`, without a majority `node:pNUMBER`. */
export function runLabel(entry: Pick<LiveEntry, 'session' | 'run'>, nodeName: string): string {
  return isLocalEntry(entry) ? localRunLabel(entry.run, nodeName) : String(entry.run)
}

export function localRunLabel(run: number, nodeName: string): string {
  return `${nodeName}:${run > PARTITIONED_RUNS ? `p${run - PARTITIONED_RUNS}` : run}`
}

/** What gives up work whose time is over. */
export type Expiry = (key: string, work: { readonly unit: Unit; readonly startByMs: number }) => Change

export class LocalRegisters {
  readonly #journal: Journal
  readonly #kind: 'local' | 'partitioned'
  readonly #facts: (key: string) => JobFacts | null
  readonly #values = new Map<string, Register>()
  readonly #told = new Map<string, Set<number>>()
  readonly #afterWritten: AfterWritten
  readonly #ledger: Pick<ClaimHost['ledger'], 'recordDecisions'>
  /** What a job was accepted at; null where the slots before this agent came are its own too. */
  readonly #acceptedMs: ((key: string) => number) | null
  /** When this agent came: what was due before is no more than others' to run. */
  #cameAtMs: number
  #waiting: Proposal[] = []

  constructor(options: {
    readonly journal: Journal
    readonly kind: 'local' | 'partitioned'
    readonly facts: (key: string) => JobFacts | null
    readonly afterWritten: AfterWritten
    readonly ledger: Pick<ClaimHost['ledger'], 'recordDecisions'>
    readonly acceptedMs: ((key: string) => number) | null
  }) {
    this.#journal = options.journal
    this.#facts = options.facts
    this.#kind = options.kind
    this.#afterWritten = options.afterWritten
    this.#ledger = options.ledger
    this.#acceptedMs = options.acceptedMs
    this.#cameAtMs = (this.#journal.get(CAME) as number | undefined) ?? Infinity
    for (const [key, value] of this.#journal.under(`${this.#kind}/`)) {
      this.#values.set(key, value as Register)
      // The ledger may lack it.
      if ((value as Register).untold.length > 0)
        this.propose({ key, change: { kind: 'look' }, isLocal: true, giveUpAtMs: null })
    }
  }

  /** Whether this run is live here. */
  holds(key: string, change: Change): boolean {
    const live = this.#values.get(key)?.live ?? []
    return live.some(
      ({ token, opId }) =>
        (change.kind === 'finish' && change.token === token) ||
        (change.kind === 'release' && change.opId === opId),
    )
  }

  entries(): IterableIterator<[string, Register]> {
    return this.#values.entries()
  }

  propose(proposal: Proposal): void {
    if (proposal.change.kind === 'finish') this.#afterWritten(() => this.#waiting.push(proposal))
    else this.#waiting.push(proposal)
  }

  #tell(key: string, decisions: readonly Decision[], atMs: number): void {
    this.#afterWritten(() => {
      this.#ledger.recordDecisions(key, decisions, { atMs, isLocal: true })
      this.#afterWritten(() => {
        const told = this.#told.get(key) ?? new Set<number>()
        for (const { version } of decisions) told.add(version)
        this.#told.set(key, told)
      })
    })
  }

  /** Decides what waits, nobody else has a say; where much is to be told, the rest waits until that is. */
  take(instantMs: number): Settled[] {
    // Earlier than it came it cannot be: then it came by a clock that was ahead.
    if (this.#acceptedMs !== null && instantMs < this.#cameAtMs)
      this.#journal.put(CAME, (this.#cameAtMs = instantMs))
    const waiting = this.#waiting
    this.#waiting = []
    return waiting.flatMap((proposal) => {
      const { key, change } = proposal
      const known = this.#values.get(key) ?? null
      const facts = this.#facts(key)
      const current =
        known === null ? this.#first(key, facts) : withoutTold(known, this.#told.get(key) ?? new Set())
      if (change.kind !== 'look' && current.untold.length >= registerLimits.untold) {
        this.#waiting.push(proposal)
        return []
      }
      const { value, answer } = applyChange(current, change, { nowMs: instantMs, facts })
      this.#told.delete(key)
      if (value !== known) {
        this.#values.set(key, value)
        this.#journal.put(`${this.#kind}/${key}`, value)
      }
      if (value.untold.length > 0) this.#tell(key, value.untold, instantMs)
      return [{ proposal, answer, value }]
    })
  }

  #first(key: string, facts: JobFacts | null): Register {
    const tokenBase = this.#kind === 'partitioned' ? PARTITIONED_RUNS : 0
    const isNewcomer = this.#acceptedMs !== null && this.#acceptedMs(key) < this.#cameAtMs
    return firstRegister(facts, { epoch: 0, atMs: isNewcomer ? this.#cameAtMs : 0, tokenBase })
  }

  /** Work that waited beyond its start deadline, and entries that no run stands for. */
  overdue(
    instantMs: number,
    knowsRun: (key: string, token: number) => boolean,
    { self, expiry }: { readonly self: NodeId; readonly expiry: Expiry },
  ): Proposal[] {
    const proposals: Proposal[] = []
    for (const [key, { pending, live }] of this.#values) {
      for (const { unit, startByMs } of pending)
        if (instantMs >= startByMs)
          proposals.push({
            key,
            change: expiry(key, { unit, startByMs }),
            isLocal: true,
            giveUpAtMs: null,
          })
      for (const { token, opId } of live)
        if (!knowsRun(key, token))
          proposals.push({
            key,
            change: { kind: 'release', opId, node: self },
            isLocal: true,
            giveUpAtMs: null,
          })
    }
    return proposals
  }
}
