// Runs as a list, the newest slot first, a page at a time: those of one job, in one state, on one node or on nodes with
// a label, of slots between two instants. A page costs what is looked through for it.

import { jobName, type NodeId } from '../base/ids.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ListPlace } from '../ledger/record-index.ts'
import type { Roster } from '../membership/roster.ts'
import type { RunsFilter } from './question.ts'
import { runView, type RunView } from './run-view.ts'

type RunSources = { readonly ledger: Ledger; readonly roster: Roster }

export type RunPage = {
  readonly runs: readonly RunView[]
  /** Where the next page begins: behind the last of this one; null when there is no more. */
  readonly next: ListPlace | null
}

export function runPage(filter: RunsFilter, { ledger, roster }: RunSources): RunPage {
  const nameOf = (id: NodeId) => roster.nameOf(id)
  const { job = null, state = null, node = null, label = null } = filter
  const labelled = label === null ? null : labelledNames(label, roster)
  const { fromMs = -Infinity, toMs = Infinity, after = null, limit } = filter
  const runs: RunView[] = []
  for (const subject of ledger.index.newest(job === null ? null : jobName(job), after)) {
    if (subject.slotMs > toMs) continue
    if (subject.slotMs < fromMs) break
    const run = runView(subject, nameOf)
    if (state !== null && run.state !== state) continue
    if (node !== null && run.node !== node) continue
    if (labelled !== null && !labelled.has(run.node)) continue
    runs.push(run)
    if (runs.length >= limit) return { runs, next: { slotMs: subject.slotMs, name: subject.name } }
  }
  return { runs, next: null }
}

/** The names of the nodes with a label, `disk=ssd`, or `disk` whatever its value. */
export function labelledNames(label: string, roster: Roster): ReadonlySet<string | null> {
  const [name = '', value] = label.split(/=(.*)/s, 2)
  const has = roster
    .cards()
    .filter(({ labels }) => (value === undefined ? labels[name] !== undefined : labels[name] === value))
  return new Set(has.map((card) => card.name))
}
