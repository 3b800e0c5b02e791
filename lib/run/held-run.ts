// One run that this agent holds the claim of, as its journal keeps it: enough to go on
// with after the agent died at any line. The entry is journalled before anything starts
// (`waiting`: provably not started), each action is marked before its process is spawned.

import type { JobName } from '../base/ids.ts'
import type { Outcome } from '../claim/outcome.ts'
import { runLabel } from '../claim/local-registers.ts'
import type { LiveEntry } from '../claim/register.ts'
import type { Exit, ProcessEvent } from './event.ts'
import type { RenderedAction } from './render-action.ts'

export type ActionPlan = RenderedAction & {
  readonly name: string
  readonly requires: readonly string[]
}

export type ActionState =
  | { readonly kind: 'waiting' }
  /** Marked, perhaps spawned: from here on nobody may say that it did not start. */
  | { readonly kind: 'started'; readonly atMs: number; readonly pid: number | null }
  | Exited
  | { readonly kind: 'failed-to-start'; readonly atMs: number; readonly reason: string }
  /** Nobody can say how it ended. */
  | { readonly kind: 'unknown'; readonly atMs: number }
  /** What it requires did not succeed. */
  | { readonly kind: 'blocked'; readonly by: string }

type Exited = {
  readonly kind: 'exited'
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly exit: Exit
  /** Its guard told it to end, because its node's session was about to. */
  readonly isEndedByGuard?: boolean
  /** Where the definition says which exit codes are a success, whether this one is. */
  readonly isSuccess?: boolean
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
  readonly plan: readonly ActionPlan[]
  readonly actions: Readonly<Record<string, ActionState>>
  readonly phase: 'waiting' | 'running' | 'releasing' | 'ended'
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

/** `job.RUN.action.attempt`: the name of one process on this node, for ever. */
export function processKey(run: HeldRun, action: string): string {
  return `${run.job}.${runLabel(run.entry, 'local')}.${action}.${run.entry.attempt}`
}

/** The processes that were started, as far as is known, and have not ended. */
export function startedProcesses(run: HeldRun): string[] {
  const started = run.plan.filter((action) => run.actions[action.name]?.kind === 'started')
  return started.map((action) => processKey(run, action.name))
}

/** Whether nothing of it can have started: no action is marked, or what was marked proved not to have started. */
export function isUntouched(run: HeldRun): boolean {
  return Object.values(run.actions).every((state) => state.kind === 'waiting')
}

/** The actions that may start now: all that they require has succeeded. */
export function readyActions(run: HeldRun): ActionPlan[] {
  return run.plan.filter(
    (action) =>
      run.actions[action.name]?.kind === 'waiting' &&
      action.requires.every((name) => hasSucceeded(run.actions[name])),
  )
}

/** Actions whose turn it is and whose command could not be rendered have failed. */
export function withFaults(run: HeldRun, atMs: number): HeldRun {
  const faulty = readyActions(run).filter((action) => action.fault !== null)
  if (faulty.length === 0) return run
  const failed = faulty.map(
    ({ name, fault }) => [name, { kind: 'failed-to-start', atMs, reason: fault! }] as const,
  )
  return { ...run, actions: { ...run.actions, ...Object.fromEntries(failed) } }
}

/** Actions that can never start any more, because something that they require did not succeed. */
export function withBlocked(run: HeldRun): HeldRun {
  let actions = run.actions
  for (const action of run.plan) {
    if (actions[action.name]?.kind !== 'waiting') continue
    const by = action.requires.find((name) => isOver(actions[name]) && !hasSucceeded(actions[name]))
    if (by !== undefined) actions = { ...actions, [action.name]: { kind: 'blocked', by } }
  }
  return actions === run.actions ? run : { ...run, actions }
}

/** How the run ended, or null while an action may still start or end. */
export function outcomeOf(run: HeldRun): Outcome | null {
  const states = run.plan.map((action) => ({ action, state: run.actions[action.name]! }))
  if (states.some(({ state }) => !isOver(state))) return null
  const failed = states.find(({ state }) => !hasSucceeded(state) && state.kind !== 'blocked')
  if (failed === undefined) return { kind: 'succeeded' }
  const { action, state } = failed
  switch (state.kind) {
    case 'unknown':
      return { kind: 'unknown', why: `action ${action.name}: nobody saw how it ended` }
    case 'failed-to-start':
      return { kind: 'failed', why: `action ${action.name} failed to start: ${state.reason}` }
    case 'exited':
      return { kind: 'failed', why: `action ${action.name} ${exitText(state)}` }
    default:
      return { kind: 'failed', why: `action ${action.name} was blocked` }
  }
}

export function exitText({ exit, isEndedByGuard = false }: Exited): string {
  const text = exit.kind === 'code' ? `exited with ${exit.code}` : `was ended by ${exit.signal}`
  return isEndedByGuard ? `${text}: its node was about to lose its session` : text
}

function isOver(state: ActionState | undefined): boolean {
  return state !== undefined && state.kind !== 'waiting' && state.kind !== 'started'
}

/** What was told to end did not do its work, whatever it says. */
export function hasSucceeded(state: ActionState | undefined): boolean {
  if (state?.kind !== 'exited' || state.isEndedByGuard === true) return false
  return state.isSuccess ?? (state.exit.kind === 'code' && state.exit.code === 0)
}

/** How an action stands after its process said this. */
export function actionStateAfter(event: ProcessEvent, action: ActionPlan, atMs: number): ActionState {
  switch (event.kind) {
    case 'spawned':
    case 'child-adopted':
      return { kind: 'started', atMs: event.startedAtMs, pid: event.pid }
    case 'spawn-failed':
    case 'not-started':
      return { kind: 'failed-to-start', atMs, reason: event.reason }
    case 'child-exited': {
      const { startedAtMs, endedAtMs, exit, isEndedByGuard = false } = event
      const codes = action.successExitCodes
      return {
        kind: 'exited',
        startedAtMs,
        endedAtMs,
        exit,
        ...(isEndedByGuard && { isEndedByGuard }),
        ...(codes !== undefined && { isSuccess: exit.kind === 'code' && codes.includes(exit.code) }),
      }
    }
    case 'child-gone':
      return { kind: 'unknown', atMs }
  }
}
