// Where records stand: which document a record of ours is written to, which documents stay
// in memory, and which are dropped. A record stays where it was written first, so that its
// key never stands in two documents; the hour of a document is the hour of that writing,
// and not of the slot, so that what is caught up late does not open old documents again.

import { ledgerLimits } from '../base/document-limits.ts'
import type { Documents } from '../catalog/documents.ts'
import { bucketOf, hourOf, hourOfDocument } from './bucket.ts'

/** An entry of ours; open ones will be written again. */
export type PlacedEntry = { readonly key: string; readonly isOpen: boolean }

/** What is known of one document in memory: our own keys in it, and those of runs that are not over. */
type Known = { readonly keys: Set<string>; readonly running: Set<string> }

export class RecordPlaces {
  readonly #documents: Documents
  readonly #placeOf = new Map<string, string>()
  readonly #known = new Map<string, Known>()
  /** The part of an hour that new records go to. */
  readonly #part = { hour: '', part: 0 }
  /** Closed documents that are still to be read for the index, the newest last; null before the first tick. */
  #toRead: string[] | null = null

  constructor(documents: Documents) {
    this.#documents = documents
  }

  /** The document of a record of ours, new or known. */
  placeFor(entry: PlacedEntry, atMs: number): string {
    const id = this.#placeOf.get(entry.key) ?? this.#placeForNew(hourOf(atMs))
    this.seen(id, entry)
    return id
  }

  /** A record of ours stands in this document. */
  seen(id: string, { key, isOpen }: PlacedEntry): void {
    const known = this.#known.get(id) ?? { keys: new Set(), running: new Set() }
    this.#known.set(id, known)
    known.keys.add(key)
    if (isOpen) known.running.add(key)
    else known.running.delete(key)
    this.#placeOf.set(key, id)
  }

  /** Drops the documents that were written before this instant, whole: nobody asked to keep anything of them. */
  dropBefore(instantMs: number): void {
    this.#documents.dropBefore(hourOf(instantMs))
  }

  /** Closes what is old and at rest. */
  onTick(atMs: number): void {
    const closeBefore = hourOf(atMs - ledgerLimits.closeAfterMs)
    for (const id of this.#documents.openIds()) {
      const hour = hourOfDocument(id)
      if (hour === null || hour >= closeBefore) continue
      // A run that is not over will be written again: its document waits for it.
      if ((this.#known.get(id)?.running.size ?? 0) > 0 || !this.#documents.close(id)) continue
      for (const key of this.#known.get(id)?.keys ?? []) this.#placeOf.delete(key)
      this.#known.delete(id)
    }
  }

  /**
   * After a start: has the newest closed documents read for the index, a few at each tick, for as long as the index
   * wants more.
   */
  readHistory(wantsMore: boolean): void {
    if (this.#documents.isLoading) return
    this.#toRead ??= [...this.#documents.ids()]
      .filter((id) => hourOfDocument(id) !== null && this.#documents.get(id) === undefined)
      .sort(byHourAndPart)
    if (!wantsMore) this.#toRead = []
    for (let i = 0; i < ledgerLimits.readAtOnce && this.#toRead.length > 0; i++)
      this.#documents.want(this.#toRead.pop()!)
  }

  #placeForNew(hour: string): string {
    if (this.#part.hour !== hour) Object.assign(this.#part, { hour, part: 0 })
    while (this.#isFull(bucketOf(hour, this.#part.part))) this.#part.part++
    return bucketOf(hour, this.#part.part)
  }

  /** One that exists but is not in memory counts as full: it is an old one. */
  #isFull(id: string): boolean {
    const document = this.#documents.get(id)
    if (document === undefined) return this.#documents.has(id)
    return document.size >= ledgerLimits.recordsPerPart
  }
}

function byHourAndPart(left: string, right: string): number {
  const [leftHour, rightHour] = [hourOfDocument(left)!, hourOfDocument(right)!]
  if (leftHour !== rightHour) return leftHour < rightHour ? -1 : 1
  return Number(left.slice(leftHour.length + 1)) - Number(right.slice(rightHour.length + 1))
}
