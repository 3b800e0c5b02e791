// An action of a run on a node of its own, as the register of its job takes it: the run's holder
// asks, any node that the action may run on claims it like a slot, and how it ended stays with
// the run's entry, where the holder reads it by asking again. So it is started once by the same
// vote as everything else, and neither node's death loses its end:
//
//     the action's node dies     its session's certificate ends the entry as lost; the run decides what follows
//     the run's node dies        what waits is dropped; what runs forbids the next run until it is over, and is told
//                                to end when the run is to start again; how it ended is kept for a while, for that
//                                node may come back and ask
//     nobody may take it         it expires like a slot, and the run is told that it did not start

import { registerLimits } from '../base/limits.ts'
import type { Applied, Change, ChildState, JobFacts } from './change.ts'
import { RECOVERY_TOKENS } from './configuration.ts'
import type { EndedAttempt } from './ended-attempt.ts'
import {
  childUnit,
  type ChildOf,
  type LiveEntry,
  type PendingEntry,
  type Register,
  type Work,
} from './register.ts'

export function applyChild(
  base: Register,
  { child, avoid }: Change & { kind: 'child' },
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  const parent = parentOf(base, child)
  if (parent === undefined) return ofLostRun(base, child)
  const known = stateOf(base, parent, child)
  if (known !== null) return { value: base, answer: { kind: 'child', state: known } }
  if (facts === null || facts.incarnation !== parent.incarnation)
    return { value: base, answer: { kind: 'refused', because: 'gone', incarnation: base.incarnation } }
  // It may have been granted in what was lost with a majority of the disks.
  if (base.token >= parent.token + RECOVERY_TOKENS)
    return ended(base, child, { kind: 'unknown', atMs: nowMs })
  if (base.pending.length >= registerLimits.pending)
    return { value: base, answer: { kind: 'refused', because: 'busy', holders: [] } }
  const { incarnation, slotMs, label, attempt, run, order } = parent
  const entry: PendingEntry = {
    unit: childUnit(child),
    incarnation,
    slotMs,
    label,
    attempt,
    startByMs: nowMs + facts.startDeadlineMs,
    run,
    sinceMs: nowMs,
    releasedBy: avoid,
    child,
    ...(order && { order: { ...order, resume: null } }),
  }
  return {
    value: { ...base, pending: [...base.pending, entry] },
    answer: { kind: 'child', state: { kind: 'pending' } },
  }
}

/** What waits does not begin any more; what runs is for its node to end. */
export function applyRecall(
  base: Register,
  { child }: Change & { kind: 'recall' },
  { nowMs }: { readonly nowMs: number },
): Applied {
  const parent = parentOf(base, child)
  if (parent === undefined) return ofLostRun(base, child)
  const known = stateOf(base, parent, child)
  if (known !== null && known.kind !== 'pending')
    return { value: base, answer: { kind: 'child', state: known } }
  const unit = childUnit(child)
  const rest = { ...base, pending: base.pending.filter((entry) => entry.unit !== unit) }
  return ended(rest, child, notStarted('it was ended before it began', nowMs))
}

/** Who held a run that was lost comes back, and asks: what is known is told, and nothing new begins. */
function ofLostRun(value: Register, { token, action, tried }: ChildOf): Applied {
  const unit = childUnit({ token, action, tried })
  const entry = value.live.find((live) => live.unit === unit)
  if (entry !== undefined) return { value, answer: { kind: 'child', state: { kind: 'live', entry } } }
  const end = value.orphans?.find((orphan) => childUnit(orphan) === unit)
  if (end !== undefined) return { value, answer: { kind: 'child', state: { kind: 'ended', end } } }
  return { value, answer: { kind: 'refused', because: 'no-such-entry' } }
}

/** The run is lost: how its actions elsewhere ended is kept for its holder, and what waits does not begin. */
export function withOrphans(value: Register, parent: LiveEntry, nowMs: number): Register {
  let next = value
  for (const [action, { tried, attempt }] of Object.entries(parent.children ?? {}))
    next = withOrphan(next, { token: parent.token, action, tried }, attempt)
  for (const { child } of value.pending)
    if (child?.token === parent.token)
      next = withOrphan(next, child, notStarted('its run was lost before it began', nowMs))
  return next
}

/** What its commands wrote last is where it ran. */
function withOrphan(
  value: Register,
  { token, action, tried }: Pick<ChildOf, 'token' | 'action' | 'tried'>,
  whole: EndedAttempt,
): Register {
  const { lastLines: _, ...attempt } = { lastLines: '', ...whole }
  const orphans = [...(value.orphans ?? []), { token, action, tried, attempt }]
  return { ...value, orphans: orphans.slice(-registerLimits.orphansRemembered) }
}

/** The run's entry keeps how its action elsewhere ended; or the register does, where the run is lost. */
export function withChildEnd(value: Register, child: ChildOf, attempt: EndedAttempt): Register {
  const { action, token, tried } = child
  if (parentOf(value, child) === undefined) return withOrphan(value, child, attempt)
  const live = value.live.map((entry) => {
    if (entry.token !== token || (entry.children?.[action]?.tried ?? 0) > tried) return entry
    return { ...entry, children: { ...entry.children, [action]: { tried, attempt } } }
  })
  return { ...value, live }
}

/** Nobody started it, and nobody will. */
export function notStarted(reason: string, atMs: number): EndedAttempt {
  return { kind: 'failed-to-start', atMs, reason }
}

/** The run is over or lost: what waits of its actions is dropped, and what runs of them is perhaps to end. */
export function withoutChildren(value: Register, parent: LiveEntry, isToEnd: boolean): Register {
  const isOurs = ({ child }: Work) => child?.token === parent.token
  if (!value.live.some(isOurs) && !value.pending.some(isOurs)) return value
  return {
    ...value,
    pending: value.pending.filter((entry) => !isOurs(entry)),
    live: isToEnd
      ? value.live.map((entry) => (isOurs(entry) ? { ...entry, isReplaced: true } : entry))
      : value.live,
  }
}

/** Whether the run that it belongs to is over or lost. */
export function isOrphan(value: Register, { child }: Work): boolean {
  return child !== undefined && parentOf(value, child) === undefined
}

function parentOf(value: Register, { token }: ChildOf): LiveEntry | undefined {
  return value.live.find((entry) => entry.token === token && entry.child === undefined)
}

/** Null: this try was never asked for. */
function stateOf(value: Register, parent: LiveEntry, child: ChildOf): ChildState | null {
  const end = parent.children?.[child.action]
  if (end !== undefined && end.tried >= child.tried) return { kind: 'ended', end }
  const unit = childUnit(child)
  const entry = value.live.find((live) => live.unit === unit)
  if (entry !== undefined) return { kind: 'live', entry }
  return value.pending.some((pending) => pending.unit === unit) ? { kind: 'pending' } : null
}

function ended(value: Register, child: ChildOf, attempt: EndedAttempt): Applied {
  const end = { tried: child.tried, attempt }
  return {
    value: withChildEnd(value, child, attempt),
    answer: { kind: 'child', state: { kind: 'ended', end } },
  }
}
