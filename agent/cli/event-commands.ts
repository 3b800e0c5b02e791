// `hocket publish EVENT` and `hocket discard EVENT`: what actions of other jobs wait for (triggered_by), said by hand on
// any agent.

import { askingOptions, UsageError, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { request, type Done } from './run-request.ts'

export const publishCommand = eventCommand('publish', 'say that what actions wait for is there', [
  [
    'hocket publish shop.load.dump.shortdate.2026-11-21',
    'all that wait for it, or for a part of its front, start',
  ],
])

export const discardCommand = eventCommand('discard', 'take back that what actions wait for is there', [
  ['hocket discard shop.load.dump.shortdate.2026-11-21', 'what has started goes on'],
])

function eventCommand(word: 'publish' | 'discard', summary: string, examples: Command['examples']): Command {
  return {
    words: word,
    summary,
    arguments: 'EVENT…',
    argumentsMax: Infinity,
    options: askingOptions,
    examples,
    run: async (call) => {
      const { positionals, flags, terminal } = call
      if (positionals.length === 0)
        throw new UsageError(
          `Cannot ${word}: no event is named, expected one such as shop.load.dump.shortdate.2026-11-21`,
        )
      const answers: Done[] = []
      for (const event of positionals) {
        const answer = await request(call, `events/${encodeURIComponent(event)}/${word}`)
        answers.push(answer)
        if (flags['json'] !== true) terminal.out(`${plainText(answer.done)}\n`)
      }
      if (flags['json'] === true) terminal.out(jsonText({ answers }))
      return 0
    },
  }
}
