// What became of a file that was dropped on an agent, or removed there: for the agent's log, its views
// and whoever dropped it.

import type { Category, JobName } from '../base/ids.ts'
import type { Problem } from '../base/problem.ts'

export type DroppedFile = {
  readonly fileName: string
  /** Where it lies, for a person to find it. */
  readonly path?: string
  readonly text: string
  readonly isStartup: boolean
}

export type DropOutcome =
  | {
      readonly kind: 'applied'
      readonly category: Category
      readonly revision: string
      readonly created: readonly JobName[]
      readonly changed: readonly JobName[]
      readonly removed: readonly JobName[]
      readonly notes: readonly Problem[]
    }
  | { readonly kind: 'unchanged'; readonly category: Category }
  /** The cluster had this text before and moved on: an old file is not an edit. */
  | { readonly kind: 'stale'; readonly category: Category; readonly current: string }
  | { readonly kind: 'refused'; readonly category: Category; readonly problems: readonly Problem[] }
  /** No file of definitions. */
  | { readonly kind: 'ignored'; readonly because: string }
  /** The category is still being read from disk. */
  | { readonly kind: 'not-ready'; readonly category: Category }

export type RemoveOutcome =
  | {
      readonly kind: 'removed'
      readonly category: Category
      readonly revision: string
      readonly removed: readonly JobName[]
    }
  | { readonly kind: 'ignored'; readonly because: string }

/** A file that was dropped here and not applied. */
export type LastDrop = Extract<DropOutcome, { kind: 'stale' | 'refused' }> & {
  readonly path: string
  readonly textHash: string
}
