// A scenario: one danger, written as text, with what must come of it. test/testdata/sim has them; this file says
// what a text may say. Times are counted from the beginning; jobs are called x.NAME, nodes n1, n2, …
//
//     # A sentence or two on the danger.
//     nodes 5, witnesses 3                       n1 founds; the first ones vote
//     session 5s                                 or: rank-delay 500ms, ahead 2s, delay 20ms, sync 8ms, seed 7
//     job tick: every 1s | overlap skip | start_deadline 10s | work 200..400
//     job copy: every 5s | work 200 | work 100 with node: n2, retries: 1
//     at 20s job tick: every 2s | work 100       an edit, dropped where the file was dropped first (n1)
//     at 10s cut n1,n2 - n3 for 8s               a fault, as faultText prints it
//     when any spawns x.tick after 10s kill it for 3s          or: starts, sends, receives a kind of message
//     when n2 writes register/x.tick after 10s power-loss n2 for 3s
//     until 60s                                  then the jobs are switched off and all comes to rest
//     expect every slot of x.tick from 30s to 55s
//     expect no start of x.tick on n1 from 12s to 18s
//     expect slots 30s 40s of x.tick missed      each told so once; `succeeded`: and run by one process, once
//     expect 1 lost of x.tick                    and: succeeded, failed, unknown, missed, …; `at least 1 …`

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Fault } from '../plan/fault.ts'
import type { Plan } from '../plan/plan.ts'

/** A fault that waits for something to happen. */
export type Trigger = {
  readonly afterMs: number
  /** Null for whichever does it first. */
  readonly node: NodeId | null
  readonly what: 'spawns' | 'starts' | 'writes' | 'sends' | 'receives'
  /** The beginning of a process's name, of a journal's key, or of a kind of message (`votes-given/accept`). */
  readonly pattern: string
  /** With the node it happened on. */
  readonly fault: (it: NodeId) => Fault
}

export type Expectation =
  | { readonly kind: 'every-slot'; readonly job: string; readonly fromMs: number; readonly untilMs: number }
  | {
      readonly kind: 'no-start'
      readonly job: string
      readonly node: string | null
      readonly fromMs: number
      readonly untilMs: number
    }
  /** Each of these slots, and what is told of it: a state, or why it did not run. */
  | {
      readonly kind: 'slots'
      readonly job: string
      readonly slotsMs: readonly number[]
      readonly told: string
    }
  | {
      readonly kind: 'count'
      readonly state: string
      readonly job: string
      readonly least: number
      readonly most: number
    }

export type Scenario = {
  readonly plan: Plan
  readonly triggers: readonly Trigger[]
  readonly expectations: readonly { readonly line: string; readonly expectation: Expectation }[]
}
