// A light stand-in for the Automerge document, for the simulator: the same promises (the acceptance suite in
// test/lib/catalog holds both to them) at a hundredth of the cost. What a change says stands in a table that all
// documents of one factory share, as the nodes of one simulation do; its bytes name it, and say what it says only
// where lengths matter. A conversation tells the heads first and then the names of all changes.

import { contentHash } from '../../lib/base/hash.ts'
import { jsonValue } from '../../lib/base/json-value.ts'
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
type Named = {
  readonly name: string
  /** Its place among all changes of its document: behind those that it depends on. */
  readonly at: number
  /** What its bytes say: the name first. */
  readonly text: string
  readonly bytes: Uint8Array
  readonly change: Change
  /** Those that it depends on, but for the document's first. */
  readonly deps: readonly Named[]
  /** What it writes, one object for all documents that take it. */
  readonly stamps: readonly (readonly [key: string, version: number, stamped: Stamped | null])[]
}
type Message = {
  readonly heads: readonly string[]
  readonly known: readonly string[] | null
  readonly changes: readonly string[]
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const nameLength = 28
const headsKept = 1_000

/**
 * Documents of one factory understand each other's bytes; nobody else does. Sized ones are as long as real ones; of
 * the others, `lengthOf` tells how long a change would be.
 */
export function standInDocuments(options: {
  readonly isSized: boolean
}): DocumentFactory & { readonly lengthOf: (change: Uint8Array) => number } {
  const table = new ChangeTable(options.isSized)
  return {
    lengthOf: (change) => table.lengthOf(decode(change)),
    begin: (key, actor) => new StandInDocument(key, actor, table),
    load(key, actor, saved) {
      const document = new StandInDocument(key, actor, table)
      const refused = saved.flatMap((bytes) => document.restore(bytes))
      return { document, refused }
    },
  }
}

/** What each change says, by the hash of it. */
class ChangeTable {
  readonly #isSized: boolean
  readonly #named = new Map<string, Named>()
  readonly #byDocument = new Map<string, Named[]>()
  readonly #values = new Map<string, unknown>()
  /** What heads mean that were asked about: a thousand documents are asked about the same ones. */
  readonly #heads = new Map<string, readonly Named[]>()

  constructor(isSized: boolean) {
    this.#isSized = isSized
  }

  add(change: Change): Named {
    const json = JSON.stringify(change)
    const name = contentHash(json)
    const known = this.#named.get(name)
    if (known !== undefined) return known
    const text = this.#isSized ? `${name} ${json}` : name
    const all = this.of(change.document)
    const named: Named = {
      name,
      at: all.length,
      text,
      bytes: encode(text),
      change,
      deps: change.deps.flatMap((dep) => this.#named.get(dep) ?? []),
      stamps: change.writes.map(([key, version, written]) => [
        key,
        version,
        written === null ? null : { version, text: written },
      ]),
    }
    this.#named.set(name, named)
    all.push(named)
    return named
  }

  /** All changes that anybody made of a document, each behind those that it depends on. */
  of(document: string): Named[] {
    let all = this.#byDocument.get(document)
    if (all === undefined) this.#byDocument.set(document, (all = []))
    return all
  }

  /** The changes that these heads name, but for a document's first; null when one of them is nobody's. */
  headsNamed(heads: string, first: string): readonly Named[] | null {
    const known = this.#heads.get(heads)
    if (known !== undefined) return known
    const names = heads.split(',').filter((name) => name !== first)
    const named = names.flatMap((name) => this.#named.get(name) ?? [])
    if (named.length < names.length) return null
    if (this.#heads.size >= headsKept) this.#heads.clear()
    this.#heads.set(heads, named)
    return named
  }

  /** Who changes what it got changes it for all. */
  json(text: string): unknown {
    const known = this.#values.get(text)
    if (known !== undefined) return known
    const value = jsonValue(text)
    this.#values.set(text, value)
    return value
  }

  lengthOf(text: string): number {
    const change = this.#named.get(text.slice(0, nameLength))?.change
    return change === undefined ? text.length : nameLength + 1 + JSON.stringify(change).length
  }

  read(text: string): Named {
    const named = this.#named.get(text.slice(0, nameLength))
    if (named?.text !== text) throw new RangeError(`no change is called ${text.slice(0, nameLength)}`)
    return named
  }
}

class StandInDocument implements ReplicatedDocument {
  readonly key: string
  readonly #actor: string
  readonly #table: ChangeTable
  readonly #first: string
  /** All that anybody made, and which of them are known here. */
  readonly #all: readonly Named[]
  #known = new Places()
  readonly #waiting = new Map<string, Named>()
  #heads: readonly string[]
  #sequence = 0
  readonly #entries = new Map<string, Stamped>()

  constructor(key: string, actor: string, table: ChangeTable) {
    this.key = key
    this.#actor = actor
    this.#table = table
    this.#all = table.of(key)
    this.#first = contentHash(`first ${key}`)
    this.#heads = [this.#first]
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

  json(key: string): unknown {
    return this.#table.json(this.get(key) ?? 'null')
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
    const named = this.#table.add({
      document: this.key,
      actor: this.#actor,
      sequence: ++this.#sequence,
      deps: this.#heads,
      writes: [...changed.values()],
    })
    this.#note(named)
    return named.bytes
  }

  apply(changes: readonly Uint8Array[]): Applied {
    return this.#apply(changes.map((bytes) => decode(bytes)))
  }

  adopt(entries: Iterable<StampedEntry>): readonly Uint8Array[] {
    const changes: Uint8Array[] = []
    for (const { key, version, text } of entries) {
      if (!isNewer({ version, text }, this.#entries.get(key))) continue
      const writes = [[key, version, text]] as const
      const actor = contentHash(JSON.stringify(writes))
      const named = this.#table.add({ document: this.key, actor, sequence: 1, deps: [this.#first], writes })
      this.#receive(named, new Map())
      changes.push(named.bytes)
    }
    return changes
  }

  heads(): string {
    return this.#heads.join(',')
  }

  hasHeads(heads: string): boolean {
    const named = this.#table.headsNamed(heads, this.#first)
    return named?.every(({ at, change }) => change.document === this.key && this.#known.has(at)) ?? false
  }

  save(): Uint8Array {
    const all = [...this.#changes(), ...this.#waiting.values()]
    return encode(all.map(({ text }) => text).join('\n'))
  }

  restore(bytes: Uint8Array): readonly string[] {
    const text = decode(bytes)
    return text === '' ? [] : this.#apply(text.split('\n')).refused
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
        const missing = hasAll ? [] : this.#changes().filter(({ name }) => !known.has(name))
        const message: Message = {
          heads: this.#heads,
          known: isEqual ? null : this.#changes().map(({ name }) => name),
          changes: missing.map(({ text }) => text),
        }
        return encode(JSON.stringify(message))
      },
      receive: (bytes): SyncReceived => {
        try {
          const message = JSON.parse(decode(bytes)) as Message
          if (![message.heads, message.changes].every((list) => Array.isArray(list)))
            throw new RangeError('not a message')
          theirs = message
          const before = this.#known.copy()
          const { changedKeys } = this.#apply(message.changes)
          const added = this.#changes().flatMap((named) => (before.has(named.at) ? [] : named.bytes))
          return { kind: 'received', changedKeys, added }
        } catch (error) {
          return { kind: 'refused', because: String(error) }
        }
      },
    }
  }

  free(): void {
    this.#known = new Places()
    this.#entries.clear()
  }

  #changes(): Named[] {
    return this.#all.filter(({ at }) => this.#known.has(at))
  }

  #apply(texts: readonly string[]): Applied {
    const before = new Map<string, string | undefined>()
    const refused: string[] = []
    for (const text of texts) {
      try {
        this.#receive(this.#table.read(text), before)
      } catch (error) {
        refused.push(String(error))
      }
    }
    const changedKeys = [...before].filter(([key, text]) => this.get(key) !== text).map(([key]) => key)
    return { changedKeys, refused, late: [] }
  }

  /** Notes what stood before under each key that it touches. */
  #receive(named: Named, before: Map<string, string | undefined>): void {
    if (named.change.document !== this.key)
      throw new RangeError(`a change of document ${named.change.document}`)
    if (this.#known.has(named.at)) return
    if (!this.#isReady(named)) return void this.#waiting.set(named.name, named)
    this.#take(named, before)
    for (let progress = this.#waiting.size > 0; progress;) {
      progress = false
      for (const [name, waiting] of this.#waiting) {
        if (!this.#isReady(waiting)) continue
        this.#waiting.delete(name)
        this.#take(waiting, before)
        progress = true
      }
    }
  }

  #isReady({ deps }: Named): boolean {
    return deps.every(({ at }) => this.#known.has(at))
  }

  #take(named: Named, before: Map<string, string | undefined>): void {
    this.#note(named)
    this.#join(named, before)
  }

  #note(named: Named): void {
    this.#known.add(named.at)
    const { deps } = named.change
    const heads = this.#heads.filter((head) => !deps.includes(head))
    const after = heads.findIndex((head) => head > named.name)
    this.#heads = heads.toSpliced(after < 0 ? heads.length : after, 0, named.name)
  }

  #join({ stamps }: Named, before: Map<string, string | undefined>): void {
    for (const [key, version, stamped] of stamps) {
      const known = this.#entries.get(key)
      if (!before.has(key)) before.set(key, known?.text)
      if (stamped === null) {
        // As in Automerge, a removal yields to what was written beside it.
        if (known !== undefined && known.version < version) this.#entries.delete(key)
      } else if (isNewer(stamped, known)) this.#entries.set(key, stamped)
    }
  }
}

/** A set of places: a thousand documents that know ten thousand changes each take a bit for each. */
class Places {
  #bits = new Uint8Array(8)

  has(at: number): boolean {
    return ((this.#bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
  }

  add(at: number): void {
    if (at >> 3 >= this.#bits.length) {
      const bits = new Uint8Array(2 * (at >> 3))
      bits.set(this.#bits)
      this.#bits = bits
    }
    this.#bits[at >> 3]! |= 1 << (at & 7)
  }

  copy(): Places {
    const copied = new Places()
    copied.#bits = this.#bits.slice()
    return copied
  }
}
