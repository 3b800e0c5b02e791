// `hocket cancel`, `stop`, `kill`, `skip`, `succeed`, `fail`, `retry` and `recover`: what may be asked of a run or of
// an action of it. Several may be named; each is answered in a line of its own.

import { setTimeout as sleep } from 'node:timers/promises'
import { parseDuration } from '../../lib/schedule/duration.ts'
import { AgentRefused } from './ask-agent.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { isNotFound, request, type Done } from './run-request.ts'

const askAgainMs = 1_000

export const cancelCommand = orderOf(
  'cancel',
  'end a run or an action of it, or give up what of a job waits',
  'JOB|RUN[/ACTION]…',
  [
    ['hocket cancel shop.backup.17', 'what runs is told to end, and nothing more of it starts'],
    ['hocket cancel shop.backup.17/upload', 'that action only'],
    ['hocket cancel shop.backup', 'what waits of the job, in the queue or to be caught up'],
  ],
)
export const stopCommand = orderOf(
  'stop',
  'tell the processes of a run to end, with a while of grace',
  'RUN[/ACTION]…',
  [['hocket stop shop.backup.17', 'SIGTERM to all its processes; SIGKILL after ten seconds']],
)
export const killCommand = orderOf('kill', 'kill the processes of a run', 'RUN[/ACTION]…', [
  ['hocket kill shop.backup.17/dump', 'SIGKILL to its whole process group'],
])
export const skipCommand = orderOf('skip', 'let what requires an action start without it', 'RUN/ACTION…', [
  ['hocket skip shop.backup.17/dump', 'also of a run that is over: it goes on'],
])
export const succeedCommand = orderOf('succeed', 'set an action to succeeded', 'RUN[/ACTION]…', [
  ['hocket succeed shop.backup.17/dump', 'what requires it starts'],
])
export const failCommand = orderOf('fail', 'set an action to failed', 'RUN[/ACTION]…', [
  ['hocket fail shop.backup.17/dump', 'it is not tried again'],
])
export const recoverCommand = orderOf(
  'recover',
  'find out how an action ended that nobody saw',
  'RUN[/ACTION]…',
  [['hocket recover shop.backup.17/dump', 'or hear why nobody can']],
)
export const retryCommand: Command = {
  ...orderOf('retry', 'try an action again, or all of a run that did not succeed', 'RUN[/ACTION]…', [
    ['hocket retry shop.backup.17/upload', 'the same run goes on; what had succeeded stays'],
    ['hocket retry shop.backup.17/upload --wait-for-deps 10m', 'as soon as what it requires is complete'],
    ['hocket retry shop.backup.17/upload --use-latest-command', 'as the definition has it now'],
  ]),
  options: {
    'use-latest-command': {
      type: 'boolean',
      help: 'what the definition says now; a run that is over always does so',
    },
    'wait-for-deps': {
      type: 'string',
      takes: 'TIME',
      help: 'so long, or "infinity", for what the action requires',
    },
    ...askingOptions,
  },
}

function orderOf(word: string, summary: string, names: string, examples: Command['examples']): Command {
  return {
    words: word,
    summary,
    arguments: names,
    argumentsMax: Infinity,
    options: askingOptions,
    examples,
    run: async (call) => {
      const { positionals, flags, terminal } = call
      if (positionals.length === 0)
        throw new UsageError(`Cannot ${word}: no run is named, expected hocket ${word} ${names}`)
      const isAlone = positionals.length === 1
      const answers: ((Done | { readonly refused: string }) & { readonly of: string })[] = []
      for (const name of positionals) {
        // What is refused of one is no reason to leave the others alone.
        const answer = isAlone ? await ask(call, word, name) : await ask(call, word, name).catch(refusalOf)
        answers.push({ of: name, ...answer })
        if (flags['json'] === true) continue
        const of = isAlone ? '' : `${name}: `
        if ('refused' in answer) terminal.error(`hocket: ${plainText(`${of}${answer.refused}`)}\n`)
        else terminal.out(`${plainText(`${of}${answer.done}`)}\n`)
      }
      if (flags['json'] === true) terminal.out(jsonText({ answers }))
      return answers.some((answer) => 'refused' in answer) ? 1 : 0
    },
  }
}

function refusalOf(error: unknown): { readonly refused: string } {
  if (error instanceof AgentRefused) return { refused: error.message }
  throw error
}

async function ask(call: CommandCall, word: string, name: string): Promise<Done> {
  const untilMs = Date.now() + waitMsOf(call)
  const [run = '', action] = name.split('/', 2)
  const body = {
    ...(action !== undefined && { action }),
    ...(call.flags['use-latest-command'] === true && { useLatest: true }),
  }
  for (;;)
    try {
      return await request(call, `runs/${encodeURIComponent(run)}/${word}`, body)
    } catch (error) {
      if (word === 'cancel' && action === undefined && isNotFound(error)) return cancelJob(call, name, error)
      const mayWait = error instanceof AgentRefused && error.message.includes('it requires')
      if (!mayWait || Date.now() >= untilMs) throw error
      await sleep(askAgainMs)
    }
}

/** No run of that name: perhaps it is a job's. */
async function cancelJob(call: CommandCall, name: string, before: unknown): Promise<Done> {
  try {
    return await request(call, `jobs/${encodeURIComponent(name)}/cancel`)
  } catch (error) {
    throw isNotFound(error) ? before : error
  }
}

/** A bare number is seconds, as Tron has it. */
function waitMsOf({ flags }: CommandCall): number {
  const words = flags['wait-for-deps']
  if (typeof words !== 'string') return 0
  if (words === 'infinity') return Infinity
  const length = parseDuration(/^\d+$/.test(words) ? `${words}s` : words)
  if (length.ok) return length.ms
  throw new UsageError(
    `Cannot use --wait-for-deps "${words}": it is no length of time, expected seconds, one such as 10m, or infinity`,
  )
}
