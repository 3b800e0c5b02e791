// Whether the whole cluster pauses: one entry of the root document, written by a person's command
// and read by every agent. While it stands no slot is claimed; what was claimed stays.

import { assert } from '../base/assert.ts'
import type { EditAuthor } from './catalog.ts'
import type { Documents } from './documents.ts'

const PAUSE = 'pause'

export type Pause = {
  readonly sinceMs: number
  /** Who asked, and on which node. */
  readonly by: string
}

/** Null: it goes on. */
export function pauseOf(documents: Documents): Pause | null {
  const entry = documents.get('root')?.json(PAUSE) as { readonly pause: Pause | null } | null | undefined
  return entry?.pause ?? null
}

export function writePause(documents: Documents, isPaused: boolean, author: EditAuthor): void {
  const { atMs, user, nodeName } = author
  assert(user !== undefined, 'a person asks for it')
  const pause: Pause | null = isPaused ? { sinceMs: atMs, by: `${user} on ${nodeName}` } : null
  documents.put('root', [[PAUSE, JSON.stringify({ pause })]], atMs)
}
