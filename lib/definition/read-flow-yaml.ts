// Flow collections within one line, for the quick reader: `[a, "b c"]`, `{name: a, count: 2}`.
// Anything beyond plain words, quotes and nesting is left to the library.

import { definitionLimits } from '../base/limits.ts'
import type { Located, LocatedEntry } from './located.ts'
import { plainValue, quotedEnd, quotedScalar } from './yaml-scalar.ts'

export type Flow = { readonly located: Located; readonly end: number }

const word = /[A-Za-z0-9_./$+-](?:[^,[\]{}:#"'&*!|>%\\`\n]*[^,[\]{}:#"'&*!|>%\\`\n ])?/y

/** The collection that begins at `at`, and where it ends; null when the library should judge it. */
export function readFlow(
  text: string,
  line: { readonly at: number; readonly end: number },
  depth = 0,
): Flow | null {
  if (depth > definitionLimits.depth) return null
  const isList = text[line.at] === '['
  const close = isList ? ']' : '}'
  const items: Located[] = []
  const entries = new Map<string, LocatedEntry>()
  let at = skipSpaces(text, line.at + 1)
  for (let isFirst = true; ; isFirst = false) {
    if (isFirst && text[at] === close) break
    if (isList) {
      const item = readValue(text, { at, end: line.end }, depth)
      if (item === null) return null
      items.push(item.located)
      at = skipSpaces(text, item.end)
    } else {
      const key = readScalar(text, { at, end: line.end })
      const colon = key === null ? at : skipSpaces(text, key.end)
      if (key?.located.kind !== 'scalar' || text[colon] !== ':' || text[colon + 1] !== ' ') return null
      const value = readValue(text, { at: skipSpaces(text, colon + 1), end: line.end }, depth)
      if (value === null || key.located.value === null || entries.has(key.located.source)) return null
      entries.set(key.located.source, { keyOffset: at, value: value.located })
      at = skipSpaces(text, value.end)
    }
    if (text[at] === close) break
    if (text[at] !== ',' || at >= line.end) return null
    at = skipSpaces(text, at + 1)
  }
  const located: Located = isList
    ? { kind: 'list', offset: line.at, items }
    : { kind: 'map', offset: line.at, entries }
  return at < line.end ? { located, end: at + 1 } : null
}

function readValue(
  text: string,
  line: { readonly at: number; readonly end: number },
  depth: number,
): Flow | null {
  const sign = text[line.at]
  return sign === '[' || sign === '{' ? readFlow(text, line, depth + 1) : readScalar(text, line)
}

function readScalar(text: string, { at, end }: { readonly at: number; readonly end: number }): Flow | null {
  if (at >= end) return null
  if (text[at] === '"' || text[at] === "'") {
    const close = quotedEnd(text, at, end)
    const scalar = close === null ? null : quotedScalar(text.slice(at, close), at)
    return scalar === null || close === null ? null : { located: scalar, end: close }
  }
  word.lastIndex = at
  const source = word.exec(text)?.[0]
  const value = source === undefined || /^-( |$)/.test(source) ? undefined : plainValue(source)
  if (source === undefined || value === undefined) return null
  return { located: { kind: 'scalar', offset: at, value, source }, end: at + source.length }
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text[at] === ' ') at++
  return at
}
