// The value that witnesses keep for one job: all that must be agreed on now, and nothing
// else. It is small and overwritten in place; what ran is in the ledger.
//
// The cursor is the slot up to which everything is decided. Every slot at or before it
// is exactly one of: live, pending, queued, run, or in a decision (missed, skipped,
// schedule-changed, lost); nothing is passed in silence.

import type { NodeId, OpId, SessionId } from '../base/ids.ts'
import type { Configuration, Recovery } from './configuration.ts'
import type { Outcome } from './outcome.ts'

/** `s<slotMs>` for a slot, `m<number>` for a run by hand. */
export type Unit = string

/** What may be run once: one slot or one request by hand. */
export type Work = {
  readonly unit: Unit
  readonly incarnation: number
  /** The slot's instant; for a run by hand the instant of its request. */
  readonly slotMs: number
  readonly label: string
  /** The attempt after a loss or hand-over, from 1. */
  readonly attempt: number
  /** After this instant it is no longer started. */
  readonly startByMs: number
}

/** Work that somebody holds: the right to start it. */
export type LiveEntry = Work & {
  readonly node: NodeId
  readonly session: SessionId
  readonly opId: OpId
  /** The fencing token. */
  readonly token: number
  /** The run's number: the token of its first claim. */
  readonly run: number
}

/** Work that anybody eligible may take until it can no longer start. */
export type PendingEntry = Work & {
  readonly run: number | null
  readonly sinceMs: number
  /** Where it may not be taken for a while: who released it does not ask at once again. */
  readonly releasedBy: NodeId | null
}

export type Cursor = {
  readonly slotMs: number
  /** Empty where the cursor is not a slot: all up to this instant is decided. */
  readonly label: string
  /** Of a constant job whose last run is over: from when the next one counts. */
  readonly againAtMs?: number
  /** A run succeeded: a job that is to run once has no slots any more. */
  readonly isDone?: boolean
}

/** All up to this slot is decided. */
export function movedTo(cursor: Cursor, { slotMs, label }: Pick<Cursor, 'slotMs' | 'label'>): Cursor {
  return { slotMs, label, ...(cursor.isDone === true && { isDone: true }) }
}

/** Why slots did not run. */
export type NotRun =
  | 'missed' // its start deadline passed
  | 'no-eligible-node' // nobody that may run it was there
  | 'skipped-overlap' // the run before it was not over
  | 'schedule-changed' // the definition changed under it
  | 'removed' // the job was deleted, or deleted and created again
  | 'superseded' // a newer slot was caught up instead
  | 'recovered' // a majority of the witnesses' disks was lost
  | 'done' // the job is to run once, and a run had succeeded
  | 'not-rerun' // it ran and was lost, and could not be started again in time

/** Something decided that the ledger may not know yet. */
export type Decision =
  | {
      readonly kind: 'not-run'
      readonly version: number
      readonly atMs: number
      readonly why: NotRun
      /** First and last slot, both included. */
      readonly fromMs: number
      readonly toMs: number
      /** Null when the slots of a definition that is gone cannot be counted. */
      readonly count: number | null
    }
  | {
      readonly kind: 'ended'
      readonly version: number
      readonly atMs: number
      readonly entry: LiveEntry
      readonly outcome: Outcome
    }

export type Register = {
  /** Grows by one with every effective change. */
  readonly version: number
  readonly incarnation: number
  readonly cursor: Cursor
  /** The last fencing token given; never goes back. */
  readonly token: number
  readonly live: readonly LiveEntry[]
  readonly pending: readonly PendingEntry[]
  readonly queued: Work | null
  readonly untold: readonly Decision[]
  /** The highest revision of the definition that was applied. */
  readonly revision: string
  /** Requests by hand: how many there were, and the ids of the last ones. */
  readonly manual: { readonly count: number; readonly recent: readonly string[] }
  /** In the register of an epoch's successor only (C1): who votes next; the first one decided stays. */
  readonly next?: Configuration
}

const SUCCESSOR = '@successor/'

/** The key of the register that decides who votes after this epoch. */
export const successorKey = (epoch: number): string => `${SUCCESSOR}${epoch}`
/** Registers that are not of jobs: they belong to one epoch and end with it. */
export const isEpochKey = (key: string): boolean => key.startsWith('@')

export function emptyRegister(start: {
  incarnation: number
  effectiveFromMs: number
  revision: string
  /** After a recovery: a register that was not found may have been lost. */
  recovery?: Recovery | null
}): Register {
  const { recovery = null } = start
  return {
    version: 0,
    incarnation: start.incarnation,
    cursor: { slotMs: Math.max(start.effectiveFromMs, recovery?.atMs ?? 0), label: '' },
    token: recovery?.tokenBase ?? 0,
    live: [],
    pending: [],
    queued: null,
    untold: [],
    revision: start.revision,
    manual: { count: 0, recent: [] },
  }
}

export const slotUnit = (slotMs: number): Unit => `s${slotMs}`
export const manualUnit = (number: number): Unit => `m${number}`
