// What must be ended now: attempts beyond their timeout, all of a run beyond its max_runtime or
// that was stopped, and what was told to end and did not. The telling is a state of the attempt
// in the journal, so that an agent that comes back goes on where the last one died: SIGTERM,
// a while of grace, SIGKILL, each to the whole process group.

import { runLimits } from '../base/limits.ts'
import { processOf, type ActionState, type Ending, type Started } from './action-state.ts'
import { withAction, type HeldRun } from './held-run.ts'

/** The run with its stops and endings as they should be at this instant (cluster time). */
export function withEndings(run: HeldRun, atMs: number): HeldRun {
  let next = run
  const { maxRuntimeMs, beganAtMs } = run
  if (run.stop === undefined && maxRuntimeMs !== undefined && beganAtMs !== undefined)
    if (atMs >= beganAtMs + maxRuntimeMs)
      next = { ...next, stop: { why: 'max-runtime', atMs: beganAtMs + maxRuntimeMs, by: '' } }
  for (const { name, timeoutMs, isCleanup = false } of run.plan) {
    const state = next.actions[name]!
    const started = processOf(state)
    if (started === null) continue
    const isStopped = next.stop !== undefined && !isCleanup
    // Of an action elsewhere its node sees to that.
    const isHere = started.elsewhere === undefined
    const isLate = isHere && timeoutMs !== undefined && atMs >= (started.sinceMs ?? started.atMs) + timeoutMs
    if (started.ending !== undefined || (!isStopped && !isLate)) continue
    next = withAction(next, name, ended(state, started, isStopped ? next.stop!.why : 'timeout'))
  }
  return next
}

/** The state with its process told to end for this reason; a kill is stronger than what it was told before. */
export function ended(
  state: ActionState,
  started: Started,
  why: Ending['why'],
  signal: Ending['signal'] = 'SIGTERM',
): ActionState {
  return withProcess(state, { ...started, ending: { why, signal, sentAtMs: null } })
}

function withProcess(state: ActionState, process: Started): ActionState {
  return state.kind === 'set' ? { ...state, left: process } : process
}

/** The signals that are to be sent now, and the run with them noted as sent. */
export function signalsDue(
  run: HeldRun,
  atMs: number,
): { readonly run: HeldRun; readonly signals: readonly { action: string; signal: Ending['signal'] }[] } {
  let next = run
  const signals: { action: string; signal: Ending['signal'] }[] = []
  for (const { name } of run.plan) {
    const state = next.actions[name]!
    const started = processOf(state)
    if (started?.ending === undefined || !isReachable(started)) continue
    const { ending } = started
    if (atMs < signalAtMs(ending)) continue
    const signal = ending.sentAtMs === null ? ending.signal : 'SIGKILL'
    signals.push({ action: name, signal })
    next = withAction(
      next,
      name,
      withProcess(state, { ...started, ending: { ...ending, signal, sentAtMs: atMs } }),
    )
  }
  return { run: next, signals }
}

/** A process that is known, or the node that has the action. */
function isReachable({ pid, elsewhere }: Started): boolean {
  return pid !== null || (elsewhere !== undefined && elsewhere !== 'asked')
}

function signalAtMs({ signal, sentAtMs }: Ending): number {
  if (sentAtMs === null) return -Infinity
  return sentAtMs + (signal === 'SIGTERM' ? runLimits.graceMs : runLimits.killAgainMs)
}

/** The next instant (cluster time) at which something of the run is due by itself; Infinity when nothing is. */
export function nextDueMs(run: HeldRun): number {
  const { maxRuntimeMs, beganAtMs, stop } = run
  let nextMs =
    stop === undefined && maxRuntimeMs !== undefined && beganAtMs !== undefined
      ? beganAtMs + maxRuntimeMs
      : Infinity
  for (const { name, timeoutMs, triggers } of run.plan) {
    const state = run.actions[name]!
    if (state.kind === 'waiting' && triggers !== undefined) nextMs = Math.min(nextMs, triggers.untilMs)
    if (state.kind === 'delayed') nextMs = Math.min(nextMs, state.untilMs)
    const started = processOf(state)
    if (started === null) continue
    if (started.ending !== undefined) {
      if (isReachable(started)) nextMs = Math.min(nextMs, signalAtMs(started.ending))
    } else if (timeoutMs !== undefined && started.elsewhere === undefined)
      nextMs = Math.min(nextMs, (started.sinceMs ?? started.atMs) + timeoutMs)
  }
  return nextMs
}
