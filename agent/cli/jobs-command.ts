// `hocket jobs` and `hocket jobs JOB`: what is scheduled, when it runs next and where, and how it went
// last.

import { revisionText } from '../../lib/base/revision.ts'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { askAgent, askForAll } from './ask-agent.ts'
import { listingOptions, type Command } from './command.ts'
import { fieldLines, type Field } from './fields.ts'
import { jsonText } from './json-text.ts'
import { toneOf } from './paint.ts'
import { plainText } from './plain-text.ts'
import { runsTable } from './runs-command.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { localInstant, relativeTime, timeText } from './time-words.ts'

const runsShown = 10
const unscheduled = 'by hand or by trigger'

export const jobsCommand: Command = {
  words: 'jobs',
  summary: 'what is scheduled, when it runs next, and how it went last',
  arguments: '[JOB]',
  argumentsMax: 1,
  options: listingOptions,
  examples: [
    ['hocket jobs', 'all jobs'],
    ['hocket jobs reports.nightly', 'one job: its actions and its latest runs'],
  ],
  run: async (call) => {
    const { terminal } = call
    const [name] = call.positionals
    if (name !== undefined) {
      const answer = await askAgent<{ job: JobView; runs: readonly RunView[] }>(
        call,
        `jobs/${encodeURIComponent(name)}`,
      )
      terminal.out(
        call.flags['json'] === true ? jsonText(answer) : jobText(answer.job, answer.runs, terminal),
      )
      return 0
    }
    const answer = { jobs: await askForAll<JobView>(call, 'jobs', 'jobs') }
    terminal.out(call.flags['json'] === true ? jsonText(answer) : jobsText(answer.jobs, terminal))
    return 0
  },
}

function jobsText(jobs: readonly JobView[], terminal: Terminal): string {
  if (jobs.length === 0) return 'no jobs yet: drop a config file into the directory of --config-dir\n'
  const columns = [
    { title: 'JOB', shrinks: true },
    { title: 'SCHEDULE', shrinks: true },
    { title: 'NEXT' },
    { title: 'ON' },
    { title: 'LAST' },
    { title: '' },
  ]
  const rows = jobs.map((job) => [
    { text: job.name },
    job.schedule === '' ? { text: unscheduled, tone: 'quiet' as const } : { text: job.schedule },
    job.isEnabled
      ? { text: timeText(job.nextSlot ?? '', terminal) || '-' }
      : { text: 'disabled', tone: 'quiet' as const },
    { text: placeText(job) ?? '-' },
    job.lastRun === null ? { text: '-' } : { text: job.lastRun.state, tone: toneOf(job.lastRun.state) },
    { text: job.lastRun === null ? '' : timeText(job.lastRun.slot, terminal), tone: 'quiet' as const },
  ])
  return table(columns, rows, terminal)
}

/** The node that asks first, and how many more run the slot besides. */
export function placeText({ nextNode, nextNodes }: JobView): string | null {
  return nextNodes > 1 ? `${nextNode} +${nextNodes - 1}` : nextNode
}

function jobText(job: JobView, runs: readonly RunView[], terminal: Terminal): string {
  const { isColoured } = terminal
  const next =
    job.nextSlot === null
      ? 'never'
      : `${relativeTime(job.nextSlot, terminal.nowMs())} (${localInstant(job.nextSlot)})`
  const fields: Field[] = [
    ['job', job.name, 'strong'],
    ['schedule', job.schedule === '' ? unscheduled : `${job.schedule}, ${job.timeZone}`],
    ['pool', job.pool === '' ? 'any node' : job.pool],
    [
      'next',
      job.isEnabled
        ? `${next}${job.nextNode === null ? '' : ` on ${placeText(job)}`}`
        : 'never: it is disabled',
    ],
    ['revision', revisionText(job.revision)],
    ...job.actions.map((action): Field => [
      'action',
      `${action.name}: ${action.command}${action.requires.length === 0 ? '' : `  (after ${action.requires.join(', ')})`}`,
    ]),
  ]
  const head = fieldLines(fields, isColoured)
  if (runs.length === 0) return `${head}\nno runs yet\n`
  const more = runs.length > runsShown ? `\nhocket runs ${plainText(job.name)} shows those before\n` : ''
  return `${head}\n${runsTable(runs.slice(0, runsShown), terminal)}${more}`
}
