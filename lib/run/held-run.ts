// One run that this agent holds the claim of, as its journal keeps it: enough to go on
// with after the agent died at any line. The entry is journalled before anything starts
// (`waiting`: provably not started), each action is marked before its process is spawned.

import { assert } from '../base/assert.ts'
import type { JobName } from '../base/ids.ts'
import type { EndedAttempt } from '../claim/ended-attempt.ts'
import type { Outcome } from '../claim/outcome.ts'
import { runLabel } from '../claim/local-registers.ts'
import type { LiveEntry } from '../claim/register.ts'
import type { ActionDefinition } from '../definition/job-definition.ts'
import { processOf, type ActionState } from './action-state.ts'
import { jobRunMachine, moveRefusal, nextState, type JobRunMove, type JobRunState } from './machine.ts'
import type { RenderedAction } from './render-action.ts'

export type RetryPolicy = {
  /** Tries after the first. */
  readonly retries: number
  readonly delayMs: number
  readonly backoff: ActionDefinition['backoff']
}

export type ActionPlan = RenderedAction & {
  readonly name: string
  readonly requires: readonly string[]
  /** How a failed attempt is tried again; not at all if not given. */
  readonly retry?: RetryPolicy
  /** How long one attempt may last. */
  readonly timeoutMs?: number
  /** Events that it waits for, and until when (cluster time); from then on it has failed. */
  readonly triggers?: { readonly events: readonly string[]; readonly untilMs: number }
  /** Events that its success publishes. */
  readonly publishes?: readonly string[]
  /** It is claimed on a node of its own when it is ready; what has one place in a run stays on one node. */
  readonly place?: string
  /** Its further tries may run on any node. */
  readonly retriesAnywhere?: true
  /** How often it starts again when it was lost with its node. */
  readonly lostRetries?: number
  /** The definition's that it is from, when not its run's. */
  readonly revision?: string
  /** It runs once, when all others are over, and nothing requires it. */
  readonly isCleanup?: boolean
}

export type CleanupStatus = 'SUCCESS' | 'FAILURE' | 'UNKNOWN'

export type OrderAnswer =
  | { readonly kind: 'done'; readonly what: string }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string }

/** Nothing more of the run starts but its cleanup, and what runs is ended. */
export type RunStop = {
  readonly why: 'max-runtime' | 'cancelled' | 'replaced'
  readonly atMs: number
  /** Who asked. */
  readonly by: string
}

/** How it came to be here; nodes by their names. */
export type ClaimStory = {
  readonly atMs: number
  /** The first of those that might have asked, in the order of their turns. */
  readonly ranking: readonly string[]
  readonly eligible: number
  /** The witnesses whose votes granted it; empty where none are needed. */
  readonly votes: readonly string[]
}

export type HeldRun = {
  readonly job: JobName
  readonly entry: LiveEntry
  /** Its slot, or by the job's jitter a little later. */
  readonly startAtMs: number
  /** Its processes must not outlive the session: a guard ends them. */
  readonly isLeased: boolean
  /** The definition's revision under which it was claimed. */
  readonly revision: string
  readonly claim?: ClaimStory
  readonly plan: readonly ActionPlan[]
  /** What is run last, for each way in which the rest may have ended; it joins the plan when that is known. */
  readonly cleanup?: Readonly<Record<CleanupStatus, ActionPlan>>
  readonly maxRuntimeMs?: number
  /** When its first action was started, in cluster time. */
  readonly beganAtMs?: number
  /** Since when its first actions wait for their events: it is told as running, and is never too late for its slot. */
  readonly waitsSinceMs?: number
  readonly actions: Readonly<Record<string, ActionState>>
  /** The attempts of an action before the one that its state is of. */
  readonly earlier?: Readonly<Record<string, readonly EndedAttempt[]>>
  readonly stop?: RunStop
  /** The last orders by hand that were taken, by their ids, with their answers: asked again they are not taken again. */
  readonly orders?: Readonly<Record<string, OrderAnswer>>
  readonly phase: JobRunState
  readonly outcome: Outcome | null
}

/** The key of a run in the journal and among the runs held. Local registers count their own tokens. */
export function runKey(run: {
  readonly job: JobName
  readonly token: number
  readonly isLocal: boolean
}): string {
  return `${run.job}#${run.isLocal ? 'local:' : ''}${run.token}`
}

/** Which try of the action is, or would be, the present one, from 1. */
export function tryOf(run: HeldRun, action: string): number {
  return (run.earlier?.[action]?.length ?? 0) + (run.entry.child?.tried ?? 1)
}

/**
 * `job.RUN.action.attempt`: the name of one process on this node, for ever. A second try of an action under the same
 * claim is `.attempt-2`.
 */
export function processKey(run: HeldRun, action: string, tried = tryOf(run, action)): string {
  const name = `${run.job}.${runLabel(run.entry, 'local')}.${action}.${run.entry.attempt}`
  return tried === 1 ? name : `${name}-${tried}`
}

/** The processes that were started, as far as is known, and have not ended. */
export function startedProcesses(run: HeldRun): string[] {
  return startedActions(run).map((action) => processKey(run, action.name))
}

/** The actions whose processes those are. */
export function startedActions(run: HeldRun): ActionPlan[] {
  return run.plan.filter((action) => {
    const process = processOf(run.actions[action.name])
    return process !== null && process.elsewhere === undefined
  })
}

/** Whether nothing of it can have started: no action is marked, or what was marked proved not to have started. */
export function isUntouched(run: HeldRun): boolean {
  const isSettled = (state: ActionState) =>
    state.kind === 'waiting' ||
    (state.kind === 'set' && state.left === undefined && state.attempt === undefined)
  return Object.values(run.actions).every(isSettled) && !run.earlier
}

export function withAction(run: HeldRun, name: string, state: ActionState): HeldRun {
  return { ...run, actions: { ...run.actions, [name]: state } }
}

/** The run in its next phase, which the table must allow. */
export function withPhase(run: HeldRun, move: JobRunMove): HeldRun {
  const phase = nextState(jobRunMachine, run.phase, move)
  assert(phase !== null, moveRefusal(jobRunMachine, run.phase, move))
  return { ...run, phase }
}
