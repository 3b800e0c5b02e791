// The states of runs and of actions as a sentence has them behind a name: "run 7 was lost", "run 8 succeeded". For
// refusals, the story of a slot, and the command line.

import type { ActionRunState } from '../run/machine.ts'
import type { RecordedState } from './run-record.ts'

export const stateWords: Readonly<Record<RecordedState | ActionRunState | 'missed', string>> = {
  waiting: 'is waiting',
  running: 'is running',
  delayed: 'is waiting for its next try',
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'ended unseen',
  blocked: 'was blocked',
  cancelled: 'was cancelled',
  skipped: 'was skipped',
  lost: 'was lost',
  missed: 'was missed',
}
