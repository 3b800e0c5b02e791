// The changes that may be asked of a job's register, and their answers. A change is a
// pure function of the register's value and cluster time, and does nothing the second
// time it is asked: whoever got no answer asks again with the same opId.

import type { NodeId, OpId, SessionId } from '../base/ids.ts'
import type { Configuration } from './configuration.ts'
import type { EndedAttempt } from './ended-attempt.ts'
import type { Outcome } from './outcome.ts'
import {
  childUnit,
  type ChildEnd,
  type ChildOf,
  type Cursor,
  type Holder,
  type LiveEntry,
  type NotRun,
  type Order,
  type PendingEntry,
  type Register,
  type Unit,
} from './register.ts'

/** One slot of the definition, with the last instant at which it may still start. */
export type Slot = {
  readonly slotMs: number
  readonly label: string
  /** Its start deadline; later where catch-up owes it. */
  readonly startByMs: number
}

/** The definition's slots after a cursor and before a slot: the newest singly, those before them as a range. */
export type DueSlots = {
  readonly range: { readonly fromMs: number; readonly toMs: number; readonly count: number } | null
  readonly slots: readonly Slot[]
}

/** What a change must know of the job's newest definition. */
export type JobFacts = {
  readonly incarnation: number
  readonly revision: string
  readonly effectiveFromMs: number
  readonly overlap: 'allow' | 'skip' | 'queue' | 'replace'
  readonly startDeadlineMs: number
  readonly isExclusive: boolean
  /** A run that was lost starts again, so many times in all, and so long after the certificate; null: it does not. */
  readonly rerun: { readonly attemptsMax: number; readonly lockDelayMs: number } | null
  /** On how many nodes each slot runs. */
  readonly count: number
  /** It goes on when its last run is over. */
  readonly isConstant: boolean
  /** It is done for good when a run succeeded. */
  readonly isOnce: boolean
  /** Catch-up runs the newest late slot only: an older one that waits gives way to it. */
  readonly catchUpKeepsNewest: boolean
  /** The definition's slots between the two instants, both excluded; those with the cursor's own label left out. */
  due(cursor: Cursor, beforeMs: number, nowMs: number): DueSlots
  /** Whether the newest definition still has this slot. */
  hasSlot(slotMs: number): boolean
}

export type Change =
  /** Give me the right to run this slot. */
  | {
      readonly kind: 'claim'
      readonly opId: OpId
      readonly node: NodeId
      readonly session: SessionId
      readonly incarnation: number
      readonly revision: string
      readonly unit: Unit
      /** For a slot not yet decided. */
      readonly slot: Slot
      /** Why those before it that are too late by now were not run; missed, if nothing is known of them. */
      readonly passed?: 'node-full'
    }
  /** Somebody asks by hand for one run. */
  | {
      readonly kind: 'request'
      readonly order: Order
      readonly atMs: number
      readonly incarnation: number
    }
  /** Somebody gives up by hand what waits. */
  | { readonly kind: 'drop' }
  /** The run is over; of an action elsewhere, with what its run is to know of it. */
  | {
      readonly kind: 'finish'
      readonly token: number
      readonly outcome: Outcome
      readonly attempt?: EndedAttempt
    }
  /** An action of my run is to be done on a node of its own; asked again, what became of it. */
  | {
      readonly kind: 'child'
      readonly child: ChildOf
      /** Who leaves it to the others for a while. */
      readonly avoid: NodeId | null
    }
  /** What I asked for is not to begin any more. */
  | { readonly kind: 'recall'; readonly child: ChildOf }
  /** Provably not started: somebody else may. */
  | {
      readonly kind: 'release'
      readonly opId: OpId
      /** Who leaves it to the others for a while; null when it may be claimed again at once by anyone. */
      readonly node: NodeId | null
    }
  /** Work that waited beyond its start deadline. */
  | {
      readonly kind: 'expire'
      readonly unit: Unit
      readonly startByMs: number
      readonly why?: 'node-full' | 'paused'
    }
  /** My entry of an earlier session moves to my present one. */
  | { readonly kind: 'adopt'; readonly token: number; readonly session: SessionId }
  /** The entry's session is certified dead. */
  | {
      readonly kind: 'lose'
      readonly token: number
      readonly session: SessionId
      /** How long ago it was certified, on the steady clock of who has the certificate. */
      readonly certifiedForMs: number
    }
  /** Nobody ran it, and nobody may any more. */
  | {
      readonly kind: 'skip'
      readonly to: Slot
      readonly why: NotRun
      readonly incarnation: number
      readonly revision: string
    }
  /** An instance of a service: I run it (apply-hold.ts). */
  | {
      readonly kind: 'hold'
      readonly node: NodeId
      readonly session: SessionId
      readonly isGuarded: boolean
      readonly revision: string
    }
  /** I run it no more. */
  | { readonly kind: 'yield'; readonly token: number }
  /** The session under which it ran is certified dead. */
  | { readonly kind: 'take'; readonly token: number; readonly session: SessionId }
  /** These slots ran without a vote, on a side of a cut network that had no majority: nobody else is to run them. */
  | { readonly kind: 'ran-partitioned'; readonly slots: readonly Slot[]; readonly incarnation: number }
  /** Changes nothing: reads what is chosen, for all who hear the answer. */
  | { readonly kind: 'look' }
  /** C1, on the successor's register: these shall vote next. */
  | { readonly kind: 'reconfigure'; readonly next: Configuration }

export type Refusal =
  | { readonly kind: 'refused'; readonly because: 'gone'; readonly incarnation: number }
  | { readonly kind: 'refused'; readonly because: 'superseded'; readonly revision: string }
  | { readonly kind: 'refused'; readonly because: 'taken'; readonly cursor: Cursor }
  | { readonly kind: 'refused'; readonly because: 'busy'; readonly holders: readonly LiveEntry[] }
  | { readonly kind: 'refused'; readonly because: 'too-late'; readonly startByMs: number }
  /** A lost run starts again only after the lock delay: it stays live until then. */
  | { readonly kind: 'refused'; readonly because: 'too-early'; readonly inMs: number }
  | { readonly kind: 'refused'; readonly because: 'stale-request'; readonly newestDropped: string }
  | { readonly kind: 'refused'; readonly because: 'no-such-entry' }
  /** By a majority of the witnesses: it is asked for by this node, and in the name of another. */
  | { readonly kind: 'refused'; readonly because: 'other-node'; readonly node: NodeId }
  /** By a majority of the witnesses: the whole cluster pauses. */
  | { readonly kind: 'refused'; readonly because: 'paused' }
  /** The instance runs on another node. */
  | { readonly kind: 'refused'; readonly because: 'held'; readonly holder: Holder }
  /** By a majority of the witnesses: the slot is too far ahead of (or not yet late by) their clocks. */
  | { readonly kind: 'refused'; readonly because: 'clock'; readonly offByMs: number }

export type Answer =
  | { readonly kind: 'granted'; readonly entry: LiveEntry }
  /** It may be taken, when these are over. */
  | { readonly kind: 'pending'; readonly entry: PendingEntry; readonly behind: readonly LiveEntry[] }
  /** The overlap policy decided the slot: it is skipped, or waits in the queue. */
  | { readonly kind: 'skipped' | 'queued' }
  | { readonly kind: 'done' }
  /** What became of an action elsewhere. */
  | { readonly kind: 'child'; readonly state: ChildState }
  /** This request was taken before, under this id. */
  | { readonly kind: 'repeated'; readonly requestId: string }
  /** So many that waited were given up. */
  | { readonly kind: 'dropped'; readonly count: number }
  | { readonly kind: 'holds'; readonly holder: Holder }
  /** Who votes next: as asked, or as somebody else had decided before. */
  | { readonly kind: 'succeeded-by'; readonly next: Configuration }
  | Refusal

export type ChildState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'live'; readonly entry: LiveEntry }
  | { readonly kind: 'ended'; readonly end: ChildEnd }

/** How the run of this entry starts again if it is lost; null when it does not, or has no attempt left. */
export function rerunOf(entry: LiveEntry, { rerun }: Pick<JobFacts, 'rerun'>): JobFacts['rerun'] {
  // Of an action elsewhere its run decides how often.
  if (entry.child !== undefined) return rerun
  // What ran before the definition asked for it may run on where its node is cut off.
  return rerun !== null && entry.isLeased === true && entry.attempt < rerun.attemptsMax ? rerun : null
}

/** Whether two changes ask for the same, so that one of them on its way is enough. */
export function isSameChange(left: Change, right: Change): boolean {
  switch (left.kind) {
    case 'claim':
    case 'release':
      return left.kind === right.kind && left.opId === right.opId
    case 'request':
      return left.kind === right.kind && left.order.requestId === right.order.requestId
    case 'finish':
      return left.kind === right.kind && left.token === right.token
    case 'expire':
      return left.kind === right.kind && left.unit === right.unit
    case 'child':
    case 'recall':
      return left.kind === right.kind && childUnit(left.child) === childUnit(right.child)
    case 'hold':
      return (
        left.kind === right.kind &&
        left.session === right.session &&
        left.isGuarded === right.isGuarded &&
        left.revision === right.revision
      )
    case 'yield':
      return left.kind === right.kind && left.token === right.token
    case 'adopt':
    case 'lose':
    case 'take':
      return left.kind === right.kind && left.token === right.token && left.session === right.session
    // One skip passes all that is due; the next is found when it is done.
    case 'skip':
    case 'drop':
    case 'ran-partitioned':
    case 'look':
    case 'reconfigure':
      return left.kind === right.kind
  }
}

export type Applied = { readonly value: Register; readonly answer: Answer }
