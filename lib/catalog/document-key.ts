// The names of documents: `root`, `category/<name>`, `instances/<node>` and `runs/<UTC hour>/<part>`, and the
// keys of their generations, `name@generation`. They come from peers and from file names,
// so they are checked before anything is made of them.

import { nameFault } from '../base/ids.ts'
import { documentLimits } from '../base/document-limits.ts'

export type DocumentKey = { readonly name: string; readonly generation: number }

const LOG_PREFIX = 'document/'
const BUCKET = /^(runs\/\d{4}-\d\d-\d\dT\d\d)\/\d{1,5}$/

export function documentKey(name: string, generation: number): string {
  return `${name}@${generation}`
}

/** Null when no document may be called so. */
export function parseDocumentKey(key: string): DocumentKey | null {
  const at = key.lastIndexOf('@')
  const name = key.slice(0, at)
  const generation = Number(key.slice(at + 1))
  if (at < 1 || documentKey(name, generation) !== key || !isDocumentName(name)) return null
  if (!Number.isInteger(generation) || generation < 0 || generation > documentLimits.generation) return null
  return { name, generation }
}

function isDocumentName(name: string): boolean {
  if (name === 'root' || BUCKET.test(name)) return true
  return ['category/', 'instances/'].some(
    (prefix) => name.startsWith(prefix) && nameFault(name.slice(prefix.length)) === null,
  )
}

/** The log that keeps a generation of a document; the store may have to escape it for its file name. */
export function documentLog(key: string): string {
  return LOG_PREFIX + key
}

/** Null when the log is none of a document. */
export function documentKeyOfLog(log: string): DocumentKey | null {
  return log.startsWith(LOG_PREFIX) ? parseDocumentKey(log.slice(LOG_PREFIX.length)) : null
}

/** The documents that are compared as one: those of one hour, or all others. */
export function groupOf(name: string): string {
  return BUCKET.exec(name)?.[1] ?? 'definitions'
}

/** A bucket of time is dropped whole, and never re-based. */
export function isBucket(name: string): boolean {
  return BUCKET.test(name)
}

/** Whether the group is one of time and older than the floor, itself such a group or empty. */
export function isBelowFloor(group: string, floor: string): boolean {
  return group.startsWith('runs/') && group < floor
}
