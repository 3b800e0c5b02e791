// The logs of documents: one per document and generation, whose lines are changes
// `{c: base64}` or whole documents `{s: base64}`, and one index of those that are closed,
// so that a start does not have to read them. Lines of one step leave together.

import { fromBase64, toBase64 } from '../base/base64.ts'
import type { Report, StoreEffect } from '../base/effect.ts'
import { Journal } from '../base/journal.ts'
import { documentLimits } from '../base/document-limits.ts'
import { encodeLine, recoverLines } from '../base/log-lines.ts'
import { documentKey, documentLog, type DocumentKey } from './document-key.ts'

/** The log that names the closed documents. */
export const INDEX_LOG = 'document/index'

/** What a log still holds. */
export type SavedDocument = {
  readonly key: string
  readonly generation: number
  readonly chunks: readonly Uint8Array[]
  readonly isDamaged: boolean
  readonly logBytes: number
}

type ClosedLine = { readonly key: string; readonly heads: string }

export class DocumentLogs {
  readonly #index = new Journal(INDEX_LOG)
  readonly #sizes = new Map<string, { appendedBytes: number; savedBytes: number }>()
  #lines = new Map<string, string[]>()
  #effects: StoreEffect[] = []
  #reports: Report[] = []

  /** The closed documents that the index names. */
  restoreIndex(content: string): ReadonlyMap<string, ClosedLine> {
    // What a damaged index does not say is read from the documents themselves.
    if (!this.#index.restore(content)) this.#effects.push({ kind: 'rewrite', log: INDEX_LOG, lines: '' })
    this.#effects.push(...this.#index.takeEffects())
    return new Map([...this.#index.under('')].map(([name, line]) => [name, line as ClosedLine]))
  }

  /** What the content of a document's log says; a torn end is cut off, and damage is reported. */
  restore(of: DocumentKey, content: string): SavedDocument {
    const key = documentKey(of.name, of.generation)
    const log = documentLog(key)
    const recovery = recoverLines(content)
    const logBytes = this.#cutTornEnd(log, recovery)
    const chunks: Uint8Array[] = []
    let isDamaged = recovery.kind === 'damaged'
    for (const record of recovery.records) {
      const { c, s } = record as { readonly c?: string; readonly s?: string }
      const bytes = fromBase64(s ?? c ?? '')
      if (bytes === null || bytes.length === 0) isDamaged = true
      else chunks.push(bytes)
    }
    this.#sizes.set(log, { appendedBytes: 0, savedBytes: logBytes })
    if (isDamaged)
      this.#reports.push({
        kind: 'report',
        level: 'error',
        text: `Cannot read log "${log}" to its end: a line is damaged, expected one whose checksum is right; what came before it is kept, and the rest is fetched from other agents`,
        facts: { log, linesKept: chunks.length, bytesKept: logBytes },
      })
    return { key, generation: of.generation, chunks, isDamaged, logBytes }
  }

  append(key: string, changes: readonly Uint8Array[]): void {
    const log = documentLog(key)
    const lines = this.#lines.get(log) ?? []
    const size = this.#sizeOf(log)
    for (const change of changes) {
      const line = encodeLine({ c: toBase64(change) })
      size.appendedBytes += line.length
      lines.push(line)
    }
    this.#lines.set(log, lines)
  }

  /** Whether the log is worth writing anew. */
  isLong(key: string): boolean {
    const { appendedBytes, savedBytes } = this.#sizeOf(documentLog(key))
    return appendedBytes > documentLimits.logSlackBytes + documentLimits.logFactor * savedBytes
  }

  /** What a document that is in memory takes on disk. */
  bytesOf(key: string): number {
    const size = this.#sizes.get(documentLog(key))
    return size === undefined ? 0 : size.appendedBytes + size.savedBytes
  }

  /** Whether lines were appended since the log was written anew or read. */
  hasAppended(key: string): boolean {
    return this.#sizeOf(documentLog(key)).appendedBytes > 0
  }

  rewrite(key: string, saved: Uint8Array): void {
    const log = documentLog(key)
    const lines = encodeLine({ s: toBase64(saved) })
    this.#lines.delete(log)
    this.#effects.push({ kind: 'rewrite', log, lines })
    this.#sizes.set(log, { appendedBytes: 0, savedBytes: lines.length })
  }

  remove(key: string): void {
    const log = documentLog(key)
    this.#lines.delete(log)
    this.#sizes.delete(log)
    this.#effects.push({ kind: 'remove', log })
  }

  /** From here on a start need not read this document, until it is opened again. */
  markClosed(name: string, closed: ClosedLine): void {
    this.#flushLines()
    this.#index.put(name, closed)
    this.#effects.push(...this.#index.takeEffects())
    this.#sizes.delete(documentLog(closed.key))
  }

  /** Before anything is appended to it again. */
  markOpen(name: string): void {
    this.#index.delete(name)
    this.#effects.push(...this.#index.takeEffects())
  }

  takeEffects(): { readonly store: StoreEffect[]; readonly reports: Report[] } {
    this.#flushLines()
    const taken = { store: this.#effects, reports: this.#reports }
    this.#effects = []
    this.#reports = []
    return taken
  }

  report(report: Omit<Report, 'kind'>): void {
    this.#reports.push({ kind: 'report', ...report })
  }

  #cutTornEnd(log: string, recovery: ReturnType<typeof recoverLines>): number {
    if (recovery.kind === 'damaged') return recovery.atByte
    if (recovery.kind === 'torn')
      this.#effects.push({ kind: 'truncate', log, lengthBytes: recovery.lengthBytes })
    return recovery.lengthBytes
  }

  #sizeOf(log: string): { appendedBytes: number; savedBytes: number } {
    const known = this.#sizes.get(log) ?? { appendedBytes: 0, savedBytes: 0 }
    this.#sizes.set(log, known)
    return known
  }

  #flushLines(): void {
    for (const [log, lines] of this.#lines)
      if (lines.length > 0) this.#effects.push({ kind: 'persist', log, lines: lines.join('') })
    this.#lines = new Map()
  }
}
