// The live screen of the cluster as text: how it is, who is there, what runs, what comes next and what ended last, as
// much of each as the terminal has room for.

import type { JobView, NodeView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { placeText } from './jobs-command.ts'
import { paint, toneOf } from './paint.ts'
import { plainText } from './plain-text.ts'
import { whyText } from './runs-command.ts'
import { table, type Cell, type Column } from './table.ts'
import { relativeTime, timeLength } from './time-words.ts'

export type TopView = {
  readonly status: StatusView
  readonly nodes: readonly NodeView[]
  readonly running: readonly RunView[]
  readonly ended: readonly RunView[]
  readonly next: readonly JobView[]
}

export type Screen = {
  readonly columns: number
  readonly rows: number
  readonly isColoured: boolean
  readonly nowMs: number
}

/** Lines of the screen, never more than it has. */
export function topScreen(view: TopView, screen: Screen): readonly string[] {
  const { status } = view
  const head = [
    `${paint('strong', 'hocket', screen.isColoured)} ${plainText(status.node)} ${paint(toneOf(status.state), status.state, screen.isColoured)}   ${status.nodes.live} of ${status.nodes.known} nodes, ${status.jobs} jobs, ${view.running.length} running   q ends`,
    ...status.complaints.slice(0, 2).map((text) => cut(`! ${plainText(text)}`, screen.columns)),
    `nodes  ${nodesText(view.nodes, screen)}`,
  ]
  const room = Math.max(6, screen.rows - head.length - 6)
  const third = Math.floor(room / 3)
  // What runs matters most, and leaves its room when there is little of it.
  const running = Math.min(view.running.length, room - 2 * third)
  const rest = Math.floor((room - running) / 2)
  return [
    ...head,
    ...section('RUNNING', runningTable(view.running.slice(0, running), screen), screen),
    ...section('NEXT', nextTable(view.next.slice(0, rest), screen), screen),
    ...section('ENDED', endedTable(view.ended.slice(0, room - running - rest), screen), screen),
  ].slice(0, screen.rows)
}

function section(title: string, lines: readonly string[], { isColoured }: Screen): string[] {
  return ['', paint('quiet', lines.length === 0 ? `${title}  nothing` : title, isColoured), ...lines]
}

/** Without the line of titles, which the section has. */
function body(columns: readonly Column[], rows: readonly (readonly Cell[])[], screen: Screen): string[] {
  return table(columns, rows, screen).trimEnd().split('\n').slice(1)
}

function runningTable(runs: readonly RunView[], screen: Screen): string[] {
  const columns = [
    { title: '', shrinks: true },
    { title: '' },
    { title: '', align: 'right' as const },
    { title: '', shrinks: true },
  ]
  const rows = runs.map((run) => [
    { text: run.id ?? run.job },
    { text: run.node ?? '' },
    { text: timeLength(Math.max(0, screen.nowMs - Date.parse(run.startedAt ?? run.slot))) },
    { text: (run.flags ?? []).join(', '), tone: 'warning' as const },
  ])
  return body(columns, rows, screen)
}

function nextTable(jobs: readonly JobView[], screen: Screen): string[] {
  const columns = [{ title: '', shrinks: true }, { title: '' }, { title: '', align: 'right' as const }]
  const rows = jobs.map((job) => [
    { text: job.name },
    { text: placeText(job) ?? '' },
    { text: job.nextSlot === null ? '' : relativeTime(job.nextSlot, screen.nowMs) },
  ])
  return body(columns, rows, screen)
}

function endedTable(runs: readonly RunView[], screen: Screen): string[] {
  const columns = [
    { title: '', shrinks: true },
    { title: '' },
    { title: '' },
    { title: '', align: 'right' as const },
    { title: '', shrinks: true },
  ]
  const rows = runs.map((run) => [
    { text: run.id ?? run.job },
    { text: run.state, tone: toneOf(run.state) },
    { text: run.node ?? '' },
    { text: relativeTime(run.endedAt ?? run.slot, screen.nowMs) },
    { text: whyText(run), tone: 'quiet' as const },
  ])
  return body(columns, rows, screen)
}

function nodesText(nodes: readonly NodeView[], { columns, isColoured }: Screen): string {
  let text = ''
  let width = 7
  for (const [at, { name, state }] of nodes.entries()) {
    const shown = state === 'live' ? name : `${name} (away)`
    width += shown.length + 2
    if (width > columns - 10) return `${text}and ${nodes.length - at} more`
    text += `${paint(toneOf(state), plainText(shown), isColoured)}  `
  }
  return text.trimEnd()
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`
}
