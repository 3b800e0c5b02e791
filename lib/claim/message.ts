// What agents say to each other about claims: votes, sessions, digests, founding. Plain
// JSON; every question may be lost, doubled or late, and every answer too.

import type { BootId, ClusterId, NodeId, OpId, SessionId, StorageId } from '../base/ids.ts'
import type { AcceptAnswer, PrepareAnswer } from './acceptor.ts'
import type { Ballot } from './ballot.ts'
import type { FullWork } from './capacity.ts'
import type { Change, Refusal } from './change.ts'
import type { Configuration } from './configuration.ts'
import type { ChildOf, Cursor, Holder, Register, Unit } from './register.ts'

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
    /** Nothing of it was ever voted on: a witness that knows all of it taken says so, and no vote begins. */
    readonly isFresh?: true
  }[]
  readonly accepts: readonly { readonly key: string; readonly ballot: Ballot; readonly value: Register }[]
}

export type VotesGiven = {
  readonly kind: 'votes-given'
  readonly storageId: StorageId
  readonly bootId: BootId
  /** How often this storage's votes were written: others remember it, and know an older image by it (W4). */
  readonly position: number
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
  /** Who asked: an answer to an earlier start of an agent says nothing of the present one. */
  readonly bootId: BootId
  readonly because:
    | 'other-cluster'
    | 'other-epoch'
    | 'other-storage'
    | 'clone-or-rollback'
    | 'not-a-witness'
    /** The epoch is over: the configuration is the next one. */
    | 'sealed'
    /** A member of this configuration that has not got its registers yet. */
    | 'not-installed'
    /** Its memory is not vouched for yet, or cannot be believed (W4). */
    | 'not-vouched'
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
  /** How long this witness waits for the next renewal. */
  readonly ttlMs: number
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

/**
 * A witness found a live entry in your name from an earlier session: say what became of it (P9, S6). Or one that the
 * next run replaces: end it.
 */
export type EntryFound = {
  readonly kind: 'entry-found'
  readonly key: string
  readonly token: number
  readonly opId: OpId
  readonly isReplaced: boolean
}

/** To oneself: what was written before this was said is on disk. */
export type Written = { readonly kind: 'written'; readonly waitNo: number }
/** A node did not ask for this work, which it may run: it holds as many runs as it may. */
export type NodeFull = { readonly kind: 'node-full'; readonly work: readonly FullWork[] }

/** The founder, or anyone who knows, tells which agents vote. */
export type Install = { readonly kind: 'install'; readonly configuration: Configuration }

/** Do you know a newer start of me? A witness asks before it votes (W4). */
export type BootAsked = {
  readonly kind: 'boot-asked'
  readonly bootNo: number
  readonly bootId: BootId
  readonly storageId: StorageId
  /** How far this storage's votes go. */
  readonly position: number
}
export type BootJudged = {
  readonly kind: 'boot-judged'
  /** Who judges. */
  readonly storageId: StorageId
  /** Who was judged. */
  readonly bootId: BootId
  readonly isContradicted: boolean
}

/** Before somebody is made a witness it must say that it is there, and with which storage (C1). */
export type Probe = { readonly kind: 'probe'; readonly probeNo: number }
export type Probed = {
  readonly kind: 'probed'
  readonly probeNo: number
  readonly storageId: StorageId
  readonly canWitness: boolean
}

/** C2: the epoch before `next` is over; give what you hold of it. */
export type Seal = { readonly kind: 'seal'; readonly storageId: StorageId; readonly next: Configuration }

/** What one witness of the sealed epoch holds, in pages; everything of it, whatever it was asked before. */
export type Sealed = {
  readonly kind: 'sealed'
  readonly epoch: number
  readonly storageId: StorageId
  /** Equal for the pages of one answer: asked again, it may tell its registers in another order. */
  readonly transfer: string
  readonly page: number
  readonly pages: number
  readonly registers: readonly AcceptedRegister[]
  readonly killed: readonly KilledSession[]
  /** The longest time to live that it may have promised a session. */
  readonly promisedMs: number
}

export type AcceptedRegister = { readonly key: string; readonly accepted: Ballot; readonly value: Register }
export type KilledSession = { readonly node: NodeId; readonly bootNo: number; readonly k: number }

/** C4: begin this epoch with these registers, in pages; done when the last page of one transfer is there. */
export type InstallState = {
  readonly kind: 'install-state'
  readonly storageId: StorageId
  readonly configuration: Configuration
  /** Equal for the pages of one sender's merge. */
  readonly transfer: string
  readonly page: number
  readonly pages: number
  readonly registers: readonly AcceptedRegister[]
  readonly killed: readonly KilledSession[]
  /** The longest time to live that the epoch before may have promised a session. */
  readonly promisedMs: number
}

export type Installed = { readonly kind: 'installed'; readonly epoch: number; readonly storageId: StorageId }

/** One witness's news, gossiped each second: a reason to ask or not to ask, never a proof. */
export type Digest = {
  readonly kind: 'digest'
  readonly witness: NodeId
  readonly storageId: StorageId
  readonly bootId: BootId
  readonly position: number
  /** Nodes that this witness takes for gone: session silent or connection closed. */
  readonly absent: readonly NodeId[]
  /** Registers that changed since the last digest. */
  readonly registers: readonly RegisterNews[]
}

export type RegisterNews = {
  readonly key: string
  readonly version: number
  readonly cursor: Cursor
  readonly liveCount: number
  readonly pending: readonly PendingNews[]
  /** Of an instance of a service. */
  readonly holder?: Holder | null
}

export type PendingNews = {
  readonly unit: Unit
  readonly slotMs: number
  readonly label: string
  readonly sinceMs: number
  readonly startByMs: number
  readonly releasedBy: NodeId | null
  readonly left?: number
  readonly takenBy?: readonly NodeId[]
  readonly child?: ChildOf
}

export type ClaimMessage =
  | VotesAsked
  | VotesGiven
  | VotesRefused
  | Renew
  | Renewed
  | AskExpired
  | ExpiredAnswer
  | EntryFound
  | Written
  | NodeFull
  | Install
  | BootAsked
  | BootJudged
  | Probe
  | Probed
  | Seal
  | Sealed
  | InstallState
  | Installed
export type ClaimGossip = Digest
