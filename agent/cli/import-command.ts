// `hocket import dkron|cronicle|systemd`: definitions of another scheduler as our YAML on the standard output. What
// the result still needs before an agent takes it is said on the standard error, so that the output stays a file.

import { category } from '../../lib/base/ids.ts'
import { problemText, type Problem } from '../../lib/base/problem.ts'
import { importCronicle } from '../../lib/definition/import-cronicle.ts'
import { importDkron } from '../../lib/definition/import-dkron.ts'
import { importSystemd } from '../../lib/definition/import-systemd.ts'
import type { ImportResult, OnRecord } from '../../lib/definition/imported.ts'
import { parseCategory } from '../../lib/definition/parse-category.ts'
import { UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { progressOf } from './progress.ts'
import { readText } from './read-config-files.ts'

export const importDkronCommand = importOf({
  from: 'dkron',
  what: "Dkron's jobs",
  isSeveral: false,
  examples: [
    ['hocket import dkron backup.json > jobs/dkron.yaml', 'look at the comments, then drop it'],
    ['curl -s dkron:8080/v1/jobs | hocket import dkron -', 'straight from its API'],
  ],
  convert: ([file], onRecord) => importDkron(file?.text ?? '', onRecord),
})

export const importCronicleCommand = importOf({
  from: 'cronicle',
  what: "Cronicle's events",
  isSeveral: false,
  examples: [
    ['hocket import cronicle export.txt > jobs/cronicle.yaml', 'what control.sh export prints, or its API'],
  ],
  convert: ([file], onRecord) => importCronicle(file?.text ?? '', onRecord),
})

export const importSystemdCommand = importOf({
  from: 'systemd',
  what: "systemd's timers and services",
  isSeveral: true,
  examples: [
    ['hocket import systemd /etc/systemd/system/backup.timer /etc/systemd/system/backup.service', 'one job'],
    ['hocket import systemd /etc/systemd/system/*.timer /etc/systemd/system/*.service', 'all of a host'],
  ],
  convert: importSystemd,
})

type Import = {
  readonly from: string
  readonly what: string
  readonly isSeveral: boolean
  readonly examples: Command['examples']
  readonly convert: (
    files: readonly { readonly fileName: string; readonly text: string }[],
    onRecord: OnRecord,
  ) => ImportResult
}

function importOf({ from, what, isSeveral, examples, convert }: Import): Command {
  return {
    words: `import ${from}`,
    summary: `print ${what}, as a config file`,
    arguments: isSeveral ? 'FILE…' : 'FILE',
    argumentsMax: isSeveral ? Infinity : 1,
    options: { json: { type: 'boolean', help: 'print the text and what is wrong with it as JSON' } },
    examples,
    run: async (call) => {
      if (call.positionals.length === 0)
        throw new UsageError(
          `Cannot import from ${from}: no file is named, expected hocket import ${from} ${isSeveral ? 'FILE…' : 'FILE'} (- is the standard input)`,
        )
      const files = await Promise.all(
        call.positionals.map(async (place) => ({ fileName: place, text: await textOf(place, call) })),
      )
      const progress = progressOf(call, `import ${from}`)
      const result = convert(files, (done, total) => progress?.show({ done, total }))
      if (!result.ok)
        throw new Error(
          result.problem.startsWith('Cannot') ? result.problem : `Cannot import: ${result.problem}`,
        )
      progress?.show({ done: 0, total: null, more: 'looking whether an agent takes it' })
      const problems = shortcomings(result.text)
      progress?.clear()
      if (call.flags['json'] === true) call.terminal.out(jsonText({ text: result.text, problems }))
      else {
        call.terminal.out(result.text)
        call.terminal.error(shortcomingsText(problems))
      }
      return 0
    },
  }
}

async function textOf(place: string, { terminal }: CommandCall): Promise<string> {
  if (place === '-') {
    const pieces: string[] = []
    for await (const piece of terminal.input()) pieces.push(piece)
    return pieces.join('')
  }
  const read = readText(place, terminal.workingDirectory)
  if ('why' in read) throw new Error(`Cannot read file "${place}": ${read.why}`)
  return read.text
}

/** What an agent would say to the result; nothing when it would take it. */
function shortcomings(text: string): readonly Problem[] {
  return parseCategory({
    category: category('imported'),
    fileName: 'imported.yaml',
    text,
    droppedBy: { nodeName: 'localhost', timeZone: 'UTC' },
    master: null,
  }).problems
}

function shortcomingsText(problems: readonly Problem[]): string {
  if (problems.length === 0) return ''
  return `Not taken by an agent as it is:\n${problems.map((problem) => `! ${problemText(problem)}\n`).join('')}`
}
