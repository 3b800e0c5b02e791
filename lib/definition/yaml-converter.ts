// The library's YAML nodes to located values. Aliases and merge keys are written out, each target
// once and then shared, and what they would grow to is counted before anybody walks it. Keys given
// twice, tags and keys that are no text are problems with their place.

import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar, type YAMLMap } from 'yaml'
import { definitionLimits } from '../base/limits.ts'
import { sayDoubleKey } from './double-key.ts'
import type { Located, LocatedEntry, LocatedMap, LocatedScalar } from './located.ts'
import type { ProblemList } from './problem-list.ts'

export const tooDeep = `Cannot read file: its values are nested deeper than ${definitionLimits.depth} levels, expected less`
const tooMany = `Cannot read file: with its aliases written out it has more than ${definitionLimits.values} values, expected less`

/** Of a value with all that is in it: how many values, and how many levels. */
type Measure = { readonly count: number; readonly height: number }

const one: Measure = { count: 1, height: 0 }

export class YamlConverter {
  readonly #problems: ProblemList
  readonly #measures = new WeakMap<Located, Measure>()
  /** What stands under each anchor so far; null while its own value is being read. */
  readonly #anchors = new Map<string, Located | null>()

  constructor(problems: ProblemList) {
    this.#problems = problems
  }

  convert(node: unknown, depth: number): Located {
    const offset = offsetOfNode(node)
    if (depth > definitionLimits.depth) return this.#refuse(offset, tooDeep)
    if (isAlias(node)) return this.#alias(node.source, offset, depth)
    const anchor = isSeq(node) || isMap(node) || isScalar(node) ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, null)
    const located = this.#value(node, offset, depth)
    if (anchor !== undefined) this.#anchors.set(anchor, located)
    return located
  }

  #value(node: unknown, offset: number, depth: number): Located {
    if (isSeq(node)) {
      this.#checkTag(node.tag, 'seq', offset)
      const items = node.items.map((item) => this.convert(item, depth + 1))
      return this.#measured({ kind: 'list', offset, items }, items)
    }
    if (!isMap(node)) return isScalar(node) ? this.#scalar(node, offset) : emptyAt(offset)
    this.#checkTag(node.tag, 'map', offset)
    const map: LocatedMap = { kind: 'map', offset, entries: this.#entries(node, depth) }
    return this.#measured(
      map,
      Array.from(map.entries.values(), ({ value }) => value),
    )
  }

  #alias(name: string, offset: number, depth: number): Located {
    const target = this.#anchors.get(name)
    if (target === undefined || target === null) {
      const what = target === null ? 'it stands within what it names' : 'no anchor before it has this name'
      const message = `Cannot read alias "*${name}": ${what}, expected ${target === null ? 'another' : `&${name}`}`
      return this.#refuse(offset, message)
    }
    return depth + this.#measureOf(target).height > definitionLimits.depth
      ? this.#refuse(offset, tooDeep)
      : target
  }

  /** Counted before it is used: an alias bomb ends here, at the level where it grows too large. */
  #measured(located: Located, children: readonly Located[]): Located {
    let count = 1
    let height = 0
    for (const child of children) {
      const measure = this.#measureOf(child)
      count += measure.count
      height = Math.max(height, measure.height + 1)
    }
    if (count > definitionLimits.values) return this.#refuse(located.offset, tooMany)
    this.#measures.set(located, { count, height })
    return located
  }

  #measureOf(located: Located): Measure {
    return this.#measures.get(located) ?? one
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
    const located = this.convert(pair.key, definitionLimits.depth)
    if (located.kind === 'scalar' && located.value !== null) return located
    const message = 'Cannot read key: it is no text, expected a name'
    this.#problems.error({ offset: offsetOfNode(pair.key), message })
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

  #refuse(offset: number, message: string): LocatedScalar {
    this.#problems.error({ offset, message })
    return emptyAt(offset)
  }
}

function offsetOfNode(node: unknown): number {
  return (node as ParsedNode | null)?.range?.[0] ?? 0
}

function emptyAt(offset: number): LocatedScalar {
  return { kind: 'scalar', offset, value: null, source: '' }
}
