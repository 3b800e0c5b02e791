// What must be ended now: attempts beyond their timeout, all of a run beyond its max_runtime or
// that was stopped, and what was told to end and did not. The telling is a state of the attempt
// in the journal, so that an agent that comes back goes on where the last one died: SIGTERM,
// a while of grace, SIGKILL, each to the whole process group.

import { runLimits } from '../base/limits.ts'
import { isOver, processOf, type ActionState, type Ending, type Started } from './action-state.ts'
import { processKey, withAction, type HeldRun } from './held-run.ts'
import { withBlocked, withUntriggered, type IsPublished } from './run-graph.ts'

/** The run with what is to be ended, and what waited in vain, at this instant (cluster time). */
export function judgedAt(run: HeldRun, atMs: number, isPublished: IsPublished): HeldRun {
  // What can never start any more does not make it last too long.
  return withUntriggered(withEndings(withBlocked(run), atMs), atMs, isPublished)
}

function withEndings(run: HeldRun, atMs: number): HeldRun {
  let next = run
  const overAtMs = maxRuntimeOverAtMs(run)
  if (atMs >= overAtMs) next = { ...next, stop: { why: 'max-runtime', atMs: overAtMs, by: '' } }
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

/** When what is left of the run must end; Infinity when never, or when its cleanup is all that is left. */
export function maxRuntimeOverAtMs({ stop, maxRuntimeMs, beganAtMs, plan, actions }: HeldRun): number {
  const isOpen = plan.some(({ name, isCleanup = false }) => !isCleanup && !isOver(actions[name]))
  if (stop !== undefined || maxRuntimeMs === undefined || beganAtMs === undefined || !isOpen) return Infinity
  return beganAtMs + maxRuntimeMs
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

/**
 * The signals that are to be sent now, and the run with them noted as sent. What was told by hand is told at once, of
 * the processes that are known to be there; a signal that follows another by the time only where that is judged.
 */
export function signalsDue(
  run: HeldRun,
  at: { readonly atMs: number; readonly isJudged: boolean; readonly isHeard: (process: string) => boolean },
): { readonly run: HeldRun; readonly signals: readonly { action: string; signal: Ending['signal'] }[] } {
  const { atMs, isJudged, isHeard } = at
  let next = run
  const signals: { action: string; signal: Ending['signal'] }[] = []
  for (const { name } of run.plan) {
    const state = next.actions[name]!
    const started = processOf(state)
    if (started?.ending === undefined || !isReachable(started) || !isHeard(processKey(run, name))) continue
    const { ending } = started
    if (atMs < signalAtMs(ending) || (!isJudged && ending.sentAtMs !== null)) continue
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

/**
 * The next instant (cluster time) after this one at which something of the run is due by itself; Infinity when nothing
 * is. What was due before, and is still there, waits for something else than the time.
 */
export function nextDueMs(run: HeldRun, afterMs: number): number {
  const dueMs = [maxRuntimeOverAtMs(run)]
  for (const { name, timeoutMs, triggers } of run.plan) {
    const state = run.actions[name]!
    if (state.kind === 'waiting' && triggers !== undefined) dueMs.push(triggers.untilMs)
    if (state.kind === 'delayed') dueMs.push(state.untilMs)
    const started = processOf(state)
    if (started === null) continue
    if (started.ending !== undefined) {
      if (isReachable(started)) dueMs.push(signalAtMs(started.ending))
    } else if (timeoutMs !== undefined && started.elsewhere === undefined)
      dueMs.push((started.sinceMs ?? started.atMs) + timeoutMs)
  }
  return Math.min(...dueMs.filter((atMs) => atMs > afterMs))
}
