// Questions to answers: what each stage knows, put into the words and shapes that people
// and programs see. Reads everything, changes nothing.

import { nearestName } from '../base/problem.ts'
import type { NodeId } from '../base/ids.ts'
import { timeLimits, viewLimits } from '../base/limits.ts'
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
import { findInstance } from '../service/service-command.ts'
import { categoryViews, configHistory, configText } from './config-view.ts'
import { dayView, type DayView } from './day.ts'
import { figuresView } from './figures.ts'
import { findRun } from './find-run.ts'
import { outputPlace } from './output-place.ts'
import { jobSlots } from './job-slots.ts'
import { hasText, jobsPage, jobView } from './job-view.ts'
import { nodeViews } from './node-views.ts'
import type { Answer, Question, StatusView, WitnessesView } from './question.ts'
import { runPage } from './run-list.ts'
import { slotStory } from './slot-story.ts'
import { scoreView, type ScoreView } from './score.ts'
import { serviceView } from './service-view.ts'

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
  switch (question.kind) {
    case 'status':
      return { kind: 'status', status: statusView(sources) }
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
      const names = [...catalog.jobNames()]
      if (job === undefined)
        return {
          kind: 'not-found',
          what: `job "${question.name}"`,
          nearest: nearestName(question.name, names),
        }
      const view = jobView(job, sources)
      // A job that was to run once may be done.
      const count = view.nextSlot === null ? 0 : viewLimits.upcomingSlots
      return {
        kind: 'job',
        job: view,
        runs: runPage({ job: job.name, limit: viewLimits.runsOfJob }, sources).runs,
        upcoming: slotsOf(job, wallMs(sources), Infinity, count).map(({ slotMs }) => formatInstant(slotMs)),
      }
    }
    case 'runs':
      return { kind: 'runs', ...runPage(question, sources) }
    case 'why':
      return slotStory(question, sources)
    case 'run': {
      const found = findRun(question.run, sources)
      return 'kind' in found ? found : { kind: 'run', found }
    }
    case 'slots':
      return jobSlots(question, sources)
    case 'services':
      return { kind: 'services', services: [...catalog.services()].map((one) => serviceView(one, sources)) }
    case 'service': {
      const found = findInstance(question.name, catalog)
      const names = [...catalog.services()].map(({ name }) => name)
      if (found === null)
        return {
          kind: 'not-found',
          what: `service "${question.name}"`,
          nearest: nearestName(question.name, names),
        }
      return { kind: 'service', service: serviceView(found.service, sources) }
    }
    case 'output-place':
      return outputPlace(question, sources)
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

export function statusView(sources: Sources): StatusView {
  const { self, clock, roster, session, claims, catalog } = sources
  const members = claims.configuration?.members ?? []
  const offsetMs = clock.clusterMs === null ? null : Math.round(clock.wallMs - clock.clusterMs)
  return {
    node: self.name,
    nodeId: self.nodeId,
    version: self.version,
    clusterId: self.clusterId,
    state: stateOf(sources),
    complaints: complaintsOf(sources, offsetMs),
    witnesses: {
      wanted: members.length || (self.foundWitnesses ?? 0),
      members: members.map(({ nodeId }) => ({
        node: roster.nameOf(nodeId),
        isReachable: roster.isConnected(nodeId),
      })),
    },
    session: {
      id: session.session,
      isValid: session.isValid(clock.nowMs),
      validForMs:
        session.validUntilMs === null ? null : Math.max(0, Math.round(session.validUntilMs - clock.nowMs)),
    },
    clusterTime: clock.clusterMs === null ? null : formatInstant(Math.round(clock.clusterMs)),
    clockOffsetMs: offsetMs,
    nodes: {
      known: roster.cards().length,
      live: roster.cards().filter((card) => roster.isLive(card.nodeId, clock.nowMs)).length,
    },
    jobs: [...catalog.jobNames()].length,
    running: sources.running,
  }
}

function stateOf({ isStopping, claims, clock, self, session }: Sources): StatusView['state'] {
  if (isStopping) return 'stopping'
  if (claims.quarantine !== null) return 'degraded'
  if (claims.configuration === null) return self.foundWitnesses === null ? 'joining' : 'founding'
  if (!claims.hasMajority(clock.nowMs) || !session.isValid(clock.nowMs)) return 'no-majority'
  return clock.clusterMs === null ? 'degraded' : 'ready'
}

function complaintsOf(sources: Sources, offsetMs: number | null): string[] {
  const { claims, roster, self, session } = sources
  const complaints: string[] = []
  const state = stateOf(sources)
  const members = claims.configuration?.members ?? []
  const missing = members
    .filter(({ nodeId }) => !roster.isConnected(nodeId))
    .map(({ nodeId }) => roster.nameOf(nodeId))
  if (claims.quarantine !== null) complaints.push(claims.quarantine)
  if (state === 'founding')
    complaints.push(
      `waiting for ${self.foundWitnesses} witnesses, and nothing runs before they are there: start \`hocket agent --join TOKEN\` on the other hosts (\`hocket join-token\` prints the token)`,
    )
  if (state === 'joining')
    complaints.push('waiting for the cluster: no agent that knows the witnesses was reached yet')
  if (state === 'no-majority')
    complaints.push(
      `no majority of the ${members.length} witnesses answers, and nothing is started: unreachable ${missing.join(', ') || 'none'}`,
    )
  else if (missing.length > 0) complaints.push(`witness ${missing.join(', ')} cannot be reached`)
  if (session.differingClocks.length > 0)
    complaints.push(
      `the clocks of the witnesses that answer are seconds apart, nobody can tell which is right, and nothing is started: ${session.differingClocks.map(({ node, aheadMs }) => `${roster.nameOf(node)} +${(aheadMs / 1000).toFixed(1)} s`).join(', ')}; set them right`,
    )
  if (offsetMs !== null && Math.abs(offsetMs) > timeLimits.clockOffsetWarnMs)
    complaints.push(
      `the clock of this host is ${Math.round(offsetMs / 1000)} s off the cluster's: cluster time is used; set the clock right`,
    )
  const names = new Map<string, number>()
  for (const card of roster.cards()) names.set(card.name, (names.get(card.name) ?? 0) + 1)
  for (const [name, count] of names)
    if (count > 1)
      complaints.push(`${count} agents are called "${name}": give each a name of its own with --name`)
  return complaints
}
