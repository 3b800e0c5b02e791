// A job with a slot each second that may start for five, as the votes of these tests see it: its facts, its slots and
// claims of them.

import { nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import type { Change, JobFacts, Slot } from '../../../lib/claim/change.ts'

export const SECOND = 1_000
export const KEY = 'shop.report'
export const REVISION = '1:a:x'
/** The instant at which every bench begins, on all clocks. */
export const START = 1_000_000

export type ClaimChange = Change & { readonly kind: 'claim' }

/** A slot of a job that runs each second and may start for five. */
export function slotAt(slotMs: number): Slot {
  return { slotMs, label: `L${slotMs}`, startByMs: slotMs + 5 * SECOND }
}

/** The definition behind the register: a slot each second from the start on, overlap allowed. */
export function jobFacts(overrides: Partial<JobFacts> = {}): JobFacts {
  return {
    incarnation: 1,
    revision: REVISION,
    effectiveFromMs: START,
    overlap: 'allow',
    startDeadlineMs: 5 * SECOND,
    isExclusive: false,
    rerun: null,
    count: 1,
    isConstant: false,
    isOnce: false,
    catchUpKeepsNewest: false,
    due(cursor, beforeMs) {
      const slots: Slot[] = []
      for (let atMs = cursor.slotMs + SECOND; atMs < beforeMs; atMs += SECOND) slots.push(slotAt(atMs))
      return { range: null, slots }
    },
    hasSlot: () => true,
    ...overrides,
  }
}

/** The n-th slot asked for by this node; the operation is named after both. */
export function claimOf(node: string, n: number, overrides: Partial<ClaimChange> = {}): ClaimChange {
  const slot = slotAt(START + n * SECOND)
  return {
    kind: 'claim',
    opId: opId(`${node}:${n}`),
    node: nodeId(node),
    session: sessionId({ nodeId: nodeId(node), bootNo: 1, k: 1 }),
    incarnation: 1,
    revision: REVISION,
    unit: `s${slot.slotMs}`,
    slot,
    ...overrides,
  }
}

/** The n-th slot is passed as missed. */
export function passing(n: number): Change {
  return {
    kind: 'skip',
    incarnation: 1,
    revision: REVISION,
    to: slotAt(START + n * SECOND),
    why: 'missed',
  }
}
