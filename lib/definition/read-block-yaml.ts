// A quick reader for the plain kind of YAML that large files consist of: block maps and lists, flow
// collections within a line, plain and quoted scalars, literal blocks. It reads what it is sure of
// exactly as the library does, and gives up with null on anything else: the library costs a second
// and 150 MB for each megabyte. A test compares the two on random texts.

import { definitionLimits } from '../base/limits.ts'
import { readFlow } from './read-flow-yaml.ts'
import type { Located, LocatedEntry, LocatedScalar } from './located.ts'
import { plainScalar, quotedEnd, quotedScalar } from './yaml-scalar.ts'

/** Null when the text has something that only the library should judge. */
export function readBlockYaml(text: string): Located | null {
  if (/[\t\r\uFEFF\u0085\u2028\u2029]|[^\P{Cc}\n]/u.test(text)) return null
  const reader = new BlockReader(text)
  const root = reader.read()
  return reader.isOdd ? null : root
}

const keyPattern = /([A-Za-z_][A-Za-z0-9_./@-]*|"[^"\\\n]*"|'[^'\n]*') *:(?= |\n|$)/y

class BlockReader {
  readonly #text: string
  /** Where the line under the cursor begins, and where its content does; past the text when all is read. */
  #start = 0
  #content = 0
  isOdd = false

  constructor(text: string) {
    this.#text = text
  }

  read(): Located {
    const [first] = this.#text.split('\n', 1)
    if (first === '---') this.#start = 4
    this.#settle()
    if (this.#isAtEnd) return { kind: 'map', offset: 0, entries: new Map() }
    const root = this.#node(this.#content, 0)
    if (!this.#isAtEnd || root.kind !== 'map') this.isOdd = true
    return root
  }

  get #isAtEnd(): boolean {
    return this.#content >= this.#text.length
  }

  get #indent(): number {
    return this.#content - this.#start
  }

  /** Moves to the next line that holds more than spaces and a comment. */
  #settle(): void {
    const text = this.#text
    for (; this.#start < text.length; this.#start = this.#lineEnd(this.#start) + 1) {
      let at = this.#start
      while (text[at] === ' ') at++
      if (at === text.length || text[at] === '\n' || text[at] === '#') continue
      this.#content = at
      if (at === this.#start && /^(---|\.\.\.|%)/.test(text.slice(at, at + 3))) this.isOdd = true
      return
    }
    this.#content = text.length
  }

  #nextLine(): void {
    this.#start = this.#lineEnd(this.#content) + 1
    this.#settle()
  }

  #lineEnd(from: number): number {
    const end = this.#text.indexOf('\n', from)
    return end < 0 ? this.#text.length : end
  }

  /** A value that begins at `at` on the present line. */
  #node(at: number, depth: number): Located {
    if (depth > definitionLimits.depth) this.isOdd = true
    if (this.isOdd) return emptyAt(at)
    if (this.#isDash(at)) return this.#list(at, depth)
    keyPattern.lastIndex = at
    if (keyPattern.test(this.#text)) return this.#map(at, depth)
    return this.#inline(at, at - this.#start - 1)
  }

  #isDash(at: number): boolean {
    const next = this.#text[at + 1]
    return this.#text[at] === '-' && (next === ' ' || next === '\n' || next === undefined)
  }

  #list(first: number, depth: number): Located {
    const indent = first - this.#start
    const items: Located[] = []
    let at = first
    while (!this.isOdd) {
      const content = this.#skipSpaces(at + 1)
      if (this.#isLineDone(content)) {
        this.#nextLine()
        const isBelow = !this.#isAtEnd && this.#indent > indent
        items.push(isBelow ? this.#node(this.#content, depth + 1) : emptyAt(at + 1))
      } else items.push(this.#node(content, depth + 1))
      if (this.#isAtEnd || this.#indent < indent || !this.#isDash(this.#content)) break
      at = this.#content
      if (this.#indent > indent) this.isOdd = true
    }
    if (!this.#isAtEnd && this.#indent > indent) this.isOdd = true
    return { kind: 'list', offset: first, items }
  }

  #map(first: number, depth: number): Located {
    const indent = first - this.#start
    const entries = new Map<string, LocatedEntry>()
    for (let at = first; !this.isOdd; at = this.#content) {
      keyPattern.lastIndex = at
      const match = keyPattern.exec(this.#text)
      const written = match?.[1] ?? ''
      const key = /^["']/.test(written) ? written.slice(1, -1) : written
      if (match === null || entries.has(key) || /^(null|Null|NULL)$/.test(written)) this.isOdd = true
      else entries.set(key, { keyOffset: at, value: this.#valueOf(at + match[0].length, indent, depth) })
      if (this.#isAtEnd || this.#indent < indent) break
      if (this.#indent > indent) this.isOdd = true
    }
    return { kind: 'map', offset: first, entries }
  }

  #valueOf(afterColon: number, indent: number, depth: number): Located {
    const content = this.#skipSpaces(afterColon)
    if (!this.#isLineDone(content)) return this.#inline(content, indent)
    this.#nextLine()
    if (this.#isAtEnd) return emptyAt(afterColon)
    if (this.#indent > indent) return this.#node(this.#content, depth + 1)
    const isListBelow = this.#indent === indent && this.#isDash(this.#content)
    return isListBelow ? this.#list(this.#content, depth + 1) : emptyAt(afterColon)
  }

  /** A scalar or a flow collection that begins at `at`, inside a parent of this indentation. */
  #inline(at: number, parentIndent: number): Located {
    const text = this.#text
    const end = this.#lineEnd(at)
    const sign = text[at]!
    if (sign === '|') return this.#literal(at, parentIndent)
    const value =
      sign === '"' || sign === "'"
        ? this.#quoted(at, end)
        : sign === '[' || sign === '{'
          ? this.#flow(at, end)
          : plainScalar(text.slice(at, end), at)
    if (value === null) {
      this.isOdd = true
      return emptyAt(at)
    }
    this.#content = end
    this.#nextLine()
    // Text that goes on below is the library's business.
    if (!this.#isAtEnd && this.#indent > parentIndent) this.isOdd = true
    return value
  }

  #quoted(at: number, end: number): Located | null {
    const close = quotedEnd(this.#text, at, end)
    return close === null || !this.#isLineDone(close, true)
      ? null
      : quotedScalar(this.#text.slice(at, close), at)
  }

  #flow(at: number, end: number): Located | null {
    const flow = readFlow(this.#text, { at, end })
    return flow === null || !this.#isLineDone(flow.end, true) ? null : flow.located
  }

  /** `|` and `|-`: the lines below that are indented further, as they are. */
  #literal(at: number, parentIndent: number): Located {
    const text = this.#text
    const header = /^\|(-?) *$/.exec(text.slice(at, this.#lineEnd(at)))
    if (header === null) this.isOdd = true
    const lines: string[] = []
    let indent = 0
    let start = this.#lineEnd(at) + 1
    for (; start < text.length; start = this.#lineEnd(start) + 1) {
      const end = this.#lineEnd(start)
      let content = start
      while (text[content] === ' ') content++
      const isBlank = content === end
      if (indent === 0 && !isBlank) indent = content - start
      // Blank lines before the first one could set the indentation too.
      if (indent === 0) this.isOdd = true
      if (!isBlank && (content - start < indent || indent <= parentIndent)) break
      lines.push(text.slice(Math.min(start + indent, end), end))
    }
    // A comment that ends the block by standing further left than its text is rare enough.
    if (text[start + this.#spaces(start)] === '#') this.isOdd = true
    while (lines.at(-1) === '') lines.pop()
    if (lines.length === 0 || (lines.at(-1) ?? '').trim() === '') this.isOdd = true
    this.#start = start
    this.#settle()
    if (!this.#isAtEnd && this.#indent > parentIndent) this.isOdd = true
    const value = lines.join('\n') + (header?.[1] === '-' ? '' : '\n')
    return { kind: 'scalar', offset: at, value, source: value }
  }

  #spaces(from: number): number {
    return this.#skipSpaces(from) - from
  }

  #skipSpaces(from: number): number {
    let at = from
    while (this.#text[at] === ' ') at++
    return at
  }

  /** Nothing but spaces and perhaps a comment; a comment needs a space before it. */
  #isLineDone(at: number, isBehindValue = false): boolean {
    const content = this.#skipSpaces(at)
    const sign = this.#text[content]
    if (sign === undefined || sign === '\n') return true
    return sign === '#' && (content > at || !isBehindValue)
  }
}

function emptyAt(offset: number): LocatedScalar {
  return { kind: 'scalar', offset, value: null, source: '' }
}
