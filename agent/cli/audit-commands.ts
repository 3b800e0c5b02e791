// `hocket audit verify`, `tail` and `query`: what was changed and refused, by whom and from where, on every agent or on
// one, and whether the logs that say so are whole. A file is verified without an agent, also one that Kron wrote.

import fs from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { auditDetail, type AuditCheck, type AuditPage, type AuditRecord } from '../../lib/view/audit.ts'
import type { NodeView } from '../../lib/view/question.ts'
import { verifyChain } from '../store/audit-chain.ts'
import { askAgent, askForAll } from './ask-agent.ts'
import { askingOptions, UsageError, type Command, type CommandCall, listingOptions } from './command.ts'
import { jsonText } from './json-text.ts'
import { paint, type Tone } from './paint.ts'
import { plainText } from './plain-text.ts'
import { table } from './table.ts'
import { timeText } from './time-words.ts'

const followMs = 1000
const node = { type: 'string', takes: 'NODE', help: 'of one node (default: of all)' } as const

export const auditVerifyCommand: Command = {
  words: 'audit verify',
  summary: 'whether the audit logs are whole, and as other nodes remember them',
  arguments: '[FILE]',
  argumentsMax: 1,
  options: { ...askingOptions, node },
  examples: [
    ['hocket audit verify', 'the logs of all nodes; exit code 1 when one was changed'],
    ['hocket audit verify audit.jsonl', 'one file alone: what was cut off its end is not seen'],
  ],
  run: async (call) => {
    const [file] = call.positionals
    if (file !== undefined) return verifyFile(call, file)
    const check = await askAgent<AuditCheck>(call, `audit/verify${queryOf(call, ['node'])}`)
    const { terminal } = call
    if (call.flags['json'] === true) terminal.out(jsonText(check))
    else terminal.out(check.nodes.map((one) => verdictLine(one, call)).join('') + awayLines(check.away, call))
    return check.nodes.some(({ fault }) => fault !== null) ? 1 : 0
  },
}

async function verifyFile({ flags, terminal }: CommandCall, file: string): Promise<number> {
  const name = path.resolve(terminal.workingDirectory, file)
  const text = await fs.readFile(name, 'utf8').catch((error: unknown) => {
    throw new Error(
      `Cannot read audit log "${file}": ${error instanceof Error ? error.message : String(error)}, expected a file such as audit.jsonl of a data directory`,
    )
  })
  const { records, fault } = verifyChain(text)
  if (flags['json'] === true) terminal.out(jsonText({ records, fault }))
  else if (fault === null) terminal.out(`Audit chain verified: ${records} records OK\n`)
  else terminal.error(`hocket: ${plainText(fault)}\n`)
  return fault === null ? 0 : 1
}

function verdictLine(one: AuditCheck['nodes'][number], { terminal }: CommandCall): string {
  const [tone, word]: [Tone, string] = one.fault === null ? ['good', 'OK'] : ['bad', one.fault]
  const seen =
    one.witnesses.length === 0
      ? 'no other node remembers it yet'
      : `remembered by ${one.witnesses.map(plainText).join(', ')}`
  return `${plainText(one.node)}: ${one.records} record${one.records === 1 ? '' : 's'} ${paint(tone, plainText(word), terminal.isColoured)}, ${seen}\n`
}

const filters = {
  node,
  actor: { type: 'string', takes: 'WHO', help: 'by whom: a user, a token, anonymous' },
  action: { type: 'string', takes: 'ACTION', help: 'what, such as putConfigCategory' },
  outcome: { type: 'string', takes: 'WORD', help: 'ok, forbidden, unauthorized or error' },
  category: { type: 'string', takes: 'CATEGORY', help: 'about one category' },
} as const

export const auditQueryCommand: Command = {
  words: 'audit query',
  summary: 'what was changed and refused, by whom and from where',
  arguments: '',
  argumentsMax: 0,
  options: {
    ...listingOptions,
    ...filters,
    from: { type: 'string', takes: 'TIME', help: 'not before, such as 2026-11-21 or 2026-11-21T12:00:00Z' },
    to: { type: 'string', takes: 'TIME', help: 'not after; a day counts to its end' },
    limit: { type: 'string', short: 'n', takes: 'N', help: 'the newest N, up to 1000 (default 100)' },
  },
  examples: [
    ['hocket audit query --category shop --from 2026-11-21', 'who changed shop since then'],
    ['hocket audit query --outcome unauthorized', 'who was turned away'],
    ['hocket audit query --json', 'one record a line, whole'],
  ],
  run: async (call) => {
    const query = queryOf(call, ['node', 'actor', 'action', 'outcome', 'category', 'from', 'to', 'limit'])
    await show(call, await askAgent<AuditPage>(call, `audit${query}`))
    return 0
  },
}

export const auditTailCommand: Command = {
  words: 'audit tail',
  summary: 'the newest changes and refusals, and those to come',
  arguments: '',
  argumentsMax: 0,
  options: {
    ...listingOptions,
    ...filters,
    limit: { type: 'string', short: 'n', takes: 'N', help: 'begin with the newest N (default 20)' },
    'no-follow': { type: 'boolean', help: 'stop after these' },
  },
  examples: [['hocket audit tail -n 5', 'the last five, then each as it comes, until Ctrl-C']],
  run: async (call) => {
    const limited = { ...call, flags: { limit: '20', ...call.flags } }
    const names = ['node', 'actor', 'action', 'outcome', 'category', 'limit']
    const first = await askAgent<AuditPage>(call, `audit${queryOf(limited, names)}`)
    await show(call, first)
    const seen = new Set(first.records.map(({ hash }) => hash))
    while (call.flags['no-follow'] !== true) {
      await delay(followMs)
      const page = await askAgent<AuditPage>(call, `audit${queryOf(limited, names)}`)
      const records = page.records.filter(({ hash }) => !seen.has(hash))
      if (records.length > 0) await show(call, { records, away: [] })
      for (const { hash } of records) seen.add(hash)
    }
    return 0
  },
}

async function show(call: CommandCall, { records, away }: AuditPage): Promise<void> {
  const { flags, terminal } = call
  if (flags['json'] === true) {
    terminal.out(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    return
  }
  const nodes = await askForAll<NodeView>(call, 'nodes', 'nodes')
  const names = new Map(nodes.map(({ nodeId, name }) => [nodeId, name]))
  const columns = [
    { title: 'WHEN' },
    { title: 'NODE' },
    { title: 'WHO', shrinks: true },
    { title: 'FROM', shrinks: true },
    { title: 'OUTCOME' },
    { title: 'WHAT', shrinks: true },
  ]
  const rows = records.map((record) => rowOf(record, names, call))
  terminal.out(table(columns, rows, terminal) + awayLines(away, call))
}

function rowOf(record: AuditRecord, names: ReadonlyMap<string, string>, { terminal }: CommandCall) {
  const { from, what, text } = auditDetail(record)
  const when = timeText(record.ts, terminal)
  return [
    { text: when, tone: 'quiet' as const },
    { text: names.get(record.node_id) ?? record.node_id },
    { text: record.actor },
    { text: from },
    { text: record.outcome, tone: record.outcome === 'ok' ? ('good' as const) : ('bad' as const) },
    { text: text === '' ? what || record.action : what === '' ? text : `${text} (${what})` },
  ]
}

function awayLines(away: readonly string[], { terminal }: CommandCall): string {
  const mark = paint('warning', '!', terminal.isColoured)
  return away
    .map((name) => `${mark} node ${plainText(name)} does not answer: its log is not in this\n`)
    .join('')
}

/** The flags that were given, as a query; days become instants. */
function queryOf({ flags }: CommandCall, names: readonly string[]): string {
  const query = new URLSearchParams()
  for (const name of names) {
    const value = flags[name]
    if (typeof value !== 'string') continue
    query.set(name, name === 'from' || name === 'to' ? instantOf(value, name) : value)
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}

function instantOf(text: string, side: 'from' | 'to'): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const at = new Date(isDay ? `${text}T${side === 'from' ? '00:00:00' : '23:59:59.999'}Z` : text)
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw new UsageError(
    `Cannot use "${text}" as --${side}: it is no instant, expected one such as 2026-11-21 or 2026-11-21T12:00:00Z`,
  )
}
