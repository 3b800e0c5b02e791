// Actions of a run that are claimed on nodes of their own: which they are, what is asked of the
// register for them, and how its answer changes the run. The run's holder drives the graph;
// for it such an action is running from when it is asked for.

import type { NodeId } from '../base/ids.ts'
import type { Change, ChildState } from '../claim/change.ts'
import { isLocalEntry } from '../claim/local-registers.ts'
import type { EndedAttempt } from '../claim/ended-attempt.ts'
import type { ChildOf } from '../claim/register.ts'
import { processOf, type ActionState, type Started } from './action-state.ts'
import { tryOf, withAction, type ActionPlan, type HeldRun } from './held-run.ts'
import { withEndedAttempt } from './retry.ts'
import { cleanupStatus } from './run-graph.ts'

type Child = Change & { readonly kind: 'child' }

/** Whether its next try is claimed by whichever node may run it. */
export function isElsewhere(run: HeldRun, { name, place, retriesAnywhere }: ActionPlan): boolean {
  if (isLocalEntry(run.entry) || run.entry.child !== undefined) return false
  return place !== undefined || (retriesAnywhere === true && tryOf(run, name) > 1)
}

/** The actions that have a claim of their own now, or are to get one. */
export function elsewhereNow(run: HeldRun): { readonly action: ActionPlan; readonly started: Started }[] {
  return run.plan.flatMap((action) => {
    const started = processOf(run.actions[action.name])
    return started?.elsewhere === undefined ? [] : [{ action, started }]
  })
}

/** Of those that are ready, without the ones that wait until it is known on which node others of their place are. */
export function withoutFollowers(run: HeldRun, ready: readonly ActionPlan[]): ActionPlan[] {
  const asked = elsewhereNow(run).filter(({ started }) => started.elsewhere === 'asked')
  const leading = new Set(asked.flatMap(({ action }) => action.place ?? []))
  return ready.filter((action) => {
    const { place } = action
    if (place === undefined || !isElsewhere(run, action) || placedOn(run, action) !== null) return true
    if (leading.has(place)) return false
    leading.add(place)
    return true
  })
}

/** What is asked of the register. */
export function childOf(run: HeldRun, action: ActionPlan): Child {
  const { name, isCleanup = false, retriesAnywhere, revision = run.revision } = action
  const { token, unit, node } = run.entry
  const tried = tryOf(run, name)
  const last = run.earlier?.[name]?.at(-1)
  const child: ChildOf = {
    token,
    unit,
    node,
    action: name,
    tried,
    on: placedOn(run, action),
    revision,
    ...(isCleanup && { status: cleanupStatus(run) }),
  }
  return { kind: 'child', child, avoid: retriesAnywhere === true && last ? (last.node ?? node) : null }
}

/** Where what has this place in the run is; null while that is open, or where a further try may go anywhere. */
function placedOn(run: HeldRun, { name, place, retriesAnywhere }: ActionPlan): NodeId | null {
  if (place === undefined || (retriesAnywhere === true && tryOf(run, name) > 1)) return null
  let on: NodeId | null = null
  for (const other of run.plan) {
    if (other.place !== place) continue
    for (const attempt of [...(run.earlier?.[other.name] ?? []), run.actions[other.name]!])
      on = nodeOf(attempt) ?? on
  }
  return on
}

/** Of a node that is lost nobody waits. */
function nodeOf(state: ActionState | EndedAttempt): NodeId | null {
  if (state.kind === 'unknown' && state.isLost === true) return null
  if (state.kind === 'exited' || state.kind === 'failed-to-start' || state.kind === 'unknown')
    return state.node ?? null
  const { elsewhere } = processOf(state) ?? {}
  return elsewhere === undefined || elsewhere === 'asked' ? null : elsewhere.node
}

/** The run after the register said this of an action elsewhere. */
export function withChildState(
  run: HeldRun,
  child: ChildOf,
  of: { state: ChildState; atMs: number },
): HeldRun {
  const { state: found, atMs } = of
  const state = run.actions[child.action]
  const started = processOf(state)
  if (state === undefined || started?.elsewhere === undefined || tryOf(run, child.action) !== child.tried)
    return run
  switch (found.kind) {
    case 'pending':
      return run
    case 'live': {
      const { node, token } = found.entry
      if (started.elsewhere !== 'asked' && started.elsewhere.token === token) return run
      const elsewhere: Started = { ...started, elsewhere: { node, token } }
      return withAction(run, child.action, state.kind === 'set' ? { ...state, left: elsewhere } : elsewhere)
    }
    case 'ended':
      return withChildEnded(run, child.action, { attempt: found.end.attempt, started, atMs })
  }
}

function withChildEnded(
  run: HeldRun,
  name: string,
  end: { readonly attempt: EndedAttempt; readonly started: Started; readonly atMs: number },
): HeldRun {
  const state = run.actions[name]!
  const { ending } = end.started
  if (state.kind === 'set') {
    const { left: _left, ...set } = state
    return withAction(run, name, { ...set, attempt: end.attempt })
  }
  // Its node knows only that it was told to end, not why.
  const isTold = ending !== undefined && end.attempt.kind === 'exited' && end.attempt.endedFor !== undefined
  const told = isTold ? { ...end.attempt, endedFor: ending.why } : end.attempt
  const node = told.node ?? nodeOf(end.started)
  const attempt = node === null ? told : { ...told, node }
  return withEndedAttempt(run, name, { attempt, atMs: end.atMs })
}

/** How the action that this claim was for ended, for its run to know. */
export function attemptOfChild(run: HeldRun, atMs: number): EndedAttempt {
  const [state] = Object.values(run.actions)
  if (state?.kind === 'exited' || state?.kind === 'failed-to-start' || state?.kind === 'unknown') return state
  return { kind: 'failed-to-start', atMs, reason: 'it was ended before it began' }
}
