// `hocket runs`: what ran, where, how long and how it ended, and the slots that did not run
// and why.

import { nearestName } from '../../lib/base/problem.ts'
import type { RunFound } from '../../lib/view/find-run.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { askAgent } from './ask-agent.ts'
import { listingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { toneOf } from './paint.ts'
import { isNotFound } from './run-request.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeLength, timeText } from './time-words.ts'

const filters = ['job', 'state', 'node', 'limit'] as const
const states = ['running', 'succeeded', 'failed', 'cancelled', 'unknown', 'lost', 'missed', 'skipped']
const limitMax = 1000

export const runsCommand: Command = {
  words: 'runs',
  summary: 'what ran, where, and how it ended; and the slots that did not run',
  arguments: '[JOB]',
  argumentsMax: 1,
  options: {
    ...listingOptions,
    job: { type: 'string', takes: 'JOB', help: 'only of this job' },
    state: {
      type: 'string',
      takes: 'STATE',
      help: `only ${states.slice(0, -1).join(', ')} or ${states.at(-1)}`,
    },
    node: { type: 'string', takes: 'NODE', help: 'only on this node' },
    limit: { type: 'string', takes: 'N', help: 'at most so many, the newest first (default 50)' },
  },
  examples: [
    ['hocket runs', 'the latest runs of the cluster'],
    ['hocket runs reports.nightly --state failed', 'the failures of one job'],
    ['hocket runs reports.nightly.-1', 'its newest run, with its attempts'],
    ['hocket runs --node alpha --limit 200 --json', 'for a program'],
  ],
  run: async (call) => {
    const query = queryOf(call)
    const listed = await askAgent<{ runs: readonly RunView[] }>(call, `runs?${query.toString()}`)
    const answer = listed.runs.length > 0 ? listed : { runs: await runNamed(call) }
    if (call.flags['json'] === true) call.terminal.out(jsonText(answer))
    else call.terminal.out(answer.runs.length === 0 ? 'no runs\n' : runsTable(answer.runs, call.terminal))
    return 0
  },
}

/** No job of that name has runs: perhaps it is a run's, with its attempts; throws where it is nobody's. */
async function runNamed(call: CommandCall): Promise<readonly RunView[]> {
  const name = call.flags['job'] ?? call.positionals[0]
  if (typeof name !== 'string') return []
  try {
    const found = await askAgent<RunFound>(call, `runs/${encodeURIComponent(name)}`)
    return found.attempts.toReversed()
  } catch (error) {
    if (!isNotFound(error) || name.split('.').length > 2) throw error
    await askAgent(call, `jobs/${encodeURIComponent(name)}`)
    return []
  }
}

function queryOf({ flags, positionals }: CommandCall): URLSearchParams {
  const query = new URLSearchParams()
  for (const filter of filters) {
    const value = flags[filter] ?? (filter === 'job' ? positionals[0] : undefined)
    if (typeof value === 'string') query.set(filter, value)
  }
  const state = query.get('state')
  if (state !== null && !states.includes(state)) {
    const nearest = nearestName(state, states)
    throw new UsageError(
      `Cannot use --state ${state}: no run is in such a state, expected ${nearest === null ? states.join(', ') : `perhaps ${nearest}`}`,
    )
  }
  const limit = query.get('limit')
  if (limit !== null && !(/^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= limitMax))
    throw new UsageError(`Cannot use --limit ${limit}: it is no such number, expected 1 to ${limitMax}`)
  return query
}

export function runsTable(
  runs: readonly RunView[],
  terminal: Pick<Terminal, 'columns' | 'isColoured' | 'nowMs' | 'showsInstants'>,
): string {
  const nowMs = terminal.nowMs()
  const columns = [
    { title: 'RUN', shrinks: true, keepsEnd: true },
    { title: 'SLOT' },
    { title: 'STATE' },
    { title: 'NODE' },
    { title: 'LATE', align: 'right' as const },
    { title: 'TOOK', align: 'right' as const },
    { title: 'WHY', shrinks: true },
  ]
  return table(
    columns,
    runs.map((run) => [
      { text: nameOf(run) },
      { text: timeText(run.slot, terminal), tone: 'quiet' as const },
      { text: run.state, tone: toneOf(run.state) },
      { text: run.node ?? '-' },
      { text: run.latenessMs === null ? '-' : timeLength(Math.max(0, run.latenessMs)) },
      { text: tookText(run, nowMs) },
      { text: whyText(run), tone: 'quiet' as const },
    ]),
    terminal,
  )
}

/** `job.RUN`, or for slots that did not run the job and how many slots there are. */
function nameOf(run: RunView): string {
  if (run.id !== null) return run.attempt > 1 ? `${run.id} (attempt ${run.attempt})` : run.id
  const count = run.range?.count ?? null
  return count === 1 ? run.job : `${run.job} (${count ?? 'many'} slots)`
}

function tookText(run: RunView, nowMs: number): string {
  if (run.startedAt === null) return '-'
  const endMs = run.endedAt === null ? (run.state === 'running' ? nowMs : null) : Date.parse(run.endedAt)
  return endMs === null ? '-' : timeLength(Math.max(0, endMs - Date.parse(run.startedAt)))
}

/** Why slots did not run, in words; a state that says it all needs none. */
const whyWords: Readonly<Record<string, string>> = {
  missed: 'nobody could start it in time',
  'no-eligible-node': 'no node that may run it was there',
  paused: 'the cluster was paused',
  'node-full': 'its node held as many runs as it may',
  'skipped-overlap': 'the run before it was not over',
  'schedule-changed': 'its schedule was changed',
  removed: 'its job was removed',
  superseded: 'a newer slot was caught up instead',
  recovered: 'a majority of the witnesses was lost',
  done: 'the job was done for good',
  'too-few-nodes': 'it ran, but on fewer nodes than it was to',
  'ran-partitioned': 'it ran where no majority of the witnesses was in reach',
  'not-rerun': 'lost, and not started again in time',
}

export function whyText(run: RunView): string {
  const words = run.id === null ? (whyWords[run.why] ?? run.why) : run.why
  const flags = run.flags ?? []
  const marks = [
    flags.includes('over-expected') ? 'over expected' : '',
    flags.includes('stuck') ? 'stuck' : '',
    run.isLateReport ? 'reported late' : '',
    run.isPartitioned ? 'without a majority' : '',
    run.besides.length > 0 ? `ran on ${run.besides.join(', ')} too` : '',
  ]
  return [...marks, words].filter((mark) => mark !== '').join('; ')
}
