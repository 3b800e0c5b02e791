// The story of one slot, from records and not from guesses: under which revision, who might
// have run it and in which order, who claimed it with whose votes, when and where it started,
// how it ended, or why it was skipped or missed. Of a slot to come: what is going to happen. And
// the same of one run.

import { jobName, type JobName, type NodeId } from '../base/ids.ts'
import { nearestName } from '../base/problem.ts'
import { revisionText } from '../base/revision.ts'
import { ledgerLimits } from '../base/document-limits.ts'
import type { NotRun } from '../claim/register.ts'
import { isLocalJob, nextCandidate, slotsOf, type ScheduledJob } from '../claim/scheduled-job.ts'
import {
  isHoldersWord,
  type LedgerRecord,
  type RecordedAction,
  type RunRecord,
} from '../ledger/run-record.ts'
import { stateWords } from '../ledger/state-words.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { Sources } from './answer-question.ts'
import { findRun, type RunSources } from './find-run.ts'
import type { Answer } from './question.ts'
import { runId } from './run-view.ts'

export type SlotStory = {
  readonly job: string
  /** Where one run was asked for: the lines are of that, whatever else the slot has. */
  readonly run: string | null
  /** Null when the job has none at all. */
  readonly slot: string | null
  readonly lines: readonly string[]
}

const reasons: { readonly [why in NotRun]: string } = {
  missed: 'nobody started it before its start deadline',
  'no-eligible-node': 'no node that may run it was there',
  paused: 'the whole cluster was paused by hand',
  'node-full': 'its node held as many runs as it may (max_running)',
  'skipped-overlap': 'the run before it was not over, and the overlap policy says so',
  'schedule-changed': 'the definition was changed under it',
  removed: 'the job was deleted, or deleted and created again',
  superseded: 'a newer slot was caught up in its place',
  recovered: 'a majority of the witnesses was lost, and everything up to then was given up',
  done: 'the job is to run once, and a run had succeeded',
  cancelled: 'somebody gave it up by hand',
  'too-few-nodes': 'it ran, on fewer nodes than it was to',
  'ran-partitioned': 'it ran where no majority of the witnesses was in reach',
  'not-rerun': 'it ran, was lost, and could not be started again in time',
}

export function slotStory(
  asked: { readonly job: string; readonly slotMs: number | null },
  sources: Sources,
): Answer {
  const { catalog, clock } = sources
  const job = catalog.findJob(asked.job)
  if (job === undefined)
    return {
      kind: 'not-found',
      what: `job "${asked.job}"`,
      nearest: nearestName(asked.job, [...catalog.jobNames()]),
    }
  const nowMs = clock.clusterMs ?? clock.wallMs
  const known = recordsOf(job.name, sources)
  const slotMs =
    asked.slotMs ?? newestSlotMs(known, nowMs) ?? nextCandidate(job, cursorAt(nowMs), nowMs)?.slotMs ?? null
  const head = definitionLine(job)
  if (slotMs === null)
    return {
      kind: 'why',
      story: {
        job: job.name,
        run: null,
        slot: null,
        lines: [head, 'it has no slot: it runs by hand or by trigger'],
      },
    }
  const own = known.filter((record) => isAbout(record, slotMs))
  const told = storyOf(own, sources)
  const lines = told.length > 0 ? told : silence(job, slotMs, { nowMs, sources })
  return {
    kind: 'why',
    story: { job: job.name, run: null, slot: formatInstant(slotMs), lines: [head, ...lines] },
  }
}

/** Of one run, by any of its names; the job need not be there any more. */
export function runStory(name: string, sources: RunSources): Answer {
  const found = findRun(name, sources)
  if ('kind' in found) return found
  const { id, job: jobText, slot } = found.run
  const job = sources.catalog.findJob(jobText)
  const head = job === undefined ? 'its job is not there any more' : definitionLine(job)
  const nameOf = (node: NodeId) => sources.roster.nameOf(node)
  const own = recordsOf(jobName(jobText), sources).filter(
    (record) => record.kind === 'run' && runId(record, nameOf) === id,
  )
  const lines = storyOf(own, sources)
  return { kind: 'why', story: { job: jobText, run: id, slot, lines: [head, ...lines] } }
}

const cursorAt = (slotMs: number) => ({ slotMs, label: '' })

function recordsOf(job: JobName, { ledger }: Pick<RunSources, 'ledger'>): LedgerRecord[] {
  const subjects = ledger.index.ofJob(job, ledgerLimits.recordsPerJobMost)
  return subjects.toReversed().flatMap(({ records }) => records.toSorted(byWord))
}

/** Who held a run has the first word about it. */
function byWord(left: LedgerRecord, right: LedgerRecord): number {
  const place = (record: LedgerRecord) => (record.kind === 'run' && isHoldersWord(record) ? 0 : 1)
  return place(left) - place(right)
}

function newestSlotMs(records: readonly LedgerRecord[], nowMs: number): number | null {
  const slots = records.map((record) => (record.kind === 'run' ? record.slotMs : record.toMs))
  const past = slots.filter((slotMs) => slotMs <= nowMs)
  return past.length === 0 ? null : Math.max(...past)
}

function isAbout(record: LedgerRecord, slotMs: number): boolean {
  return record.kind === 'run' ? record.slotMs === slotMs : record.fromMs <= slotMs && slotMs <= record.toMs
}

function definitionLine({ definition, revision, isEnabled }: ScheduledJob): string {
  const schedule = definition.scheduleText === '' ? 'by hand or by trigger' : `"${definition.scheduleText}"`
  const { pool, count } = definition
  const of = pool === '' ? '' : ` of "${pool}"`
  const one = pool === '' ? 'any node' : `"${pool}"`
  const place = count === 1 ? one : count === null ? `every node${of}` : `${count} nodes${of}`
  const off = isEnabled ? '' : '; it is disabled'
  return `the definition now, revision ${revisionText(revision)}: ${schedule}, on ${place}, overlap ${definition.overlap}${off}`
}

/** What several nodes wrote of one run is said once. */
function storyOf(records: readonly LedgerRecord[], sources: Pick<RunSources, 'roster'>): readonly string[] {
  return [...new Set(records.flatMap((record) => linesOf(record, sources)))]
}

function linesOf(record: LedgerRecord, { roster }: Pick<RunSources, 'roster'>): string[] {
  if (record.kind === 'run') return runLines(record, (node) => roster.nameOf(node))
  const count =
    record.count === 1
      ? ''
      : ` (with others: ${formatInstant(record.fromMs)} to ${formatInstant(record.toMs)})`
  const where = record.node === null ? '' : ` on node "${roster.nameOf(record.node)}"`
  return [
    `${formatInstant(Math.round(record.decidedAtMs))}: it was decided${where}${count}: ${reasons[record.why]}`,
  ]
}

function runLines(record: RunRecord, nameOf: (node: RunRecord['node']) => string): string[] {
  const { claim, node, writer, writtenAtMs, token, attempt, requestId, user, variables } = record
  const lines: string[] = []
  const at = (ms: number | null) => (ms === null ? 'at an unknown time' : formatInstant(Math.round(ms)))
  const name = `run ${record.isLocal ? `${nameOf(node)}:` : ''}${record.run}${attempt > 1 ? ` (attempt ${attempt})` : ''}`
  // Everybody may read the story: what the variables say is for those who may read commands.
  const given = variables === undefined ? '' : ` with its own ${Object.keys(variables).join(', ')}`
  if (requestId !== undefined)
    lines.push(`${name} was asked for by ${user ?? 'somebody'}${given} (request ${requestId})`)
  if (claim !== undefined) {
    const more =
      claim.eligible > claim.ranking.length ? ` and ${claim.eligible - claim.ranking.length} more` : ''
    const votes =
      claim.votes.length === 0
        ? 'without a vote: each node decides for itself'
        : `by the votes of ${claim.votes.join(', ')}`
    lines.push(
      `${claim.eligible} could run it, in this order: ${claim.ranking.join(', ')}${more}`,
      `${at(claim.atMs)}: granted to node "${nameOf(node)}" as ${name} with token ${token}, ${votes}, under revision ${revisionText(claim.revision)}`,
    )
  }
  if (!isHoldersWord(record))
    lines.push(
      `${at(writtenAtMs)}: node "${nameOf(writer)}" wrote: ${name} on node "${nameOf(node)}" ${stateWords[record.state]}${because(record.why)}`,
    )
  else if (record.startedAtMs !== null)
    lines.push(`${at(record.startedAtMs)}: started on node "${nameOf(node)}"`)
  const told = record.actions.flatMap(actionLines)
  for (const { atMs, text } of told.toSorted((left, right) => left.atMs - right.atMs))
    lines.push(atMs === Infinity ? text : `${at(atMs)}: ${text}`)
  if (isHoldersWord(record) && record.state !== 'running')
    lines.push(`${at(record.endedAtMs)}: ${name} ${stateWords[record.state]}${because(record.why)}`)
  return lines
}

/** What has not begun comes last. */
function actionLines(action: RecordedAction): readonly { readonly atMs: number; readonly text: string }[] {
  const tries = (action.earlier ?? []).map((tried, index) => ({
    atMs: tried.endedAtMs,
    text: `try ${index + 1} of action ${action.name} ${tried.why}`,
  }))
  const text = `action ${action.name} ${stateWords[action.state]}${because(action.why)}`
  return [...tries, { atMs: action.endedAtMs ?? action.startedAtMs ?? Infinity, text }]
}

const because = (why: string): string => (why === '' ? '' : ` (${why})`)

/** Nobody wrote anything about it. */
function silence(
  job: ScheduledJob,
  slotMs: number,
  at: { readonly nowMs: number; readonly sources: Sources },
): string[] {
  const { claims, clock, roster } = at.sources
  const isSlot = slotsOf(job, slotMs - 1, slotMs, 1).length === 1
  if (!isSlot)
    return slotMs <= job.effectiveFromMs
      ? [`it is not after ${formatInstant(job.effectiveFromMs)}, from when on this definition has slots`]
      : ['the definition has no such slot now']
  const ranking = claims.ranking(job, `s${slotMs}`, clock.nowMs).map((node) => roster.nameOf(node))
  const order = ranking.length === 0 ? 'no node may run it now' : `asked for by ${ranking.join(', then ')}`
  if (slotMs > at.nowMs)
    return [
      isLocalJob(job)
        ? `to come: each of ${ranking.join(', ')} runs it`
        : `to come: ${order}, as the nodes are now`,
      ...(claims.hasMajority(clock.nowMs)
        ? []
        : ['no majority of the witnesses answers now: without one nothing starts']),
    ]
  const deadlineMs = slotMs + job.definition.startDeadlineMs
  return at.nowMs < deadlineMs
    ? [`nobody has told of it so far; it may start until ${formatInstant(deadlineMs)}: ${order}`]
    : [
        'no record tells of it: it is older than the records kept here, or its node has not been heard of since',
      ]
}
