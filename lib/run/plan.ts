// What one run is going to do: from a definition and a granted claim to its actions as they are going to be carried
// out.

import type { LiveEntry } from '../claim/register.ts'
import { isLocalEntry, runLabel } from '../claim/local-registers.ts'
import { startDelayMs, type ScheduledJob } from '../claim/scheduled-job.ts'
import { attemptVariables } from '../definition/attempt-variables.ts'
import type { ActionPlan, HeldRun } from './held-run.ts'
import { needsLease } from './lease.ts'
import { renderAction } from './render-action.ts'

/** What is known of a run when its claim is granted. */
export type GrantedRun = Omit<HeldRun, 'actions' | 'phase' | 'outcome'>

/** What of the world a command's template may name. */
export type PlanFacts = {
  /** The node's. */
  readonly name: string
  readonly hostname: string
  /** The slot of the job's last run that succeeded, as far as is known here. */
  readonly lastSuccessMs: number | null
}

export function grantedRun(job: ScheduledJob, entry: LiveEntry, facts: PlanFacts): GrantedRun {
  const { definition, revision } = job
  const plan = definition.actions.map((action): ActionPlan => {
    const { name, requires } = action
    const rendered = renderAction(action, {
      slotMs: entry.slotMs,
      timeZone: definition.timeZone,
      lastSuccessMs: facts.lastSuccessMs,
      variables: attemptVariables({
        jobName: job.name,
        actionName: name,
        run: runLabel(entry, facts.name),
        attempt: entry.attempt,
        token: entry.token,
        node: facts.hostname,
        isManual: !entry.unit.startsWith('s'),
        cleanupJobStatus: 'UNKNOWN',
      }),
      commandContext: definition.commandContext,
    })
    return { name, requires, ...rendered }
  })
  // What needs no vote has no session to lose.
  const isLeased = needsLease(definition) && !isLocalEntry(entry)
  // A request by hand starts when it is asked for.
  const delayMs = entry.unit.startsWith('s') ? startDelayMs(job, entry.slotMs) : 0
  return { job: job.name, entry, startAtMs: entry.slotMs + delayMs, isLeased, revision, plan }
}
