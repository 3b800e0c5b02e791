// `hocket token create`, `list` and `revoke`, and `hocket open`: who may use the API, and the viewer in a browser. A
// token's text is printed once, alone on the standard output, so that a script can keep it.

import { spawn } from 'node:child_process'
import { nearestName } from '../../lib/base/problem.ts'
import { accessRoles } from '../../lib/catalog/access-token.ts'
import { parseDuration } from '../../lib/schedule/duration.ts'
import type { TokenView } from '../api/access-routes.ts'
import { askForAll, tellAgent } from './ask-agent.ts'
import { askingOptions, listingOptions, UsageError, type Command, type Flags } from './command.ts'
import { findAgent } from './find-agent.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import { timeText } from './time-words.ts'

const json = 'application/json'

export const tokenCreateCommand: Command = {
  words: 'token create',
  summary: 'make a token for a person or a program; it works on every agent',
  arguments: 'NAME',
  argumentsMax: 1,
  options: {
    ...askingOptions,
    role: {
      type: 'string',
      takes: 'ROLE',
      help: 'reader (commands, output, configuration), worker (events), operator (runs and definitions) or admin (all)',
    },
    category: { type: 'string', takes: 'PREFIX', help: 'only categories whose names begin so' },
    expires: {
      type: 'string',
      takes: 'TIME',
      help: 'how long it holds, such as 90d (default: until revoked)',
    },
  },
  examples: [
    ['hocket token create grafana --role reader', 'a program that reads'],
    [
      'hocket token create ci --role operator --category shop --expires 90d',
      'one that deploys shop, shop-eu and the like',
    ],
    ['HOCKET_API_TOKEN=hka_… hocket jobs', 'the command line with a token'],
  ],
  run: async (call) => {
    const { flags, positionals, terminal } = call
    const [name] = positionals
    if (name === undefined)
      throw new UsageError(
        'Cannot create a token: it has no name, expected one such as hocket token create ci',
      )
    const role = roleOf(flags['role'])
    const expires = flags['expires']
    const { token, id } = await tellAgent<{ readonly token: string; readonly id: string }>(call, {
      method: 'POST',
      path: 'tokens',
      body: {
        type: json,
        text: JSON.stringify({
          name,
          role,
          ...(typeof flags['category'] === 'string' && { category: flags['category'] }),
          ...(typeof expires === 'string' && { expiresAt: instantIn(expires, terminal.nowMs()) }),
        }),
      },
    })
    if (flags['json'] === true) terminal.out(jsonText({ token, id }))
    else {
      terminal.out(`${token}\n`)
      terminal.error('It is shown this once: keep it as you would keep a password.\n')
    }
    return 0
  },
}

export const tokenListCommand: Command = {
  words: 'token list',
  summary: 'the tokens that hold',
  arguments: '',
  argumentsMax: 0,
  options: listingOptions,
  examples: [['hocket token list', 'who may do what, and until when']],
  run: async (call) => {
    const { terminal } = call
    const answer = { tokens: await askForAll<TokenView>(call, 'tokens', 'tokens') }
    if (call.flags['json'] === true) terminal.out(jsonText(answer))
    else if (answer.tokens.length === 0)
      terminal.out('no tokens but the one of each data directory: hocket token create makes one\n')
    else
      terminal.out(
        table(
          [
            { title: 'NAME', shrinks: true },
            { title: 'ROLE' },
            { title: 'CATEGORIES' },
            { title: 'EXPIRES' },
            { title: 'MADE' },
            { title: 'BY' },
            { title: 'ID' },
          ],
          answer.tokens.map((one) => [
            { text: one.name },
            { text: one.role },
            { text: one.category === '' ? 'all' : `${one.category}…` },
            { text: one.expiresAt === null ? 'never' : timeText(one.expiresAt, terminal) },
            { text: timeText(one.createdAt, terminal) },
            { text: one.createdBy },
            { text: one.id, tone: 'quiet' as const },
          ]),
          terminal,
        ),
      )
    return 0
  },
}

export const tokenRevokeCommand: Command = {
  words: 'token revoke',
  summary: 'let a token open nothing any more, on any agent',
  arguments: 'TOKEN',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket token revoke ci', 'agents that are reachable know at once, others when they are again'],
  ],
  run: async (call) => {
    const [name] = call.positionals
    if (name === undefined)
      throw new UsageError(
        'Cannot revoke: no token is named, expected one of those that hocket token list shows',
      )
    const answer = await tellAgent<{ readonly done: string }>(call, {
      method: 'DELETE',
      path: `tokens/${encodeURIComponent(name)}`,
    })
    call.terminal.out(call.flags['json'] === true ? jsonText(answer) : `${plainText(answer.done)}\n`)
    return 0
  },
}

export const openCommand: Command = {
  words: 'open',
  summary: 'open the viewer in a browser, logged in',
  arguments: '',
  argumentsMax: 0,
  options: { ...askingOptions, print: { type: 'boolean', help: 'print the address, and open nothing' } },
  examples: [
    ['hocket open', 'the address holds for ten minutes, and once'],
    [
      'hocket open --print',
      'where there is no browser; with ssh -L 7460:127.0.0.1:7460 HOST it opens elsewhere',
    ],
  ],
  run: async (call) => {
    const { flags, terminal } = call
    const { code, expiresAt } = await tellAgent<{ readonly code: string; readonly expiresAt: string }>(call, {
      method: 'POST',
      path: 'access/codes',
    })
    const { httpAddress } = await findAgent(call)
    const address = `${httpAddress}/#code=${code}`
    if (flags['json'] === true) terminal.out(jsonText({ address, expiresAt }))
    else {
      terminal.out(`${address}\n`)
      if (flags['print'] !== true && terminal.columns !== null) openBrowser(address)
    }
    return 0
  },
}

function roleOf(said: Flags[string]): string {
  const roles: readonly string[] = accessRoles
  if (typeof said !== 'string')
    throw new UsageError(`Cannot create a token: its role is missing, expected --role ${roles.join('|')}`)
  if (roles.includes(said)) return said
  const expected = nearestName(said, roles) ?? roles.join('|')
  throw new UsageError(
    `Cannot create a token of role "${said}": there is no such role, expected --role ${expected}`,
  )
}

function instantIn(time: string, nowMs: number): string {
  const duration = parseDuration(time)
  if (!duration.ok) throw new UsageError(duration.problem)
  return new Date(nowMs + duration.ms).toISOString()
}

/** A host without a browser has none to open: the address was printed. */
function openBrowser(address: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(program, [address], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
