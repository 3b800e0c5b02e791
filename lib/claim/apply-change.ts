// What each change does to a register (see change.ts for what it means): from a value, a
// change and cluster time to the next value and the answer. The proposer calls it between
// the two phases of the vote, on the highest value that a majority has accepted.

import type { Recovery } from './configuration.ts'
import { assert } from '../base/assert.ts'
import { sessionParts } from '../base/ids.ts'
import { compareRevisions } from '../base/revision.ts'
import {
  applyChild,
  applyRecall,
  isOrphan,
  notStarted,
  withChildEnd,
  withOrphans,
  withoutChildren,
} from './apply-child.ts'
import { applyClaim } from './apply-claim.ts'
import { applyHold, applyTake, applyYield } from './apply-hold.ts'
import { applyRanPartitioned } from './apply-partitioned.ts'
import { rerunOf, type Applied, type Change, type JobFacts } from './change.ts'
import {
  advanceTo,
  enterDefinition,
  moveQueued,
  newestRevision,
  notRun,
  withDecision,
} from './register-moves.ts'
import { withConsequences } from './consequences.ts'
import { applyDrop, applyRequest } from './apply-request.ts'
import type { Outcome } from './outcome.ts'
import { isLater } from './session-witness.ts'
import {
  emptyRegister,
  nominalSlotMs,
  type LastRun,
  type LiveEntry,
  type PendingEntry,
  type Register,
  type Work,
} from './register.ts'

/**
 * Facts are those of the newest definition, null when the job is gone. The version grows by one when the change
 * had an effect, and not at all when it had none.
 */
export function applyChange(
  current: Register | null,
  change: Change,
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const base = current ?? firstRegister(context.facts, null)
  const changed = dispatch(base, change, context)
  if (changed.value === base) return changed
  const applied = { ...changed, value: withConsequences(base, changed.value, { ...context, change }) }
  assert(
    applied.value.cursor.slotMs >= base.cursor.slotMs || applied.value.incarnation > base.incarnation,
    'I6: a cursor never goes back',
  )
  assert(applied.value.token >= base.token, 'I6: a token never goes back')
  return { ...applied, value: { ...applied.value, version: base.version + 1 } }
}

/** What stands where nothing was accepted yet; of a job that is gone, what any definition replaces. */
export function firstRegister(facts: JobFacts | null, recovery: Recovery | null): Register {
  return emptyRegister({ ...(facts ?? { incarnation: 0, effectiveFromMs: 0, revision: '' }), recovery })
}

/** Drops decisions that the ledger has by now; no change of its own. */
export function withoutTold(value: Register, versions: ReadonlySet<number>): Register {
  if (!value.untold.some((decision) => versions.has(decision.version))) return value
  return { ...value, untold: value.untold.filter((decision) => !versions.has(decision.version)) }
}

function dispatch(
  base: Register,
  change: Change,
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  switch (change.kind) {
    case 'claim':
      return applyClaim(base, change, { nowMs, facts })
    case 'request':
      return applyRequest(base, change, { nowMs, facts })
    case 'drop':
      return applyDrop(base, nowMs)
    case 'child':
      return applyChild(base, change, { nowMs, facts })
    case 'recall':
      return applyRecall(base, change, { nowMs })
    case 'finish':
      return applyFinish(base, change, nowMs)
    case 'release':
      return applyRelease(base, change, { nowMs, facts })
    case 'expire':
      return applyExpire(base, change, nowMs)
    case 'adopt':
      return applyAdopt(base, change)
    case 'lose':
      return applyLose(base, change, { nowMs, facts })
    case 'skip':
      return applySkip(base, change, { nowMs, facts })
    case 'hold':
      return applyHold(base, change)
    case 'yield':
      return applyYield(base, change)
    case 'take':
      return applyTake(base, change)
    case 'ran-partitioned':
      return applyRanPartitioned(base, change, { nowMs, facts })
    case 'look':
      return { value: base, answer: { kind: 'done' } }
    case 'reconfigure': {
      const next = base.next ?? change.next
      return { value: base.next ? base : { ...base, next }, answer: { kind: 'succeeded-by', next } }
    }
  }
}

const tooLateText = 'no node that may run it started it in time'

const noSuchEntry = (value: Register): Applied => ({
  value,
  answer: { kind: 'refused', because: 'no-such-entry' },
})

function workOfEntry(entry: LiveEntry): Work {
  const {
    node: _node,
    session: _session,
    opId: _opId,
    token: _token,
    run: _run,
    isLeased: _isLeased,
    isReplaced: _isReplaced,
    children: _children,
    ...work
  } = entry
  return work
}

/** Whether the newest definition still has this work. */
function isWanted(entry: LiveEntry, facts: JobFacts): boolean {
  const isSlot = entry.unit.startsWith('s')
  return facts.incarnation === entry.incarnation && (!isSlot || facts.hasSlot(entry.slotMs))
}

function withoutLive(value: Register, entry: LiveEntry, nowMs: number): Register {
  return moveQueued({ ...value, live: value.live.filter((live) => live !== entry) }, nowMs)
}

function withLast(
  value: Register,
  entry: LiveEntry,
  { outcome, nowMs }: { readonly outcome: Outcome; readonly nowMs: number },
): Register {
  const run: LastRun = {
    slotMs: nominalSlotMs(entry),
    token: entry.token,
    endedAtMs: nowMs,
    outcome: outcome.kind,
  }
  const success = outcome.kind === 'succeeded' ? run : (value.last?.success ?? null)
  return { ...value, last: { run, success } }
}

function applyFinish(base: Register, change: Change & { kind: 'finish' }, nowMs: number): Applied {
  const entry = base.live.find((live) => live.token === change.token)
  if (entry === undefined) return noSuchEntry(base)
  const { child } = entry
  if (child !== undefined) {
    const attempt = change.attempt ?? { kind: 'unknown', atMs: nowMs }
    const told = withChildEnd(base, child, { ...attempt, node: entry.node })
    return { value: withoutLive(told, entry, nowMs), answer: { kind: 'done' } }
  }
  const told = withLast(base, entry, { outcome: change.outcome, nowMs })
  const ended = withDecision(told, { kind: 'ended', atMs: nowMs, entry, outcome: change.outcome })
  const rest = withoutChildren(ended, entry, true)
  return { value: withoutLive(rest, entry, nowMs), answer: { kind: 'done' } }
}

/**
 * Until the lock delay is over a lost run that is to start again stays live, and so forbids the next one: what its
 * dead holder sent off before it was ended has that long to arrive. Measured by who proposes, on one steady clock.
 */
function applyLose(
  base: Register,
  change: Change & { kind: 'lose' },
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  const entry = base.live.find((live) => live.token === change.token && live.session === change.session)
  if (entry === undefined) return noSuchEntry(base)
  const rerun = facts !== null && isWanted(entry, facts) ? rerunOf(entry, facts) : null
  if (rerun !== null && change.certifiedForMs < rerun.lockDelayMs) {
    const inMs = rerun.lockDelayMs - change.certifiedForMs
    return { value: base, answer: { kind: 'refused', because: 'too-early', inMs } }
  }
  if (entry.child !== undefined) {
    const lost = { kind: 'unknown', atMs: nowMs, isLost: true, node: entry.node } as const
    return {
      value: withoutLive(withChildEnd(base, entry.child, lost), entry, nowMs),
      answer: { kind: 'done' },
    }
  }
  const told = withLast(base, entry, { outcome: { kind: 'lost' }, nowMs })
  const ended = withDecision(told, { kind: 'ended', atMs: nowMs, entry, outcome: { kind: 'lost' } })
  const kept = withOrphans(ended, entry, nowMs)
  const freed = withoutLive(withoutChildren(kept, entry, rerun !== null), entry, nowMs)
  if (rerun === null) return { value: freed, answer: { kind: 'done' } }
  const again: PendingEntry = {
    ...workOfEntry(entry),
    attempt: entry.attempt + 1,
    startByMs: nowMs + facts!.startDeadlineMs,
    run: entry.run,
    sinceMs: nowMs,
    releasedBy: null,
  }
  return { value: { ...freed, pending: [again, ...freed.pending] }, answer: { kind: 'done' } }
}

function applyRelease(
  base: Register,
  change: Change & { kind: 'release' },
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  const entry = base.live.find((live) => live.opId === change.opId)
  if (entry === undefined) return noSuchEntry(base)
  if (isOrphan(base, entry)) {
    const told = withChildEnd(base, entry.child!, notStarted('its run was lost before it began', nowMs))
    return { value: withoutLive(told, entry, nowMs), answer: { kind: 'done' } }
  }
  const isStillWanted = facts !== null && isWanted(entry, facts)
  const released: Register = { ...base, live: base.live.filter((live) => live !== entry) }
  if (isStillWanted && nowMs < entry.startByMs) {
    const pending: PendingEntry = {
      ...workOfEntry(entry),
      run: entry.run,
      sinceMs: nowMs,
      releasedBy: change.node,
    }
    return {
      value: moveQueued({ ...released, pending: [...released.pending, pending] }, nowMs),
      answer: { kind: 'done' },
    }
  }
  if (entry.child !== undefined)
    return {
      value: withChildEnd(released, entry.child, notStarted(tooLateText, nowMs)),
      answer: { kind: 'done' },
    }
  const unwanted = facts?.incarnation === entry.incarnation ? 'schedule-changed' : 'removed'
  const missed = withDecision(released, notRun(entry, isStillWanted ? 'missed' : unwanted, nowMs))
  return { value: moveQueued(missed, nowMs), answer: { kind: 'done' } }
}

function applyExpire(base: Register, change: Change & { kind: 'expire' }, nowMs: number): Applied {
  const entry = base.pending.find((pending) => pending.unit === change.unit)
  if (entry === undefined || nowMs < entry.startByMs) return noSuchEntry(base)
  const rest = { ...base, pending: base.pending.filter((pending) => pending !== entry) }
  if (entry.child !== undefined)
    return {
      value: withChildEnd(rest, entry.child, notStarted(tooLateText, nowMs)),
      answer: { kind: 'done' },
    }
  const why = change.why ?? (base.live.length > 0 ? 'skipped-overlap' : 'missed')
  const missed = withDecision(rest, notRun(entry, why, nowMs))
  return { value: moveQueued(missed, nowMs), answer: { kind: 'done' } }
}

function applyAdopt(base: Register, change: Change & { kind: 'adopt' }): Applied {
  const entry = base.live.find((live) => live.token === change.token)
  if (entry === undefined) return noSuchEntry(base)
  if (sessionParts(change.session).nodeId !== entry.node) return noSuchEntry(base)
  // A request that was overtaken by one for a later session moves nothing back.
  if (!isLater(change.session, entry.session)) return { value: base, answer: { kind: 'granted', entry } }
  const adopted: LiveEntry = { ...entry, session: change.session }
  const live = base.live.map((other) => (other === entry ? adopted : other))
  return { value: { ...base, live }, answer: { kind: 'granted', entry: adopted } }
}

function applySkip(
  base: Register,
  change: Change & { kind: 'skip' },
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  if (facts === null || change.incarnation < base.incarnation)
    return { value: base, answer: { kind: 'refused', because: 'gone', incarnation: base.incarnation } }
  const newest = newestRevision(base, facts)
  if (compareRevisions(change.revision, newest) < 0)
    return { value: base, answer: { kind: 'refused', because: 'superseded', revision: newest } }
  const value = enterDefinition(base, facts, nowMs)
  // Of a job that was to run once and did, no slot is left to be passed.
  const isDone = facts.isOnce && value.cursor.isDone === true
  if (isDone || change.to.slotMs <= value.cursor.slotMs)
    return { value, answer: { kind: 'refused', because: 'taken', cursor: value.cursor } }
  const due = facts.due(value.cursor, change.to.slotMs, nowMs)
  const moved = advanceTo(value, { due, last: change.to, why: change.why, facts, nowMs })
  return { value: moved, answer: { kind: 'done' } }
}
