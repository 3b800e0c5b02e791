// From the words of a command line to a command that runs: finds the command, reads its options, prints help, and
// turns what goes wrong into one line with a remedy. Only a fault of the program itself shows where it happened.

import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearestName } from '../../lib/base/problem.ts'
import { readVersion } from '../version.ts'
import { UsageError, type Command, type Flags } from './command.ts'
import { commandHelp, groupHelp, helpText } from './help.ts'
import type { Terminal } from './terminal.ts'

const helpWords: readonly string[] = ['--help', '-h', 'help']

/** Answers the exit code. */
export async function runCommandLine(
  words: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<number> {
  try {
    return await dispatch(words, commands, terminal)
  } catch (error) {
    terminal.error(`${errorText(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function dispatch(
  words: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<number> {
  const [first] = words
  if (first === '--version' || first === '-V') {
    terminal.out(`hocket ${readVersion()}\n`)
    return 0
  }
  if (first === undefined || helpWords.includes(first)) {
    terminal.out(helpOf(words.slice(1), commands, terminal.columns))
    return first === undefined ? 2 : 0
  }
  const group = groupOf(first, commands)
  if (group.length > 0 && (words.length === 1 || helpWords.includes(words[1] ?? ''))) {
    terminal.out(groupHelp(first, group, terminal.columns))
    return words.length === 1 ? 2 : 0
  }
  const command = findCommand(words, commands)
  const { flags, positionals } = parse(command, words.slice(command.words.split(' ').length))
  if (flags['help'] === true) {
    terminal.out(commandHelp(command, terminal.columns))
    return 0
  }
  if (positionals.length > command.argumentsMax) {
    throw new UsageError(
      `Cannot use "${positionals[command.argumentsMax] ?? ''}": it is one word too many, expected hocket ${command.words}${command.arguments === '' ? '' : ` ${command.arguments}`}`,
    )
  }
  const showsInstants = flags['instants'] === true
  return command.run({ flags, positionals, terminal: { ...terminal, showsInstants } })
}

function helpOf(words: readonly string[], commands: readonly Command[], columns: number | null): string {
  const [first] = words
  if (first === undefined) return helpText(commands, readVersion(), columns)
  const group = groupOf(first, commands)
  return words.length === 1 && group.length > 0
    ? groupHelp(first, group, columns)
    : commandHelp(findCommand(words, commands), columns)
}

/** The commands that begin with the word; none when the word is a command by itself. */
function groupOf(word: string, commands: readonly Command[]): readonly Command[] {
  return commands.some((command) => command.words === word)
    ? []
    : commands.filter((command) => command.words.startsWith(`${word} `))
}

/** Of `nodes` and `nodes remove` the one that takes more of the words. */
function findCommand(words: readonly string[], commands: readonly Command[]): Command {
  const matches = commands.filter(
    (command) => words.slice(0, command.words.split(' ').length).join(' ') === command.words,
  )
  const found = matches.sort((left, right) => right.words.length - left.words.length)[0]
  if (found !== undefined) return found
  if (words[0]?.startsWith('-'))
    throw new UsageError(
      `Cannot use option ${words[0]}: it stands before the command, expected it behind, as in "hocket status ${words[0]} …"`,
    )
  const plain = words.filter((word) => !word.startsWith('-'))
  const [first = words[0] ?? '', second] = plain
  const group = groupOf(first, commands)
  const typed = group.length > 0 && second !== undefined ? `${first} ${second}` : first
  const candidates = (group.length > 0 ? group : commands).map((command) => command.words)
  const nearest = nearestName(typed, candidates) ?? (group.length > 0 ? null : nearestGroup(first, commands))
  const list = group.length > 0 ? `hocket ${first} --help` : 'hocket --help'
  const expected = nearest === null ? `one of those that ${list} lists` : `perhaps "hocket ${nearest}"`
  throw new UsageError(`Cannot run command "${typed}": there is no such command, expected ${expected}`)
}

/** A slip in the first of two words: `confg status`. */
function nearestGroup(word: string, commands: readonly Command[]): string | null {
  const groups = new Set(
    commands.flatMap(({ words }) => (words.includes(' ') ? [words.split(' ')[0] ?? ''] : [])),
  )
  return nearestName(word, groups)
}

function parse(command: Command, words: readonly string[]): { flags: Flags; positionals: readonly string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } }
  for (const [name, { type, multiple, short }] of Object.entries(command.options))
    options[name] = { type, multiple: multiple ?? false, ...(short !== undefined && { short }) }
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options,
      allowPositionals: true,
      strict: true,
    })
    return { flags: values as Flags, positionals }
  } catch (error) {
    throw usageError(command, error)
  }
}

/** parseArgs's errors, in our words. */
function usageError(command: Command, error: unknown): Error {
  if (!(error instanceof Error) || !('code' in error)) return new Error(String(error))
  const option = /'(?:-\w, )?(--?[^' ]+)/.exec(error.message)?.[1] ?? ''
  const seeHelp = `hocket ${command.words} --help lists them`
  switch (error.code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION': {
      const nearest = nearestName(option.replace(/^-+/, ''), Object.keys(command.options))
      const expected = nearest === null ? `one of its own (${seeHelp})` : `perhaps --${nearest}`
      return new UsageError(
        `Cannot use option ${option}: hocket ${command.words} has none of that name, expected ${expected}`,
      )
    }
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE': {
      const known = command.options[option.replace(/^-+/, '')]
      return known?.takes === undefined
        ? new UsageError(`Cannot use option ${option} with a value: it takes none, expected it alone`)
        : new UsageError(
            `Cannot use option ${option} alone: a value is missing, expected ${option} ${known.takes}`,
          )
    }
    default:
      return new UsageError(
        `Cannot read the command line: ${error.message}, expected what hocket ${command.words} --help says`,
      )
  }
}

/** What the language says of a program that is wrong. */
const faults = [TypeError, RangeError, ReferenceError, SyntaxError]

/** A person's mistake is one line (or one for each problem); anything else is ours, and says where. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return `hocket: ${String(error)}`
  const isFault = faults.some((kind) => error instanceof kind)
  const isExpected = !isFault && /^([^\n]*: )?Cannot /.test(error.message)
  const text = isExpected
    ? error.message
    : `this is a fault of hocket itself: ${error.stack ?? error.message}`
  return text
    .split('\n')
    .map((line) => (isExpected ? `hocket: ${line}` : line))
    .join('\n')
}
