// One action of a run as the ledger tells it: from what its holder's journal knows of its attempts to the states, instants
// and reasons that people read.

import { ledgerLimits } from '../base/limits.ts'
import { attemptText, processOf, stateName, type EndedAttempt } from '../run/action-state.ts'
import type { HeldRun } from '../run/held-run.ts'
import { stateText } from '../run/run-graph.ts'
import type { RecordedAction, RecordedAttempt } from './run-record.ts'

export function recordedAction(run: HeldRun, name: string): RecordedAction {
  const state = run.actions[name]!
  const earlier = (run.earlier?.[name] ?? []).slice(-ledgerLimits.attemptsShown).map(recordedAttempt)
  const process = processOf(state)
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
    why: state.kind === 'delayed' ? `${earlier.at(-1)!.why}, and is tried again` : whyOf(stateText(state)),
    ...(earlier.length > 0 && { earlier }),
  }
}

/** `blocked: action dump did not succeed` is said by its state already. */
const whyOf = (text: string): string => text.replace('was blocked: ', '')

function recordedAttempt(attempt: EndedAttempt): RecordedAttempt {
  const isExited = attempt.kind === 'exited'
  return {
    startedAtMs: isExited ? attempt.startedAtMs : null,
    endedAtMs: isExited ? attempt.endedAtMs : attempt.atMs,
    why: attemptText(attempt),
  }
}
