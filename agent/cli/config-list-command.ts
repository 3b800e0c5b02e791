// `hocket config list|get|history`: which categories there are, the text of one, and who changed
// it when.

import type { CategoryView, ConfigText, RevisionView } from '../../lib/view/question.ts'
import { askAgent, askForAll } from './ask-agent.ts'
import { counterOf } from './change-text.ts'
import { askingOptions, listingOptions, UsageError, type Command } from './command.ts'
import { jsonText } from './json-text.ts'
import { toneOf } from './paint.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { localInstant, timeText } from './time-words.ts'

export const configListCommand: Command = {
  words: 'config list',
  summary: 'the categories in force, with their revisions and who made them',
  arguments: '',
  argumentsMax: 0,
  options: listingOptions,
  examples: [
    ['hocket config list', 'one line for each category'],
    ['hocket config get shop > shop.yaml', 'the text of one'],
  ],
  run: async (call) => {
    const categories = await askForAll<CategoryView>(call, 'config', 'categories')
    const present = categories.filter(({ revision, state }) => revision !== '' && state !== 'deleted')
    call.terminal.out(
      call.flags['json'] === true ? jsonText({ categories: present }) : listText(present, call.terminal),
    )
    return 0
  },
}

export const configGetCommand: Command = {
  words: 'config get',
  summary: 'print the text of a category, as it was written',
  arguments: 'CATEGORY',
  argumentsMax: 1,
  options: {
    ...askingOptions,
    revision: {
      type: 'string',
      takes: 'REVISION',
      help: 'of this revision, such as 3 (default: the current one)',
    },
  },
  examples: [
    ['hocket config get shop', 'what is in force'],
    ['hocket config get shop --revision 3 > old.yaml', 'what it was at revision 3'],
  ],
  run: async (call) => {
    const { revision } = call.flags
    const text = await askText(call, call.positionals[0], typeof revision === 'string' ? revision : null)
    call.terminal.out(call.flags['json'] === true ? jsonText(text) : text.text)
    return 0
  },
}

export const configHistoryCommand: Command = {
  words: 'config history',
  summary: 'who changed a category, when, and from where',
  arguments: 'CATEGORY',
  argumentsMax: 1,
  options: askingOptions,
  examples: [
    ['hocket config history shop', 'the newest first; * is in force'],
    ['hocket config diff shop --from 3', 'what changed since revision 3'],
    ['hocket config rollback shop 3', 'back to it'],
  ],
  run: async (call) => {
    const [name] = call.positionals
    if (name === undefined) throw noCategory('show the history')
    const answer = await askAgent<{ category: string; revisions: readonly RevisionView[] }>(
      call,
      `config/${encodeURIComponent(name)}/history`,
    )
    call.terminal.out(
      call.flags['json'] === true ? jsonText(answer) : historyText(answer.revisions, call.terminal),
    )
    return 0
  },
}

export async function askText(
  call: Parameters<Command['run']>[0],
  name: string | undefined,
  revision: string | null,
): Promise<ConfigText> {
  if (name === undefined) throw noCategory('show a text')
  const query = revision === null ? '' : `?${new URLSearchParams({ revision }).toString()}`
  return askAgent<ConfigText>(call, `config/${encodeURIComponent(name)}${query}`)
}

function noCategory(what: string): UsageError {
  return new UsageError(
    `Cannot ${what}: no category is named, expected one of those that hocket config list shows`,
  )
}

function listText(categories: readonly CategoryView[], terminal: Terminal): string {
  if (categories.length === 0)
    return 'no categories yet: drop a file into the directory of --config-dir, or hocket config apply FILE\n'
  const columns = [
    { title: 'CATEGORY', shrinks: true },
    { title: 'JOBS', align: 'right' as const },
    { title: 'SERVICES', align: 'right' as const },
    { title: 'REVISION', align: 'right' as const },
    { title: 'BY', shrinks: true },
    { title: 'WHEN' },
  ]
  const rows = categories.map(({ category, jobs, services, revision, author, at }) => [
    { text: category },
    { text: String(jobs) },
    { text: String(services) },
    { text: counterOf(revision) },
    { text: author },
    { text: timeText(at, terminal), tone: 'quiet' as const },
  ])
  return table(columns, rows, terminal)
}

function historyText(revisions: readonly RevisionView[], terminal: Terminal): string {
  const columns = [
    { title: 'REVISION', align: 'right' as const },
    { title: '' },
    { title: 'WHEN' },
    { title: 'AT' },
    { title: 'BY', shrinks: true },
    { title: 'NODE', shrinks: true },
    { title: 'FILE', shrinks: true },
  ]
  const rows = revisions.map((revision) => {
    const state = stateOf(revision)
    return [
      { text: `${counterOf(revision.revision)}${revision.isCurrent ? ' *' : '  '}` },
      { text: state, tone: toneOf(state) },
      { text: timeText(revision.at, terminal) },
      { text: localInstant(revision.at), tone: 'quiet' as const },
      { text: revision.user ?? 'file' },
      { text: revision.node },
      { text: revision.fileName },
    ]
  })
  return table(columns, rows, terminal)
}

function stateOf({ isConflict, state, hasOwnText }: RevisionView): string {
  if (isConflict) return 'conflict'
  if (state === 'deleted') return 'deleted'
  return hasOwnText ? 'text' : 'on/off'
}
