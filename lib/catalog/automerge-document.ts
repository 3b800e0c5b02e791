// The replicated document on Automerge 3.5: entries are plain string scalars of the root
// map. It works on the library's own handle: a change through the proxy copies the whole
// map (0.4 ms at 600 entries), one on the handle does not (0.15 ms). Automerge never sees
// a clock or a random actor here, so everything replays.

import * as Automerge from '@automerge/automerge'
import { documentLimits } from '../base/document-limits.ts'
import { jsonValue } from '../base/json-value.ts'
import {
  actorHex,
  checkChunk,
  copyingChange,
  firstChange,
  joined,
  keysOfChunk,
  ROOT,
} from './automerge-chunk.ts'
import type {
  Applied,
  DocumentFactory,
  DocumentSync,
  ReplicatedDocument,
  StampedEntry,
  SyncReceived,
  Write,
} from './document.ts'
import {
  decodeStamped,
  encodeStamped,
  isNewer,
  newestOf,
  nextVersion,
  type Stamped,
} from './stamped-entry.ts'

type Handle = ReturnType<typeof Automerge.getBackend>
type Doc = Automerge.Doc<Record<string, unknown>>

const HASH = /^[0-9a-f]{64}$/

export const automergeDocuments: DocumentFactory = {
  begin(key, actor) {
    const document = new AutomergeDocument(key, actor)
    document.start()
    return document
  },
  load(key, actor, saved) {
    const document = new AutomergeDocument(key, actor)
    const refused = document.restore(saved)
    document.start()
    return { document, refused }
  },
}

class AutomergeDocument implements ReplicatedDocument {
  readonly key: string
  readonly #first: { readonly bytes: Uint8Array; readonly hash: string }
  readonly #handle: Handle
  /** Only passed to the library's sync functions, never read: the entries below are what counts. */
  #doc: Doc
  readonly #entries = new Map<string, Stamped>()
  /** Keys of changes that wait for others. */
  #waitingKeys = new Set<string>()

  constructor(key: string, actor: string) {
    this.key = key
    this.#first = firstChange(key)
    this.#doc = Automerge.init({ actor: actorHex(actor) })
    this.#handle = Automerge.getBackend(this.#doc)
  }

  /** Makes sure that the first change is there, and reads all entries. */
  start(): void {
    this.#handle.applyChanges([this.#first.bytes])
    this.#refresh(this.#handle.keys(ROOT))
  }

  restore(saved: readonly Uint8Array[]): readonly string[] {
    // Together they take a twentieth of the time that they take one by one.
    if (this.#take(() => this.#load(saved)) === null) return []
    return saved.map((bytes) => this.#take(() => this.#load([bytes]))).filter((fault) => fault !== null)
  }

  get isMissingChanges(): boolean {
    return this.#handle.getMissingDeps([]).length > 0
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): string | undefined {
    return this.#entries.get(key)?.text
  }

  json(key: string): unknown {
    return jsonValue(this.get(key) ?? 'null')
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }

  *entries(): IterableIterator<StampedEntry> {
    for (const [key, { version, text }] of this.#entries) yield { key, version, text }
  }

  put(writes: readonly Write[], atMs: number): Uint8Array | null {
    let isChanged = false
    for (const [key, text] of writes) {
      const known = this.#entries.get(key)
      if (text === (known?.text ?? null)) continue
      isChanged = true
      if (text === null) {
        this.#handle.delete(ROOT, key)
        this.#entries.delete(key)
      } else {
        const entry = { version: nextVersion(known, atMs), text }
        this.#handle.put(ROOT, key, encodeStamped(entry), 'str')
        this.#entries.set(key, entry)
      }
    }
    if (!isChanged) return null
    const hash = this.#handle.commit(null, Math.floor(atMs / 1000))
    const change = this.#handle.getLastLocalChange()!
    return change.length < documentLimits.bundleMinBytes ? change : this.#handle.saveBundle([hash])
  }

  apply(changes: readonly Uint8Array[]): Applied {
    const keys = this.#waitingKeys
    // A sync may have left changes that wait, of which nobody told the keys, nor wrote them down.
    const before = this.isMissingChanges ? this.#handle.getHeads() : null
    const refused: string[] = []
    const sound: Uint8Array[] = []
    for (const bytes of changes) {
      let touched: readonly string[] = []
      const fault = this.#take(() => {
        touched = keysOfChunk(bytes)
        if (changes.length === 1) this.#handle.loadIncremental(bytes)
        else sound.push(bytes)
      })
      if (fault === null) for (const key of touched) keys.add(key)
      else refused.push(fault)
    }
    refused.push(...this.restore(sound))
    const late = before === null ? [] : this.#handle.getChanges(before)
    for (const key of late.flatMap((change) => keysOfChunk(change))) keys.add(key)
    const changedKeys = this.#refresh(keys)
    if (!this.isMissingChanges) this.#waitingKeys = new Set()
    return { changedKeys, refused, late }
  }

  adopt(entries: Iterable<StampedEntry>): readonly Uint8Array[] {
    const changes: Uint8Array[] = []
    const keys: string[] = []
    for (const entry of entries) {
      if (!isNewer(entry, this.#entries.get(entry.key))) continue
      changes.push(copyingChange(entry, this.#first.hash))
      keys.push(entry.key)
    }
    this.#handle.applyChanges(changes)
    this.#refresh(keys)
    return changes
  }

  heads(): string {
    return this.#handle.getHeads().sort().join(',')
  }

  hasHeads(heads: string): boolean {
    return heads
      .split(',')
      .every((hash) => HASH.test(hash) && this.#handle.getChangeMetaByHash(hash) !== null)
  }

  save(): Uint8Array {
    return this.#handle.save()
  }

  beginSync(): DocumentSync {
    let state = Automerge.initSyncState()
    return {
      message: () => {
        let message: Uint8Array | null = null
        // What the peer said last may be nonsense that shows only now: then there is nothing to answer.
        this.#take(() => {
          const [next, made] = Automerge.generateSyncMessage(this.#doc, state)
          state = next
          message = made
        })
        return message
      },
      receive: (message) => this.#receive(message, state, (next) => (state = next)),
    }
  }

  free(): void {
    Automerge.free(this.#doc)
  }

  #receive(
    message: Uint8Array,
    state: Automerge.SyncState,
    keep: (state: Automerge.SyncState) => void,
  ): SyncReceived {
    const before = this.#handle.getHeads()
    const fault = this.#take(() => {
      this.#handle.updateDiffCursor()
      const [doc, next] = Automerge.receiveSyncMessage(this.#doc, state, message)
      this.#doc = doc
      keep(next)
    })
    if (fault !== null) return { kind: 'refused', because: fault }
    // The library's patches do not tell of a further value beside two that stood beside each other already.
    const { added, touched } = this.#addedSince(before)
    const keys = [...this.#waitingKeys, ...touched]
    if (!this.isMissingChanges) this.#waitingKeys = new Set()
    return { kind: 'received', changedKeys: this.#refresh(keys), added }
  }

  /** What came since these heads, as few bytes as can be made of it quickly, and the keys that it touched. */
  #addedSince(heads: Automerge.Heads): { added: readonly Uint8Array[]; touched: Iterable<string> } {
    const hashes = this.#handle.getChangesMeta(heads).map((meta) => meta.hash)
    // Most of the document is new: it is saved and read whole, which is cheaper than change by change.
    if (hashes.length > 20 && hashes.length * 2 > this.#handle.stats().numChanges)
      return { added: [this.#handle.save()], touched: new Set([...this.keys(), ...this.#handle.keys(ROOT)]) }
    const changes = this.#handle.getChanges(heads)
    const touched = changes.flatMap((change) => keysOfChunk(change))
    const bytes = changes.reduce((sum, change) => sum + change.length, 0)
    return {
      added: bytes < documentLimits.bundleMinBytes ? changes : [this.#handle.saveBundle(hashes)],
      touched,
    }
  }

  #load(chunks: readonly Uint8Array[]): void {
    for (const bytes of chunks) checkChunk(bytes)
    if (chunks.length > 0) this.#handle.loadIncremental(joined(chunks))
  }

  /** Reads the keys anew; returns those whose value is another now. */
  #refresh(keys: Iterable<string>): string[] {
    const changed: string[] = []
    for (const key of keys) {
      const values = this.#handle.getAll(ROOT, key)
      const now = newestOf(values.map(([, scalar]) => decodeStamped(scalar)))
      const known = this.#entries.get(key)
      if (now?.text === known?.text && now?.version === known?.version) continue
      if (now === undefined) this.#entries.delete(key)
      else this.#entries.set(key, now)
      if (now?.text !== known?.text) changed.push(key)
    }
    return changed
  }

  /** What the library throws at malformed bytes becomes a sentence. */
  #take(step: () => void): string | null {
    try {
      step()
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}
