// What people ask of a job by hand, as its register takes it: one run more, a run that is over
// and goes on, or to give up what waits. A request is taken once: its id is remembered, and
// one that is older than all that are remembered is refused.

import { registerLimits } from '../base/limits.ts'
import { isSameRequest } from '../base/request-id.ts'
import type { Applied, Change, JobFacts } from './change.ts'
import { bytesOfChanges, bytesOfRegister } from './message-size.ts'
import {
  enterDefinition,
  furtherNodes,
  notRun,
  waitsInTurn,
  withDecision,
  withReplaced,
} from './register-moves.ts'
import { isBeside, manualUnit, type Order, type PendingEntry, type Register } from './register.ts'

export function applyRequest(
  base: Register,
  change: Change & { kind: 'request' },
  context: { readonly nowMs: number; readonly facts: JobFacts | null },
): Applied {
  const { nowMs, facts } = context
  const { order } = change
  const { count, recent } = base.manual
  const before = recent.find((requestId) => isSameRequest(requestId, order.requestId))
  if (before !== undefined) return { value: base, answer: { kind: 'repeated', requestId: before } }
  if (facts === null || change.incarnation < base.incarnation)
    return { value: base, answer: { kind: 'refused', because: 'gone', incarnation: base.incarnation } }
  const isFull = bytesOfRegister(base) + bytesOfChanges([change]) > registerLimits.bytesMost
  if (isFull || base.pending.length >= registerLimits.pending)
    return { value: base, answer: { kind: 'refused', because: 'busy', holders: [] } }
  const newestDropped = recent.length >= registerLimits.requestsRemembered ? recent[0]! : ''
  if (newestDropped !== '' && order.requestId <= newestDropped)
    return { value: base, answer: { kind: 'refused', because: 'stale-request', newestDropped } }
  // By hand too a run does not start beside another where the job does not allow it.
  const isForced = order.isForced && !facts.isExclusive
  const isHeldUp = base.live.length > 0 && facts.overlap !== 'allow' && !isForced
  if (isHeldUp && (facts.overlap === 'skip' || order.isForced))
    return { value: base, answer: { kind: 'refused', because: 'busy', holders: base.live } }
  // What was asked for before it may run for long, whether it has begun yet or not.
  const isInTurn = waitsInTurn(facts) && !isForced && base.pending.some((entry) => !isBeside(entry))
  const entered = enterDefinition(base, facts, nowMs)
  const value = isHeldUp && facts.overlap === 'replace' ? withReplaced(entered, nowMs) : entered
  const attempt = nextAttempt(value, order)
  const entry: PendingEntry = {
    unit: manualUnit(count + 1),
    incarnation: value.incarnation,
    slotMs: change.atMs,
    label: '',
    attempt,
    startByMs: nowMs + (isHeldUp || isInTurn ? registerLimits.manualWaitMs : facts.startDeadlineMs),
    run: order.resume?.run ?? null,
    sinceMs: nowMs,
    releasedBy: null,
    ...(order.resume === null && furtherNodes(facts)),
    order: order.resume === null ? order : { ...order, resume: { ...order.resume, attempt } },
  }
  const kept = [...recent, order.requestId].toSorted().slice(-registerLimits.requestsRemembered)
  const resumed = order.resume === null ? value.manual.resumed : withResumed(value, order.resume.run, attempt)
  return {
    value: {
      ...value,
      manual: { count: count + 1, recent: kept, ...(resumed && { resumed }) },
      pending: [...value.pending, entry],
    },
    answer: { kind: 'pending', entry, behind: isHeldUp ? base.live : [] },
  }
}

/** Who asks may not know of the last attempt yet. */
function nextAttempt(value: Register, { resume }: Pick<Order, 'resume'>): number {
  if (resume === null) return 1
  return Math.max(resume.attempt, (value.manual.resumed?.[resume.run] ?? 0) + 1)
}

function withResumed(value: Register, run: number, attempt: number): Readonly<Record<string, number>> {
  const others = Object.entries(value.manual.resumed ?? {}).filter(([other]) => other !== String(run))
  const newest = others.toSorted(([left], [right]) => Number(left) - Number(right))
  return Object.fromEntries([...newest.slice(1 - registerLimits.resumesRemembered), [String(run), attempt]])
}

/** What waits is given up; what runs is not touched. */
export function applyDrop(base: Register, nowMs: number): Applied {
  // Actions elsewhere are of runs that have begun.
  const given = base.pending.filter(({ child }) => child === undefined)
  const works = [...given, ...(base.queued === null ? [] : [base.queued])]
  if (works.length === 0) return { value: base, answer: { kind: 'dropped', count: 0 } }
  const pending = base.pending.filter(({ child }) => child !== undefined)
  let value: Register = { ...base, pending, queued: null }
  for (const work of works) value = withDecision(value, notRun(work, 'cancelled', nowMs))
  return { value, answer: { kind: 'dropped', count: works.length } }
}
