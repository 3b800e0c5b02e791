// What happens to processes, as the shell reports it. A process key is made by the core
// (`job.RUN.action.attempt`) and means one process for ever.

import type { Exit } from '../claim/ended-attempt.ts'

export type ProcessEvent =
  | { readonly kind: 'spawned'; readonly process: string; readonly pid: number; readonly startedAtMs: number }
  | { readonly kind: 'spawn-failed'; readonly process: string; readonly reason: string }
  /** Of a leased process: its time was over before it began. Nothing was executed, and nothing will be. */
  | { readonly kind: 'not-started'; readonly process: string; readonly reason: string }
  | {
      readonly kind: 'child-adopted'
      readonly process: string
      readonly pid: number
      readonly startedAtMs: number
    }
  | {
      readonly kind: 'child-exited'
      readonly process: string
      readonly exit: Exit
      readonly startedAtMs: number
      readonly endedAtMs: number
      /** Of a leased process: its guard told it to end, because its session was about to. */
      readonly isEndedByGuard?: boolean
      /** Of a request, which has no exit code (0 and 1 stand for one): what came of it. */
      readonly said?: string
      /** Of a failure: the last lines that it wrote, as text. */
      readonly lastLines?: string
    }
  /** No record of its end, and no such process: nobody can say how it ended. */
  | { readonly kind: 'child-gone'; readonly process: string }
