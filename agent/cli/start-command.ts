// `hocket start JOB` and `hocket rerun RUN`: one run more, by hand. The agent that is asked need not run it; what it
// became is looked up until it has begun somewhere.

import { parseDateTime } from '../../lib/schedule/date-time.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { request, runOf, runText } from './run-request.ts'

const forceOption = {
  type: 'boolean',
  help: 'also beside what runs, where the job is not exclusive',
} as const

export const startCommand: Command = {
  words: 'start',
  summary: 'run a job now, by hand',
  arguments: 'JOB',
  argumentsMax: 1,
  options: {
    slot: { type: 'string', takes: 'TIME', help: 'the instant that its commands are told as their slot' },
    set: {
      type: 'string',
      multiple: true,
      takes: 'NAME=VALUE',
      help: 'a variable of its templates; may be repeated',
    },
    force: forceOption,
    ...askingOptions,
  },
  examples: [
    ['hocket start shop.backup', 'now, on a node of its pool'],
    ['hocket start shop.report --slot 2026-11-20T03:00:00Z', 'as if for the slot of that day'],
    ['hocket start shop.report --set level=full', 'with {level} in its templates'],
  ],
  run: async (call) => {
    const job = named(call, 'start', 'job')
    const slotMs = typeof call.flags['slot'] === 'string' ? slotOf(call.flags['slot']) : null
    const asked = await request(call, `jobs/${encodeURIComponent(job)}/start`, {
      ...(slotMs !== null && { slot: new Date(slotMs).toISOString() }),
      variables: variablesOf(call),
      force: call.flags['force'] === true,
    })
    return tell(call, job, asked)
  },
}

export const rerunCommand: Command = {
  words: 'rerun',
  summary: 'run a job again for the slot of a run that is over',
  arguments: 'RUN',
  argumentsMax: 1,
  options: { force: forceOption, ...askingOptions },
  examples: [
    ['hocket rerun shop.backup.17', 'a new run, with the same dates and --set variables in its commands'],
    ['hocket rerun shop.backup.-1', 'of the newest run'],
  ],
  run: async (call) => {
    const run = named(call, 'rerun', 'run')
    const force = call.flags['force'] === true
    const asked = await request(call, `runs/${encodeURIComponent(run)}/rerun`, { force })
    return tell(call, run.slice(0, run.lastIndexOf('.')), asked)
  },
}

async function tell(
  call: CommandCall,
  job: string,
  { done, requestId }: { readonly done: string; readonly requestId: string },
): Promise<number> {
  const { terminal, flags } = call
  const run = /waits for|is asked to run on/.test(done) ? null : await runOf(call, job, requestId)
  if (flags['json'] === true) terminal.out(jsonText({ done, requestId, run }))
  else if (run === null) terminal.out(`${plainText(done)} (request ${requestId})\n`)
  else terminal.out(`${plainText(runText(run, job))}\n`)
  return 0
}

function named({ positionals }: CommandCall, word: string, noun: string): string {
  const [name] = positionals
  if (name !== undefined) return name
  throw new UsageError(`Cannot ${word}: no ${noun} is named, expected hocket ${word} ${noun.toUpperCase()}`)
}

/** An instant with its zone, or one of UTC. */
function slotOf(words: string): number {
  const time = parseDateTime(words, 'UTC')
  if (time.ok) return time.instantMs
  throw new UsageError(
    `Cannot use --slot "${words}": it is no instant, expected one such as 2026-11-21T03:00:00Z`,
  )
}

function variablesOf({ flags }: CommandCall): Readonly<Record<string, string>> {
  const words = Array.isArray(flags['set']) ? (flags['set'] as readonly string[]) : []
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at > 0) return [word.slice(0, at), word.slice(at + 1)]
      throw new UsageError(`Cannot use --set "${word}": it has no name, expected NAME=VALUE`)
    }),
  )
}
