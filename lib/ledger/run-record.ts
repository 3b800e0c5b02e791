// What one node writes about one run, or about slots that did not run: one entry of a
// ledger document. A record is written by one node only, under a key that names it, so
// records never fight; lib/view joins what several nodes wrote about one run.

import type { JobName, NodeId } from '../base/ids.ts'
import type { Outcome } from '../claim/outcome.ts'
import type { NotRun } from '../claim/register.ts'
import type { ClaimStory } from '../run/held-run.ts'
import type { ActionRunState } from '../run/machine.ts'

export type RecordedState = 'running' | Outcome['kind']

export type RecordedAttempt = {
  readonly startedAtMs: number | null
  readonly endedAtMs: number
  readonly why: string
  /** Where it ran, when not with its run. */
  readonly node?: NodeId
}

export type RecordedAction = {
  readonly name: string
  readonly state: ActionRunState
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  /** Where it runs or ran, when not with its run. */
  readonly node?: NodeId
  /** The tries before the one that the rest is of, the oldest first; the last ones, when there are many. */
  readonly earlier?: readonly RecordedAttempt[]
  /** How many tries there were, when there was more than one. */
  readonly tries?: number
  /** Of a failure: what it said last, for when its node is away. */
  readonly lastLines?: string
  /** `exited with 1`, `was ended by SIGKILL`, a reason why it did not start; empty when there is nothing to say. */
  readonly why: string
}

/** A run as one node saw it. */
export type RunRecord = {
  readonly kind: 'run'
  readonly job: JobName
  readonly incarnation: number
  readonly slotMs: number
  readonly label: string
  /** Of a run by hand: the request, who asked, and the variables over the definition's own, if there were any. */
  readonly requestId?: string
  readonly user?: string
  readonly variables?: Readonly<Record<string, string>>
  /** The run's number: the token of its first claim. */
  readonly run: number
  readonly attempt: number
  readonly token: number
  /** Of a register of its node's own: the number counts on that node only. */
  readonly isLocal: boolean
  /** Where no majority was in reach: the slot may have run on another side too. */
  readonly isPartitioned?: true
  /** Who held it. */
  readonly node: NodeId
  readonly state: RecordedState
  readonly why: string
  /** Of its holder: how it came to be there, and under which revision of the definition. */
  readonly claim?: ClaimStory & { readonly revision: string }
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly actions: readonly RecordedAction[]
  readonly writer: NodeId
  readonly writtenAtMs: number
}

/** Slots that were decided without a run. */
export type NotRunRecord = {
  readonly kind: 'not-run'
  readonly job: JobName
  /** The register's version that decided it. */
  readonly version: number
  /** The node whose own register decided; null for the cluster's. */
  readonly node: NodeId | null
  readonly why: NotRun
  readonly fromMs: number
  readonly toMs: number
  readonly count: number | null
  readonly decidedAtMs: number
  readonly writer: NodeId
}

export type LedgerRecord = RunRecord | NotRunRecord

/** Of a run that no register has any more, and whose holder is gone. */
export const vanishedWhy = 'nobody told how it ended'

const subjects = new WeakMap<LedgerRecord, string>()

/** The same for all that is written about one run's attempt, or one decision; asked for more than once of each. */
export function subjectOf(record: LedgerRecord): string {
  let subject = subjects.get(record)
  if (subject === undefined) subjects.set(record, (subject = subjectText(record)))
  return subject
}

function subjectText(record: LedgerRecord): string {
  if (record.kind === 'not-run')
    return `${record.job}#${record.node ?? ''}v${record.version}:${record.fromMs}:${record.why}`
  return `${record.job}#${record.isLocal ? `${record.node}:` : ''}${record.run}.${record.attempt}`
}

/** What the run's holder says of it; without actions it is what a node read in a register. */
export function isHoldersWord({ writer, node, actions }: RunRecord): boolean {
  return writer === node && actions.length > 0
}

/**
 * The entry's key: the subject and who writes. What a node read in a register about a run has no actions, and stands
 * beside what the same node wrote as the run's holder: an agent on an older image of its disk would write over it.
 */
export function recordKey(record: LedgerRecord): string {
  const isRead = record.kind === 'run' && record.actions.length === 0
  return `${subjectOf(record)}|${record.writer}${isRead ? '|read' : ''}`
}

/** The instant by which a record is filed and sorted: its slot. */
export function recordSlotMs(record: LedgerRecord): number {
  return record.kind === 'run' ? record.slotMs : record.toMs
}
