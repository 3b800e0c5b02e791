// Where the lines of a run lie in somebody's system of logs: a template with {job_id}, {run_id}, {start_time} and
// {end_time} as cronq has them, and {job}, {node} and {attempt}; other braces stay as they are.
// Source: cronq 0.27.0, backends/mysql.py.

import { formatInstant, instantOfText } from '../schedule/calendar.ts'
import type { RunView } from './run-view.ts'

const dayMs = 86_400_000
/** What a run that goes on writes may come a little later. */
const aheadMs = 5_000

export type LoggedRun = Pick<RunView, 'id' | 'job' | 'node' | 'attempt' | 'startedAt' | 'endedAt'>

export function logUrl(template: string, run: LoggedRun, nowMs: number): string {
  const { id, job, node, attempt, startedAt, endedAt } = run
  const startMs = startedAt === null ? nowMs - dayMs : instantOfText(startedAt)
  const endMs = endedAt === null ? nowMs + aheadMs : instantOfText(endedAt)
  const values: Readonly<Record<string, string>> = {
    job_id: job,
    run_id: id ?? '',
    start_time: `${wholeSecond(startMs)}.000Z`,
    end_time: `${wholeSecond(endMs)}.${endedAt === null ? '000' : '999'}Z`,
    job,
    node: node ?? '',
    attempt: String(attempt),
  }
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : encodeURIComponent(value)
  })
}

/** `2016-08-15T08:00:11` */
function wholeSecond(ms: number): string {
  return formatInstant(Math.floor(ms / 1000) * 1000).slice(0, 19)
}
