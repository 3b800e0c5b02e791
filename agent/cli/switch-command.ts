// `hocket enable JOB` and `hocket disable JOB`: a job on or off whatever its file says, now and after edits of the
// file. A disabled job has no slots; those that pass meanwhile are not made up for. What came before and waits is not
// touched: it may still run, and `hocket cancel JOB` gives it up.

import { tellAgent } from './ask-agent.ts'
import { askingOptions, UsageError, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'

type Switched = { readonly job: string; readonly isEnabled: boolean; readonly isNews: boolean }

export const enableCommand = switchOf('enable', 'enabled', [
  ['hocket enable shop.backup', 'its slots come again, from now on'],
  ['hocket jobs shop.backup', 'when it runs next'],
])

export const disableCommand = switchOf('disable', 'disabled', [
  ['hocket disable shop.backup', 'no further slot of it comes; what runs or waits goes on'],
  ['hocket cancel shop.backup', 'what waits of it is given up too'],
  ['hocket disable shop.backup shop.report', 'several at once'],
])

function switchOf(word: 'enable' | 'disable', state: string, examples: Command['examples']): Command {
  return {
    words: word,
    summary: word === 'enable' ? 'let the slots of jobs start again' : 'let no further slots of jobs come',
    arguments: 'JOB…',
    argumentsMax: Infinity,
    options: askingOptions,
    examples,
    run: async (call) => {
      const { positionals, flags, terminal } = call
      if (positionals.length === 0)
        throw new UsageError(`Cannot ${word}: no job is named, expected one of those that hocket jobs shows`)
      const answers: Switched[] = []
      for (const job of positionals) {
        const path = `jobs/${encodeURIComponent(job)}/${word}`
        const answer = await tellAgent<Switched>(call, { method: 'POST', path })
        answers.push(answer)
        if (flags['json'] !== true)
          terminal.out(`job "${plainText(answer.job)}" is ${answer.isNews ? '' : 'already '}${state}\n`)
      }
      if (flags['json'] === true) terminal.out(jsonText({ jobs: answers }))
      return 0
    },
  }
}
