// What may be done with a run that is over without anybody knowing how: its node may be away with
// processes that still run, and what is done again beside them runs twice.

import type { ScheduledJob } from '../claim/scheduled-job.ts'
import { needsLease } from '../run/lease.ts'
import type { OrderWord } from '../run/run-order.ts'
import type { RunRecord } from './run-record.ts'

export type WhereItRan = {
  readonly name: string
  readonly isConnected: boolean
  /** People said that it will not come back. */
  readonly isRemoved: boolean
}

/** Null, or why this cannot be asked of the run, and what can. */
export function refusalOfLost(
  record: RunRecord,
  word: OrderWord,
  at: { readonly job: ScheduledJob; readonly node: WhereItRan },
): { readonly why: string; readonly hint: string } | null {
  const { job, node } = at
  if (word === 'recover') return refusalToRecover(record, node)
  if (record.state !== 'lost') return null
  if (node.isConnected)
    return {
      why: `the run is lost, and its node "${node.name}" is back: it may still tell how the run ended`,
      hint: 'ask again in a few seconds',
    }
  if (node.isRemoved || wasLeased(record, job)) return null
  return {
    why: `the run is lost, and its node "${node.name}" is away with processes that may still run: what is done again may run twice`,
    hint: `hocket nodes remove ${node.name} says that it will not come back; hocket rerun begins a new run all the same`,
  }
}

/** A guard has ended what ran before the session was over, and the record of the loss came after that. */
function wasLeased({ claim }: RunRecord, { definition, revision }: ScheduledJob): boolean {
  return needsLease(definition) && (claim === undefined || claim.revision === revision)
}

/** Agents look by themselves whenever they start: there is nothing that they were not asked before. */
function refusalToRecover(
  { state }: RunRecord,
  { name, isConnected }: WhereItRan,
): { why: string; hint: string } {
  const hint = 'hocket succeed or hocket fail says how it ended, hocket retry does it again'
  if (state === 'lost')
    return isConnected
      ? {
          why: `its node "${name}" is back, and tells by itself how the run ended`,
          hint: 'ask hocket runs in a few seconds',
        }
      : { why: `its node "${name}" is away: when it is back it tells by itself how the run ended`, hint }
  if (state === 'unknown')
    return { why: `nobody saw how it ended on node "${name}", and nobody can find out more`, hint }
  return { why: `the run ${state}, and nothing of it is unknown`, hint: 'hocket runs shows how it ended' }
}
