// Parsing is the dear part of a definition, and it depends on nothing but the text, the
// file's name, the node that dropped it and what MASTER defines: the last results are kept
// by these, so that a text is parsed once per node however often it is asked for.

import { contentHash } from '../base/hash.ts'
import { category as toCategory, type Category } from '../base/ids.ts'
import { catalogLimits } from '../base/document-limits.ts'
import type { CategorySource, ParsedCategory } from '../definition/parse-category.ts'
import type { MasterScope } from '../definition/scope.ts'

export type Parse = (source: CategorySource) => ParsedCategory

export type TextSource = {
  readonly category: Category
  readonly fileName: string
  readonly text: string
  /** Of the agent that brought it. */
  readonly nodeName: string
  readonly timeZone: string
}

/** What MASTER defines, under the name of the text that it comes from. */
export type Master = { readonly key: string; readonly scope: MasterScope | null }

/** Nothing is defined for all; so it is for MASTER itself. */
export const noMaster: Master = { key: '', scope: null }

/** Its nodes, pools, context and time zone are seen by all categories. */
export const masterCategory = toCategory('MASTER')

export type Parsed = {
  readonly key: string
  readonly parsed: ParsedCategory
}

export class ParseCache {
  readonly #parse: Parse
  /** By category and use, the oldest first. */
  readonly #results = new Map<string, Parsed>()

  constructor(parse: Parse) {
    this.#parse = parse
  }

  parse(source: TextSource, master: Master): Parsed {
    const { category, fileName, text, nodeName, timeZone } = source
    const key = [category, fileName, nodeName, timeZone, contentHash(text), master.key].join('/')
    const known = this.#results.get(key)
    this.#results.delete(key)
    const result = known ?? {
      key,
      parsed: this.#parse({
        category,
        fileName,
        text,
        droppedBy: { nodeName, timeZone },
        master: master.scope,
      }),
    }
    this.#results.set(key, result)
    if (this.#results.size > catalogLimits.parsesKept)
      for (const oldest of this.#results.keys()) {
        this.#results.delete(oldest)
        break
      }
    return result
  }
}
