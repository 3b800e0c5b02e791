// `hocket logs`: what a run's actions wrote, byte for byte, from whichever node has it, and with -f as it
// comes.

import type { RunFound } from '../../lib/view/find-run.ts'
import { askAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command } from './command.ts'
import { plainText } from './plain-text.ts'
import { runText } from './run-request.ts'
import { writeOutput } from './write-output.ts'

/** Which part of an output. */
export const partOptions: Command['options'] = {
  ...askingOptions,
  json: { type: 'boolean', help: 'print an object for each line, in a line of its own' },
  follow: { type: 'boolean', short: 'f', help: 'go on as long as more may come' },
  stderr: { type: 'boolean', help: 'only what was written to standard error' },
  tail: { type: 'string', takes: 'N', help: 'only the last N lines, of output and of errors' },
}

export const logsCommand: Command = {
  words: 'logs',
  summary: "what a run's actions wrote",
  arguments: 'RUN[/ACTION]',
  argumentsMax: 1,
  options: {
    ...partOptions,
    try: { type: 'string', takes: 'N', help: 'of the Nth try of the action (default: the newest)' },
  },
  examples: [
    ['hocket logs shop.backup.23', 'all that the run wrote, of each action its errors last'],
    ['hocket logs shop.backup.HEAD/dump -f', 'one action of the newest run, while it runs'],
    ['hocket logs shop.backup.23 --stderr --tail 20', 'how it failed'],
  ],
  run: async (call) => {
    const [run = '', wanted] = (call.positionals[0] ?? '').split('/')
    if (run === '')
      throw new UsageError(
        'Cannot read output: no run is named, expected one such as shop.backup.23 (hocket runs lists them)',
      )
    const { run: found, action } = await askAgent<RunFound>(call, `runs/${encodeURIComponent(run)}`)
    const one = wanted ?? action
    const names = one === undefined ? found.actions.map(({ name }) => name) : [one]
    if (names.length === 0)
      throw new Error(
        `Cannot read the output of run "${run}": none of its actions is known here, expected one`,
      )
    let bytes = 0
    for (const name of names) {
      if (names.length > 1 && call.flags['json'] !== true) call.terminal.out(`==> ${plainText(name)} <==\n`)
      const id = found.id ?? run
      bytes += await writeOutput(call, `runs/${encodeURIComponent(id)}/output`, {
        names: { run: id, action: name },
        query: { action: name },
      })
    }
    // Nothing would leave open whether it ran at all.
    if (bytes === 0 && call.flags['json'] !== true)
      call.terminal.error(`hocket: nothing was written: ${plainText(runText(found, run))}\n`)
    return 0
  },
}
