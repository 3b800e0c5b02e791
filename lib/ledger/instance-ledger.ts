// What became of the instances of services, and what people asked of them: one document of each node, written by it
// alone, with an entry for each instance that it holds or held last, and for each restart that was asked for there.
// Entries are small and overwritten: what an instance is now, and its last events.

import type { NodeId } from '../base/ids.ts'
import type { ChangedDocument, Documents } from '../catalog/documents.ts'
import { instanceKey, type HeldInstance, type InstanceEvent } from '../service/held-instance.ts'
import type { InstanceState } from '../service/instance-state.ts'

const DOCUMENT = 'instances/'
const INSTANCE = 'instance/'
const RESTART = 'restart/'

/** An instance as its node saw it last. */
export type InstanceRecord = {
  readonly service: string
  readonly number: number
  readonly isLocal: boolean
  readonly node: NodeId
  readonly token: number
  readonly state: InstanceState
  readonly why: string
  readonly sinceMs: number
  readonly startedAtMs: number | null
  readonly pid: number | null
  /** The definition that it follows. */
  readonly definition: string
  readonly starts: number
  readonly events: readonly InstanceEvent[]
  /** The last words of a start that failed. */
  readonly output: string
}

export class InstanceLedger {
  readonly #documents: Documents
  readonly #self: NodeId
  /** By service, then by node and number. */
  readonly #records = new Map<string, Map<string, InstanceRecord>>()
  /** By service or instance: the last restart that was asked for. */
  readonly #restarts = new Map<string, number>()

  constructor(documents: Documents, self: NodeId) {
    this.#documents = documents
    this.#self = self
  }

  record(held: HeldInstance, atMs: number): void {
    const record: InstanceRecord = {
      service: held.service,
      number: held.number,
      isLocal: held.isLocal,
      node: this.#self,
      token: held.token,
      state: held.state,
      why: held.why,
      sinceMs: held.sinceMs,
      startedAtMs: held.startedAtMs,
      pid: held.identity?.pid ?? null,
      definition: held.plan.definition,
      starts: held.startNo,
      events: held.events,
      output: held.output,
    }
    this.#put(INSTANCE + instanceKey(held), JSON.stringify(record), atMs)
  }

  /** Its service is gone, and so is it. */
  forget(held: HeldInstance, atMs: number): void {
    this.#put(INSTANCE + instanceKey(held), null, atMs)
  }

  /** Somebody wants a service, or one instance of it, stopped and started. */
  askRestart(service: string, number: number | null, atMs: number): void {
    this.#put(RESTART + (number === null ? service : `${service}.${number}`), String(atMs), atMs)
  }

  /** What was started before then is to be restarted; null when nobody asked. */
  restartBeforeMs(service: string, number: number): number | null {
    const asked = [this.#restarts.get(service), this.#restarts.get(`${service}.${number}`)]
    const newest = Math.max(...asked.map((atMs) => atMs ?? -Infinity))
    return newest === -Infinity ? null : newest
  }

  /** The newest word about each instance of a service, of whoever holds it or held it last. */
  instances(service: string): InstanceRecord[] {
    const newest = new Map<string, InstanceRecord>()
    for (const record of this.#records.get(service)?.values() ?? []) {
      const key = record.isLocal ? record.node : String(record.number)
      const other = newest.get(key)
      if (other === undefined || other.token < record.token) newest.set(key, record)
    }
    return [...newest.values()].toSorted((left, right) => left.number - right.number)
  }

  onChanged(changed: readonly ChangedDocument[]): void {
    for (const { id, keys } of changed) {
      if (!id.startsWith(DOCUMENT)) continue
      const node = id.slice(DOCUMENT.length) as NodeId
      const document = this.#documents.get(id)
      for (const key of keys) this.#learn(node, key, document?.get(key))
    }
  }

  #learn(node: NodeId, key: string, text: string | undefined): void {
    if (key.startsWith(RESTART)) {
      const of = key.slice(RESTART.length)
      const atMs = Number(text)
      if (Number.isFinite(atMs)) this.#restarts.set(of, Math.max(atMs, this.#restarts.get(of) ?? 0))
    } else if (key.startsWith(INSTANCE)) {
      const instance = key.slice(INSTANCE.length)
      const service = instance.slice(0, instance.lastIndexOf('.'))
      const records = this.#records.get(service) ?? new Map<string, InstanceRecord>()
      const record = text === undefined ? null : parseRecord(text)
      if (record === null) records.delete(`${node} ${instance}`)
      else records.set(`${node} ${instance}`, { ...record, node })
      this.#records.set(service, records)
    }
  }

  #put(key: string, text: string | null, atMs: number): void {
    this.#documents.put(DOCUMENT + this.#self, [[key, text]], atMs)
  }
}

function parseRecord(text: string): InstanceRecord | null {
  try {
    const record = JSON.parse(text) as InstanceRecord
    return typeof record.token === 'number' ? record : null
  } catch {
    return null
  }
}
