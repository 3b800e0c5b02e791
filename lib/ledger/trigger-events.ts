// Which events are published, as the ledger tells it: from the event records of all nodes to
// the question that a waiting action asks. The newest word about an event stands; what it
// waits for is a prefix of an event's id, as in Tron.

import type { NodeId } from '../base/ids.ts'
import { ledgerLimits } from '../base/document-limits.ts'

export type EventRecord = {
  readonly kind: 'event'
  /** `category.job.action.key.value` for what an action published. */
  readonly id: string
  readonly state: 'published' | 'discarded'
  readonly atMs: number
  /** `run shop.load.7`, or who said so by hand. */
  readonly by: string
  readonly writer: NodeId
}

export function eventKey({ id, writer }: EventRecord): string {
  return `@event/${id}|${writer}`
}

export class TriggerEvents {
  /** The newest last. */
  readonly #events = new Map<string, EventRecord>()

  /** Whether this changed what is published. */
  add(record: EventRecord): boolean {
    const known = this.#events.get(record.id)
    if (known !== undefined && !isNewer(record, known)) return false
    this.#events.delete(record.id)
    this.#events.set(record.id, record)
    const [oldest] = this.#events.keys()
    if (this.#events.size > ledgerLimits.events && oldest !== undefined) this.#events.delete(oldest)
    return known?.state !== record.state
  }

  isPublished(prefix: string): boolean {
    if (this.#events.get(prefix)?.state === 'published') return true
    for (const [id, { state }] of this.#events)
      if (state === 'published' && id.startsWith(prefix)) return true
    return false
  }

  stateOf(id: string): EventRecord['state'] | null {
    return this.#events.get(id)?.state ?? null
  }
}

/** Two words of one instant are settled alike everywhere. */
function isNewer(record: EventRecord, known: EventRecord): boolean {
  if (record.atMs !== known.atMs) return record.atMs > known.atMs
  return record.writer > known.writer || (record.writer === known.writer && record.state !== known.state)
}
