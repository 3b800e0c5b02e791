// Whether a failed attempt of an action is tried again, and when. The wait is in the journal
// before it begins (state `delayed`), so that a restart of the agent neither forgets it nor
// begins it anew.

import { runLimits, timeLimits } from '../base/limits.ts'
import type { EndedAttempt } from '../claim/ended-attempt.ts'
import { hasSucceeded, movedTo } from './action-state.ts'
import { tryOf, withAction, type HeldRun, type RetryPolicy } from './held-run.ts'

/** How long to wait after this try, counted from 1: the delay, the delay times the try, or doubled by each try. */
export function retryDelayMs({ delayMs, backoff }: RetryPolicy, tried: number): number {
  const factor = backoff === 'fixed' ? 1 : backoff === 'linear' ? tried : 2 ** Math.min(tried - 1, 50)
  // A delay that somebody wrote down is never cut short, only what it grows to.
  return Math.min(delayMs * factor, Math.max(delayMs, runLimits.retryDelayMostMs))
}

/** Only what failed by itself is tried again: not what a person ended, and not what nobody saw the end of. */
function isRetried(run: HeldRun, name: string, attempt: EndedAttempt): boolean {
  if (run.stop !== undefined || hasSucceeded(attempt)) return false
  // Its node's session is certified dead, and its guard has ended it: only of a leased run is that certain.
  if (attempt.kind === 'unknown') return attempt.isLost === true && run.isLeased && mayBeLostAgain(run, name)
  if (attempt.kind === 'exited') {
    if (attempt.isEndedByGuard === true) return false
    if (attempt.endedFor !== undefined && attempt.endedFor !== 'timeout') return false
  }
  const retry = run.plan.find((action) => action.name === name)?.retry
  return retry !== undefined && tryOf(run, name) <= retry.retries
}

function mayBeLostAgain(run: HeldRun, name: string): boolean {
  const { lostRetries = 0 } = run.plan.find((action) => action.name === name) ?? {}
  const lost = run.earlier?.[name]?.filter((attempt) => attempt.kind === 'unknown' && attempt.isLost === true)
  return (lost?.length ?? 0) < lostRetries
}

/** The run with an attempt of this action over: the action has ended with it, or waits for its next try. */
export function withEndedAttempt(
  run: HeldRun,
  name: string,
  at: { readonly attempt: EndedAttempt; readonly atMs: number },
): HeldRun {
  const { attempt, atMs } = at
  const state = run.actions[name]!
  if (!isRetried(run, name, attempt)) {
    const move = attempt.kind === 'unknown' ? 'vanish' : hasSucceeded(attempt) ? 'succeed' : endMove(attempt)
    return withAction(run, name, movedTo(state, move, attempt))
  }
  const { retry } = run.plan.find((action) => action.name === name)!
  // What was lost has waited for its certificate.
  const delayMs = attempt.kind === 'unknown' ? 0 : retryDelayMs(retry!, tryOf(run, name))
  const untilMs = atMs + delayMs
  const delayed = withAction(run, name, movedTo(state, 'delay', { kind: 'delayed', untilMs }))
  return withEarlier(delayed, name, attempt)
}

/**
 * A wait that is longer than any of this action's may be was counted from a clock that was ahead, before cluster time was
 * known: it is counted from now. The same run where all waits are right.
 */
export function withWaitsFrom(run: HeldRun, atMs: number): HeldRun {
  let right = run
  for (const { name, retry } of run.plan) {
    const state = run.actions[name]!
    if (state.kind !== 'delayed') continue
    const delayMs = retry === undefined ? 0 : retryDelayMs(retry, tryOf(run, name) - 1)
    if (state.untilMs > atMs + delayMs + timeLimits.clockOffsetWarnMs)
      right = withAction(right, name, { ...state, untilMs: atMs + delayMs })
  }
  return right
}

/** The next try of this action has a number of its own. */
export function withEarlier(run: HeldRun, name: string, attempt: EndedAttempt): HeldRun {
  // A thousand tries must not fill the journal: the last words of the newest are enough.
  const before = (run.earlier?.[name] ?? []).map((one) => {
    if (one.kind !== 'exited') return one
    const { lastLines: _, ...rest } = one
    return rest
  })
  const earlier = [...before, attempt]
  return { ...run, earlier: { ...run.earlier, [name]: earlier } }
}

function endMove(attempt: EndedAttempt): 'cancel' | 'fail' {
  const isCancelled =
    attempt.kind === 'exited' && (attempt.endedFor === 'cancelled' || attempt.endedFor === 'replaced')
  return isCancelled ? 'cancel' : 'fail'
}
