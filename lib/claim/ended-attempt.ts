// How one attempt of an action ended, as its process showed it and as registers, journals and the
// ledger keep it. An action that ran on a node of its own tells it to its run through the register.

import type { NodeId } from '../base/ids.ts'

export type Exit =
  { readonly kind: 'code'; readonly code: number } | { readonly kind: 'signal'; readonly signal: string }

/** Why a process was told to end. */
export type EndReason = 'timeout' | 'max-runtime' | 'stopped' | 'killed' | 'cancelled' | 'replaced'

/** On another node than its run, or on the run's own but under a claim of its own. */
type Elsewhere = { readonly node?: NodeId }

export type Exited = Elsewhere & {
  readonly kind: 'exited'
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly exit: Exit
  /** Its guard told it to end, because its node's session was about to. */
  readonly isEndedByGuard?: boolean
  /** It was told to end. */
  readonly endedFor?: EndReason
  /** Where the definition says which exit codes are a success, whether this one is. */
  readonly isSuccess?: boolean
  /** Of a request: what came of it. */
  readonly said?: string
  /** Of a failure: what it said last. */
  readonly lastLines?: string
}

/** How one attempt ended. */
export type EndedAttempt =
  | Exited
  | (Elsewhere & { readonly kind: 'failed-to-start'; readonly atMs: number; readonly reason: string })
  /** Nobody can say how it ended. */
  | (Elsewhere & {
      readonly kind: 'unknown'
      readonly atMs: number
      /** The session of the node that ran it is certified dead. */
      readonly isLost?: true
    })
