// The replicated documents of one agent, behind one door: what is written is logged,
// gossiped and repaired, what comes is applied and logged, and who builds on documents
// (catalog, ledger) learns which keys changed. Nothing from outside is trusted to be
// well-formed, and nothing here waits: what must be read from disk is asked for as a load.

import { fromBase64, toBase64 } from '../base/base64.ts'
import type { Report, Send, StoreEffect } from '../base/effect.ts'
import type { BootId, NodeId } from '../base/ids.ts'
import { documentLimits } from '../base/document-limits.ts'
import type { Random } from '../base/random.ts'
import { DocumentExchange } from './document-exchange.ts'
import { documentKey, parseDocumentKey } from './document-key.ts'
import {
  parseDocumentGossip,
  parseDocumentMessage,
  type DocumentGossip,
  type DocumentMessage,
} from './document-message.ts'
import { DocumentShelf } from './document-shelf.ts'
import type { DocumentFactory, ReplicatedDocument, Write } from './document.ts'

export type ChangedDocument = { readonly id: string; readonly keys: readonly string[] }

/** In the order in which they are to be carried out; a load is answered with recover(log, content). */
export type DocumentEffects = {
  readonly store: readonly StoreEffect[]
  /**
   * Logs to be read after what stands in `store`, and before whatever is written later: a read never sees half of a
   * line of this process. A log that is not there is empty.
   */
  readonly loads: readonly string[]
  readonly sends: readonly Send<DocumentMessage>[]
  readonly gossips: readonly DocumentGossip[]
  readonly changed: readonly ChangedDocument[]
  readonly reports: readonly Report[]
}

export class Documents {
  readonly #shelf: DocumentShelf
  readonly #exchange: DocumentExchange
  /** Changes of this step, by the key of their document. */
  #gossip = new Map<string, Uint8Array[]>()
  #nowMs = 0
  readonly #complaints = new Map<NodeId, number>()

  /** The boot makes this process a writer of its own: one that lost a part of its logs never repeats itself. */
  constructor(options: {
    readonly factory: DocumentFactory
    readonly self: NodeId
    readonly boot: BootId
    readonly random: Random
  }) {
    const { factory, self, boot, random } = options
    this.#shelf = new DocumentShelf({ factory, actor: `${self} ${boot}` })
    const complain = (of: NodeId, what: string, why: string) => this.#complain(of, what, why)
    this.#exchange = new DocumentExchange({ shelf: this.#shelf, random, complain })
  }

  /** At start, once: the names of all logs that there are. What must be read comes out as loads. */
  listed(logs: Iterable<string>): void {
    this.#shelf.listed(logs)
  }

  /** The content of a log that was asked for. */
  recover(log: string, content: string): void {
    this.#shelf.recover(log, content)
    if (this.#shelf.takeOpened().length > 0) this.#exchange.onOpened(this.#nowMs)
  }

  /** Whether logs of the start are being read: what was written before is not all known yet. */
  get isLoading(): boolean {
    return this.#shelf.isStarting
  }

  /** The document when it is in memory. */
  get(id: string): ReplicatedDocument | undefined {
    return this.#shelf.get(id)?.document
  }

  /** All documents, also those that are not in memory. */
  ids(): IterableIterator<string> {
    return this.#shelf.ids()
  }

  /** The documents in memory. */
  openIds(): IterableIterator<string> {
    return this.#shelf.openIds()
  }

  /** The documents in memory, each with what its log takes. */
  sizes(): { readonly id: string; readonly bytes: number }[] {
    return [...this.#shelf.openIds()].map((id) => {
      const key = documentKey(id, this.#shelf.generationOf(id) ?? 0)
      return { id, bytes: this.#shelf.logs.bytesOf(key) }
    })
  }

  /** Documents of which a peer is known to have more than we do, and since when the oldest of them is. */
  behind(): { readonly documents: number; readonly sinceMs: number | null } {
    return this.#exchange.behind()
  }

  /** Whether a document of this name exists, in memory or not. */
  has(id: string): boolean {
    return this.#shelf.generationOf(id) !== undefined
  }

  /** Has a closed document read back; its keys come out as changed. */
  want(id: string): void {
    this.#shelf.want(id)
  }

  /** Asks a peer for what it has of a document in memory: others are known to have more. */
  fetch(id: string): void {
    this.#exchange.fetch(id, this.#nowMs)
  }

  /** One change, in the log and on its way with the next effects; also to a document that is not in memory. */
  put(id: string, writes: readonly Write[], atMs: number): void {
    const made = this.#shelf.put(id, writes, atMs)
    if (made === null) return
    const changes = this.#gossip.get(made.key) ?? []
    changes.push(made.change)
    this.#gossip.set(made.key, changes)
  }

  /**
   * Frees a document's memory until it is wanted, written or found different from a peer's. False while a
   * peer is talked to about it: to be asked again later.
   */
  close(id: string): boolean {
    return !this.#exchange.isTalkedAbout(id) && this.#shelf.close(id)
  }

  /** Drops all buckets of hours before this one (`runs/2026-11-21T22`), and refuses them from then on. */
  dropBefore(group: string): void {
    this.#shelf.raiseFloor(group)
  }

  onPeerUp(peer: NodeId, nowMs: number): void {
    this.#nowMs = nowMs
    this.#exchange.onPeerUp(peer, nowMs)
  }

  onPeerDown(peer: NodeId): void {
    this.#exchange.onPeerDown(peer)
  }

  onMessage(from: NodeId, message: DocumentMessage, nowMs: number): void {
    this.#nowMs = nowMs
    const parsed = parseDocumentMessage(message)
    if (parsed === null) this.#complain(from, 'a message', MALFORMED)
    else this.#exchange.onMessage(from, parsed, nowMs)
  }

  onGossip(from: NodeId, gossip: DocumentGossip, nowMs: number): void {
    this.#nowMs = nowMs
    const parsed = parseDocumentGossip(gossip)
    if (parsed === null) this.#complain(from, 'gossip', MALFORMED)
    for (const item of parsed?.documents ?? []) this.#takeGossip(from, item, nowMs)
  }

  onTick(nowMs: number): void {
    this.#nowMs = nowMs
    this.#exchange.onTick(nowMs)
  }

  takeEffects(): DocumentEffects {
    const gossips = this.#takeGossips()
    const { store, reports } = this.#shelf.logs.takeEffects()
    return {
      store,
      loads: this.#shelf.loads.take(),
      sends: this.#exchange.takeSends(),
      gossips,
      changed: this.#shelf.takeChanged(),
      reports,
    }
  }

  #takeGossip(from: NodeId, item: DocumentGossip['documents'][number], nowMs: number): void {
    const open = item.changes.length === 0 ? 'loading' : this.#shelf.ensure(item.document)
    if (typeof open !== 'string') {
      const changes = item.changes.map((text) => fromBase64(text)).filter((bytes) => bytes !== null)
      const { refused } = this.#shelf.apply(open, changes)
      if (refused.length + item.changes.length - changes.length > 0)
        this.#complain(from, `a change of document "${item.document}"`, refused[0] ?? MALFORMED)
    }
    this.#exchange.note(from, { key: item.document, heads: item.heads }, nowMs)
  }

  /** The changes of one step in as few messages as fit; what fits in none is announced. */
  #takeGossips(): DocumentGossip[] {
    const gossips: DocumentGossip[] = []
    let documents: DocumentGossip['documents'][number][] = []
    let length = 0
    for (const [key, changes] of this.#gossip) {
      const item = this.#gossipItem(key, changes)
      const itemLength = item.changes.reduce((sum, text) => sum + text.length, item.heads.length)
      if (documents.length > 0 && length + itemLength > documentLimits.gossipBytes) {
        gossips.push({ kind: 'document-changes', documents })
        documents = []
        length = 0
      }
      documents.push(item)
      length += itemLength
    }
    if (documents.length > 0) gossips.push({ kind: 'document-changes', documents })
    this.#gossip = new Map()
    return gossips
  }

  #gossipItem(key: string, changes: readonly Uint8Array[]): DocumentGossip['documents'][number] {
    const mine = this.#shelf.heads.documentOf(parseDocumentKey(key)!.name)
    const heads = mine?.heads ?? ''
    // Re-based since: there is a new generation to be fetched.
    if (mine !== undefined && mine.key !== key) return { document: mine.key, changes: [], heads }
    const texts = changes.map((change) => toBase64(change))
    const isTooLong = texts.reduce((sum, text) => sum + text.length, 0) > documentLimits.gossipBytes
    return { document: key, changes: isTooLong ? [] : texts, heads }
  }

  /** Says it once in a while for each peer: what sends one malformed message sends a thousand. */
  #complain(of: NodeId, what: string, why: string): void {
    const sinceMs = this.#nowMs - (this.#complaints.get(of) ?? -Infinity)
    if (sinceMs < documentLimits.complainEveryMs) return
    this.#complaints.delete(of)
    this.#complaints.set(of, this.#nowMs)
    if (this.#complaints.size > documentLimits.complainedOf) this.#complaints.clear()
    this.#shelf.logs.report({
      level: 'warn',
      text: `Cannot take ${what} from agent "${of}": ${why}, expected what this version of hocket sends`,
      facts: { from: of },
    })
  }
}

const MALFORMED = 'it is malformed'
