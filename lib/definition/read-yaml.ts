// YAML 1.2 text (JSON is a part of it) to located values. Aliases and merge keys are written out,
// within a bound; keys given twice, tags and keys that are no text are problems with their place.

import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Pair, ParsedNode, Scalar, YAMLMap, YAMLError } from 'yaml'
import { definitionLimits } from '../base/limits.ts'
import { sayDoubleKey } from './double-key.ts'
import type { Located, LocatedEntry, LocatedScalar } from './located.ts'
import { readBlockYaml } from './read-block-yaml.ts'
import type { ProblemList } from './problem-list.ts'

/** Null when the text cannot be read; the problems say why. An empty text is an empty map. */
export function readYaml(text: string, problems: ProblemList): Located | null {
  const quick = text.length > definitionLimits.quickLength ? readBlockYaml(text) : null
  return quick ?? readAnyYaml(text, problems)
}

/** By the library, whatever the text. */
export function readAnyYaml(text: string, problems: ProblemList): Located | null {
  const document = parsed(text, problems)
  if (document === null) return null
  for (const error of document.errors) problems.error({ offset: error.pos[0], ...yamlFault(error) })
  if (problems.hasErrors) return null
  const nothing: Located = { kind: 'map', offset: 0, entries: new Map() }
  if (document.contents === null) return nothing
  const converter = new Converter(document, problems)
  const root = converter.convert(document.contents, 0)
  if (problems.hasErrors) return null
  return root.kind === 'scalar' && root.value === null ? nothing : root
}

function parsed(text: string, problems: ProblemList): Document.Parsed | null {
  try {
    return parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error', version: '1.2' })
  } catch (error) {
    // The library follows nesting by recursion: the only error that it throws is a stack that ran out.
    if (!(error instanceof RangeError)) throw error
    problems.error({ offset: 0, message: tooDeep })
    return null
  }
}

const tooDeep = `Cannot read file: its values are nested deeper than ${definitionLimits.depth} levels, expected less`

function yamlFault(error: YAMLError): { message: string; hint: string } {
  const what = error.message.replace(/\s+/g, ' ').trim()
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'Cannot read YAML: a tab indents this line, expected spaces', hint: '' }
    case 'MULTIPLE_DOCS':
      return {
        message: 'Cannot read YAML: a second document begins here, expected one',
        hint: 'put it in a file of its own',
      }
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: `Cannot read YAML: ${what}`,
        hint: 'text with ": " or " #" in it needs quotes; lists and maps of one level begin in one column',
      }
    default:
      return { message: `Cannot read YAML: ${what}`, hint: '' }
  }
}

class Converter {
  readonly #document: Document.Parsed
  readonly #problems: ProblemList
  #valueCount = 0

  constructor(document: Document.Parsed, problems: ProblemList) {
    this.#document = document
    this.#problems = problems
  }

  convert(node: unknown, depth: number): Located {
    const offset = (node as ParsedNode | null)?.range?.[0] ?? 0
    if (++this.#valueCount > definitionLimits.values || depth > definitionLimits.depth)
      return this.#refuse(offset, depth)
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      if (target !== undefined) return this.convert(target, depth + 1)
      this.#problems.error({
        offset,
        message: `Cannot read alias "*${node.source}": no anchor before it has this name, expected &${node.source}`,
      })
      return emptyAt(offset)
    }
    if (isSeq(node)) {
      this.#checkTag(node.tag, 'seq', offset)
      return { kind: 'list', offset, items: node.items.map((item) => this.convert(item, depth + 1)) }
    }
    if (isMap(node)) {
      this.#checkTag(node.tag, 'map', offset)
      return { kind: 'map', offset, entries: this.#entries(node, depth) }
    }
    return isScalar(node) ? this.#scalar(node, offset) : emptyAt(offset)
  }

  #scalar(node: Scalar, offset: number): LocatedScalar {
    this.#checkTag(node.tag, null, offset)
    const value = node.value
    const isKnown = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    return { kind: 'scalar', offset, value: isKnown ? value : null, source: node.source ?? '' }
  }

  #entries(map: YAMLMap, depth: number): ReadonlyMap<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>()
    const merged: LocatedEntry[] = []
    for (const pair of map.items) {
      const key = this.#key(pair)
      if (key === null) continue
      const entry = { keyOffset: key.offset, value: this.convert(pair.value, depth + 1) }
      const first = entries.get(key.source)
      if (key.source === '<<' && key.value === '<<') merged.push(entry)
      else if (first === undefined) entries.set(key.source, entry)
      else sayDoubleKey(key.source, { first, second: entry }, this.#problems)
    }
    for (const entry of merged) this.#merge(entry, entries)
    return entries
  }

  #key(pair: Pair): LocatedScalar | null {
    const node = isAlias(pair.key) ? pair.key.resolve(this.#document) : pair.key
    const offset = (pair.key as ParsedNode | null)?.range?.[0] ?? 0
    if (isScalar(node) && node.value !== null) return this.#scalar(node, offset)
    this.#problems.error({ offset, message: 'Cannot read key: it is no text, expected a name' })
    return null
  }

  /** YAML's merge key: what the map says itself, or an earlier merge said, stands. */
  #merge(entry: LocatedEntry, entries: Map<string, LocatedEntry>): void {
    const sources = entry.value.kind === 'list' ? entry.value.items : [entry.value]
    for (const source of sources) {
      if (source.kind !== 'map') {
        this.#problems.error({
          offset: entry.keyOffset,
          message: 'Cannot merge with "<<": its value is no map, expected an alias of a map',
        })
        return
      }
      for (const [key, value] of source.entries) if (!entries.has(key)) entries.set(key, value)
    }
  }

  #checkTag(tag: string | undefined, plain: string | null, offset: number): void {
    if (tag === undefined || tag === `tag:yaml.org,2002:${plain}`) return
    if (plain === null && tag.startsWith('tag:yaml.org,2002:')) return
    this.#problems.error({
      offset,
      message: `Cannot read tag "${tag}": tags have no meaning here, expected none`,
      hint: 'Tron itself dropped them in 0.5: write plain maps and lists, and names in place of aliases',
    })
  }

  #refuse(offset: number, depth: number): Located {
    if (depth > definitionLimits.depth) this.#problems.error({ offset, message: tooDeep })
    else if (this.#valueCount === definitionLimits.values + 1)
      this.#problems.error({
        offset,
        message: `Cannot read file: with its aliases written out it has more than ${definitionLimits.values} values, expected less`,
      })
    return emptyAt(offset)
  }
}

function emptyAt(offset: number): LocatedScalar {
  return { kind: 'scalar', offset, value: null, source: '' }
}
