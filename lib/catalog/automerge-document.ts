// The replicated document on Automerge 3.5: entries are plain string scalars of the root
// map. It works on the library's own handle: a change through the proxy copies the whole
// map (0.4 ms at 600 entries), one on the handle does not (0.15 ms). Automerge never sees
// a clock or a random actor here, so everything replays.

import * as Automerge from '@automerge/automerge'
import { contentHash } from '../base/hash.ts'
import { documentLimits } from '../base/limits.ts'
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

const ROOT = '_root'
/** The writer of every document's first change. */
const FIRST_ACTOR = '00'
/** The ninth byte of a chunk says what it is (Automerge's binary format, chunk types). */
const CHUNK_TYPE_AT = 8
const CHUNK_BUNDLE = 3
const CHUNK_MAGIC = [0x85, 0x6f, 0x4a, 0x83]
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
    const refused: string[] = []
    for (const bytes of saved) {
      const fault = this.#take(() => {
        checkChunk(bytes)
        this.#handle.loadIncremental(bytes)
      })
      if (fault !== null) refused.push(fault)
    }
    return refused
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
    const refused: string[] = []
    for (const bytes of changes) {
      let touched: readonly string[] = []
      const fault = this.#take(() => {
        touched = keysOfChunk(bytes)
        this.#handle.loadIncremental(bytes)
      })
      if (fault === null) for (const key of touched) keys.add(key)
      else refused.push(fault)
    }
    const changedKeys = this.#refresh(keys)
    if (!this.isMissingChanges) this.#waitingKeys = new Set()
    return { changedKeys, refused }
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
        const [next, message] = Automerge.generateSyncMessage(this.#doc, state)
        state = next
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
    const added = this.#changesSince(before)
    const keys = new Set([...this.#waitingKeys, ...added.flatMap((change) => keysOfChunk(change))])
    if (!this.isMissingChanges) this.#waitingKeys = new Set()
    return { kind: 'received', changedKeys: this.#refresh(keys), added }
  }

  #changesSince(heads: Automerge.Heads): readonly Uint8Array[] {
    const changes = this.#handle.getChanges(heads)
    const bytes = changes.reduce((sum, change) => sum + change.length, 0)
    if (bytes < documentLimits.bundleMinBytes) return changes
    return [this.#handle.saveBundle(this.#handle.getChangesMeta(heads).map((meta) => meta.hash))]
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

function actorHex(actor: string): string {
  return contentHash(actor)
}

function firstChange(key: string): { bytes: Uint8Array; hash: string } {
  const bytes = Automerge.encodeChange({
    actor: FIRST_ACTOR,
    author: null,
    seq: 1,
    startOp: 1,
    time: 0,
    message: `hocket ${key}`,
    deps: [],
    ops: [],
  })
  return { bytes, hash: Automerge.decodeChange(bytes).hash }
}

function copyingChange(entry: StampedEntry, firstHash: string): Uint8Array {
  const value = encodeStamped(entry)
  return Automerge.encodeChange({
    actor: actorHex(`${entry.key}\n${value}`),
    author: null,
    seq: 1,
    startOp: 1,
    time: 0,
    message: null,
    deps: [firstHash],
    ops: [{ action: 'set', obj: ROOT, key: entry.key, value, pred: [] }],
  })
}

/** The library takes bytes that are no chunk at all for the beginning of one that is still to come. */
function checkChunk(bytes: Uint8Array): void {
  if (!CHUNK_MAGIC.every((byte, at) => bytes[at] === byte)) throw new RangeError('no change begins like this')
}

function keysOfChunk(bytes: Uint8Array): readonly string[] {
  checkChunk(bytes)
  if (bytes[CHUNK_TYPE_AT] === CHUNK_BUNDLE)
    return Automerge.readBundle(bytes).changes.flatMap((change) => change.ops.map((op) => op.key))
  const change = Automerge.decodeChange(bytes)
  // The second four bytes of a chunk are the first of its hash: the library does not compare them.
  const checksum = Array.from(bytes.subarray(4, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (!change.hash.startsWith(checksum)) throw new RangeError('the checksum of a change is wrong')
  return change.ops.map((op) => op.key)
}
