// How an entry's version and text stand in one scalar of a document, and which of two
// entries under one key is the one that counts.

import type { StampedEntry } from './document.ts'

export type Stamped = Omit<StampedEntry, 'key'>

export function encodeStamped(entry: Stamped): string {
  return `${entry.version.toString(36)} ${entry.text}`
}

/** Null when the scalar was not made by encodeStamped. */
export function decodeStamped(scalar: unknown): Stamped | null {
  if (typeof scalar !== 'string') return null
  const space = scalar.indexOf(' ')
  if (space < 1 || space > 11) return null
  const version = Number.parseInt(scalar.slice(0, space), 36)
  if (!Number.isSafeInteger(version) || version < 0 || version.toString(36) !== scalar.slice(0, space))
    return null
  return { version, text: scalar.slice(space + 1) }
}

export function isNewer(left: Stamped, right: Stamped | undefined): boolean {
  if (right === undefined) return true
  return left.version === right.version ? left.text > right.text : left.version > right.version
}

export function newestOf(candidates: Iterable<Stamped | null>): Stamped | undefined {
  let newest: Stamped | undefined
  for (const candidate of candidates) if (candidate !== null && isNewer(candidate, newest)) newest = candidate
  return newest
}

/** The version of a new value: above the one it replaces, and in the order of the writer's own clock. */
export function nextVersion(known: Stamped | undefined, atMs: number): number {
  return Math.max((known?.version ?? 0) + 1, Math.max(0, Math.floor(atMs)))
}
