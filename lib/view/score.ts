// The last hour as a score: for each node and minute how many slots it ran and how they ended, and one line more for
// the slots that no node ran. From the records in memory: where they do not reach back an hour, it begins later.

import type { NodeId } from '../base/ids.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { runView, type RunView } from './run-view.ts'

export type ScoreView = {
  readonly from: string
  readonly columns: number
  readonly columnMs: number
  /** By name; the line without a node, where there is one, comes last. */
  readonly lines: readonly {
    readonly node: string | null
    /** Only columns in which there was something. */
    readonly cells: readonly ScoreCell[]
  }[]
}

export type ScoreCell = {
  readonly column: number
  readonly total: number
  readonly worst: RunView['state']
  readonly states: Readonly<Partial<Record<RunView['state'], number>>>
}

const columns = 60
const columnMs = 60_000

/** The worst first. */
const severity: readonly RunView['state'][] = [
  'failed',
  'lost',
  'unknown',
  'missed',
  'skipped',
  'running',
  'succeeded',
]

export function scoreView(
  ledger: Ledger,
  asked: {
    readonly nowMs: number
    readonly names: readonly string[]
    readonly nameOf: (id: NodeId) => string
  },
): ScoreView {
  const endMs = Math.ceil(asked.nowMs / columnMs) * columnMs
  const fromMs = endMs - columns * columnMs
  const lines = new Map<string | null, Map<number, Map<RunView['state'], number>>>()
  for (const name of asked.names) lines.set(name, new Map())
  for (const subject of ledger.index.newest(null, null)) {
    if (subject.slotMs < fromMs) break
    if (subject.slotMs >= endMs) continue
    const run = runView(subject, asked.nameOf)
    const node = run.id === null ? null : run.node
    const line = lines.get(node) ?? new Map<number, Map<RunView['state'], number>>()
    lines.set(node, line)
    const column = Math.floor((subject.slotMs - fromMs) / columnMs)
    const states = line.get(column) ?? new Map<RunView['state'], number>()
    line.set(column, states)
    states.set(run.state, (states.get(run.state) ?? 0) + (run.range?.count ?? 1))
  }
  return {
    from: formatInstant(fromMs),
    columns,
    columnMs,
    lines: [...lines]
      .toSorted(([left], [right]) => (left === null ? 1 : right === null ? -1 : left < right ? -1 : 1))
      .map(([node, line]) => ({
        node,
        cells: [...line]
          .toSorted(([left], [right]) => left - right)
          .map(([column, states]) => cellOf(column, states)),
      })),
  }
}

function cellOf(column: number, states: ReadonlyMap<RunView['state'], number>): ScoreCell {
  return {
    column,
    total: [...states.values()].reduce((sum, many) => sum + many, 0),
    worst: severity.find((state) => states.has(state)) ?? 'succeeded',
    states: Object.fromEntries(states),
  }
}
