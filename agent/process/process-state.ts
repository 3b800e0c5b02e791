// What the agent knows of one process that it was given: from the wish that it be there to the end that its record
// tells (run-record.ts).

import type { StartRecord } from './run-record.ts'

export type Run =
  /** With the starter; signals wait until there is somebody to take them. */
  | { readonly kind: 'starting'; readonly signals: string[] }
  /** Watched until its record says what it is; then told as `announce`. */
  | {
      readonly kind: 'settling'
      readonly directory: string
      readonly announce: 'spawned' | 'child-adopted'
      readonly sinceMs: number
      readonly signals: string[]
    }
  | { readonly kind: 'running'; readonly directory: string; readonly started: StartRecord }
