// The lines of our append-only logs, and what a log still says after a crash or a
// flipped bit. One line is one record:
//
//     CRC JSON\n
//
// CRC is over the rest of the line. What an append that was cut short leaves behind is a
// last line without its end: it was never acknowledged and is dropped. Anything else that
// is broken is damage, and the store must not be believed. (A disk that wrote the end of
// an append but not its beginning is taken for damage too: safe, and a new witness
// replaces this one.) Everything is ASCII: one character is one byte, and damage cannot
// hide in a decoder.

import { crc32 } from './crc32.ts'

export type Recovery =
  | { readonly kind: 'sound'; readonly records: readonly unknown[]; readonly lengthBytes: number }
  | { readonly kind: 'torn'; readonly records: readonly unknown[]; readonly lengthBytes: number }
  | { readonly kind: 'damaged'; readonly records: readonly unknown[]; readonly atByte: number }

/** One record as a line. */
export function encodeLine(record: unknown): string {
  const body = escapeNonAscii(JSON.stringify(record))
  return `${crc32(body)} ${body}\n`
}

/** What a log's content (latin1: one character per byte) still says. */
export function recoverLines(content: string): Recovery {
  const records: unknown[] = []
  let start = 0
  while (start < content.length) {
    const end = content.indexOf('\n', start)
    const line = end < 0 ? null : decodeLine(content.slice(start, end))
    if (line === null) return brokenAt(content, start, records)
    records.push(line.record)
    start = end + 1
  }
  return { kind: 'sound', records, lengthBytes: content.length }
}

function brokenAt(content: string, start: number, records: readonly unknown[]): Recovery {
  const rest = content.slice(start)
  // A last line that is whole but for a flipped newline was written whole, so it is not torn.
  const isTorn = !rest.includes('\n') && decodeLine(rest.slice(0, -1)) === null
  return isTorn ? { kind: 'torn', records, lengthBytes: start } : { kind: 'damaged', records, atByte: start }
}

function decodeLine(line: string): { readonly record: unknown } | null {
  const body = line.slice(9)
  if (line[8] !== ' ' || crc32(body) !== line.slice(0, 8)) return null
  return { record: JSON.parse(body) }
}

function escapeNonAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
