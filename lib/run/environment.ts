// What a command is told of its run through its environment, and nothing else: the agent's
// own environment is not passed on, except for a PATH that commands can be found by.

import { formatInstant } from '../schedule/calendar.ts'
import { runLabel } from '../claim/local-registers.ts'
import type { ActionPlan, HeldRun } from './held-run.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function environmentOf(
  run: HeldRun,
  action: ActionPlan,
  nodeName: string,
): Readonly<Record<string, string>> {
  const { entry } = run
  return {
    PATH,
    HOCKET_JOB: run.job,
    HOCKET_SLOT: formatInstant(entry.slotMs),
    HOCKET_RUN: runLabel(entry, nodeName),
    HOCKET_ACTION: action.name,
    HOCKET_ATTEMPT: String(entry.attempt),
    // The fencing token: a store that compares it can refuse a holder that was declared dead.
    HOCKET_TOKEN: String(entry.token),
    HOCKET_NODE: nodeName,
  }
}
