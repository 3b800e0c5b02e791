// What a shell completes: words of commands, options, and names that the agent knows.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { completeCommand, completionCommand } from '../../../agent/cli/completion-commands.ts'
import { disableCommand } from '../../../agent/cli/switch-command.ts'
import { drainCommand } from '../../../agent/cli/drain-command.ts'
import { removeNodeCommand } from '../../../agent/cli/node-commands.ts'
import { nodesCommand } from '../../../agent/cli/nodes-command.ts'
import { sampleAnswer, sampleJob } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

const known = [disableCommand, nodesCommand, removeNodeCommand, drainCommand]
const commands = [...known, completionCommand, completeCommand(known)]
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
  expect(await complete('nodes', '--')).toEqual(['--data-dir', '--json'])
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

test.each(['bash', 'zsh', 'fish'])('%s gets a script that asks hocket', async (shell) => {
  const { code, out } = await run(['completion', shell])
  expect([code, out.includes('hocket complete --')]).toEqual([0, true])
})

test('another shell is told which are known', async () => {
  const { code, err } = await run(['completion', 'tcsh'])
  expect([code, err]).toEqual([2, expect.stringContaining('expected bash, zsh, fish')])
})
