// What the core wants done with processes. A process key is made by the core and means one
// process for ever.

import type { Deadline, Lease } from './lease.ts'
import type { ProcessPlan } from './render-action.ts'

export type Spawn = ProcessPlan & {
  readonly kind: 'spawn'
  readonly process: string
  readonly command: string
  /** Over what every process of its user gets: HOME, USER, LOGNAME and SHELL. */
  readonly environment: Readonly<Record<string, string>>
  /** From then on (steady clock) it is not started any more, also when it waited for its turn; null: at any time. */
  readonly startByMs: number | null
  /** For what must not outlive its node's session: guarded before it starts, and not started when it is too late. */
  readonly lease: Lease | null
}
/** After a restart: look what became of a process that was to be started, and watch it on; its deadline stays. */
export type Adopt = {
  readonly kind: 'adopt'
  readonly process: string
  readonly isLeased: boolean
  /** It was no process but a request, which its agent made itself. */
  readonly isRequest?: boolean
}
/** The session of these leased processes lasts longer. */
export type ExtendLease = {
  readonly kind: 'extend-lease'
  readonly processes: readonly string[]
  readonly deadline: Deadline
}
export type Signal = {
  readonly kind: 'signal'
  readonly process: string
  readonly signal: 'SIGTERM' | 'SIGKILL'
}
/** The process is over and told: its output and its records are no longer needed. */
export type RemoveOutput = { readonly kind: 'remove-output'; readonly process: string }
export type ProcessEffect = Spawn | Adopt | ExtendLease | Signal | RemoveOutput
