// The claim itself: who asks for a slot is granted it, or told why not. The order of the
// questions matters; each is one rule of the protocol.

import type { NodeId } from '../base/ids.ts'
import { registerLimits } from '../base/limits.ts'
import { compareRevisions } from '../base/revision.ts'
import { isOrphan } from './apply-child.ts'
import type { Answer, Applied, Change, JobFacts, Refusal } from './change.ts'
import {
  advanceTo,
  enterDefinition,
  moveQueued,
  newestRevision,
  notRun,
  waitsInTurn,
  withDecision,
  withReplaced,
  workOf,
} from './register-moves.ts'
import {
  isBeside,
  isChildUnit,
  isPartlyTaken,
  movedTo,
  nextIndex,
  unitOfRun,
  wholeUnit,
  type LiveEntry,
  type PendingEntry,
  type Register,
  type Unit,
  type Work,
} from './register.ts'

type Claim = Change & { readonly kind: 'claim' }
type WithoutKind<Union> = Union extends unknown ? Omit<Union, 'kind'> : never
type Evidence = WithoutKind<Refusal>

export function applyClaim(
  base: Register,
  change: Claim,
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  const refused = (value: Register, refusal: Evidence): Applied => ({
    value,
    answer: { kind: 'refused', ...refusal },
  })
  // A repeated request is answered like the first, whatever changed since: its entry must not stay behind.
  const mine = grantedBefore(base, change)
  if (mine !== undefined) return { value: base, answer: { kind: 'granted', entry: mine } }
  if (facts === null || change.incarnation < Math.max(base.incarnation, facts.incarnation))
    return refused(base, { because: 'gone', incarnation: base.incarnation })
  const newest = newestRevision(base, facts)
  if (compareRevisions(change.revision, newest) < 0)
    return refused(base, { because: 'superseded', revision: newest })

  const value = enterDefinition(base, facts, nowMs)
  const unit = wholeUnit(change.unit)
  const isForbidden = isForbiddenBy(value, unit, facts)
  if (value.live.length >= registerLimits.live) return refused(base, { because: 'busy', holders: [] })

  const pending = openEntry(value, change)
  if (pending !== undefined) {
    if (nowMs >= pending.startByMs)
      return refused(value, { because: 'too-late', startByMs: pending.startByMs })
    // What waits is never skipped for overlap: it waits on, until its deadline.
    if (isForbidden && (facts.isExclusive || pending.order?.isForced !== true))
      return refused(value, { because: 'busy', holders: value.live })
    const { run, sinceMs: _sinceMs, releasedBy: _releasedBy, ...work } = pending
    const rest = { ...value, pending: value.pending.filter((entry) => entry !== pending) }
    return grant(rest, { work, run, change, facts, nowMs })
  }

  const { slot } = change
  if (
    !unit.startsWith('s') ||
    (facts.isOnce && value.cursor.isDone === true) ||
    slot.slotMs <= value.cursor.slotMs ||
    (slot.label !== '' && slot.label === value.cursor.label)
  )
    return refused(value, { because: 'taken', cursor: value.cursor })
  if (nowMs >= slot.startByMs) return refused(value, { because: 'too-late', startByMs: slot.startByMs })

  const isWaiting = (entry: PendingEntry) => nowMs < entry.startByMs && !isBeside(entry)
  const due = facts.due(value.cursor, slot.slotMs, nowMs)
  const isAhead = nowMs < slot.slotMs
  if (isAhead && facts.overlap !== 'allow') {
    // A slot claimed ahead must not overtake one that can still start.
    const hasWaiting =
      value.queued !== null ||
      value.pending.some(isWaiting) ||
      due.slots.some((entry) => nowMs < entry.startByMs)
    if (isForbidden || hasWaiting) return refused(base, { because: 'busy', holders: value.live })
  }

  const passed = advanceTo(value, { due, last: null, why: change.passed ?? 'missed', facts, nowMs })
  const moved = { ...passed, cursor: movedTo(value.cursor, slot) }
  // With a queue, what waits for its turn comes first.
  const isTurnOfOther = waitsInTurn(facts) && value.pending.some(isWaiting)
  if (isForbidden || isTurnOfOther) return overlapped(moved, { slot, facts, nowMs })
  return grant(moved, { work: workOf(slot, value.incarnation, facts), run: null, change, facts, nowMs })
}

/** Whether what is live forbids this: another run, or an action elsewhere of a run of its own that was lost. */
function isForbiddenBy(value: Register, unit: Unit, { overlap }: JobFacts): boolean {
  if (isChildUnit(unit)) return false
  return value.live.some((live) =>
    wholeUnit(unitOfRun(live)) === unit ? isOrphan(value, live) : overlap !== 'allow',
  )
}

/** The entry that an earlier attempt of this request put there, though nobody got to know. */
export function grantedBefore(base: Register | null, change: Change): LiveEntry | undefined {
  return change.kind === 'claim' ? base?.live.find((live) => live.opId === change.opId) : undefined
}

/** What waits of this slot or request and may be taken by who asks: no node runs two indices of it. */
function openEntry({ live, pending }: Register, { unit, node }: Claim): PendingEntry | undefined {
  const isSame = (work: Work) => wholeUnit(work.unit) === wholeUnit(unit)
  if (live.some((entry) => entry.node === node && isSame(entry))) return undefined
  const open = pending.filter((entry) => isSame(entry) && entry.takenBy?.includes(node) !== true)
  return open.find((entry) => entry.unit === unit) ?? open[0]
}

function grant(
  value: Register,
  give: {
    readonly work: Work
    readonly run: number | null
    readonly change: Claim
    readonly facts: JobFacts
    readonly nowMs: number
  },
): Applied {
  const token = value.token + 1
  const { node, session, opId } = give.change
  const { left = 0, ...work } = give.work
  const isLeased = give.facts.isExclusive || give.facts.rerun !== null
  const held = { node, session, opId, token, run: give.run ?? token, ...(isLeased && { isLeased }) }
  const entry: LiveEntry = { ...work, ...held }
  const isSame = (other: Work) => wholeUnit(other.unit) === wholeUnit(work.unit)
  const pending = value.pending.map((other) => (isSame(other) ? withTaker(other, node) : other))
  if (left > 0) {
    const next = { ...work, unit: nextIndex(work.unit), ...(left > 1 && { left: left - 1 }) }
    pending.push({ ...withTaker(next, node), run: null, sinceMs: give.nowMs, releasedBy: null })
  }
  const others = value.live.map((other) => (isSame(other) ? withTaker(other, node) : other))
  const granted = { ...value, token, live: [...others, entry], pending }
  return { value: withoutOldest(granted, give.nowMs), answer: { kind: 'granted', entry } }
}

/** Where a pool has fewer nodes than the job wants, what is left of its slots does not pile up. */
function withoutOldest(value: Register, nowMs: number): Register {
  const partly = value.pending.filter(isPartlyTaken)
  const given = partly.slice(0, Math.max(0, partly.length - registerLimits.partlyTaken))
  if (given.length === 0) return value
  const told = given.reduce((next, entry) => withDecision(next, notRun(entry, 'too-few-nodes', nowMs)), value)
  return { ...told, pending: value.pending.filter((entry) => !given.includes(entry)) }
}

function withTaker<Some extends Work>(work: Some, node: NodeId): Some {
  return { ...work, takenBy: [...(work.takenBy ?? []), node] }
}

function overlapped(
  value: Register,
  at: { readonly slot: Claim['slot']; readonly facts: JobFacts; readonly nowMs: number },
): { value: Register; answer: Answer } {
  const { slot, facts, nowMs } = at
  if (facts.overlap === 'replace') return replaced(value, at)
  if (facts.overlap === 'queue' && value.queued === null && value.pending.every(isBeside))
    return { value: { ...value, queued: workOf(slot, value.incarnation, facts) }, answer: { kind: 'queued' } }
  return {
    value: withDecision(value, notRun(workOf(slot, 0, facts), 'skipped-overlap', nowMs)),
    answer: { kind: 'skipped' },
  }
}

/** What runs is to end, and the slot waits for that; the one that waited before it gives way. */
function replaced(
  value: Register,
  at: { readonly slot: Claim['slot']; readonly facts: JobFacts; readonly nowMs: number },
): { value: Register; answer: Answer } {
  const { slot, facts, nowMs } = at
  let next = withReplaced(value, nowMs)
  if (next.queued !== null) next = withDecision(next, notRun(next.queued, 'skipped-overlap', nowMs))
  const queued = workOf(slot, value.incarnation, facts)
  // Nothing is live when it is only the turn of another: then it waits behind that one.
  return { value: moveQueued({ ...next, queued }, nowMs), answer: { kind: 'queued' } }
}
