// One action of a run as the ledger tells it: from what its holder's journal knows of its attempts to the states, instants
// and reasons that people read.

import { ledgerLimits } from '../base/document-limits.ts'
import type { EndedAttempt } from '../claim/ended-attempt.ts'
import { attemptText, processOf, stateName } from '../run/action-state.ts'
import { tryOf, type HeldRun } from '../run/held-run.ts'
import { stateText } from '../run/run-graph.ts'
import type { RecordedAction, RecordedAttempt } from './run-record.ts'

export function recordedAction(run: HeldRun, name: string): RecordedAction {
  const state = run.actions[name]!
  const earlier = (run.earlier?.[name] ?? []).slice(-ledgerLimits.attemptsShown).map(recordedAttempt)
  // What waits for its next try has begun the last one.
  const tries = tryOf(run, name) - (state.kind === 'delayed' ? 1 : 0)
  const newest = state.kind === 'delayed' ? run.earlier?.[name]?.at(-1) : state
  const process = processOf(state)
  const elsewhere = process?.elsewhere === 'asked' ? undefined : process?.elsewhere
  const node = elsewhere?.node ?? (newest !== undefined && 'node' in newest ? newest.node : undefined)
  const startedAtMs = process?.atMs ?? (state.kind === 'exited' ? state.startedAtMs : null)
  return {
    name,
    state: stateName(state),
    startedAtMs,
    endedAtMs:
      state.kind === 'exited'
        ? state.endedAtMs
        : state.kind === 'failed-to-start' || state.kind === 'unknown' || state.kind === 'set'
          ? state.atMs
          : null,
    why:
      state.kind === 'waiting'
        ? waitsFor(run, name)
        : state.kind === 'delayed'
          ? `${earlier.at(-1)!.why}, and is tried again`
          : whyOf(stateText(state)),
    ...(node !== undefined && { node }),
    ...(earlier.length > 0 && { earlier }),
    ...(tries > 1 && { tries }),
    ...(newest?.kind === 'exited' && newest.lastLines !== undefined && { lastLines: newest.lastLines }),
  }
}

function waitsFor({ plan }: HeldRun, name: string): string {
  const events = plan.find((action) => action.name === name)?.triggers?.events
  return events === undefined ? '' : `waits for ${events.join(', ')}`
}

/** `blocked: action dump did not succeed` is said by its state already. */
const whyOf = (text: string): string => text.replace('was blocked: ', '')

function recordedAttempt(attempt: EndedAttempt): RecordedAttempt {
  const isExited = attempt.kind === 'exited'
  return {
    startedAtMs: isExited ? attempt.startedAtMs : null,
    endedAtMs: isExited ? attempt.endedAtMs : attempt.atMs,
    why: attemptText(attempt),
    ...(attempt.node !== undefined && { node: attempt.node }),
  }
}
