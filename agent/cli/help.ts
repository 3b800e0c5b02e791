// Help that teaches by example: for `hocket` the commands and a first walk, for a command its options and lines that
// one could type.

import type { Command } from './command.ts'
import { wrapped } from './wrapped.ts'

const walk = `Start:
  hocket agent --config-dir jobs      found a cluster of one agent, here
  hocket join-token                   and on another host:
  hocket agent --join TOKEN           join it from there

Drop a file into jobs/ on any of them, and it is in force on all:
  jobs:
    - name: hello
      schedule: "every 10s"
      actions:
        - name: greet
          command: "echo hello from $HOCKET_NODE"
`

export function helpText(commands: readonly Command[], version: string, columns: number | null): string {
  const titles = [...new Set(commands.map(({ section = '' }) => section))]
  const width = Math.max(...commands.map(({ words }) => words.length))
  const sections = titles.map((title) => {
    const own = commands.filter(({ section = '' }) => section === title)
    return `${title === '' ? 'Commands' : title}:\n${listed(rowsOf(own), columns, width)}`
  })
  return `hocket ${version}: cron and services on many hosts, without a server

Usage: hocket COMMAND [OPTION…]        hocket COMMAND --help

${sections.join('\n')}
${walk}
Exit codes: 0 it did what was asked, 1 it could not (doctor, audit verify:
something is wrong), 2 it was asked wrongly; hocket check has those of Nagios:
0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
`
}

export function commandHelp(command: Command, columns: number | null): string {
  const usage = `hocket ${command.words} [OPTION…]${command.arguments === '' ? '' : ` ${command.arguments}`}`
  const options = Object.entries(command.options).map(([name, option]): Row => [
    `${option.short === undefined ? '' : `-${option.short}, `}--${name}${option.takes === undefined ? '' : ` ${option.takes}`}`,
    option.help,
  ])
  const exampleWidth = Math.min(50, Math.max(...command.examples.map(([line]) => line.length)))
  const examples = command.examples.map(([line, does]) => {
    const isLong = line.length > 50 || (columns !== null && exampleWidth + does.length + 4 > columns)
    return isLong
      ? `  ${line}\n${wrapped(`      ${does}`, columns, '      ')}\n`
      : `  ${line.padEnd(exampleWidth)}  ${does}\n`
  })
  return `${wrapped(`hocket ${command.words}: ${command.summary}`, columns)}

Usage: ${usage}

Examples:
${examples.join('')}
${options.length === 0 ? '' : `Options:\n${listed(options, columns)}`}`
}

/** The commands that begin with one word, such as `config`. */
export function groupHelp(word: string, commands: readonly Command[], columns: number | null): string {
  return `Usage: hocket ${word} COMMAND [OPTION…]        hocket ${word} COMMAND --help

Commands:
${listed(rowsOf(commands), columns)}`
}

type Row = readonly [name: string, text: string]

function rowsOf(commands: readonly Command[]): readonly Row[] {
  return commands.map(({ words, summary }) => [words, summary])
}

/** Names, and beside them what they mean, in lines that fit. */
function listed(
  rows: readonly Row[],
  columns: number | null,
  width = Math.max(...rows.map(([name]) => name.length)),
): string {
  const indent = ' '.repeat(width + 4)
  return rows
    .map(([name, text]) => `${wrapped(`  ${name.padEnd(width)}  ${text}`, columns, indent)}\n`)
    .join('')
}
