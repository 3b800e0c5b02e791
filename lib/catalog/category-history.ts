// What a category's document says: its revisions in order, the current one, those beside
// its line, overrides; and the writes that add a revision and prune what is too old. Every
// node with the same document reads the same.

import { contentHash } from '../base/hash.ts'
import { catalogLimits } from '../base/document-limits.ts'
import { jsonValue } from '../base/json-value.ts'
import { compareRevisions, revisionCounter } from '../base/revision.ts'
import type { ReplicatedDocument, Write } from './document.ts'
import {
  overrideKey,
  parseCategoryKey,
  pastKey,
  revisionIdOf,
  revisionKey,
  textKey,
  type Author,
  type Lives,
  type Override,
  type Revision,
  type RevisionRecord,
} from './revision-record.ts'

/** What a new revision is made of; parent, counter and what it knows follow from the history. */
export type Edit = {
  readonly author: Author
  readonly atMs: number
  readonly state: 'present' | 'deleted'
  readonly fileName: string
  /** Null: the text of the current revision, or none when the category is deleted. */
  readonly text: string | null
  readonly resolves: readonly string[]
  /** Who brought the text first, when it is an old one that is brought again. */
  readonly broughtBy?: Author
  readonly lives: (counter: number) => Lives
}

/** What is read of a category's document. */
export type HistorySource = Pick<ReplicatedDocument, 'get' | 'keys'>

/** The document as it would be with these writes. */
export function overlaid(document: HistorySource | undefined, writes: readonly Write[]): HistorySource {
  const written = new Map(writes)
  return {
    get: (key) => (written.has(key) ? (written.get(key) ?? undefined) : document?.get(key)),
    *keys() {
      for (const key of document?.keys() ?? []) if (!written.has(key)) yield key
      for (const [key, value] of written) if (value !== null) yield key
    },
  }
}

export class CategoryHistory {
  readonly #document: HistorySource | undefined
  /** The newest first. */
  readonly revisions: readonly Revision[]
  readonly overrides: ReadonlyMap<string, Override>
  readonly #pastHashes: readonly string[]

  constructor(document: HistorySource | undefined) {
    this.#document = document
    const revisions: Revision[] = []
    const overrides = new Map<string, Override>()
    const pastHashes: string[] = []
    for (const key of document?.keys() ?? []) {
      const parsed = parseCategoryKey(key)
      if (parsed?.kind === 'past') pastHashes.push(parsed.textHash)
      if (parsed?.kind === 'revision') {
        const record = jsonValue(document!.get(key)!) as RevisionRecord | null
        if (record !== null) revisions.push({ ...record, id: parsed.id })
      } else if (parsed?.kind === 'override') {
        const override = jsonValue(document!.get(key)!) as Override | null
        const known = overrides.get(parsed.job)
        if (
          override !== null &&
          (known === undefined || compareRevisions(known.revision, override.revision) < 0)
        )
          overrides.set(parsed.job, override)
      }
    }
    this.revisions = revisions.sort((a, b) => compareRevisions(b.id, a.id))
    this.overrides = overrides
    this.#pastHashes = pastHashes
  }

  get current(): Revision | undefined {
    return this.revisions[0]
  }

  find(id: string): Revision | undefined {
    return this.revisions.find((revision) => revision.id === id)
  }

  /** By its whole name, or by its counter when only one revision has it. */
  named(name: string): Revision | undefined {
    const whole = this.find(name)
    if (whole !== undefined || !/^\d+$/.test(name)) return whole
    const counted = this.revisions.filter(({ id }) => revisionCounter(id) === Number(name))
    return counted.length === 1 ? counted[0] : undefined
  }

  /** Undefined when it was pruned, or has not come yet. */
  textOf(revision: Revision): string | undefined {
    return this.#document?.get(textKey(revision.textOf ?? revision.id))
  }

  /** The revision that brought the text: whose file it is. */
  sourceOf(revision: Revision): Revision {
    return (revision.textOf === null ? undefined : this.find(revision.textOf)) ?? revision
  }

  /** Whose text it is: who dropped or sent it first, however often it was brought again. */
  bringerOf(revision: Revision): Author {
    const source = this.sourceOf(revision)
    return source.broughtBy ?? source.author
  }

  /** Whether the category had this text before what it has now. */
  isPast(text: string): boolean {
    const hash = contentHash(text)
    const { current } = this
    if (current?.state === 'present' && current.textHash === hash) return false
    return this.#pastHashes.includes(hash) || this.revisions.some((revision) => revision.textHash === hash)
  }

  /** The current revision and those that it grew out of. */
  line(): ReadonlySet<string> {
    const line = new Set<string>()
    for (let revision = this.current; revision !== undefined; revision = this.find(revision.parent))
      line.add(revision.id)
    return line
  }

  /** Revisions beside the line of which no revision on the line knew. */
  strangers(): readonly Revision[] {
    const line = this.line()
    const known = new Set(this.revisions.filter(({ id }) => line.has(id)).flatMap(({ knows }) => knows))
    return this.revisions.filter(({ id }) => !line.has(id) && !known.has(id))
  }

  /** Last edits beside the line that say something else than the current one, and that nobody settled. */
  conflicts(): readonly Revision[] {
    const { current } = this
    if (current === undefined) return []
    const line = this.line()
    const settled = new Set(this.revisions.flatMap(({ parent, resolves }) => [parent, ...resolves]))
    return this.revisions.filter(
      (revision) =>
        !line.has(revision.id) &&
        !settled.has(revision.id) &&
        (revision.textHash !== current.textHash || revision.state !== current.state),
    )
  }

  /** The writes of one more revision, and its name. */
  write(edit: Edit): { readonly id: string; readonly writes: readonly Write[] } {
    const { current } = this
    const counter = revisionCounter(current?.id ?? '') + 1
    const line = this.line()
    const text = edit.state === 'deleted' ? null : (edit.text ?? this.#textAgain(counter))
    const isReused = edit.state === 'present' && text === null
    const isAgain = edit.text === null && text !== null
    const broughtBy = isAgain ? this.bringerOf(current!) : edit.broughtBy
    const record: RevisionRecord = {
      counter,
      author: edit.author,
      atMs: edit.atMs,
      parent: current?.id ?? '',
      knows: this.revisions.filter(({ id }) => !line.has(id)).map(({ id }) => id),
      resolves: edit.resolves,
      state: edit.state,
      fileName: edit.fileName,
      textHash: isReused ? current!.textHash : text === null ? '' : contentHash(text),
      textOf: isReused ? this.sourceOf(current!).id : null,
      lives: edit.lives(counter),
      ...(broughtBy !== undefined && { broughtBy }),
    }
    const id = revisionIdOf(record)
    const writes: Write[] = [[revisionKey(id), JSON.stringify(record)]]
    if (text !== null) writes.push([textKey(id), text])
    return { id, writes: [...writes, ...this.#prune({ ...record, id }, text?.length ?? 0)] }
  }

  overrideWrite(job: string, override: Override): Write {
    return [overrideKey(job, override.author.node), JSON.stringify(override)]
  }

  /**
   * A revision that only changes overrides reuses its parent's text, but brings it anew when it is a while old: a
   * node that was cut off and made twenty edits meanwhile may have pruned the old one.
   */
  #textAgain(counter: number): string | null {
    const { current } = this
    if (current?.state !== 'present') return null
    const isOld = counter - this.sourceOf(current).counter >= catalogLimits.revisions / 2
    return isOld || this.textOf(current) === undefined ? (this.textOf(current) ?? null) : null
  }

  #prune(added: Revision, textLength: number): Write[] {
    const kept = [added]
    let length = textLength
    for (const revision of this.revisions) {
      length += revision.textOf === null ? (this.textOf(revision)?.length ?? 0) : 0
      const isTooLong = length > catalogLimits.textsLength && kept.length >= catalogLimits.revisionsLeast
      if (kept.length >= catalogLimits.revisions || isTooLong) break
      kept.push(revision)
    }
    const keptIds = new Set(kept.flatMap(({ id, textOf }) => [id, textOf ?? id]))
    const gone = this.revisions.filter(({ id }) => !keptIds.has(id))
    const counters = new Map(
      this.#pastHashes.map((hash) => [hash, Number(this.#document?.get(pastKey(hash)))]),
    )
    for (const { textHash, counter } of gone)
      if (textHash !== '') counters.set(textHash, Math.max(counter, counters.get(textHash) ?? 0))
    const past = [...counters].sort(([, a], [, b]) => b - a)
    return [
      ...gone.flatMap(({ id }): Write[] => [
        [revisionKey(id), null],
        [textKey(id), null],
      ]),
      ...past.map(([hash, counter], at): Write => [
        pastKey(hash),
        at < catalogLimits.pastTexts ? String(counter) : null,
      ]),
    ]
  }
}
