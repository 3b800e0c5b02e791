// The value that witnesses keep for one job: all that must be agreed on now, and nothing
// else. It is small and overwritten in place; what ran is in the ledger.
//
// The cursor is the slot up to which everything is decided. Every slot at or before it
// is exactly one of: live, pending, queued, run, or in a decision (missed, skipped,
// schedule-changed, lost); nothing is passed in silence.

import type { NodeId, OpId, SessionId } from '../base/ids.ts'
import type { Configuration, Recovery } from './configuration.ts'
import type { EndedAttempt } from './ended-attempt.ts'
import type { Outcome } from './outcome.ts'

/**
 * `s<slotMs>` for a slot, `m<number>` for a run by hand; with `.<index>` on the second and further nodes of its count.
 * `c<token>/<action>/<try>` for one action of the run that holds this token, on a node of its own.
 */
export type Unit = string

/** How an action of a run that goes on stood when the run was over; one that is not named starts anew. */
export type KeptState = 'succeeded' | 'skipped' | 'failed' | 'cancelled'

/** What somebody asked for by hand. */
export type Order = {
  readonly requestId: string
  /** Who asked. */
  readonly user: string
  /** The instant that its commands are told as their slot; null: that of the request. */
  readonly forSlotMs: number | null
  /** It does not wait for what runs. */
  readonly isForced: boolean
  /** Over the definition's own. */
  readonly variables: Readonly<Record<string, string>>
  /** Nothing new, but a run that is over and goes on: its number, its next attempt, and how its actions stood. */
  readonly resume: {
    readonly run: number
    readonly attempt: number
    readonly actions: Readonly<Record<string, KeptState>>
  } | null
}

/** Of work that is one action of a run, to be done on a node of its own: whose. */
export type ChildOf = {
  /** The run's live entry: its token, unit and node. */
  readonly token: number
  readonly unit: Unit
  readonly node: NodeId
  readonly action: string
  /** Which try of the action, from 1. */
  readonly tried: number
  /** The only node that may take it; null: any that the action may run on. */
  readonly on: NodeId | null
  /** The definition's that it is carried out by: its run's, or a newer one where somebody asked for that. */
  readonly revision?: string
  /** Of a cleanup: how the rest of its run ended. */
  readonly status?: 'SUCCESS' | 'FAILURE' | 'UNKNOWN'
}

/** How the last try of an action elsewhere ended; it stays with the run's entry until that ends. */
export type ChildEnd = { readonly tried: number; readonly attempt: EndedAttempt }

/** The end of an action elsewhere whose run had been lost before, or was lost with it. */
export type OrphanEnd = Pick<ChildOf, 'token' | 'action' | 'tried'> & { readonly attempt: EndedAttempt }

/** What may be run once: one slot, one request by hand, or one action of either. */
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
  /** Of a run by hand. */
  readonly order?: Order
  /** Of work that is to run on several nodes: how many more are to take it, each with the next index. */
  readonly left?: number
  /** The nodes that have another index of it; absent when none has. */
  readonly takenBy?: readonly NodeId[]
  readonly child?: ChildOf
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
  /** A guard ends whatever runs of it before its session ends: only then may it start again when it is lost. */
  readonly isLeased?: boolean
  /** The next one replaces it: its holder is to end it. */
  readonly isReplaced?: boolean
  /** By action. */
  readonly children?: Readonly<Record<string, ChildEnd>>
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
  | 'paused' // a person had paused the whole cluster
  | 'node-full' // those that may run it held as many runs as they may, as far as was known
  | 'skipped-overlap' // the run before it was not over
  | 'schedule-changed' // the definition changed under it
  | 'removed' // the job was deleted, or deleted and created again
  | 'superseded' // a newer slot was caught up instead
  | 'recovered' // a majority of the witnesses' disks was lost
  | 'too-few-nodes' // it ran, on fewer nodes than it was to
  | 'done' // the job is to run once, and a run had succeeded
  | 'cancelled' // a person gave it up before it began
  | 'ran-partitioned' // it ran without a vote where no majority was in reach
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

export type LastRun = {
  readonly slotMs: number
  readonly token: number
  readonly endedAtMs: number
  readonly outcome: Outcome['kind']
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
  /** For the holders of lost runs, should they come back; the last ones. */
  readonly orphans?: readonly OrphanEnd[]
  readonly untold: readonly Decision[]
  /** The highest revision of the definition that was applied. */
  readonly revision: string
  /** Requests by hand: how many there were, and the ids of the last ones. */
  readonly manual: {
    readonly count: number
    readonly recent: readonly string[]
    /** Of the last runs that were made to go on: their attempts so far. */
    readonly resumed?: Readonly<Record<string, number>>
  }
  /** The last run that ended, and the last that succeeded: they outlive any pruning of the ledger. */
  readonly last?: { readonly run: LastRun; readonly success: LastRun | null }
  /** In the register of an instance of a service only (apply-hold.ts): who runs it; null when nobody does. */
  readonly holder?: Holder | null
  /** In the register of an epoch's successor only (C1): who votes next; the first one decided stays. */
  readonly next?: Configuration
}

/** Who runs an instance of a service, in which session of its node, and with which fencing token. */
export type Holder = {
  readonly node: NodeId
  readonly session: SessionId
  readonly token: number
  /** Whatever runs of it there is ended by a guard before that session ends: others may take it over then. */
  readonly isGuarded: boolean
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
/** The slot that a run is told: a run by hand may stand for another instant than its own. */
export const nominalSlotMs = ({ slotMs, order }: Work): number => order?.forSlotMs ?? slotMs
/** Of an action elsewhere, its run's. */
export const unitOfRun = ({ unit, child }: Pick<Work, 'unit' | 'child'>): Unit => child?.unit ?? unit
export const isSlotUnit = (unit: Unit): boolean => unit.startsWith('s')
export const isManualUnit = (unit: Unit): boolean => unit.startsWith('m')
export const manualUnit = (number: number): Unit => `m${number}`

export const childUnit = ({ token, action, tried }: Pick<ChildOf, 'token' | 'action' | 'tried'>): Unit =>
  `c${token}/${action}/${tried}`
export const isChildUnit = (unit: Unit): boolean => unit.startsWith('c')

const INDEX = '.'

/** The slot or request, whichever index of it this is. */
export const wholeUnit = (unit: Unit): Unit => unit.split(INDEX, 1)[0]!
export const indexOfUnit = (unit: Unit): number => Number(unit.split(INDEX)[1] ?? 0)
export const nextIndex = (unit: Unit): Unit => `${wholeUnit(unit)}${INDEX}${indexOfUnit(unit) + 1}`

/** Whether it holds up no later slot: the run that it belongs to does, if any. */
export const isBeside = (work: Work): boolean => work.child !== undefined || isPartlyTaken(work)

/** Whether it runs on some node already, and waits for further ones. */
export const isPartlyTaken = ({ takenBy = [] }: Pick<Work, 'takenBy'>): boolean => takenBy.length > 0
