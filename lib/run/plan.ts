// What one run is going to do: from a definition and a granted claim to commands, rendered
// once, so that an edit of the definition does not change a run that was claimed.

import type { LiveEntry } from '../claim/register.ts'
import { isLocalEntry } from '../claim/local-registers.ts'
import { startDelayMs, type ScheduledJob } from '../claim/scheduled-job.ts'
import type { ActionPlan, HeldRun } from './held-run.ts'
import { needsLease } from './lease.ts'

/** What is known of a run when its claim is granted. */
export type GrantedRun = Omit<HeldRun, 'actions' | 'phase' | 'outcome'>

export function grantedRun(job: ScheduledJob, entry: LiveEntry): GrantedRun {
  const { definition, revision } = job
  const plan = definition.actions.map(({ name, command, requires }): ActionPlan => ({
    name,
    command,
    requires,
  }))
  // What needs no vote has no session to lose.
  const isLeased = needsLease(definition) && !isLocalEntry(entry)
  // A request by hand starts when it is asked for.
  const delayMs = entry.unit.startsWith('s') ? startDelayMs(job, entry.slotMs) : 0
  return { job: job.name, entry, startAtMs: entry.slotMs + delayMs, isLeased, revision, plan }
}
