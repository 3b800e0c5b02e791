// Which documents there are and at which heads, hashed by group and over all, so that two
// agents find what differs between them in a few short messages.

import { contentHash } from '../base/hash.ts'
import { groupOf } from './document-key.ts'

type Known = { readonly key: string; readonly heads: () => string }

export class HeadsIndex {
  readonly #groups = new Map<string, { readonly documents: Map<string, Known>; hash: string | null }>()
  #all: string | null = null

  /** The document is there; its heads are asked for when they are needed. */
  set(name: string, known: Known): void {
    const group = groupOf(name)
    const entry = this.#groups.get(group) ?? { documents: new Map<string, Known>(), hash: null }
    entry.documents.set(name, known)
    entry.hash = null
    this.#all = null
    this.#groups.set(group, entry)
  }

  delete(name: string): void {
    const group = groupOf(name)
    const entry = this.#groups.get(group)
    if (entry === undefined) return
    entry.documents.delete(name)
    entry.hash = null
    this.#all = null
    if (entry.documents.size === 0) this.#groups.delete(group)
  }

  groups(): IterableIterator<string> {
    return this.#groups.keys()
  }

  groupHash(group: string): string | undefined {
    const entry = this.#groups.get(group)
    if (entry === undefined) return undefined
    entry.hash ??= contentHash(
      [...entry.documents.values()]
        .map(({ key, heads }) => `${key}=${heads()}`)
        .sort()
        .join('\n'),
    )
    return entry.hash
  }

  allHash(): string {
    this.#all ??= contentHash(
      [...this.#groups.keys()]
        .map((group) => `${group}=${this.groupHash(group)}`)
        .sort()
        .join('\n'),
    )
    return this.#all
  }

  headsOf(name: string): string | undefined {
    return this.#groups.get(groupOf(name))?.documents.get(name)?.heads()
  }

  documentOf(
    name: string,
  ): { readonly group: string; readonly key: string; readonly heads: string } | undefined {
    const group = groupOf(name)
    const known = this.#groups.get(group)?.documents.get(name)
    return known === undefined ? undefined : { group, key: known.key, heads: known.heads() }
  }

  /** Keys and heads of a group's documents. */
  documentsOf(group: string): [key: string, heads: string][] {
    const documents = this.#groups.get(group)?.documents.values() ?? []
    return [...documents].map(({ key, heads }) => [key, heads()])
  }
}
