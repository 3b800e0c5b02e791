// The steps of a run between its keeper's decisions: an action is marked, its process says
// something, and what is the newest that is known; and how long a host waits for its own clock.

import { runLimits } from '../base/limits.ts'
import { attemptAfter, hasSucceeded, movedTo, type ActionState, type Started } from './action-state.ts'
import type { ProcessEvent } from './event.ts'
import { isElsewhere } from './elsewhere.ts'
import type { Spawn } from './effect.ts'
import { isUntouched, processKey, withAction, withPhase, type ActionPlan, type HeldRun } from './held-run.ts'
import { processPlan } from './render-action.ts'
import { withEndedAttempt } from './retry.ts'
import type { RunClock } from './run-cover.ts'

/** How the actions stand before anything happens: of a run that goes on, those that are kept stand as they did. */
export function firstStates({ plan, entry }: Pick<HeldRun, 'plan' | 'entry'>): HeldRun['actions'] {
  const { actions: kept = {}, attempt = 1 } = entry.order?.resume ?? {}
  return Object.fromEntries(
    plan.map(({ name }): [string, ActionState] => {
      const to = kept[name]
      if (to === undefined) return [name, { kind: 'waiting' }]
      return [name, { kind: 'set', to, atMs: entry.slotMs, by: `attempt ${attempt - 1}` }]
    }),
  )
}

/** From here on nobody may say that it did not start, or was not asked for on a node of its own. */
export function withMark(run: HeldRun, action: ActionPlan, atMs: number): HeldRun {
  const { name } = action
  const elsewhere = isElsewhere(run, action) ? ({ elsewhere: 'asked' } as const) : {}
  const marked: Started = { kind: 'started', atMs, pid: null, sinceMs: atMs, ...elsewhere }
  const begun = run.beganAtMs === undefined ? { ...run, beganAtMs: atMs } : run
  return withAction(begun, name, movedTo(run.actions[name]!, 'start', marked))
}

/** Its process is asked for, in the environment and with the deadlines that its host gives it. */
export function spawnOf(
  run: HeldRun,
  action: ActionPlan,
  given: { readonly environment: Spawn['environment']; readonly limits: Pick<Spawn, 'lease' | 'startByMs'> },
): Spawn {
  const { environment, limits } = given
  const process = processKey(run, action.name)
  return { kind: 'spawn', process, command: action.command, ...processPlan(action), environment, ...limits }
}

/** The events of those actions that have succeeded since. */
export function newlyPublished(before: HeldRun | undefined, run: HeldRun): string[] {
  return run.plan.flatMap(({ name, publishes = [] }) => {
    const isNews = hasSucceeded(run.actions[name]) && !hasSucceeded(before?.actions[name])
    return isNews ? publishes : []
  })
}

/** The run after the process of one of its actions said this. */
export function withNews(
  run: HeldRun,
  name: string,
  news: {
    readonly event: ProcessEvent
    readonly started: Started
    readonly atMs: number
    readonly isTimeKnown: boolean
  },
): HeldRun {
  const { event, started, atMs, isTimeKnown } = news
  const { successExitCodes } = run.plan.find((action) => action.name === name)!
  const attempt = attemptAfter(started, event, { atMs, isTimeKnown, successExitCodes })
  const state = run.actions[name]!
  if (state.kind !== 'set')
    return attempt.kind === 'started'
      ? withAction(run, name, attempt)
      : withEndedAttempt(run, name, { attempt, atMs })
  const { left: _left, ...set } = state
  const known: ActionState = attempt.kind === 'started' ? { ...set, left: attempt } : { ...set, attempt }
  return withAction(run, name, known)
}

/** The mark is off again: a run that has not begun is one that waits for its start. */
export function takenBack(run: HeldRun, action: string): HeldRun {
  const waiting = movedTo(run.actions[action]!, 'withdraw', { kind: 'waiting' })
  const changed = withAction(run, action, waiting)
  if (!isUntouched(changed)) return changed
  const { beganAtMs: _beganAtMs, ...untouched } = changed
  return run.waitsSinceMs === undefined ? withPhase(untouched, 'withdraw') : untouched
}

export function isUnderWay(run: HeldRun): boolean {
  return run.phase === 'running' || run.phase === 'waiting'
}

/** Nothing more of it starts: its claim is lost. */
export function forfeited(run: HeldRun, atMs: number): HeldRun {
  const failed = { kind: 'failed-to-start', atMs, reason: 'its claim was lost' } as const
  const actions = Object.fromEntries(
    Object.entries(run.actions).map(([name, state]) => {
      const isToCome = state.kind === 'waiting' || state.kind === 'delayed'
      return [name, isToCome ? movedTo(state, 'fail', failed) : state]
    }),
  )
  return { ...run, actions }
}

/** When the newest thing that is known of the run happened. */
export function lastInstantOf(run: HeldRun): number {
  const instants = Object.values(run.actions).map((state) =>
    state.kind === 'exited' ? state.endedAtMs : 'atMs' in state ? state.atMs : 0,
  )
  return Math.max(run.entry.slotMs, ...instants)
}

/**
 * Cluster time is known to half a round trip only, and a command that asks `date` must not be told the day before
 * its slot: a host's own clock that is a little behind is waited for. One that is further off is wrong.
 */
export function ownClockEarlyMs(slotMs: number, clock: RunClock): number {
  const behindMs = slotMs - clock.wallMs
  return behindMs <= runLimits.ownClockWaitMs ? behindMs : 0
}
