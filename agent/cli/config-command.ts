// `hocket config status`: what became of each config file, all that is wrong with those that were refused, and what
// to do about those that are stale or in conflict.

import { problemText } from '../../lib/base/problem.ts'
import type { CategoryView } from '../../lib/view/question.ts'
import { askForAll } from './ask-agent.ts'
import { listingOptions, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint, toneOf } from './paint.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeText } from './time-words.ts'

export const configStatusCommand: Command = {
  words: 'config status',
  summary: 'what became of each config file, and what is wrong with it',
  arguments: '',
  argumentsMax: 0,
  options: listingOptions,
  examples: [
    ['hocket config status', 'exit code 1 when something is to be done, so that a script can wait for 0'],
  ],
  run: async (call) => {
    const answer = { categories: await askForAll<CategoryView>(call, 'config', 'categories') }
    const text = call.flags['json'] === true ? jsonText(answer) : configText(answer.categories, call.terminal)
    call.terminal.out(text)
    const isWrong = ({ problems, state, remedy }: CategoryView) =>
      remedy !== '' || (problems.length > 0 && state !== 'applied')
    return answer.categories.some(isWrong) ? 1 : 0
  },
}

function configText(categories: readonly CategoryView[], terminal: Terminal): string {
  if (categories.length === 0) return 'no config files yet: drop one into the directory of --config-dir\n'
  const columns = [
    { title: 'CATEGORY', shrinks: true },
    { title: 'STATE' },
    { title: 'JOBS', align: 'right' as const },
    { title: 'SERVICES', align: 'right' as const },
    { title: 'FROM', shrinks: true },
    { title: 'WHEN' },
  ]
  const rows = categories.map((category) => [
    { text: category.category },
    { text: category.state, tone: toneOf(category.state) },
    { text: String(category.jobs) },
    { text: String(category.services) },
    { text: category.author },
    { text: timeText(category.at, terminal), tone: 'quiet' as const },
  ])
  const problems = categories.flatMap((category) => [
    ...category.problems.map(problemText),
    ...(category.remedy === '' ? [] : [`${category.category}: ${category.remedy}`]),
  ])
  const shown = problems.map((line) => `${paint('bad', '!', terminal.isColoured)} ${plainText(line)}\n`)
  return table(columns, rows, terminal) + (shown.length === 0 ? '' : `\n${shown.join('')}`)
}
