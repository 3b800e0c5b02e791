// A run by the name that people use: `category.job.RUN`, RUN being its number, `node:number` where no vote numbers it,
// or counted from the newest: `-1` or `HEAD`, `-2` …; `.action` behind it names one of its actions. A run may have several attempts.

import { jobName, type NodeId } from '../base/ids.ts'
import { ledgerLimits } from '../base/document-limits.ts'
import { nearestName } from '../base/problem.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { RecordIndex } from '../ledger/record-index.ts'
import type { Answer } from './question.ts'
import { placeFromNewest } from '../ledger/run-named.ts'
import { runView, type RunView } from './run-view.ts'

export type RunFound = {
  readonly run: RunView
  /** All of the run, the first one first; `run` is the last of them. */
  readonly attempts: readonly RunView[]
  /** Where the name was that of an action, `category.job.RUN.action`. */
  readonly action?: string
}

export type RunSources = {
  readonly catalog: Pick<Catalog, 'findJob' | 'jobNames'>
  readonly ledger: { readonly index: Pick<RecordIndex, 'ofJob'> }
  readonly roster: { nameOf(node: NodeId): string }
}

type Missing = Extract<Answer, { kind: 'not-found' }>

export function findRun(text: string, sources: RunSources): RunFound | Missing {
  const found = findWhole(text, sources)
  const dot = text.lastIndexOf('.')
  if (!('kind' in found) || dot < 1) return found
  const above = findWhole(text.slice(0, dot), sources)
  const action = text.slice(dot + 1)
  const isAction = !('kind' in above) && above.run.actions.some(({ name }) => name === action)
  return isAction ? { ...above, action } : found
}

function findWhole(text: string, sources: RunSources): RunFound | Missing {
  const { ledger, roster, catalog } = sources
  const dot = text.lastIndexOf('.')
  const job = text.slice(0, Math.max(dot, 0))
  const subjects = ledger.index
    .ofJob(jobName(job), ledgerLimits.recordsPerJobMost)
    .map((subject) => runView(subject, (id) => roster.nameOf(id)))
    .filter((run) => run.id !== null)
  const back = placeFromNewest(text.slice(dot + 1))
  const wanted = back === null ? text : [...new Set(subjects.map(({ id }) => id))][back]
  const attempts = subjects
    .filter((run) => run.id === wanted)
    .toSorted((left, right) => left.attempt - right.attempt)
  const run = attempts.at(-1)
  if (run !== undefined) return { run, attempts }
  if (catalog.findJob(job) !== undefined || subjects.length > 0)
    return { kind: 'not-found', what: `run "${text}"`, nearest: null }
  // A job has its runs behind its name.
  if (catalog.findJob(text) !== undefined)
    return { kind: 'not-found', what: `run "${text}"`, nearest: `${text}.-1` }
  const nearest = nearestName(job, [...catalog.jobNames()])
  return {
    kind: 'not-found',
    what: `run "${text}"`,
    nearest: nearest === null ? null : `${nearest}${text.slice(dot)}`,
  }
}
