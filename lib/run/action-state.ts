// How one action of a run stands, from what its process said of itself and what people said
// of it. What is in the journal tells more than the machine's state: each form has one name in
// machine.ts, and every change goes by that table.

import { assert } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { EndedAttempt, EndReason, Exited } from '../claim/ended-attempt.ts'
import type { ProcessEvent } from './event.ts'
import {
  actionRunMachine,
  attemptMachine,
  moveRefusal,
  nextState,
  type ActionRunMove,
  type ActionRunState,
  type AttemptMove,
} from './machine.ts'

/** A process is to end: it is told, and killed when it does not. */
export type Ending = {
  readonly why: EndReason
  readonly signal: 'SIGTERM' | 'SIGKILL'
  /** When the signal was sent; null while it is not, because the process is not known to be there. */
  readonly sentAtMs: number | null
}

/** Marked, perhaps spawned: from here on nobody may say that it did not start. */
export type Started = {
  readonly kind: 'started'
  /** When its process started by its host's clock; when it was marked, before that is known. */
  readonly atMs: number
  readonly pid: number | null
  /** When it was marked, in cluster time: what its timeout counts from. */
  readonly sinceMs?: number
  readonly ending?: Ending
  /** Under a claim of its own: asked for, or who has it with which token. It has no process of this run then. */
  readonly elsewhere?: { readonly node: NodeId; readonly token: number } | 'asked'
}

export type SetState = {
  readonly kind: 'set'
  readonly to: 'succeeded' | 'failed' | 'cancelled' | 'skipped'
  readonly atMs: number
  /** Who or what said so. */
  readonly by: string
  /** Its process runs on, and the run does not end before it; how it ends says nothing any more. */
  readonly left?: Started
  /** The attempt that was over, or is since: the name of its process is not given again. */
  readonly attempt?: EndedAttempt
}

export type ActionState =
  | { readonly kind: 'waiting' }
  | Started
  | EndedAttempt
  /** The attempt before failed, and the next one waits for its instant (cluster time). */
  | { readonly kind: 'delayed'; readonly untilMs: number }
  /** What it requires did not succeed. */
  | { readonly kind: 'blocked'; readonly by: string }
  | SetState

const endReasonTexts: { readonly [why in EndReason]: string } = {
  timeout: 'it ran longer than its timeout',
  'max-runtime': 'its run lasted longer than max_runtime',
  stopped: 'it was stopped by hand',
  killed: 'it was killed by hand',
  cancelled: 'it was cancelled by hand',
  replaced: 'the next run replaced it',
}

function exitText({ exit, said, isEndedByGuard = false, endedFor }: Exited): string {
  const text = said ?? (exit.kind === 'code' ? `exited with ${exit.code}` : `was ended by ${exit.signal}`)
  if (endedFor !== undefined) return `${text}: ${endReasonTexts[endedFor]}`
  return isEndedByGuard ? `${text}: its node was about to lose its session` : text
}

export function attemptText(attempt: EndedAttempt): string {
  switch (attempt.kind) {
    case 'exited':
      return exitText(attempt)
    case 'failed-to-start':
      return `failed to start: ${attempt.reason}`
    case 'unknown':
      return attempt.isLost === true ? 'its node was lost' : 'nobody saw how it ended'
  }
}

/** Its name in the machine. */
export function stateName(state: ActionState): ActionRunState {
  switch (state.kind) {
    case 'started':
      return 'running'
    case 'exited':
      return hasSucceeded(state) ? 'succeeded' : wasCancelled(state) ? 'cancelled' : 'failed'
    case 'failed-to-start':
      return 'failed'
    case 'set':
      return state.to
    default:
      return state.kind
  }
}

/** The next state, which the table must allow. */
export function movedTo(from: ActionState, move: ActionRunMove, to: ActionState): ActionState {
  const name = stateName(from)
  assert(nextState(actionRunMachine, name, move) === stateName(to), moveRefusal(actionRunMachine, name, move))
  return to
}

/** Nothing of it starts or ends any more by itself. */
export function isOver(state: ActionState | undefined): boolean {
  if (state?.kind === 'set') return state.left === undefined
  return (
    state !== undefined && state.kind !== 'waiting' && state.kind !== 'started' && state.kind !== 'delayed'
  )
}

/** What was told to end did not do its work, whatever it says. */
export function hasSucceeded(state: ActionState | undefined): boolean {
  if (state?.kind === 'set') return state.to === 'succeeded'
  if (state?.kind !== 'exited' || state.isEndedByGuard === true || state.endedFor !== undefined) return false
  return state.isSuccess ?? (state.exit.kind === 'code' && state.exit.code === 0)
}

/** What requires it may start. */
export function isComplete(state: ActionState | undefined): boolean {
  return hasSucceeded(state) || (state?.kind === 'set' && state.to === 'skipped')
}

function wasCancelled({ endedFor }: Exited): boolean {
  return endedFor === 'cancelled' || endedFor === 'replaced'
}

/** The process that may be running for it. */
export function processOf(state: ActionState | undefined): Started | null {
  if (state?.kind === 'started') return state
  return state?.kind === 'set' ? (state.left ?? null) : null
}

/** How an attempt stands after its process said this. */
export function attemptAfter(
  before: Started,
  event: ProcessEvent,
  at: {
    readonly atMs: number
    /** Whether a majority has told the time by which the event is. */
    readonly isTimeKnown?: boolean
    readonly successExitCodes?: readonly number[] | undefined
  },
): Started | EndedAttempt {
  const { atMs, isTimeKnown = true, successExitCodes: codes } = at
  // A start that was told once stays: the host's clock may have been another one since.
  const startOf = (told: { readonly startedAtMs: number }): number =>
    before.pid === null && isTimeKnown ? told.startedAtMs : before.atMs
  const from = before.pid === null ? 'marked' : 'running'
  const move = moveOf(event)
  assert(nextState(attemptMachine, from, move) !== null, moveRefusal(attemptMachine, from, move))
  switch (event.kind) {
    case 'spawned':
    case 'child-adopted': {
      // Whoever started it anew did not see that it was told to end.
      const told = before.ending === undefined ? {} : { ending: { ...before.ending, sentAtMs: null } }
      return { ...before, atMs: startOf(event), pid: event.pid, ...told }
    }
    case 'spawn-failed':
    case 'not-started':
      return { kind: 'failed-to-start', atMs, reason: event.reason }
    case 'child-exited': {
      const { exit, isEndedByGuard = false, said, lastLines } = event
      const startedAtMs = startOf(event)
      const isEndTrue = isTimeKnown && event.endedAtMs >= startedAtMs && event.endedAtMs <= atMs
      const lastedMs = Math.max(0, event.endedAtMs - event.startedAtMs)
      const endedAtMs = isEndTrue ? event.endedAtMs : startedAtMs + lastedMs
      const endedFor = (before.ending?.sentAtMs ?? null) === null ? undefined : before.ending?.why
      return {
        kind: 'exited',
        startedAtMs,
        endedAtMs,
        exit,
        ...(isEndedByGuard && { isEndedByGuard }),
        ...(endedFor !== undefined && { endedFor }),
        ...(codes !== undefined && { isSuccess: exit.kind === 'code' && codes.includes(exit.code) }),
        ...(said !== undefined && { said }),
        ...(lastLines !== undefined && { lastLines }),
      }
    }
    case 'child-gone':
      return { kind: 'unknown', atMs }
  }
}

function moveOf(event: ProcessEvent): AttemptMove {
  switch (event.kind) {
    case 'spawned':
      return 'spawn'
    case 'child-adopted':
      return 'adopt'
    case 'spawn-failed':
    case 'not-started':
      return 'fail-to-start'
    case 'child-exited':
      return 'exit'
    case 'child-gone':
      return 'vanish'
  }
}
