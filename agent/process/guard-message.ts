// What an agent and its guard say to each other, a line of JSON each. Instants are of the clock that both read
// (uptime.ts). The socket's name carries the number of this language: a guard outlives its agent, and may be met by
// an agent that was built later.

import type { Deadline } from '../../lib/run/lease.ts'
import type { GuardOrder } from '../../lib/run/guard.ts'

/** In the runs directory, where no run can have such a name. */
export const guardSocket = '.guard-1'

/** To the guard. */
export type GuardRequest = GuardOrder

/** From the guard. */
export type GuardMessage =
  /** From now on this process ends in time, whatever becomes of the agent. */
  | { readonly kind: 'held'; readonly process: string; readonly deadline: Deadline }
  /** It was told to end, or killed. */
  | { readonly kind: 'ended'; readonly process: string; readonly signal: string }
  | { readonly kind: 'fault'; readonly text: string }
