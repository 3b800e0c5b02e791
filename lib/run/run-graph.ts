// A run's graph: which actions may start now, which never will, when the cleanup's turn has
// come, and how the run ended, from how each of its actions stands.

import type { Outcome } from '../claim/outcome.ts'
import {
  attemptText,
  isComplete,
  isOver,
  movedTo,
  processOf,
  stateName,
  type ActionState,
} from './action-state.ts'
import { withAction, type ActionPlan, type CleanupStatus, type HeldRun } from './held-run.ts'

export type IsPublished = (event: string) => boolean

/**
 * The actions that may start now: all that they require is complete, what they wait for is published, and their next
 * try is due.
 */
export function readyActions(
  run: HeldRun,
  atMs = Infinity,
  isPublished: IsPublished = () => true,
): ActionPlan[] {
  return run.plan.filter((action) => {
    const state = run.actions[action.name]
    if (state?.kind === 'delayed') return atMs >= state.untilMs
    if (state?.kind !== 'waiting' || !action.requires.every((name) => isComplete(run.actions[name])))
      return false
    return action.triggers?.events.every(isPublished) ?? true
  })
}

/** Actions that waited for their events longer than they may have failed. */
export function withUntriggered(run: HeldRun, atMs: number, isPublished: IsPublished): HeldRun {
  let next = run
  for (const { name, triggers } of run.plan) {
    const state = run.actions[name]!
    if (triggers === undefined || state.kind !== 'waiting' || atMs < triggers.untilMs) continue
    const missing = triggers.events.filter((event) => !isPublished(event))
    if (missing.length === 0) continue
    const reason = `${missing.join(', ')} was not published in time`
    next = withAction(next, name, movedTo(state, 'fail', { kind: 'failed-to-start', atMs, reason }))
  }
  return next
}

/** Everything that follows by itself from how the actions stand, until nothing more does. */
export function withConsequences(run: HeldRun, atMs: number): HeldRun {
  const next = withCleanup(withBlocked(withFaults(withStopped(run, atMs), atMs)))
  return next === run ? run : withConsequences(next, atMs)
}

/** Of a run that was stopped nothing more starts. */
function withStopped(run: HeldRun, atMs: number): HeldRun {
  const { stop } = run
  if (stop === undefined) return run
  let next = run
  for (const { name, isCleanup = false } of run.plan) {
    const state = next.actions[name]!
    if (isCleanup || (state.kind !== 'waiting' && state.kind !== 'delayed')) continue
    const to: ActionState = { kind: 'set', to: 'cancelled', atMs, by: stopText(stop) }
    next = withAction(next, name, movedTo(state, 'cancel', to))
  }
  return next
}

/** Actions whose turn it is and whose command could not be rendered have failed. */
function withFaults(run: HeldRun, atMs: number): HeldRun {
  let next = run
  for (const { name, fault } of readyActions(run, atMs))
    if (fault !== null)
      next = withAction(
        next,
        name,
        movedTo(run.actions[name]!, 'fail', { kind: 'failed-to-start', atMs, reason: fault }),
      )
  return next
}

/** Actions that can never start any more, because something that they require did not succeed. */
export function withBlocked(run: HeldRun): HeldRun {
  let next = run
  for (const action of run.plan) {
    const state = next.actions[action.name]
    if (state?.kind !== 'waiting') continue
    const by = action.requires.find((name) => isDone(next.actions[name]) && !isComplete(next.actions[name]))
    if (by !== undefined)
      next = withAction(next, action.name, movedTo(state, 'block', { kind: 'blocked', by }))
  }
  return next
}

/** Decided, though its process may run on. */
function isDone(state: ActionState | undefined): boolean {
  return isOver(state) || state?.kind === 'set'
}

/** The cleanup joins when all others are over, unless nothing of the run ever began. */
function withCleanup(run: HeldRun): HeldRun {
  const { cleanup, plan, actions } = run
  if (cleanup === undefined || plan.some((action) => action.isCleanup) || run.phase !== 'running') return run
  if (!plan.every(({ name }) => isOver(actions[name])) || run.beganAtMs === undefined) return run
  const action = cleanup[cleanupStatus(run)]
  return { ...run, plan: [...plan, action], actions: { ...actions, [action.name]: { kind: 'waiting' } } }
}

export function cleanupStatus(run: HeldRun): CleanupStatus {
  const outcome = outcomeOf({ ...run, plan: run.plan.filter((action) => action.isCleanup !== true) })
  if (outcome?.kind === 'succeeded') return 'SUCCESS'
  return outcome?.kind === 'unknown' ? 'UNKNOWN' : 'FAILURE'
}

/** How the run ended, or null while an action may still start or end. */
export function outcomeOf(run: HeldRun): Outcome | null {
  const states = run.plan.map(({ name, isCleanup = false }) => ({
    name,
    isCleanup,
    state: run.actions[name]!,
  }))
  if (states.some(({ state }) => !isOver(state))) return null
  if (run.stop?.why === 'max-runtime') return { kind: 'failed', why: `it was ended: ${stopText(run.stop)}` }
  const anyBroken = states.filter(({ state }) => !isComplete(state) && state.kind !== 'blocked')
  // What became of the cleanup is the run's outcome only where all else went well.
  const ownBroken = anyBroken.filter(({ isCleanup }) => !isCleanup)
  const broken = ownBroken.length > 0 ? ownBroken : anyBroken
  const first =
    broken.find(({ state }) => stateName(state) === 'cancelled') ??
    broken.find(({ state }) => stateName(state) === 'failed') ??
    broken[0]
  if (first === undefined) {
    const blocked = states.find(({ state }) => state.kind === 'blocked')
    return blocked === undefined
      ? { kind: 'succeeded' }
      : { kind: 'failed', why: `action ${blocked.name} was blocked` }
  }
  const why = `action ${first.name} ${stateText(first.state)}`
  switch (stateName(first.state)) {
    case 'cancelled':
      return { kind: 'cancelled', why: run.stop === undefined ? why : stopText(run.stop) }
    case 'unknown':
      return { kind: 'unknown', why: `action ${first.name}: nobody saw how it ended` }
    default:
      return { kind: 'failed', why }
  }
}

/** How an action stands, behind its name. */
export function stateText(state: ActionState): string {
  switch (state.kind) {
    case 'set':
      return `was set to ${state.to} by ${state.by}${processOf(state) === null ? '' : ', and its process runs on'}`
    case 'blocked':
      return `was blocked: action ${state.by} did not succeed`
    case 'exited':
    case 'failed-to-start':
    case 'unknown':
      return attemptText(state)
    case 'started':
      return state.elsewhere === 'asked' ? 'waits for a node that may run it' : ''
    default:
      return ''
  }
}

function stopText({ why, by }: NonNullable<HeldRun['stop']>): string {
  switch (why) {
    case 'max-runtime':
      return 'it lasted longer than max_runtime'
    case 'replaced':
      return 'the next run replaced it'
    case 'cancelled':
      return `it was cancelled by ${by}`
  }
}
