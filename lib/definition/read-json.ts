// JSON text to located values: stricter than YAML, with messages that speak of JSON, and quick
// enough for the files that programs write. Source: RFC 8259.

import { definitionLimits } from '../base/limits.ts'
import { sayDoubleKey } from './double-key.ts'
import type { Located, LocatedEntry } from './located.ts'
import type { ProblemList } from './problem-list.ts'

export type JsonFault = { readonly offset: number; readonly message: string }

/** The values, or the first fault of the text. Keys that stand twice are told to the problems. */
export function readJson(text: string, problems: ProblemList): Located | JsonFault {
  const reader = new JsonReader(text, problems)
  const located = reader.value(0)
  reader.end()
  return reader.fault ?? located
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const word = /true|false|null/y
// A string in which nothing is escaped is cut out as it is.
const bareString = /"[^"\\\p{Cc}]*"/uy
const anyString = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const words = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
])

class JsonReader {
  readonly #text: string
  readonly #problems: ProblemList
  #at = 0
  fault: JsonFault | null = null

  constructor(text: string, problems: ProblemList) {
    this.#text = text
    this.#problems = problems
  }

  value(depth: number): Located {
    this.#skip()
    const offset = this.#at
    const sign = this.#text[offset]
    if (depth > definitionLimits.depth)
      this.#refuse(`values are nested deeper than ${definitionLimits.depth} levels`)
    if (this.fault === null && sign === '{') return this.#map(offset, depth)
    if (this.fault === null && sign === '[') return this.#list(offset, depth)
    if (this.fault === null && sign === '"') {
      const value = this.#string()
      return { kind: 'scalar', offset, value, source: value }
    }
    const literal = this.#match(word)
    if (literal !== null)
      return { kind: 'scalar', offset, value: words.get(literal) ?? null, source: literal }
    const digits = this.#match(number)
    if (digits === null) this.#refuse('no value begins here')
    return { kind: 'scalar', offset, value: Number(digits ?? 0), source: digits ?? '' }
  }

  end(): void {
    this.#skip()
    if (this.#at < this.#text.length) this.#refuse('something stands behind the end')
  }

  #map(offset: number, depth: number): Located {
    const entries = new Map<string, LocatedEntry>()
    this.#at++
    for (let isFirst = true; !this.#takes('}') && this.fault === null; isFirst = false) {
      if (!isFirst) this.#demand(',')
      this.#skip()
      const keyOffset = this.#at
      if (this.#text[keyOffset] !== '"') this.#refuse('no key begins here, expected a string')
      const key = this.#string()
      this.#demand(':')
      const entry = { keyOffset, value: this.value(depth + 1) }
      const first = entries.get(key)
      if (first === undefined) entries.set(key, entry)
      else if (this.fault === null) sayDoubleKey(key, { first, second: entry }, this.#problems)
    }
    return { kind: 'map', offset, entries }
  }

  #list(offset: number, depth: number): Located {
    const items: Located[] = []
    this.#at++
    for (let isFirst = true; !this.#takes(']') && this.fault === null; isFirst = false) {
      if (!isFirst) this.#demand(',')
      items.push(this.value(depth + 1))
    }
    return { kind: 'list', offset, items }
  }

  #string(): string {
    const bare = this.#match(bareString)
    if (bare !== null) return bare.slice(1, -1)
    const escaped = this.#match(anyString)
    if (escaped !== null) return JSON.parse(escaped) as string
    this.#refuse('a string does not end, or has a bare control character or an unknown escape')
    return ''
  }

  #takes(sign: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #demand(sign: string): void {
    if (!this.#takes(sign)) this.#refuse(`a "${sign}" is missing here`)
  }

  #skip(): void {
    const text = this.#text
    let sign = text[this.#at]
    while (sign === ' ' || sign === '\n' || sign === '\r' || sign === '\t') sign = text[++this.#at]
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const match = this.fault === null ? pattern.exec(this.#text) : null
    if (match === null) return null
    this.#at += match[0].length
    return match[0]
  }

  #refuse(what: string): void {
    this.fault ??= { offset: Math.min(this.#at, this.#text.length), message: `Cannot read JSON: ${what}` }
  }
}
