// What a witness says to a change before it is voted on (W5, W6): a wrong clock, an old
// definition, or a claim in the name of another node than the one that the connection
// proves, is stopped here, by a majority, in the prepare phase. The accept phase
// refuses for ballots only, so that one witness with a wrong clock can neither let poison
// through nor block a finish.

import type { NodeId } from '../base/ids.ts'
import { voteLimits, type ClaimSettings } from '../base/limits.ts'
import { compareRevisions } from '../base/revision.ts'
import type { Change, Refusal } from './change.ts'
import { isSlotUnit, type Unit } from './register.ts'

export type Witnessing = {
  /** Who asks, as its connection proves. */
  readonly from: NodeId
  /** The witness's own wall clock. */
  readonly wallMs: number
  readonly settings: ClaimSettings
  /** The newest revision of the job that this witness knows; null when it knows no such job. */
  readonly newestRevision: string | null
  /** As far as this witness knows. */
  readonly isPaused: boolean
}

/** Null: no objection. */
export function judgeChange(change: Change, witnessing: Witnessing): Refusal | null {
  switch (change.kind) {
    case 'claim':
      return (
        ofAnother(change.node, witnessing) ??
        newerRevision(change.revision, witnessing) ??
        tooFarAhead(change.slot.slotMs, witnessing) ??
        paused(change.unit, witnessing)
      )
    case 'hold':
      return ofAnother(change.node, witnessing) ?? newerRevision(change.revision, witnessing)
    case 'skip':
      return (
        newerRevision(change.revision, witnessing) ??
        tooFarAhead(change.to.slotMs, witnessing) ??
        stillStartable(change.to.startByMs, witnessing)
      )
    case 'expire':
      return stillStartable(change.startByMs, witnessing)
    case 'ran-partitioned': {
      // It is said of what has run: neither a newer definition nor a start deadline to come undoes that.
      const last = change.slots.at(-1)
      return last === undefined ? null : tooFarAhead(last.slotMs, witnessing)
    }
    case 'child':
    case 'recall':
      return ofAnother(change.child.node, witnessing)
    case 'request':
    case 'drop':
    case 'finish':
    case 'release':
    case 'adopt':
    case 'lose':
    case 'yield':
    case 'take':
    case 'look':
    case 'reconfigure':
      return null
  }
}

function ofAnother(node: NodeId, { from }: Witnessing): Refusal | null {
  return node === from ? null : { kind: 'refused', because: 'other-node', node: from }
}

function newerRevision(asked: string, { newestRevision }: Witnessing): Refusal | null {
  if (newestRevision === null || compareRevisions(asked, newestRevision) >= 0) return null
  return { kind: 'refused', because: 'superseded', revision: newestRevision }
}

/** Slots are not claimed meanwhile; what people ask for was let through, and actions are of runs that have begun. */
function paused(unit: Unit, { isPaused }: Witnessing): Refusal | null {
  return isPaused && isSlotUnit(unit) ? { kind: 'refused', because: 'paused' } : null
}

function tooFarAhead(slotMs: number, { wallMs, settings }: Witnessing): Refusal | null {
  const offByMs = slotMs - (wallMs + settings.claimAheadMs + voteLimits.clockAheadSlackMs)
  return offByMs > 0 ? { kind: 'refused', because: 'clock', offByMs } : null
}

function stillStartable(startByMs: number, { wallMs }: Witnessing): Refusal | null {
  const offByMs = startByMs - (wallMs + voteLimits.clockBehindSlackMs)
  return offByMs > 0 ? { kind: 'refused', because: 'clock', offByMs } : null
}
