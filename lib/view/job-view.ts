// Jobs as people see them: one with its next slot and the node that is first to run it, and a page of many, filtered by
// a text and sorted, so that ten thousand of them are read a hundred at a time.

import { viewLimits } from '../base/limits.ts'
import { nextCandidate, type ScheduledJob } from '../claim/scheduled-job.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { hasKind, type Schedule } from '../schedule/schedule.ts'
import type { Sources } from './answer-question.ts'
import type { JobsFilter, JobView, Question } from './question.ts'
import { labelledNames } from './run-list.ts'
import { runSpark, runView } from './run-view.ts'

export function jobView(job: ScheduledJob, sources: Sources): JobView {
  const { definition } = job
  const { claims, clock, roster, ledger } = sources
  const nameOf = roster.nameOf.bind(roster)
  // Also one that somebody has claimed ahead is still to come.
  const slotMs = nextSlotMs(job, sources)
  const order = slotMs === null ? [] : claims.ranking(job, `s${slotMs}`, clock.nowMs)
  const newest = ledger.index.ofJob(job.name, viewLimits.sparkRuns)
  return {
    name: job.name,
    category: definition.category,
    summary: definition.summary,
    owner: definition.owner,
    schedule: definition.scheduleText,
    intervalMs: intervalOf(definition.schedule),
    pool: definition.pool,
    timeZone: definition.timeZone,
    isEnabled: job.isEnabled,
    nextSlot: slotMs === null ? null : formatInstant(slotMs),
    nextNode: order[0] === undefined ? null : roster.nameOf(order[0]),
    nextNodes: Math.min(definition.count ?? Infinity, order.length),
    lastRun: newest[0] === undefined ? null : runView(newest[0], nameOf),
    recent: newest.toReversed().map(runSpark),
    actions: definition.actions.map(({ name, command, requires }) => ({ name, command, requires })),
    revision: job.revision,
  }
}

/** Of an instant, and so of every later one before it: a list of ten thousand jobs asks for it often. */
type NextSlot = { readonly afterMs: number; readonly slotMs: number | null }
const nextSlots = new WeakMap<ScheduledJob, NextSlot>()

function nextSlotMs(job: ScheduledJob, { claims, clock }: Sources): number | null {
  const nowMs = clock.clusterMs ?? clock.wallMs
  const { schedule, once } = job.definition
  const isConstant = hasKind(schedule, 'constant')
  if (isConstant || once) {
    const cursor = claims.cursorOf(job.name)
    const from = isConstant ? cursor : { ...cursor, slotMs: nowMs, label: '' }
    return nextCandidate(job, from, nowMs)?.slotMs ?? null
  }
  const known = nextSlots.get(job)
  if (known !== undefined && known.afterMs <= nowMs && (known.slotMs === null || nowMs < known.slotMs))
    return known.slotMs
  const slotMs = nextCandidate(job, { slotMs: nowMs, label: '' }, nowMs)?.slotMs ?? null
  nextSlots.set(job, { afterMs: nowMs, slotMs })
  return slotMs
}

function intervalOf(schedule: Schedule | null): number | null {
  if (schedule?.kind === 'limited') return intervalOf(schedule.schedule)
  if (schedule?.kind === 'interval') return schedule.everyMs
  return schedule?.kind === 'iso' && schedule.periodMonths === 0 ? schedule.periodMs : null
}

export type JobsPage = {
  readonly jobs: readonly JobView[]
  /** How many there are in all pages. */
  readonly total: number
  /** Names the place after the last one shown; null when there is no more. */
  readonly nextCursor: string | null
}

type Placed = { readonly job: ScheduledJob; readonly place: number }

/** A page begins after its cursor, which names a place in the order and not a number: jobs may come and go. */
export function jobsPage(asked: Extract<Question, { kind: 'jobs-page' }>, sources: Sources): JobsPage {
  const found: Placed[] = []
  const fits = jobFilter(asked, sources)
  for (const job of sources.catalog.jobs())
    if (fits(job)) found.push({ job, place: placeOf(job, asked.sort, sources) })
  const { cursor, limit } = asked
  const coming = cursor === null ? found : found.filter(isAfter(cursor))
  const shown = firstOf(coming, limit)
  const last = shown.at(-1)
  return {
    jobs: shown.map(({ job }) => jobView(job, sources)),
    total: found.length,
    nextCursor: last === undefined || coming.length <= limit ? null : `${last.place} ${last.job.name}`,
  }
}

/** The first so many in their order. The rest, which may be thousands, is not sorted. */
function firstOf(placed: readonly Placed[], limit: number): readonly Placed[] {
  if (placed.length <= limit * 4) return placed.toSorted(inOrder).slice(0, limit)
  const first: Placed[] = []
  for (const one of placed) {
    const last = first.length < limit ? undefined : first.at(-1)
    if (last !== undefined && inOrder(last, one) < 0) continue
    if (last !== undefined) first.pop()
    let at = first.length
    while (at > 0 && inOrder(one, first[at - 1]!) < 0) at--
    first.splice(at, 0, one)
  }
  return first
}

function inOrder(left: Placed, right: Placed): number {
  return left.place - right.place || (left.job.name < right.job.name ? -1 : 1)
}

function jobFilter(asked: JobsFilter, sources: Sources): (job: ScheduledJob) => boolean {
  const { category, pool, state, node, label } = asked
  const { roster, ledger } = sources
  const words = asked.filter.toLowerCase()
  const labelled = label === undefined ? null : labelledNames(label, roster)
  const isInState = ({ name, isEnabled }: ScheduledJob) => {
    if (state === 'enabled' || state === 'disabled') return isEnabled === (state === 'enabled')
    const [newest] = ledger.index.ofJob(name, 1)
    return newest !== undefined && runView(newest, (id) => roster.nameOf(id)).state === state
  }
  return (job) => {
    const { definition } = job
    if (!hasText(job, words) || (category ?? definition.category) !== definition.category) return false
    if ((pool ?? definition.pool) !== definition.pool || (state !== undefined && !isInState(job)))
      return false
    if (node === undefined && labelled === null) return true
    const names = roster.eligible(definition.nodes).map((id) => roster.nameOf(id))
    return (
      (node === undefined || names.includes(node)) &&
      (labelled === null || names.some((name) => labelled.has(name)))
    )
  }
}

/** Whether the job has it in its name or its schedule; everything has nothing in it. */
export function hasText({ name, definition }: ScheduledJob, lowerCase: string): boolean {
  return lowerCase === '' || `${name} ${definition.scheduleText}`.toLowerCase().includes(lowerCase)
}

/** Jobs without a next slot or a last run come last. */
function placeOf(job: ScheduledJob, sort: 'name' | 'next' | 'last', sources: Sources): number {
  if (sort === 'name') return 0
  if (sort === 'next') return nextSlotMs(job, sources) ?? Number.MAX_SAFE_INTEGER
  return -(sources.ledger.index.ofJob(job.name, 1)[0]?.slotMs ?? 0)
}

function isAfter(cursor: string): (one: Placed) => boolean {
  const [text = '', ...words] = cursor.split(' ')
  const [after, name] = [Number(text), words.join(' ')]
  return ({ place, job }) => place > after || (place === after && job.name > name)
}
