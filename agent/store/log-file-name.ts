// Which file holds which log. A log's file bears its escaped name; where that is too long
// for a file system, a hash of it, with the name itself in a small file beside.

import { createHash } from 'node:crypto'
import { escapeFileName, unescapeFileName } from '../../lib/base/file-name.ts'

const logEnding = '.log'
const nameEnding = '.name'
/** File systems take 255 bytes; the rest is for the endings. */
const escapedNameMax = 240

/** The name of a log's file, and of the file that tells its name when the first cannot. */
export function logFileNames(log: string): { readonly content: string; readonly name: string | null } {
  const escaped = escapeFileName(log)
  if (escaped.length <= escapedNameMax) return { content: `${escaped}${logEnding}`, name: null }
  const hash = `@${createHash('sha256').update(escaped).digest('hex')}`
  return { content: `${hash}${logEnding}`, name: `${hash}${nameEnding}` }
}

/** What a file of the store is: a log with its name, a log whose name stands in another file, or another thing. */
export function readLogFileName(
  fileName: string,
):
  | { readonly kind: 'log'; readonly log: string }
  | { readonly kind: 'hashed'; readonly nameFile: string }
  | { readonly kind: 'name'; readonly logFile: string }
  | { readonly kind: 'other' } {
  if (fileName.startsWith('@')) {
    if (fileName.endsWith(logEnding))
      return { kind: 'hashed', nameFile: swapEnding(fileName, logEnding, nameEnding) }
    if (fileName.endsWith(nameEnding))
      return { kind: 'name', logFile: swapEnding(fileName, nameEnding, logEnding) }
  }
  const log = fileName.endsWith(logEnding) ? unescapeFileName(fileName.slice(0, -logEnding.length)) : null
  return log === null ? { kind: 'other' } : { kind: 'log', log }
}

function swapEnding(fileName: string, from: string, to: string): string {
  return fileName.slice(0, -from.length) + to
}
