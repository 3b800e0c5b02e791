// `hocket config validate` and `hocket config schema`: what is wrong with config files, and what editors check them
// against; both without an agent. The answers are those that an agent would give to the same files.

import { problemText, type Problem } from '../../lib/base/problem.ts'
import { jsonSchema } from '../../lib/definition/json-schema.ts'
import { UsageError, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint } from './paint.ts'
import { parseConfigFiles, readConfigFiles, readCronqFile, type ParsedFile } from './read-config-files.ts'
import type { Terminal } from './terminal.ts'

export const configValidateCommand: Command = {
  words: 'config validate',
  summary: 'say what is wrong with config files, without an agent; exit code 1 when something is',
  arguments: 'FILE…',
  argumentsMax: Infinity,
  options: {
    config: { type: 'string', takes: 'FILE', help: "a file of cronq's, checked as cronq-validator does" },
    json: { type: 'boolean', help: 'print {"ok","problems","notes"} as JSON' },
  },
  examples: [
    ['hocket config validate jobs/shop.yaml', 'one file: all problems, each with its line and a remedy'],
    ['hocket config validate jobs', 'all config files of a directory, MASTER among them'],
    ['hocket config validate --json jobs | jq .ok', 'for a program'],
    ['hocket config validate --config cronq.json', 'as cronq-validator --config'],
  ],
  run: async ({ flags, positionals, terminal }) => {
    const { config } = flags
    if (positionals.length === 0 && config === undefined)
      throw new UsageError(
        'Cannot validate: no file is named, expected one such as hocket config validate jobs/shop.yaml',
      )
    const read = readConfigFiles(positionals, terminal.workingDirectory)
    const cronq = typeof config === 'string' ? readCronqFile(config, terminal.workingDirectory) : null
    const parsed = [...parseConfigFiles(read.files), ...parseConfigFiles(cronq?.files ?? [])]
    const problems = [
      ...read.problems,
      ...(cronq?.problems ?? []),
      ...parsed.flatMap(({ parsed: { problems: own } }) => own),
    ]
    const notes = parsed.flatMap(({ parsed: { notes: own } }) => own)
    const ok = problems.length === 0
    terminal.out(
      flags['json'] === true
        ? jsonText({ ok, problems, notes })
        : validatedText({ parsed, problems, notes }, terminal),
    )
    return ok ? 0 : 1
  },
}

export const configSchemaCommand: Command = {
  words: 'config schema',
  summary: 'print the JSON Schema of config files, for editors',
  arguments: '',
  argumentsMax: 0,
  options: { json: { type: 'boolean', help: 'it is JSON in any case' } },
  examples: [
    ['hocket config schema > hocket.schema.json', 'then, as the first line of a YAML file:'],
    ['# yaml-language-server: $schema=hocket.schema.json', 'keys are completed and checked as you type'],
  ],
  run: async ({ terminal }) => {
    terminal.out(jsonText(jsonSchema()))
    return 0
  },
}

function validatedText(
  {
    parsed,
    problems,
    notes,
  }: {
    readonly parsed: readonly ParsedFile[]
    readonly problems: readonly Problem[]
    readonly notes: readonly Problem[]
  },
  { isColoured }: Terminal,
): string {
  const lines = [
    ...problems.map((problem) => `${paint('bad', '!', isColoured)} ${problemText(problem)}`),
    ...notes.map((note) => `${paint('quiet', 'note', isColoured)} ${problemText(note)}`),
    ...parsed
      .filter(({ parsed: { problems: own } }) => own.length === 0)
      .map(({ file, parsed: { jobs, services } }) => {
        const content = [
          count(jobs.length, 'job'),
          ...(services.length > 0 ? [count(services.length, 'service')] : []),
        ]
        return `${paint('good', 'ok', isColoured)} ${file.place}: ${content.join(', ')} in category "${file.category}"`
      }),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
