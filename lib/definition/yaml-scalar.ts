// Single YAML scalars on one line, for the quick reader: only the forms whose meaning is plain.
// Source: YAML 1.2.2, sections 7.3 and 10.3 (core schema).

import type { LocatedScalar } from './located.ts'

/** A plain scalar that begins the text; null when the library should judge it. */
export function plainScalar(text: string, offset: number): LocatedScalar | null {
  const comment = text.indexOf(' #')
  const source = (comment < 0 ? text : text.slice(0, comment)).trimEnd()
  if (
    !/^[\p{L}\p{N}_/.$(+~<=;^-]/u.test(source) ||
    /: |:$/.test(source) ||
    /^[-?:] /.test(source) ||
    source === '-'
  )
    return null
  const value = plainValue(source)
  return value === undefined ? null : { kind: 'scalar', offset, value, source }
}

/** By the core schema; undefined for numbers of other forms than plain whole ones. */
export function plainValue(source: string): string | number | boolean | null | undefined {
  if (/^(~|null|Null|NULL)$/.test(source)) return null
  if (/^(true|True|TRUE)$/.test(source)) return true
  if (/^(false|False|FALSE)$/.test(source)) return false
  if (/^(0|[1-9]\d{0,14})$/.test(source)) return Number(source)
  return /^[-+.]?[\d.]/.test(source) && /^[-+.\dxoXOeEa-fA-F_]+$|inf$|nan$/i.test(source) ? undefined : source
}

/** The position behind the closing quote on this line; null when there is none. */
export function quotedEnd(text: string, at: number, lineEnd: number): number | null {
  const quote = text[at]!
  for (let i = at + 1; i < lineEnd; i++) {
    if (quote === '"' && text[i] === '\\') i++
    else if (text[i] === quote) {
      if (quote === '"' || text[i + 1] !== "'") return i + 1
      i++
    }
  }
  return null
}

/** The text with its quotes; null when it has an escape beyond the usual ones. */
export function quotedScalar(text: string, offset: number): LocatedScalar | null {
  const inner = text.slice(1, -1)
  if (text.startsWith("'")) {
    const value = inner.replaceAll("''", "'")
    return { kind: 'scalar', offset, value, source: value }
  }
  if (/\\[^\\"nt/]/.test(inner.replaceAll('\\\\', ''))) return null
  const value = inner.replace(/\\(.)/g, (_, sign: string) => escapes[sign] ?? sign)
  return { kind: 'scalar', offset, value, source: value }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t' }
