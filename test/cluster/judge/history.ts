// What is known of a cluster when it is judged: which jobs there were, the lines that their commands appended, the faults
// that were injected, and what the agents say. All instants are on one clock, in UTC milliseconds.
import type { RunView } from '../../../lib/view/run-view.ts'

export type JudgedJob = {
  readonly name: string
  /** All slots that can matter, in order. */
  readonly slots: readonly number[]
  /** From then on all agents know the job, and each slot is demanded. */
  readonly knownAtMs: number
  readonly startDeadlineMs: number
  /** The longest that its command lasts. */
  readonly durationMs: number
  readonly overlap: 'allow' | 'skip' | 'queue'
  /** Of the slots that were late, the newest may start until then. */
  readonly catchUpWithinMs: number | null
  readonly isExclusive: boolean
  /** Where it may run. */
  readonly hosts: readonly string[]
}

/** A line of a command's own evidence. */
export type EvidenceLine = {
  /** A beat says that it still runs. */
  readonly kind: 'start' | 'beat' | 'end'
  readonly job: string
  readonly slotMs: number
  readonly attempt: number
  readonly token: number
  readonly host: string
  readonly pid: number
  readonly atMs: number
}

/** Something that a test did to the cluster; `toMs` is Infinity while it lasts. */
export type Fault = {
  readonly fromMs: number
  readonly toMs: number
} & (
  | { readonly kind: 'lost-link'; readonly from: string; readonly to: string }
  /** The agent is not there; its memory is whole. */
  | { readonly kind: 'down'; readonly host: string }
  /** The agent stands still. */
  | { readonly kind: 'paused'; readonly host: string }
  /** The agent is there, but it is no witness and claims nothing: wiped, rolled back, cloned. */
  | { readonly kind: 'untrusted'; readonly host: string }
  /** The agent could run and got no processor for most of the time: nobody's doing, and an excuse at any time. */
  | { readonly kind: 'starved'; readonly host: string }
  /** Some of its messages do not arrive. */
  | { readonly kind: 'lossy'; readonly host: string }
)

export type History = {
  readonly jobs: readonly JudgedJob[]
  readonly lines: readonly EvidenceLine[]
  readonly faults: readonly Fault[]
  readonly hosts: readonly string[]
  readonly witnesses: readonly string[]
  /** What each agent says of each job, by the names of both. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, readonly RunView[]>>
  /** When the evidence was read. */
  readonly endMs: number
  /** From then on nothing is excused but for want of a processor; Infinity when the end was not waited for. */
  readonly quietFromMs: number
  readonly claimAheadMs: number
  readonly sessionTtlMs: number
  /** After a fault it takes at most so long until everything is connected again. */
  readonly settleMs: number
}
