// What agents say to each other about claims: votes, sessions, digests, founding. Plain
// JSON; every question may be lost, doubled or late, and every answer too.

import type { BootId, ClusterId, NodeId, OpId, SessionId, StorageId } from '../base/ids.ts'
import type { AcceptAnswer, PrepareAnswer } from './acceptor.ts'
import type { Ballot } from './ballot.ts'
import type { Change, Refusal } from './change.ts'
import type { Configuration } from './configuration.ts'
import type { Register, Unit } from './register.ts'

/** Every vote and session message says whom it is meant for and which start of which agent it comes from (W1). */
export type Envelope = {
  readonly clusterId: ClusterId
  readonly epoch: number
  /** The storage of the witness that is asked. */
  readonly storageId: StorageId
  readonly bootNo: number
  readonly bootId: BootId
}

/** All registers that one agent wants in one moment travel in one message (P6). */
export type VotesAsked = {
  readonly kind: 'votes-asked'
  readonly envelope: Envelope
  readonly prepares: readonly {
    readonly key: string
    readonly ballot: Ballot
    readonly changes: readonly Change[]
  }[]
  readonly accepts: readonly { readonly key: string; readonly ballot: Ballot; readonly value: Register }[]
}

export type VotesGiven = {
  readonly kind: 'votes-given'
  readonly storageId: StorageId
  readonly epoch: number
  readonly prepares: readonly {
    readonly key: string
    readonly ballot: Ballot
    readonly answer: PrepareAnswer
    /** For each change that was asked: null, or why this witness refuses it. */
    readonly judged: readonly (Refusal | null)[]
  }[]
  readonly accepts: readonly {
    readonly key: string
    readonly ballot: Ballot
    readonly answer: AcceptAnswer
  }[]
}

/** The envelope did not fit: what is true here (W1). */
export type VotesRefused = {
  readonly kind: 'votes-refused'
  readonly because: 'other-cluster' | 'other-epoch' | 'other-storage' | 'clone-or-rollback' | 'not-a-witness'
  readonly configuration: Configuration | null
}

export type Renew = {
  readonly kind: 'renew'
  readonly envelope: Envelope
  readonly session: SessionId
  /** The holder's own clock when it asked; comes back unchanged. */
  readonly sentAtMs: number
}

export type Renewed = {
  readonly kind: 'renewed'
  readonly storageId: StorageId
  readonly epoch: number
  readonly session: SessionId
  readonly sentAtMs: number
  readonly isAlive: boolean
  readonly wallMs: number
}

export type AskExpired = {
  readonly kind: 'ask-expired'
  readonly envelope: Envelope
  readonly session: SessionId
}
export type ExpiredAnswer = {
  readonly kind: 'expired-answer'
  readonly storageId: StorageId
  readonly epoch: number
  readonly session: SessionId
  readonly isExpired: boolean
}

/** A witness found a live entry in your name from an earlier session: say what became of it (P9, S6). */
export type EntryFound = {
  readonly kind: 'entry-found'
  readonly key: string
  readonly token: number
  readonly opId: OpId
}

/** The founder, or anyone who knows, tells which agents vote. */
export type Install = { readonly kind: 'install'; readonly configuration: Configuration }

/** One witness's news, gossiped each second: a reason to ask or not to ask, never a proof. */
export type Digest = {
  readonly kind: 'digest'
  readonly witness: NodeId
  readonly sentAtMs: number
  /** Nodes that this witness takes for gone: session silent or connection closed. */
  readonly absent: readonly NodeId[]
  /** Registers that changed since the last digest. */
  readonly registers: readonly RegisterNews[]
}

export type RegisterNews = {
  readonly key: string
  readonly version: number
  readonly cursorMs: number
  readonly cursorLabel: string
  readonly liveCount: number
  readonly pending: readonly PendingNews[]
}

export type PendingNews = {
  readonly unit: Unit
  readonly slotMs: number
  readonly label: string
  readonly sinceMs: number
  readonly startByMs: number
  readonly releasedBy: NodeId | null
}

export type ClaimMessage =
  VotesAsked | VotesGiven | VotesRefused | Renew | Renewed | AskExpired | ExpiredAnswer | EntryFound | Install
export type ClaimGossip = Digest
