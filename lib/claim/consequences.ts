// What follows from any change of a register for jobs whose slots depend on their own runs:
// one that is to run once has no slots after a success, and a constant one may go on from
// the instant at which nothing of it runs or waits.

import { timeLimits } from '../base/limits.ts'
import type { Change, JobFacts } from './change.ts'
import { notRun, withDecision } from './register-moves.ts'
import { isPartlyTaken, type Register, type Work } from './register.ts'

export function withConsequences(
  base: Register,
  value: Register,
  of: { readonly change: Change; readonly nowMs: number; readonly facts: JobFacts | null },
): Register {
  const { change, facts, nowMs } = of
  if (facts === null) return value
  let next = value
  if (facts.isOnce && (next.cursor.isDone === true || hasSucceeded(base, change))) {
    if (next.cursor.isDone !== true) next = { ...next, cursor: { ...next.cursor, isDone: true } }
    next = giveUpWaiting(next, nowMs)
  }
  const { cursor } = next
  if (!facts.isConstant || cursor.label === '' || cursor.againAtMs !== undefined || !isIdle(next)) return next
  const againAtMs = Math.max(nowMs, cursor.slotMs + timeLimits.constantGapMs)
  return { ...next, cursor: { ...cursor, againAtMs } }
}

function hasSucceeded(base: Register, change: Change): boolean {
  if (change.kind !== 'finish' || change.outcome.kind !== 'succeeded') return false
  const entry = base.live.find((live) => live.token === change.token)
  return entry?.incarnation === base.incarnation && entry.child === undefined
}

function isIdle({ live, pending, queued }: Register): boolean {
  return live.length === 0 && pending.every(isPartlyTaken) && queued === null
}

/** Slots that wait are decided: they will not run. What was asked for by hand still does. */
function giveUpWaiting(value: Register, nowMs: number): Register {
  const isSlot = ({ unit }: Work) => unit.startsWith('s')
  const queued = value.queued !== null && isSlot(value.queued) ? [value.queued] : []
  const given = [...value.pending.filter(isSlot), ...queued]
  if (given.length === 0) return value
  const told = given.reduce((next, work) => withDecision(next, notRun(work, 'done', nowMs)), value)
  return {
    ...told,
    pending: value.pending.filter((entry) => !isSlot(entry)),
    queued: queued.length > 0 ? null : value.queued,
  }
}
