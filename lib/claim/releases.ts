// Claims that this agent gives back without having started them: intended durably, and asked
// for until a majority answered, also by the next start of the agent (P4).

import type { NodeId, OpId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { Change } from './change.ts'

const RELEASING = 'releasing/'

export type ReleasesHost = {
  readonly self: NodeId
  readonly journal: Journal
  propose(key: string, change: Change): void
}

export class Releases {
  readonly #host: ReleasesHost
  readonly #operations = new Set<OpId>()

  constructor(host: ReleasesHost) {
    this.#host = host
  }

  /** At start: those that were intended before. */
  recover(): void {
    for (const [operation, key] of this.#host.journal.under(RELEASING))
      this.#ask(operation as OpId, key as string, this.#host.self)
  }

  has(operation: OpId): boolean {
    return this.#operations.has(operation)
  }

  /** It may or may not have been granted. `by` leaves it to other nodes for a while; null when anybody may take it. */
  begin(operation: OpId, key: string, by: NodeId | null): void {
    this.#host.journal.put(RELEASING + operation, key)
    this.#ask(operation, key, by)
  }

  /** A release has its answer. */
  end(operation: OpId): void {
    if (this.#operations.delete(operation)) this.#host.journal.delete(RELEASING + operation)
  }

  #ask(operation: OpId, key: string, by: NodeId | null): void {
    this.#operations.add(operation)
    this.#host.propose(key, { kind: 'release', opId: operation, node: by })
  }
}
