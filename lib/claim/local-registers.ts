// Registers that need no vote: a job that runs on all nodes of its pool has one on each of
// them, kept in that agent's own journal. The same functions of change apply, so a slot is
// decided once per node, whatever the rest of the cluster does.

import type { NodeId, SessionId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import { applyChange, withoutTold } from './apply-change.ts'
import type { JobFacts } from './change.ts'
import type { Proposal, Settled } from './proposal.ts'
import type { LiveEntry, Register } from './register.ts'

/** Entries of local registers are held by no lease: they need no majority. */
export const LOCAL_SESSION = 'local' as SessionId

const LOCAL = 'local/'

export function isLocalEntry(entry: Pick<LiveEntry, 'session'>): boolean {
  return entry.session === LOCAL_SESSION
}

/** What people call a run: its number, or for one without a vote `node:number`. */
export function runLabel(entry: Pick<LiveEntry, 'session' | 'run'>, nodeName: string): string {
  return isLocalEntry(entry) ? `${nodeName}:${entry.run}` : String(entry.run)
}

export class LocalRegisters {
  readonly #journal: Journal
  readonly #facts: (key: string) => JobFacts | null
  readonly #values = new Map<string, Register>()
  readonly #told = new Map<string, Set<number>>()
  #waiting: Proposal[] = []

  constructor(journal: Journal, facts: (key: string) => JobFacts | null) {
    this.#journal = journal
    this.#facts = facts
    for (const [key, value] of journal.under(LOCAL)) this.#values.set(key, value as Register)
  }

  entries(): IterableIterator<[string, Register]> {
    return this.#values.entries()
  }

  propose(proposal: Proposal): void {
    this.#waiting.push(proposal)
  }

  tell(key: string, versions: Iterable<number>): void {
    this.#told.set(key, new Set([...(this.#told.get(key) ?? []), ...versions]))
  }

  /** Decides all that waits: nobody else has a say. */
  take(instantMs: number): Settled[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting.map((proposal) => {
      const { key, change } = proposal
      const known = this.#values.get(key) ?? null
      const current = known === null ? null : withoutTold(known, this.#told.get(key) ?? new Set())
      const { value, answer } = applyChange(current, change, { nowMs: instantMs, facts: this.#facts(key) })
      this.#told.delete(key)
      if (value !== known) {
        this.#values.set(key, value)
        this.#journal.put(LOCAL + key, value)
      }
      return { proposal, answer, value }
    })
  }

  /** Work that waited beyond its start deadline, and entries that no run stands for. */
  overdue(instantMs: number, knowsRun: (key: string, token: number) => boolean, self: NodeId): Proposal[] {
    const proposals: Proposal[] = []
    for (const [key, { pending, live }] of this.#values) {
      for (const { unit, startByMs } of pending)
        if (instantMs >= startByMs)
          proposals.push({
            key,
            change: { kind: 'expire', unit, startByMs },
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
