// Questions to answers: what each stage knows, put into the words and shapes that people
// and programs see. Reads everything, changes nothing.

import { nearestName } from '../base/problem.ts'
import type { NodeId } from '../base/ids.ts'
import { viewLimits } from '../base/limits.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Documents } from '../catalog/documents.ts'
import type { ClaimClock } from '../claim/claim-host.ts'
import type { Claims } from '../claim/claims.ts'
import { majorityOf } from '../claim/configuration.ts'
import { slotsOf } from '../claim/scheduled-job.ts'
import type { SessionHolder } from '../claim/session-holder.ts'
import type { InstanceLedger } from '../ledger/instance-ledger.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Roster } from '../membership/roster.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { categoryViews, configHistory, configText } from './config-view.ts'
import { dayView, type DayView } from './day.ts'
import { figuresView } from './figures.ts'
import { doctorView } from './doctor.ts'
import { findRun } from './find-run.ts'
import { instanceOutputPlace, outputPlace } from './output-place.ts'
import { jobSlots } from './job-slots.ts'
import { hasText, jobsPage, jobView } from './job-view.ts'
import { flagged, jobCheck } from './job-attention.ts'
import { nodeViews } from './node-views.ts'
import type { Answer, Question, WitnessesView } from './question.ts'
import { runPage } from './run-list.ts'
import type { RunView } from './run-view.ts'
import { runStory, slotStory } from './slot-story.ts'
import { scoreView, type ScoreView } from './score.ts'
import { findServiceOf, serviceView } from './service-view.ts'
import { statusView } from './status-view.ts'

export type Sources = {
  readonly self: {
    readonly nodeId: NodeId
    readonly name: string
    readonly version: string
    readonly clusterId: string
    readonly foundWitnesses: number | null
  }
  readonly clock: ClaimClock
  readonly isStopping: boolean
  readonly roster: Roster
  readonly session: SessionHolder
  readonly documents: Documents
  readonly catalog: Catalog
  readonly claims: Claims
  readonly ledger: Ledger
  readonly instanceLedger: InstanceLedger
  readonly running: number
}

export function answerQuestion(question: Question, sources: Sources): Answer {
  const { catalog } = sources
  const noting = (run: RunView) => flagged(run, sources)
  switch (question.kind) {
    case 'status':
      return { kind: 'status', status: statusView(sources) }
    case 'check': {
      const found = question.job === null ? [...catalog.jobs()] : [catalog.findJob(question.job)]
      const jobs = found.filter((job) => job !== undefined)
      return jobs.length === 0 && question.job !== null
        ? noJob(question.job, catalog)
        : { kind: 'check', checks: jobs.map((job) => jobCheck(job, sources)) }
    }
    case 'doctor':
      return { kind: 'doctor', doctor: doctorView(sources) }
    case 'figures':
      return { kind: 'figures', figures: figuresView(sources) }
    case 'jobs':
      return { kind: 'jobs', jobs: [...catalog.jobs()].map((job) => jobView(job, sources)) }
    case 'jobs-page':
      return { kind: 'jobs-page', page: jobsPage(question, sources) }
    case 'score':
      return { kind: 'score', score: score(sources) }
    case 'day':
      return { kind: 'day', day: day(question.filter, sources) }
    case 'job': {
      const job = catalog.findJob(question.name)
      if (job === undefined) return noJob(question.name, catalog)
      const view = jobView(job, sources)
      // A job that was to run once may be done.
      const count = view.nextSlot === null ? 0 : viewLimits.upcomingSlots
      return {
        kind: 'job',
        job: view,
        runs: runPage({ job: job.name, limit: viewLimits.runsOfJob }, sources).runs.map(noting),
        upcoming: slotsOf(job, wallMs(sources), Infinity, count).map(({ slotMs }) => formatInstant(slotMs)),
      }
    }
    case 'runs': {
      const page = runPage(question, sources)
      return { kind: 'runs', ...page, runs: page.runs.map(noting) }
    }
    case 'why':
      return slotStory(question, sources)
    case 'why-run':
      return runStory(question.run, sources)
    case 'run': {
      const found = findRun(question.run, sources)
      return 'kind' in found ? found : { kind: 'run', found: { ...found, run: noting(found.run) } }
    }
    case 'slots':
      return jobSlots(question, sources)
    case 'services':
      return { kind: 'services', services: [...catalog.services()].map((one) => serviceView(one, sources)) }
    case 'service': {
      const found = findServiceOf(question.name, catalog)
      const names = [...catalog.services()].map(({ name }) => name)
      if (found === undefined)
        return {
          kind: 'not-found',
          what: `service "${question.name}"`,
          nearest: nearestName(question.name, names),
        }
      return { kind: 'service', service: serviceView(found, sources) }
    }
    case 'output-place':
      return outputPlace(question, sources)
    case 'instance-output-place':
      return instanceOutputPlace(question, sources)
    case 'nodes':
      return { kind: 'nodes', nodes: nodeViews(sources) }
    case 'config-status':
      return { kind: 'config-status', categories: categoryViews(sources) }
    case 'config-history':
      return configHistory(question.category, sources)
    case 'config-text':
      return configText(question.category, question.revision, catalog)
    case 'tokens':
      return { kind: 'tokens', tokens: [...catalog.tokens()], nowMs: wallMs(sources) }
    case 'witnesses':
      return { kind: 'witnesses', witnesses: witnessesView(sources) }
  }
}

function noJob(name: string, catalog: Catalog): Answer {
  return { kind: 'not-found', what: `job "${name}"`, nearest: nearestName(name, [...catalog.jobNames()]) }
}

function score(sources: Sources): ScoreView {
  const { ledger, roster } = sources
  return scoreView(ledger, {
    nowMs: wallMs(sources),
    names: roster.cards().map((card) => card.name),
    nameOf: (id) => roster.nameOf(id),
  })
}

function day(filter: string, sources: Sources): DayView {
  const { catalog, claims, clock, roster } = sources
  const words = filter.toLowerCase()
  return dayView(
    [...catalog.jobs()].filter((job) => hasText(job, words)),
    {
      nowMs: wallMs(sources),
      ranking: (job, slotMs) => claims.ranking(job, `s${slotMs}`, clock.nowMs),
      nameOf: (id) => roster.nameOf(id),
    },
  )
}

function wallMs({ clock }: Sources): number {
  return clock.clusterMs ?? clock.wallMs
}

function witnessesView({ claims, roster, session }: Sources): WitnessesView {
  const { configuration } = claims
  return {
    epoch: configuration?.epoch ?? null,
    majority: configuration === null ? 0 : majorityOf(configuration),
    members: (configuration?.members ?? []).map(({ nodeId }) => ({
      node: roster.nameOf(nodeId),
      nodeId,
      isReachable: roster.isConnected(nodeId),
      clockOffsetMs: session.clockOffsetOf(nodeId),
    })),
  }
}
