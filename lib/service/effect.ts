// What the core wants done with instances of services, beside starting and ending the processes of their commands
// (run/effect.ts).

import type { Deadline } from '../run/lease.ts'
import type { Identity } from './event.ts'

export type ServiceEffect =
  /** Answered by `instance-sighted`, unless it hangs. */
  | {
      readonly kind: 'look-at-instance'
      readonly instance: string
      /** The process of its last start: of what it writes the head and the tail are kept; null before any. */
      readonly start: string | null
      readonly lookId: number
      /** Null: the agent's own place for it. */
      readonly pidFile: string | null
      readonly known: Identity | null
    }
  /** For a program that stays in the foreground. */
  | {
      readonly kind: 'write-pid-file'
      readonly instance: string
      readonly pidFile: string | null
      readonly pid: number
    }
  /** Only to this process, never to another one that bears its number; to its group when nothing else helped. */
  | {
      readonly kind: 'signal-instance'
      readonly instance: string
      readonly identity: Identity
      readonly signal: string
      readonly isForGroup: boolean
    }
  /** Answered by `health-answered`. */
  | {
      readonly kind: 'ask-health'
      readonly instance: string
      readonly lookId: number
      readonly url: string
      readonly timeoutMs: number
    }
  /** Answered by `output-told`. */
  | { readonly kind: 'ask-output'; readonly instance: string; readonly process: string }
  /** A daemon must not outlive its node's session: whoever stands in its pid file then is ended. */
  | {
      readonly kind: 'guard-instance'
      readonly process: string
      readonly instance: string
      readonly pidFile: string | null
      readonly identity: Identity | null
      readonly deadline: Deadline
    }
  /** After a restart of the agent: where its guard was told of it, it knows the deadline. */
  | { readonly kind: 'keep-guard'; readonly process: string }
  | { readonly kind: 'end-guard'; readonly process: string; readonly afterMs: number }
