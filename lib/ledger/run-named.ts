// A run or an action of one by the name that people give it: `category.job.RUN`, with `.action`
// or `/action` behind it; RUN is a number, `node:number`, or -1 (HEAD), -2 … from the newest.

import { jobName, type NodeId } from '../base/ids.ts'
import { ledgerLimits } from '../base/document-limits.ts'
import type { Ledger } from './ledger.ts'
import { isHoldersWord, type RunRecord } from './run-record.ts'

export type NamedRun = {
  /** The newest attempt; of several records of it the one that knows most. */
  readonly record: RunRecord
  readonly action: string | null
}

type From = {
  readonly ledger: Ledger
  readonly nameOf: (node: NodeId) => string
  /** It cannot be asked. */
  readonly isAway: (node: NodeId) => boolean
}

export function runNamed(text: string, from: From): NamedRun | null {
  const [path = '', behind] = text.split('/', 2)
  if (behind !== undefined) return found(path, behind, from)
  const dot = path.lastIndexOf('.')
  return found(path, null, from) ?? found(path.slice(0, Math.max(dot, 0)), path.slice(dot + 1), from)
}

function found(path: string, action: string | null, from: From): NamedRun | null {
  const dot = path.lastIndexOf('.')
  if (dot <= 0) return null
  const number = path.slice(dot + 1)
  const back = placeFromNewest(number)
  const attempts = from.ledger.index
    .ofJob(jobName(path.slice(0, dot)), ledgerLimits.recordsPerJobMost)
    .flatMap(({ records }) =>
      bestOf(
        records.filter((record) => record.kind === 'run'),
        from.isAway,
      ),
    )
  const label = ({ isLocal, node, run }: RunRecord) => (isLocal ? `${from.nameOf(node)}:${run}` : String(run))
  const labels = [...new Set(attempts.map(label))]
  const wanted = back === null ? number : labels[back]
  const named = attempts.filter((record) => label(record) === wanted)
  const record = named.toSorted((left, right) => right.attempt - left.attempt)[0]
  return record === undefined ? null : { record, action }
}

/** -1 and HEAD are the newest run, -2 the one before it: 0, 1, … Null for anything else. */
export function placeFromNewest(number: string): number | null {
  if (number === 'HEAD') return 0
  return /^-[1-9]\d{0,5}$/.test(number) ? -Number(number) - 1 : null
}

/** While its node is away a run ended as others told it, certified lost before all, however far its node told that it was. */
function bestOf(runs: readonly RunRecord[], isAway: (node: NodeId) => boolean): RunRecord | [] {
  const best = runs.toSorted((left, right) => knows(right) - knows(left))[0]
  if (best === undefined) return []
  const end = runs.find(({ state }) => state === 'lost') ?? runs.find(({ state }) => state !== 'running')
  if (best.state !== 'running' || end === undefined || !isAway(best.node)) return best
  return { ...best, state: end.state, why: end.why }
}

/** The holder's own word over that of others, and an end over a run that goes on. */
function knows(record: RunRecord): number {
  return (isHoldersWord(record) ? 2 : 0) + (record.state === 'running' ? 0 : 1)
}
