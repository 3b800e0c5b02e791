// What a shell completes: words of commands, options, and names that the agent knows.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { completeCommand, completionCommand } from '../../../agent/cli/completion-commands.ts'
import { commands as all } from '../../../agent/cli/commands.ts'
import { disableCommand } from '../../../agent/cli/switch-command.ts'
import { drainCommand } from '../../../agent/cli/drain-command.ts'
import { removeNodeCommand } from '../../../agent/cli/node-commands.ts'
import { nodesCommand } from '../../../agent/cli/nodes-command.ts'
import { sampleAnswer, sampleJob } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

const known = [disableCommand, nodesCommand, removeNodeCommand, drainCommand]
const commands = [...known, completionCommand, completeCommand(known)]
const token = {
  id: 'a1',
  name: 'ci',
  role: 'reader',
  category: '',
  hash: '',
  createdAtMs: 0,
  createdBy: 'ann',
  expiresAtMs: null,
} as const
let agent: FakeAgent

beforeEach(async () => {
  agent = await FakeAgent.open()
})

afterEach(async () => agent.close())

const run = async (words: readonly string[]) => typed(commands, words, { workingDirectory: agent.directory })

const complete = async (...words: readonly string[]) =>
  (await run(['complete', '--', ...words])).out.split('\n').filter((word) => word !== '')

test('words of commands are completed, the first and the next', async () => {
  expect(await complete('')).toEqual(['disable', 'nodes', 'drain'])
  expect(await complete('d')).toEqual(['disable', 'drain'])
  expect(await complete('nodes', '')).toEqual(['remove'])
  expect(await complete('nothing', '')).toEqual([])
})

test('options are completed behind their command', async () => {
  expect(await complete('nodes', '--')).toEqual(['--data-dir', '--json', '--instants'])
  expect(await complete('nodes', '--j')).toEqual(['--json'])
})

test('names come from the agent, and from nowhere without one', async () => {
  agent.api.answer = async (question) =>
    question.kind === 'jobs-page'
      ? { kind: 'jobs-page', page: { jobs: [sampleJob], total: 1, nextCursor: null } }
      : sampleAnswer(question)
  expect(await complete('disable', '--data-dir', agent.directory, '')).toEqual(['shop.a'])
  expect(await complete('drain', '--data-dir', agent.directory, 'al')).toEqual(['alpha'])
  expect(await complete('drain', '--data-dir', '/nowhere', '')).toEqual([])
})

test('each noun of a help has the names of its kind, also as the value of an option', async () => {
  agent.api.hosts.values.set('shop-db', 'hunter22')
  const asked = ['--data-dir', agent.directory]
  const completed = async (...words: readonly string[]) =>
    (await typed(all, ['complete', '--', ...words])).out.split('\n').slice(0, -1)
  expect(await completed('secret', 'remove', ...asked, '')).toEqual(['shop-db'])
  expect(await completed('secret', 'set', ...asked, '--node', 'a')).toEqual(['alpha'])
  agent.api.answer = async (question) =>
    question.kind === 'jobs-page'
      ? { kind: 'jobs-page', page: { jobs: [sampleJob], total: 1, nextCursor: null } }
      : sampleAnswer(question)
  expect(await completed('logs', ...asked, 'shop')).toEqual(['shop.a'])
  expect(await completed('logs', ...asked, 'shop.a.')).toEqual(['shop.a.7'])
  expect(await completed('logs', ...asked, 'shop.a.7/')).toEqual(['shop.a.7/run'])
  expect(await completed('service', 'stop', ...asked, 'shop.web')).toContain('shop.web')
  agent.api.answer = async (question) =>
    question.kind === 'tokens' ? { kind: 'tokens', tokens: [token], nowMs: 1 } : sampleAnswer(question)
  expect(await completed('token', 'revoke', ...asked, '')).toEqual(['ci'])
})

test.each(['bash', 'zsh', 'fish'])('%s gets a script that asks hocket', async (shell) => {
  const { code, out } = await run(['completion', shell])
  expect([code, out.includes('hocket complete --')]).toEqual([0, true])
})

test('another shell is told which are known', async () => {
  const { code, err } = await run(['completion', 'tcsh'])
  expect([code, err]).toEqual([2, expect.stringContaining('expected bash, zsh, fish')])
})
