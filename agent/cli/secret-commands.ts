// `hocket secret set`, `list` and `remove`: values that definitions name and that only the nodes know. A value is read
// from the standard input or typed unseen, never given as a word: words of commands are in everybody's list of processes.

import type { SecretChange, SecretView } from '../api/secret-routes.ts'
import { askAgent, askForAll, tellAgent } from './ask-agent.ts'
import { askingOptions, listingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint } from './paint.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import { timeText } from './time-words.ts'

const places = {
  node: { type: 'string', takes: 'NODE', help: 'on another node (default: this one)' },
  'all-nodes': { type: 'boolean', help: 'on every node that is there' },
} as const

export const secretSetCommand: Command = {
  words: 'secret set',
  summary: 'keep a value that jobs get in their environment and nobody sees',
  arguments: 'SECRET',
  argumentsMax: 1,
  options: { ...askingOptions, ...places },
  examples: [
    [
      'hocket secret set shop-db < password.txt',
      'on this node; in a job: env: {PASSWORD: {secret: shop-db}}',
    ],
    ['hocket secret set shop-db --all-nodes', 'typed unseen, and kept on every node'],
  ],
  run: async (call) => {
    const name = nameOf(call, 'set')
    const value = await readValue(call)
    const { path, method } = { path: pathOf(name, call), method: 'PUT' as const }
    const body = { type: 'application/json', text: JSON.stringify({ value }) }
    return say(call, await tellAgent<SecretChange>(call, { method, path, body }))
  },
}

export const secretListCommand: Command = {
  words: 'secret list',
  summary: 'the names of the secrets of each node, never their values',
  arguments: '',
  argumentsMax: 0,
  options: listingOptions,
  examples: [['hocket secret list', 'which node has which, and since when']],
  run: async (call) => {
    const { terminal } = call
    const { away } = await askAgent<{ readonly away: readonly string[] }>(call, 'secrets?limit=1')
    const answer = { secrets: await askForAll<SecretView>(call, 'secrets', 'secrets'), away }
    if (call.flags['json'] === true) terminal.out(jsonText(answer))
    else {
      const columns = [{ title: 'SECRET', shrinks: true }, { title: 'NODE' }, { title: 'SET' }]
      const rows = answer.secrets
        .toSorted((left, right) => (left.name + left.node < right.name + right.node ? -1 : 1))
        .map((one) => [
          { text: one.name },
          { text: one.node },
          { text: timeText(one.changedAt, terminal), tone: 'quiet' as const },
        ])
      const none = 'no secrets: hocket secret set NAME keeps one\n'
      terminal.out(rows.length === 0 ? none : table(columns, rows, terminal))
      terminal.out(awayLines(answer.away, call))
    }
    return 0
  },
}

export const secretRemoveCommand: Command = {
  words: 'secret remove',
  summary: 'forget a secret; what needs it is not started any more',
  arguments: 'SECRET',
  argumentsMax: 1,
  options: { ...askingOptions, ...places },
  examples: [['hocket secret remove shop-db --all-nodes', 'on every node that is there']],
  run: async (call) => {
    const path = pathOf(nameOf(call, 'remove'), call)
    return say(call, await tellAgent<SecretChange>(call, { method: 'DELETE', path }))
  },
}

function nameOf({ positionals }: CommandCall, verb: string): string {
  const [name] = positionals
  if (name !== undefined) return name
  throw new UsageError(
    `Cannot ${verb} a secret: it has no name, expected one such as hocket secret ${verb} shop-db`,
  )
}

function pathOf(name: string, { flags }: CommandCall): string {
  const node = flags['all-nodes'] === true ? '*' : flags['node']
  const query = typeof node === 'string' ? `?${new URLSearchParams({ node }).toString()}` : ''
  return `secrets/${encodeURIComponent(name)}${query}`
}

/** The end of the last line is none of the value's. */
async function readValue({ terminal }: CommandCall): Promise<string> {
  let text = ''
  for await (const part of terminal.hiddenInput('Value (it is not shown): ')) text += part
  const value = text.replace(/\r?\n$/, '')
  if (value.length >= 4) return value
  throw new UsageError(
    `Cannot set a secret of ${value.length} characters: what commands write is searched for it, expected 4 or more`,
  )
}

/** Exit code 1 when a node that was asked does not answer. */
function say(call: CommandCall, change: SecretChange): number {
  if (call.flags['json'] === true) call.terminal.out(jsonText(change))
  else call.terminal.out(`${plainText(change.done)}\n${awayLines(change.away, call)}`)
  return change.away.length > 0 ? 1 : 0
}

function awayLines(away: readonly string[], { terminal }: CommandCall): string {
  const mark = paint('warning', '!', terminal.isColoured)
  return away.map((name) => `${mark} node ${plainText(name)} does not answer\n`).join('')
}
