// Help that teaches by example: for `hocket` the commands and a first walk, for a command its options and lines that
// one could type.

import type { Command } from './command.ts'

const walk = `Start:
  hocket agent --config-dir jobs      found a cluster of one agent, here
  hocket join-token                   then on another host: hocket agent --join TOKEN

Drop a file into jobs/ on any of them, and it is in force on all:
  jobs:
    - name: hello
      schedule: "every 10s"
      actions:
        - name: greet
          command: "echo hello from $HOCKET_NODE"
`

export function helpText(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ words }) => words.length))
  return `hocket ${version}: cron and services on many hosts, without a server

Usage: hocket COMMAND [OPTION…]        hocket COMMAND --help

Commands:
${commands.map(({ words, summary }) => `  ${words.padEnd(width)}  ${summary}\n`).join('')}
${walk}
Exit codes: 0 it did what was asked, 1 it could not (doctor, audit verify: something is wrong),
2 it was asked wrongly; hocket check has those of Nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
`
}

export function commandHelp(command: Command): string {
  const usage = `hocket ${command.words} [OPTION…]${command.arguments === '' ? '' : ` ${command.arguments}`}`
  const options = Object.entries(command.options).map(([name, option]): [string, string] => [
    `${option.short === undefined ? '' : `-${option.short}, `}--${name}${option.takes === undefined ? '' : ` ${option.takes}`}`,
    option.help,
  ])
  const width = Math.max(...options.map(([name]) => name.length))
  const exampleWidth = Math.max(...command.examples.map(([line]) => line.length))
  return `hocket ${command.words}: ${command.summary}

Usage: ${usage}

Examples:
${command.examples.map(([line, does]) => (line.length > 50 ? `  ${line}\n      ${does}\n` : `  ${line.padEnd(Math.min(50, exampleWidth))}  ${does}\n`)).join('')}
${options.length === 0 ? '' : `Options:\n${options.map(([name, help]) => `  ${name.padEnd(width)}  ${help}\n`).join('')}`}`
}

/** The commands that begin with one word, such as `config`. */
export function groupHelp(word: string, commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ words }) => words.length))
  return `Usage: hocket ${word} COMMAND [OPTION…]        hocket ${word} COMMAND --help

Commands:
${commands.map(({ words, summary }) => `  ${words.padEnd(width)}  ${summary}\n`).join('')}`
}
