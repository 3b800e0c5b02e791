// All documents of one agent: those in memory, those that are closed (only their heads are
// known) and those being read back. It keeps logs and memory in step: what a document took
// is in its log before anything says so.
//
// Re-basing needs no vote. Generation g+1 of a document begins, like every document, from
// a first change that is the same everywhere. Whoever finds that the history outgrew the
// content begins g+1, copies the entries and drops g; whoever hears of g+1 does the same.
// Nothing is lost by that: a node drops g only when all that it knew of it stands in its
// g+1; an entry counts by its version, not by its history, so the copies of two nodes that
// knew different things join to the greater of each; and the copy of an entry is one
// change made of its content alone, so equal copies are one change and a hundred nodes
// that re-base at once do not blow the document up. Changes of g that come late are
// ignored: their sender still holds them, hears of g+1 in the next comparison, and copies
// them. So the value of a document, as the join of all generations over all nodes, never
// loses an entry, and generations only grow.

import { documentLimits } from '../base/document-limits.ts'
import type { Applied, DocumentFactory, ReplicatedDocument, Write } from './document.ts'
import {
  documentKey,
  documentKeyOfLog,
  groupOf,
  isBelowFloor,
  isBucket,
  parseDocumentKey,
} from './document-key.ts'
import { DocumentLogs, INDEX_LOG } from './document-logs.ts'
import { newLoading, restoreDocument, type LoadingDocument } from './document-restore.ts'
import { HeadsIndex } from './heads-index.ts'
import { LoadQueue } from './load-queue.ts'

export type OpenDocument = {
  readonly kind: 'open'
  readonly name: string
  readonly generation: number
  readonly document: ReplicatedDocument
  heads: string | null
}
type ClosedDocument = {
  readonly kind: 'closed'
  readonly name: string
  readonly generation: number
  readonly heads: string
}
type Shelved = OpenDocument | ClosedDocument | LoadingDocument

/** Why a document cannot be had now. */
export type NotOpen = 'loading' | 'superseded' | 'refused'

export class DocumentShelf {
  readonly heads = new HeadsIndex()
  readonly logs = new DocumentLogs()
  readonly #factory: DocumentFactory
  readonly #actor: string
  readonly #shelf = new Map<string, Shelved>()
  #floor = ''
  #detachedCount = 0
  /** Grows with every write: what this process wrote later has the greater version, also where it cannot look. */
  #writtenAtMs = 0
  #logsAtStart: readonly string[] | null = null
  #startsToCome = 0
  readonly loads = new LoadQueue()
  #changed = new Map<string, Set<string>>()
  #opened: string[] = []

  constructor(options: { readonly factory: DocumentFactory; readonly actor: string }) {
    this.#factory = options.factory
    this.#actor = options.actor
  }

  /** The logs that were found at start; those that must be read come out as loads. */
  listed(logs: Iterable<string>): void {
    this.#logsAtStart = [...logs]
    if (this.#logsAtStart.includes(INDEX_LOG)) this.loads.want(INDEX_LOG)
    else this.#shelveAtStart(new Map())
  }

  /** Whether the logs that were found at start are not all read yet. */
  get isStarting(): boolean {
    return this.#logsAtStart !== null || this.#startsToCome > 0
  }

  recover(log: string, content: string): void {
    this.loads.done(log)
    if (log === INDEX_LOG) return this.#shelveAtStart(this.logs.restoreIndex(content))
    const key = documentKeyOfLog(log)
    const loading = key === null ? undefined : this.#shelf.get(key.name)
    if (loading?.kind !== 'loading' || !loading.logsToCome.delete(log)) return
    loading.saved.push(this.logs.restore(key!, content))
    if (loading.logsToCome.size === 0) this.#finishLoading(loading)
  }

  get(name: string): OpenDocument | undefined {
    const shelved = this.#shelf.get(name)
    return shelved?.kind === 'open' ? shelved : undefined
  }

  *openIds(): IterableIterator<string> {
    for (const [name, { kind }] of this.#shelf) if (kind === 'open') yield name
  }

  ids(): IterableIterator<string> {
    return this.#shelf.keys()
  }

  generationOf(name: string): number | undefined {
    return this.#shelf.get(name)?.generation
  }

  isOpen(name: string): boolean {
    return this.#shelf.get(name)?.kind === 'open'
  }

  get floor(): string {
    return this.#floor
  }

  /** Whether there is room for one more document of this name. */
  isAllowed(name: string): boolean {
    if (isBelowFloor(groupOf(name), this.#floor)) return false
    return this.#shelf.has(name) || this.#shelf.size < documentLimits.documents
  }

  /** Has a closed document read back. */
  want(name: string): void {
    const shelved = this.#shelf.get(name)
    if (shelved?.kind === 'closed') this.#reopen(shelved)
  }

  /** The document at this generation: begun, re-based or read back as need be. */
  ensure(key: string): OpenDocument | NotOpen {
    const parsed = parseDocumentKey(key)
    if (parsed === null || !this.isAllowed(parsed.name)) return 'refused'
    const { name, generation } = parsed
    const shelved = this.#shelf.get(name)
    if (shelved === undefined) return this.#begin(name, generation)
    if (shelved.generation > generation) return 'superseded'
    if (shelved.kind === 'closed') this.#reopen(shelved)
    if (shelved.kind !== 'open') return 'loading'
    return shelved.generation === generation ? shelved : this.#rebase(shelved, generation)
  }

  /** Writes at once, also to a document that is not in memory. Null when nothing changes. */
  put(name: string, writes: readonly Write[], atMs: number): { key: string; change: Uint8Array } | null {
    const shelved = this.#shelf.get(name) ?? this.#begin(name, 0)
    const key = documentKey(name, shelved.generation)
    this.#writtenAtMs = Math.max(this.#writtenAtMs + 1, atMs)
    if (shelved.kind !== 'open') return this.#putDetached(shelved, key, writes)
    const change = shelved.document.put(writes, this.#writtenAtMs)
    if (change === null) return null
    this.#took(
      shelved,
      [change],
      writes.map(([written]) => written),
    )
    return { key, change }
  }

  apply(open: OpenDocument, changes: readonly Uint8Array[]): Applied {
    const before = this.headsOf(open)
    const applied = open.document.apply(changes)
    open.heads = null
    if (open.document.isMissingChanges || this.headsOf(open) !== before)
      this.#took(open, [...changes, ...applied.late], applied.changedKeys)
    return applied
  }

  /** Keeps what a conversation with a peer brought into the document. */
  keep(open: OpenDocument, added: readonly Uint8Array[], changedKeys: readonly string[]): void {
    if (added.length > 0) this.#took(open, added, changedKeys)
  }

  headsOf(open: OpenDocument): string {
    return (open.heads ??= open.document.heads())
  }

  /** Frees the memory of a document; its log is written anew, and its heads are remembered. False when it cannot. */
  close(name: string): boolean {
    const open = this.get(name)
    if (open === undefined || open.document.isMissingChanges) return false
    const heads = this.headsOf(open)
    const key = documentKey(name, open.generation)
    if (this.logs.hasAppended(key)) this.logs.rewrite(key, open.document.save())
    this.logs.markClosed(name, { key, heads })
    open.document.free()
    this.#shelve({ kind: 'closed', name, generation: open.generation, heads })
    return true
  }

  /** Buckets before the floor are dropped whole, and refused from then on. */
  raiseFloor(floor: string): void {
    if (floor <= this.#floor) return
    this.#floor = floor
    for (const name of this.#shelf.keys()) if (isBelowFloor(groupOf(name), floor)) this.#drop(name)
  }

  takeChanged(): { readonly id: string; readonly keys: readonly string[] }[] {
    const changed = [...this.#changed].map(([id, keys]) => ({ id, keys: [...keys] }))
    this.#changed = new Map()
    return changed
  }

  /** The documents that came into memory since the last time. */
  takeOpened(): string[] {
    const opened = this.#opened
    this.#opened = []
    return opened
  }

  /** One that is being read is dropped when it is there. */
  #drop(name: string): void {
    const shelved = this.#shelf.get(name)
    if (shelved === undefined || shelved.kind === 'loading') return
    if (shelved.kind === 'open') shelved.document.free()
    else this.logs.markOpen(name)
    this.logs.remove(documentKey(name, shelved.generation))
    this.#shelf.delete(name)
    this.heads.delete(name)
  }

  #shelveAtStart(closed: ReadonlyMap<string, { readonly key: string; readonly heads: string }>): void {
    const keys = new Map<string, { key: string; generation: number }[]>()
    for (const log of this.#logsAtStart ?? []) {
      const parsed = documentKeyOfLog(log)
      if (parsed === null) continue
      const { name, generation } = parsed
      keys.set(name, [...(keys.get(name) ?? []), { key: documentKey(name, generation), generation }])
    }
    this.#logsAtStart = null
    for (const [name, known] of keys) {
      const index = closed.get(name)
      const [only] = known
      if (known.length === 1 && only!.key === index?.key)
        this.#shelve({ kind: 'closed', name, generation: only!.generation, heads: index.heads })
      else {
        this.#startsToCome++
        this.#load(newLoading(name, known, true))
      }
    }
  }

  #reopen(closed: ClosedDocument): void {
    const { name, generation } = closed
    this.logs.markOpen(name)
    this.#load(newLoading(name, [{ key: documentKey(name, generation), generation }], false))
  }

  #load(loading: LoadingDocument): void {
    this.#shelf.set(loading.name, loading)
    for (const log of loading.logsToCome) this.loads.want(log)
  }

  #finishLoading(loading: LoadingDocument): void {
    const { name, generation } = loading
    if (loading.isAtStart) this.#startsToCome--
    const from = { factory: this.#factory, actor: this.#actor, logs: this.logs }
    const document = restoreDocument(loading, from)
    this.#shelveOpen({ name, generation, document })
    this.#noteChanged(name, document.keys())
    if (isBelowFloor(groupOf(name), this.#floor)) this.#drop(name)
  }

  #begin(name: string, generation: number): OpenDocument {
    const document = this.#factory.begin(documentKey(name, generation), this.#actor)
    return this.#shelveOpen({ name, generation, document })
  }

  #rebase(open: OpenDocument, generation: number): OpenDocument {
    const document = this.#factory.begin(documentKey(open.name, generation), this.#actor)
    document.adopt(open.document.entries())
    return this.#replace(open, generation, document)
  }

  #replace(open: OpenDocument, generation: number, document: ReplicatedDocument): OpenDocument {
    this.logs.rewrite(documentKey(open.name, generation), document.save())
    this.logs.remove(documentKey(open.name, open.generation))
    open.document.free()
    return this.#shelveOpen({ name: open.name, generation, document })
  }

  #shelveOpen(parts: Pick<OpenDocument, 'name' | 'generation' | 'document'>): OpenDocument {
    const open: OpenDocument = { kind: 'open', ...parts, heads: null }
    this.#shelve(open)
    this.#opened.push(open.name)
    return open
  }

  #shelve(shelved: OpenDocument | ClosedDocument): void {
    const { name, generation } = shelved
    this.#shelf.set(name, shelved)
    const heads = shelved.kind === 'open' ? () => this.headsOf(shelved) : () => shelved.heads
    this.heads.set(name, { key: documentKey(name, generation), heads })
  }

  /**
   * A change that depends on nothing but the document's first change, by an actor of its own: it can be written
   * without reading the document back, because versions and not history say which value counts.
   */
  #putDetached(
    shelved: ClosedDocument | LoadingDocument,
    key: string,
    writes: readonly Write[],
  ): { key: string; change: Uint8Array } | null {
    const document = this.#factory.begin(key, `${this.#actor} ${this.#detachedCount++}`)
    const change = document.put(writes, this.#writtenAtMs)
    document.free()
    if (change === null) return null
    if (shelved.kind === 'closed') this.#reopen(shelved)
    const loading = this.#shelf.get(shelved.name) as LoadingDocument
    loading.waiting.push(change)
    if (!loading.isAtStart) this.logs.append(key, [change])
    this.#noteChanged(
      shelved.name,
      writes.map(([written]) => written),
    )
    return { key, change }
  }

  #took(open: OpenDocument, changes: readonly Uint8Array[], keys: Iterable<string>): void {
    open.heads = null
    const key = documentKey(open.name, open.generation)
    this.heads.set(open.name, { key, heads: () => this.headsOf(open) })
    this.#noteChanged(open.name, keys)
    this.logs.append(key, changes)
    if (this.logs.isLong(key)) this.#compact(open)
  }

  /** Writes the log anew, or begins the next generation when most of the document is outdated. */
  #compact(open: OpenDocument): void {
    const saved = open.document.save()
    const isRebased = !isBucket(open.name) && !open.document.isMissingChanges
    if (isRebased && saved.length > documentLimits.rebaseSlackBytes) {
      const next = open.generation + 1
      const fresh = this.#factory.begin(documentKey(open.name, next), this.#actor)
      fresh.adopt(open.document.entries())
      const freshBytes = fresh.save().length
      if (saved.length > documentLimits.rebaseSlackBytes + documentLimits.rebaseFactor * freshBytes) {
        this.#replace(open, next, fresh)
        return
      }
      fresh.free()
    }
    this.logs.rewrite(documentKey(open.name, open.generation), saved)
  }

  #noteChanged(name: string, keys: Iterable<string>): void {
    const known = this.#changed.get(name) ?? new Set()
    for (const key of keys) known.add(key)
    if (known.size > 0) this.#changed.set(name, known)
  }
}
