// `hocket config diff`: the lines that differ between a file and what is in force, or between two revisions of a
// category, as patch and git show them. Exit code 1 when something differs, as diff has it.

import { lineDiff } from '../../lib/view/line-diff.ts'
import { AgentRefused } from './ask-agent.ts'
import { counterOf } from './change-text.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { askText } from './config-list-command.ts'
import { jsonText } from './json-text.ts'
import { paint } from './paint.ts'
import { readConfigFiles } from './read-config-files.ts'

type Side = { readonly name: string; readonly text: string }

export const configDiffCommand: Command = {
  words: 'config diff',
  summary: 'the lines in which files differ from what is in force, or revisions from each other',
  arguments: 'FILE… | CATEGORY',
  argumentsMax: Infinity,
  options: {
    ...askingOptions,
    from: { type: 'string', takes: 'REVISION', help: 'of a category: from this revision' },
    to: {
      type: 'string',
      takes: 'REVISION',
      help: 'of a category: to this revision (default: the current one)',
    },
  },
  examples: [
    ['hocket config diff jobs/shop.yaml', 'what the file would change, line by line'],
    ['hocket config apply --dry-run jobs/shop.yaml', 'the same, job by job'],
    ['hocket config diff shop --from 3 --to 4', 'what revision 4 changed'],
  ],
  run: async (call) => {
    const { positionals, flags, terminal } = call
    const sides = await sidesOf(call)
    const diffs = sides.map(([before, after]) => lineDiff(before.text, after.text, [before.name, after.name]))
    const text = diffs.join('')
    terminal.out(
      flags['json'] === true
        ? jsonText({ diffs: positionals.map((name, i) => ({ name, diff: diffs[i] ?? '' })) })
        : coloured(text, terminal.isColoured),
    )
    return text === '' ? 0 : 1
  },
}

async function sidesOf(call: CommandCall): Promise<(readonly [Side, Side])[]> {
  const { positionals, flags, terminal } = call
  const [first] = positionals
  if (first === undefined)
    throw new UsageError(
      'Cannot compare: nothing is named, expected a file such as jobs/shop.yaml, or a category with --from',
    )
  const from = typeof flags['from'] === 'string' ? flags['from'] : null
  const to = typeof flags['to'] === 'string' ? flags['to'] : null
  // The name of a category has neither.
  const isFile = /[./]/.test(first)
  if (!isFile) {
    if (positionals.length > 1 || from === null)
      throw new UsageError(
        `Cannot compare category "${first}": no revision is named, expected hocket config diff ${first} --from REVISION (hocket config history ${first} lists them)`,
      )
    const [before, after] = [await askText(call, first, from), await askText(call, first, to)]
    const sideOf = ({ revision, text }: typeof before) => ({
      name: `${first} revision ${counterOf(revision)}`,
      text,
    })
    return [[sideOf(before), sideOf(after)]]
  }
  if (from !== null || to !== null)
    throw new UsageError('Cannot use --from and --to with a file: they are for a category, expected its name')
  const { files, problems } = readConfigFiles(positionals, terminal.workingDirectory)
  if (problems[0] !== undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  return Promise.all(
    files.map(
      async ({ category, place, text }) => [await inForce(call, category), { name: place, text }] as const,
    ),
  )
}

/** An empty text for a category that there is not yet. */
async function inForce(call: CommandCall, category: string): Promise<Side> {
  try {
    const { revision, text } = await askText(call, category, null)
    return { name: `${category} revision ${counterOf(revision)}`, text }
  } catch (error) {
    if (error instanceof AgentRefused && error.status === 404) return { name: '/dev/null', text: '' }
    throw error
  }
}

function coloured(diff: string, isColoured: boolean): string {
  if (!isColoured) return diff
  return diff
    .split('\n')
    .map((line) => {
      if (/^(---|\+\+\+|@@)/.test(line)) return paint('strong', line, true)
      return paint(line.startsWith('+') ? 'good' : line.startsWith('-') ? 'bad' : 'plain', line, true)
    })
    .join('\n')
}
