// A light stand-in for the Automerge document, for the simulator: the same promises (the acceptance suite in
// test/lib/catalog holds both to them) at a hundredth of the cost. Changes are JSON, their hash names them, and a
// conversation tells the heads first and then all hashes.

import { contentHash } from '../../lib/base/hash.ts'
import type {
  Applied,
  DocumentFactory,
  DocumentSync,
  ReplicatedDocument,
  StampedEntry,
  SyncReceived,
  Write,
} from '../../lib/catalog/document.ts'
import { isNewer, nextVersion, type Stamped } from '../../lib/catalog/stamped-entry.ts'

type Change = {
  readonly document: string
  readonly actor: string
  readonly sequence: number
  readonly deps: readonly string[]
  readonly writes: readonly (readonly [key: string, version: number, text: string | null])[]
}
type Known = { readonly bytes: Uint8Array; readonly change: Change }
type Message = {
  readonly heads: readonly string[]
  readonly known: readonly string[] | null
  readonly changes: readonly string[]
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export const standInDocuments: DocumentFactory = {
  begin: (key, actor) => new StandInDocument(key, actor),
  load(key, actor, saved) {
    const document = new StandInDocument(key, actor)
    const refused = saved.flatMap((bytes) => document.restore(bytes))
    return { document, refused }
  },
}

class StandInDocument implements ReplicatedDocument {
  readonly key: string
  readonly #actor: string
  readonly #changes = new Map<string, Known>()
  readonly #waiting = new Map<string, Known>()
  #heads: readonly string[]
  #sequence = 0
  readonly #entries = new Map<string, Stamped>()

  constructor(key: string, actor: string) {
    this.key = key
    this.#actor = actor
    this.#heads = [this.#firstHash]
  }

  get #firstHash(): string {
    return contentHash(`first ${this.key}`)
  }

  get size(): number {
    return this.#entries.size
  }

  get isMissingChanges(): boolean {
    return this.#waiting.size > 0
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
    const changed = new Map<string, readonly [string, number, string | null]>()
    for (const [key, text] of writes) {
      const known = this.#entries.get(key)
      if (text === (known?.text ?? null)) continue
      const version = nextVersion(known, atMs)
      changed.set(key, [key, version, text])
      if (text === null) this.#entries.delete(key)
      else this.#entries.set(key, { version, text })
    }
    if (changed.size === 0) return null
    const sequence = ++this.#sequence
    return this.#take({
      document: this.key,
      actor: this.#actor,
      sequence,
      deps: this.#heads,
      writes: [...changed.values()],
    })
  }

  apply(changes: readonly Uint8Array[]): Applied {
    const before = new Map(this.#entries)
    const refused: string[] = []
    for (const bytes of changes) {
      try {
        this.#receive(bytes)
      } catch (error) {
        refused.push(String(error))
      }
    }
    return { changedKeys: this.#differences(before), refused }
  }

  adopt(entries: Iterable<StampedEntry>): readonly Uint8Array[] {
    const changes: Uint8Array[] = []
    for (const { key, version, text } of entries) {
      if (!isNewer({ version, text }, this.#entries.get(key))) continue
      const writes = [[key, version, text]] as const
      const actor = contentHash(JSON.stringify(writes))
      const bytes = encode({ document: this.key, actor, sequence: 1, deps: [this.#firstHash], writes })
      this.#receive(bytes)
      changes.push(bytes)
    }
    return changes
  }

  heads(): string {
    return this.#heads.join(',')
  }

  hasHeads(heads: string): boolean {
    return heads.split(',').every((hash) => hash === this.#firstHash || this.#changes.has(hash))
  }

  save(): Uint8Array {
    return encode([...this.#changes.values(), ...this.#waiting.values()].map(({ bytes }) => textOf(bytes)))
  }

  restore(bytes: Uint8Array): readonly string[] {
    try {
      const value = decode(bytes)
      const changes = Array.isArray(value)
        ? (value as string[]).map((text) => new TextEncoder().encode(text))
        : [bytes]
      return this.apply(changes).refused
    } catch (error) {
      return [String(error)]
    }
  }

  beginSync(): DocumentSync {
    let theirs: Message | null = null
    let told = { heads: '', answering: '' }
    return {
      message: () => {
        const heads = this.heads()
        const answering = JSON.stringify([theirs?.heads, theirs?.known])
        const isEqual = theirs?.heads.join(',') === heads
        // Nothing new to say: the peer knows it, or it is on its way.
        if (told.heads === heads && (isEqual || told.answering === answering)) return null
        told = { heads, answering }
        const known = new Set(theirs?.known)
        const hasAll = isEqual || theirs?.known === undefined || theirs.known === null
        const missing = hasAll ? [] : [...this.#changes].filter(([hash]) => !known.has(hash))
        return encode({
          heads: this.#heads,
          known: isEqual ? null : [...this.#changes.keys()],
          changes: missing.map(([, { bytes }]) => textOf(bytes)),
        } satisfies Message)
      },
      receive: (bytes): SyncReceived => {
        try {
          const message = decode(bytes) as Message
          if (![message.heads, message.changes].every((list) => Array.isArray(list)))
            throw new RangeError('not a message')
          theirs = message
          const before = new Set(this.#changes.keys())
          const { changedKeys } = this.apply(
            message.changes.map((text: string) => new TextEncoder().encode(text)),
          )
          const added = [...this.#changes]
            .filter(([hash]) => !before.has(hash))
            .map(([, known]) => known.bytes)
          return { kind: 'received', changedKeys, added }
        } catch (error) {
          return { kind: 'refused', because: String(error) }
        }
      },
    }
  }

  free(): void {
    this.#changes.clear()
    this.#entries.clear()
  }

  #receive(bytes: Uint8Array): void {
    const change = decode(bytes) as Change
    if (!Array.isArray(change.writes) || !Array.isArray(change.deps)) throw new RangeError('not a change')
    const hash = contentHash(textOf(bytes))
    if (change.document !== this.key || this.#changes.has(hash)) {
      if (change.document !== this.key) throw new RangeError(`a change of document ${change.document}`)
      return
    }
    this.#waiting.set(hash, { bytes, change })
    for (let progress = true; progress;) {
      progress = false
      for (const [waitingHash, known] of this.#waiting) {
        if (!known.change.deps.every((dep) => dep === this.#firstHash || this.#changes.has(dep))) continue
        this.#waiting.delete(waitingHash)
        this.#take(known.change)
        this.#join(known.change)
        progress = true
      }
    }
  }

  #take(change: Change): Uint8Array {
    const bytes = encode(change)
    const hash = contentHash(textOf(bytes))
    this.#changes.set(hash, { bytes, change })
    this.#heads = [...this.#heads.filter((head) => !change.deps.includes(head)), hash].sort()
    return bytes
  }

  #join(change: Change): void {
    for (const [key, version, text] of change.writes) {
      const known = this.#entries.get(key)
      if (text === null) {
        // As in Automerge, a removal yields to what was written beside it.
        if (known !== undefined && known.version < version) this.#entries.delete(key)
      } else if (isNewer({ version, text }, known)) this.#entries.set(key, { version, text })
    }
  }

  #differences(before: ReadonlyMap<string, Stamped>): string[] {
    const keys = new Set([...before.keys(), ...this.#entries.keys()])
    return [...keys].filter((key) => before.get(key)?.text !== this.#entries.get(key)?.text)
  }
}
