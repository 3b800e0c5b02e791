// The commands that look at definitions, and at who takes part.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configStatusCommand } from '../../../agent/cli/config-command.ts'
import { configDiffCommand } from '../../../agent/cli/config-diff-command.ts'
import {
  configGetCommand,
  configHistoryCommand,
  configListCommand,
} from '../../../agent/cli/config-list-command.ts'
import { nodesCommand } from '../../../agent/cli/nodes-command.ts'
import { witnessesShowCommand } from '../../../agent/cli/witnesses-command.ts'
import type { Answer, CategoryView, Question, RevisionView } from '../../../lib/view/question.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

const commands = [
  configStatusCommand,
  configDiffCommand,
  configGetCommand,
  configHistoryCommand,
  configListCommand,
  nodesCommand,
  witnessesShowCommand,
]

const category = (name: string, more: Partial<CategoryView> = {}): CategoryView => ({
  category: name,
  revision: '3:one:abc',
  state: 'applied',
  author: `ann on one (${name}.yaml)`,
  at: '2026-11-21T11:00:00Z',
  jobs: 2,
  services: 1,
  problems: [],
  notes: [],
  conflicts: [],
  remedy: '',
  ...more,
})
const revision = (counter: number, more: Partial<RevisionView> = {}): RevisionView => ({
  revision: `${counter}:one:abc`,
  isCurrent: false,
  state: 'present',
  at: '2026-11-21T11:59:00Z',
  node: 'one',
  user: 'ann',
  fileName: 'shop.yaml',
  hasOwnText: true,
  isConflict: false,
  ...more,
})

let agent: FakeAgent
let categories: CategoryView[]
const texts = new Map([
  ['2', 'a\nb\nc\n'],
  ['3', 'a\nB\nc\n'],
])
const run = async (...words: string[]) =>
  typed(commands, [...words, '--data-dir', agent.directory], { workingDirectory: agent.directory })

function answer(question: Question): Answer {
  switch (question.kind) {
    case 'config-status':
      return { kind: 'config-status', categories }
    case 'config-history':
      return {
        kind: 'config-history',
        category: 'shop',
        revisions: [
          revision(4, { isCurrent: true, user: null }),
          revision(4, { isConflict: true }),
          revision(3, { hasOwnText: false }),
          revision(2, { state: 'deleted', hasOwnText: false }),
        ],
      }
    case 'config-text': {
      const counter = question.revision ?? '3'
      const text = question.category === 'shop' ? texts.get(counter) : undefined
      return text === undefined
        ? { kind: 'not-found', what: `category "${question.category}"`, nearest: 'shop' }
        : {
            kind: 'config-text',
            text: { category: 'shop', revision: `${counter}:one:abc`, fileName: 'shop.yaml', text },
          }
    }
    case 'witnesses': {
      const members = ['one', 'two', 'three'].map((node, i) => ({
        node,
        nodeId: `id${i}`,
        isReachable: i < 2,
        clockOffsetMs: null,
      }))
      return { kind: 'witnesses', witnesses: { epoch: 2, majority: 2, members } }
    }
    default:
      return { kind: 'nodes', nodes: [] }
  }
}

beforeEach(async () => {
  agent = await FakeAgent.open()
  categories = [category('shop')]
  agent.api.answer = async (question) => answer(question)
})

afterEach(async () => agent.close())

test('config list shows the categories in force', async () => {
  categories = [
    category('shop'),
    category('old', { state: 'deleted' }),
    category('bad', { state: 'refused', revision: '' }),
  ]
  expect((await run('config', 'list')).out).toBe(
    'CATEGORY  JOBS  SERVICES  REVISION  BY                      WHEN\n' +
      'shop         2         1         3  ann on one (shop.yaml)  1 h ago\n',
  )
  expect(
    (JSON.parse((await run('config', 'list', '--json')).out) as { categories: unknown[] }).categories,
  ).toHaveLength(1)
})

test('config get prints the text as it is, of any revision', async () => {
  expect((await run('config', 'get', 'shop')).out).toBe('a\nB\nc\n')
  expect((await run('config', 'get', 'shop', '--revision', '2')).out).toBe('a\nb\nc\n')
  const missing = await run('config', 'get', 'shp')
  expect(missing).toMatchObject({ code: 1, out: '' })
  expect(missing.err).toContain('Did you mean "shop"?')
  expect((await run('config', 'get')).code).toBe(2)
})

test('config history names the author of each revision, and what it was', async () => {
  const { out } = await run('config', 'history', 'shop')
  expect(
    out.replaceAll(/ {2,}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/g, '  AT  ').replaceAll(/AT {3,}/g, 'AT  '),
  ).toBe(
    [
      'REVISION            WHEN       AT  BY    NODE  FILE',
      '     4 *  text      1 min ago  AT  file  one   shop.yaml',
      '     4    conflict  1 min ago  AT  ann   one   shop.yaml',
      '     3    on/off    1 min ago  AT  ann   one   shop.yaml',
      '     2    deleted   1 min ago  AT  ann   one   shop.yaml',
      '',
    ].join('\n'),
  )
})

describe('config status', () => {
  test('is all well with code 0', async () => {
    const said = await run('config', 'status')
    expect(said.code).toBe(0)
    expect(said.out).toContain('shop      applied')
  })

  test('shows a stale file with the command that applies it on purpose', async () => {
    const remedy = 'file "jobs/shop.yaml" is an older text …: hocket config apply jobs/shop.yaml'
    categories = [category('shop', { state: 'stale', remedy })]
    const said = await run('config', 'status')
    expect(said.code).toBe(1)
    expect(said.out).toContain(`\n! shop: ${remedy}\n`)
  })
})

describe('config diff', () => {
  const changed = ' a\n-b\n+B\n c\n'

  test('of two revisions', async () => {
    const said = await run('config', 'diff', 'shop', '--from', '2', '--to', '3')
    expect(said.out).toBe(`--- shop revision 2\n+++ shop revision 3\n@@ -1,3 +1,3 @@\n${changed}`)
    expect(said.code).toBe(1)
    expect(await run('config', 'diff', 'shop', '--from', '3')).toEqual({ code: 0, out: '', err: '' })
  })

  test('of files and what is in force', async () => {
    agent.write('shop.yaml', 'a\nB\nC\n')
    agent.write('new.yaml', 'x\n')
    expect((await run('config', 'diff', 'shop.yaml', 'new.yaml')).out).toBe(
      '--- shop revision 3\n+++ shop.yaml\n@@ -1,3 +1,3 @@\n a\n B\n-c\n+C\n' +
        '--- /dev/null\n+++ new.yaml\n@@ -0,0 +1,1 @@\n+x\n',
    )
  })

  test.each([
    [[], 'nothing is named'],
    [['shop'], 'no revision is named, expected hocket config diff shop --from REVISION'],
    [['shop.yaml', '--from', '2'], 'they are for a category'],
  ])('of %j is asked wrongly', async (words, why) => {
    const said = await run('config', 'diff', ...words)
    expect(said.code).toBe(2)
    expect(said.err).toContain(why)
  })
})

test('witnesses show says how many must answer, and who is away', async () => {
  expect((await run('witnesses', 'show')).out).toBe(
    [
      'WITNESS  STATE      ID',
      'one      reachable  id0',
      'two      reachable  id1',
      'three    away       id2',
      '',
      '2 of 3 must answer, 2 can be reached (epoch 2)',
      '',
    ].join('\n'),
  )
})
