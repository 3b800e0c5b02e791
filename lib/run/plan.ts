// What one run is going to do: from a definition and a granted claim to commands, rendered
// once, so that an edit of the definition does not change a run that was claimed.

import { isManualUnit, nominalSlotMs, unitOfRun, type LiveEntry } from '../claim/register.ts'
import { isLocalEntry, isPartitionedEntry, runLabel } from '../claim/local-registers.ts'
import { startDelayMs, type ScheduledJob } from '../claim/scheduled-job.ts'
import { attemptVariables } from '../definition/attempt-variables.ts'
import type { ActionDefinition, JobDefinition } from '../definition/job-definition.ts'
import type { ActionPlan, CleanupStatus, HeldRun } from './held-run.ts'
import { needsLease } from './lease.ts'
import { renderTemplate, type TemplateContext } from '../definition/render-template.ts'
import { renderAction } from './render-action.ts'

/** What is known of a run when its claim is granted. */
export type GrantedRun = Omit<HeldRun, 'actions' | 'earlier' | 'stop' | 'beganAtMs' | 'phase' | 'outcome'>

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
  const { cleanup, maxRuntimeMs } = definition
  const kept = entry.order?.resume?.actions ?? {}
  const render = (action: ActionDefinition, status: CleanupStatus = 'UNKNOWN') =>
    plannedAction({ job, entry, facts }, action, status)
  // What needs no vote has no session to lose.
  const isLeased = needsLease(definition) && !isLocalEntry(entry)
  // A request by hand starts when it is asked for.
  const delayMs = isManualUnit(entry.unit) ? 0 : startDelayMs(job, entry.slotMs)
  return {
    job: job.name,
    entry,
    startAtMs: entry.slotMs + delayMs,
    isLeased,
    revision,
    plan: definition.actions.map((action) => render(action)),
    ...(maxRuntimeMs !== null && { maxRuntimeMs }),
    // A run that goes on after its cleanup has no second one.
    ...(cleanup !== null &&
      kept['cleanup'] === undefined && {
        cleanup: {
          SUCCESS: { ...render(cleanup, 'SUCCESS'), isCleanup: true },
          FAILURE: { ...render(cleanup, 'FAILURE'), isCleanup: true },
          UNKNOWN: { ...render(cleanup, 'UNKNOWN'), isCleanup: true },
        },
      }),
  }
}

/**
 * One action of a run that another node holds, under a claim of its own: by the definition that the run was claimed
 * with, whatever has become of it since.
 */
export function grantedChild(
  job: ScheduledJob,
  entry: LiveEntry,
  at: { readonly facts: PlanFacts; readonly definitionAt: (revision: string) => JobDefinition | undefined },
): GrantedRun {
  const { name, revision } = job
  const { action: wanted = '', status = 'UNKNOWN', revision: own = revision } = entry.child ?? {}
  const definition = at.definitionAt(own)
  const { actions = [], cleanup = null } = definition ?? {}
  const action = [...actions, ...(cleanup === null ? [] : [cleanup])].find((one) => one.name === wanted)
  const fault =
    definition === undefined
      ? `revision ${own} of its job is not kept any more`
      : 'its job has no such action any more'
  const plan =
    definition === undefined || action === undefined
      ? { name: wanted, command: '', requires: [], fault }
      : childPlan(plannedAction({ job: { ...job, definition }, entry, facts: at.facts }, action, status))
  // Whoever declares it lost goes by what is in force.
  const isLeased = needsLease(job.definition) || (definition !== undefined && needsLease(definition))
  return { job: name, entry, startAtMs: entry.slotMs, isLeased, revision, plan: [plan] }
}

/** What it waits for, its further tries and what it publishes are its run's to see to. */
function childPlan(plan: ActionPlan): ActionPlan {
  const {
    triggers: _triggers,
    publishes: _publishes,
    retry: _retry,
    place: _place,
    retriesAnywhere: _retriesAnywhere,
    lostRetries: _lostRetries,
    ...own
  } = plan
  return { ...own, requires: [] }
}

/** One action as this definition would have it carried out in a run that is held; null when it has none of that name. */
export function latestPlan(
  job: ScheduledJob,
  run: HeldRun,
  of: { action: string; facts: PlanFacts },
): ActionPlan | null {
  const action = job.definition.actions.find(({ name }) => name === of.action)
  if (action === undefined) return null
  const { revision } = job
  const plan = plannedAction({ job, entry: run.entry, facts: of.facts }, action, 'UNKNOWN')
  return revision === run.revision ? plan : { ...plan, revision }
}

function plannedAction(
  run: { readonly job: ScheduledJob; readonly entry: LiveEntry; readonly facts: PlanFacts },
  action: ActionDefinition,
  cleanupJobStatus: CleanupStatus,
): ActionPlan {
  const { job, entry, facts } = run
  const { name, requires, retries, retriesDelayMs, backoff, timeoutMs } = action
  const { definition } = job
  // Of one place with its run it is where that is.
  const hasPlace = action.nodes !== null && action.pool !== definition.pool
  const needsVote = hasPlace && isPartitionedEntry(entry) ? noVote : null
  const context: TemplateContext = {
    slotMs: nominalSlotMs(entry),
    timeZone: job.definition.timeZone,
    lastSuccessMs: facts.lastSuccessMs,
    variables: attemptVariables({
      jobName: job.name,
      actionName: name,
      run: runLabel(entry, facts.name),
      attempt: entry.attempt + (entry.child?.tried ?? 1) - 1,
      token: isPartitionedEntry(entry) ? null : entry.token,
      node: facts.hostname,
      isManual: isManualUnit(unitOfRun(entry)),
      cleanupJobStatus,
    }),
    commandContext: { ...job.definition.commandContext, ...entry.order?.variables },
  }
  const rendered = renderAction(action, context)
  const triggers = renderTexts(action.triggeredBy, context)
  const published = Object.entries(action.triggerDownstreams)
  const publishes = renderTexts(
    published.map(([key, value]) => `${job.name}.${name}.${key}.${value}`),
    context,
  )
  return {
    name,
    requires,
    ...rendered,
    fault: rendered.fault ?? triggers.fault ?? publishes.fault ?? needsVote,
    ...(triggers.texts.length > 0 && {
      triggers: { events: triggers.texts, untilMs: entry.slotMs + action.triggerTimeoutMs },
    }),
    ...(publishes.texts.length > 0 && { publishes: publishes.texts }),
    ...(retries > 0 && { retry: { retries, delayMs: retriesDelayMs, backoff } }),
    ...(timeoutMs !== null && { timeoutMs }),
    ...(hasPlace && { place: action.pool ?? '' }),
    ...(action.retryOn === 'any_node' && { retriesAnywhere: true as const }),
    ...(definition.ifLost === 'rerun' && { lostRetries: definition.lostAttempts - 1 }),
  }
}

const noVote = 'no majority of the witnesses is in reach, whose votes grant it to a node of its own'

function renderTexts(
  templates: readonly string[],
  context: TemplateContext,
): { readonly texts: readonly string[]; readonly fault: string | null } {
  const renderings = templates.map((template) => renderTemplate(template, context))
  const faulty = renderings.find((rendering) => !rendering.ok)
  return {
    texts: renderings.flatMap((rendering) => (rendering.ok ? [rendering.text] : [])),
    fault: faulty === undefined || faulty.ok ? null : faulty.problem,
  }
}
