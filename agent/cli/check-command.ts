// `hocket check`: how a job is, or all of them, as one line for a monitoring system, with the exit codes of Nagios'
// plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. The rules are those of check_tron_jobs (lib/view/job-check.ts).

import type { JobCheck } from '../../lib/view/job-attention.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { relativeTime } from './time-words.ts'

const words = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
const unknown = 3

const codes: Readonly<Record<JobCheck['state'], number>> = {
  succeeded: 0,
  'no-run': 0,
  skipped: 1,
  missed: 2,
  failed: 2,
  lost: 2,
  stuck: 2,
  unknown: 2,
}

export const checkCommand: Command = {
  words: 'check',
  summary: 'how a job is, or all of them, for a monitoring system',
  arguments: '[JOB]',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket check shop.backup', 'OK, WARNING, CRITICAL or UNKNOWN as the exit code 0, 1, 2 or 3'],
    ['hocket check', 'all jobs in one line, those that are worst first'],
  ],
  run: async (call) => {
    const [job] = call.positionals
    const query = job === undefined ? '' : `?${new URLSearchParams({ job }).toString()}`
    try {
      const { checks } = await askAgent<{ readonly checks: readonly JobCheck[] }>(call, `check${query}`)
      const code = Math.max(0, ...checks.map(({ state }) => codes[state]))
      if (call.flags['json'] === true) call.terminal.out(jsonText({ status: words[code], checks }))
      else
        call.terminal.out(
          `HOCKET ${words[code]} - ${job === undefined ? sumText(checks, call) : oneText(checks[0], call)}\n`,
        )
      return code
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof Error)) throw error
      call.terminal.out(`HOCKET UNKNOWN - ${plainText(error.message.split('\n', 1)[0] ?? '')}\n`)
      return unknown
    }
  },
}

function oneText(check: JobCheck | undefined, { terminal }: CommandCall): string {
  if (check === undefined) return 'no such job'
  const { job, state, run, slot, why } = check
  if (state === 'no-run') return plainText(`${job} has not run yet`)
  const when = slot === null ? '' : `, ${relativeTime(slot, terminal.nowMs())}`
  return plainText(
    `${run ?? job} ${state === 'stuck' ? 'is stuck' : state}${when}${why === '' ? '' : `: ${why}`}`,
  )
}

function sumText(checks: readonly JobCheck[], call: CommandCall): string {
  const bad = checks
    .filter(({ state }) => codes[state] > 0)
    .toSorted((left, right) => codes[right.state] - codes[left.state])
  const counted = `jobs=${checks.length} bad=${bad.length}`
  if (bad.length === 0) return `${checks.length} jobs are well | ${counted}`
  const told = bad.slice(0, 5).map((check) => oneText(check, call))
  const more = bad.length > told.length ? `; and ${bad.length - told.length} more` : ''
  return `${bad.length} of ${checks.length} jobs: ${told.join('; ')}${more} | ${counted}`
}
