// The jobs that want somebody's attention: each as check_tron_jobs would report it (job-check.ts), from the records of its
// runs and its definition.

import type { CatalogJob } from '../catalog/category-jobs.ts'
import { slotsOf } from '../claim/scheduled-job.ts'
import { viewLimits } from '../base/limits.ts'
import { instantOfText } from '../schedule/calendar.ts'
import type { Sources } from './answer-question.ts'
import {
  checkedRun,
  runFlags,
  type CheckedRun,
  type CheckState,
  type Expectations,
  type RunFlag,
} from './job-check.ts'
import { runView, type RunView } from './run-view.ts'

export type JobCheck = {
  readonly job: string
  readonly state: CheckState
  /** The run that counts; null when there is none, or when it did not run. */
  readonly run: string | null
  readonly slot: string | null
  readonly why: string
}

export function jobCheck(job: CatalogJob, sources: Sources): JobCheck {
  const views = runsOf(job, sources)
  const runs = views.map((view) => ({ ...checkedOf(view), view }))
  const { state, run } = checkedRun(runs, expectationsOf(job), nowOf(job, sources))
  const view = runs.find((one) => one === run)?.view ?? null
  const flags = view === null ? [] : flagsOf(view, job, sources)
  const why = flags.length > 0 ? flags.map((flag) => flagWords[flag]).join(', and ') : (view?.why ?? '')
  return { job: job.name, state, run: view?.id ?? null, slot: view?.slot ?? null, why }
}

const flagWords: Readonly<Record<RunFlag, string>> = {
  'over-expected': 'it lasts longer than expected',
  stuck: 'the next run is due and waits for it',
}

/** The runs that go on and are to be told of, of all jobs. */
export function flaggedRuns(
  sources: Sources,
): readonly { readonly run: string; readonly flags: readonly RunFlag[] }[] {
  return sources.ledger.index
    .running(null)
    .map((subject) =>
      flagged(
        runView(subject, (id) => sources.roster.nameOf(id)),
        sources,
      ),
    )
    .flatMap(({ id, slot, flags = [] }) => (flags.length > 0 ? [{ run: id ?? slot, flags }] : []))
}

function flagsOf(view: RunView, job: CatalogJob, sources: Sources): readonly RunFlag[] {
  return runFlags(checkedOf(view), expectationsOf(job), nowOf(job, sources))
}

/** The run with what is to be said of it now, while it goes on. */
export function flagged(view: RunView, sources: Sources): RunView {
  const job = view.state === 'running' ? sources.catalog.scheduledJob(view.job) : undefined
  const flags = job === undefined ? [] : flagsOf(view, job, sources)
  return flags.length === 0 ? view : { ...view, flags }
}

/** The newest, and those that go on since before them. */
function runsOf(job: CatalogJob, { ledger, roster }: Sources): readonly RunView[] {
  const newest = ledger.index.ofJob(job.name, viewLimits.runsChecked)
  const names = new Set(newest.map(({ name }) => name))
  const older = ledger.index.running(job.name).filter(({ name }) => !names.has(name))
  return [...newest, ...older].map((subject) => runView(subject, (id) => roster.nameOf(id)))
}

function expectationsOf({ definition }: CatalogJob): Expectations {
  return {
    runtimeMs: definition.expectedRuntimeMs,
    actionsMs: Object.fromEntries(definition.actions.map((one) => [one.name, one.expectedRuntimeMs])),
    isQueueing: definition.overlap === 'queue',
  }
}

function nowOf(job: CatalogJob, { clock }: Sources) {
  const nowMs = clock.clusterMs ?? clock.wallMs
  const nextDueMs = ({ slotMs }: CheckedRun) => slotsOf(job, slotMs, nowMs, 1)[0]?.slotMs ?? null
  return { nowMs, nextDueMs }
}

function checkedOf({ id, state, slot, startedAt, endedAt, actions }: RunView): CheckedRun {
  const ms = (instant: string | null) => (instant === null ? null : instantOfText(instant))
  return {
    id,
    state,
    slotMs: instantOfText(slot),
    startedAtMs: ms(startedAt),
    endedAtMs: ms(endedAt),
    actions: actions.map((action) => ({
      name: action.name,
      state: action.state,
      startedAtMs: ms(action.startedAt),
      endedAtMs: ms(action.endedAt),
    })),
  }
}
