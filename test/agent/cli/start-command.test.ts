// `hocket start` and `hocket rerun` say in a sentence what became of the run that was asked for, which may be over.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rerunCommand, startCommand } from '../../../agent/cli/start-command.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { sampleAnswer, sampleRun } from '../api/sample-answers.ts'
import { testToken } from '../api/test-api.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent

beforeEach(async () => {
  agent = await FakeAgent.open()
})
afterEach(async () => agent.close())

test.each<[Partial<RunView>, string]>([
  [{ state: 'running', why: '' }, 'run shop.a.8 is running on beta'],
  [{ state: 'succeeded', why: '' }, 'run shop.a.8 succeeded on beta'],
  [
    { state: 'failed', why: 'action a exited with 3' },
    'run shop.a.8 failed on beta (action a exited with 3)',
  ],
  [{ state: 'cancelled', why: 'it was cancelled by ann' }, 'run shop.a.8 was cancelled on beta (it was'],
  [{ state: 'lost', why: '' }, 'run shop.a.8 was lost on beta'],
  [
    { state: 'unknown', why: 'action a: nobody saw how it ended' },
    'run shop.a.8 ended unseen on beta (action',
  ],
])('of a run such as %j: %s', async (more, expected) => {
  agent.api.answer = async (question) => {
    if (question.kind !== 'runs') return sampleAnswer(question)
    const asked = agent.commands().flatMap((command) => ('requestId' in command ? [command.requestId] : []))
    const runs = asked.map((requestId) => ({
      ...sampleRun,
      ...more,
      id: 'shop.a.8',
      node: 'beta',
      requestId,
    }))
    return { kind: 'runs', runs, next: null }
  }
  const words = ['--data-dir', agent.directory]
  for (const line of [
    ['start', 'shop.a'],
    ['rerun', 'shop.a.7'],
  ]) {
    const said = await typed([startCommand, rerunCommand], [...line, ...words])
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(said.out.slice(0, expected.length)).toBe(expected)
  }
})

test('the command of a job may ask for a run: its fencing token is not taken for a token of the API', async () => {
  const start = async (environment: Readonly<Record<string, string>>) =>
    typed([startCommand], ['start', 'shop.a', '--json', '--data-dir', agent.directory], { environment })
  agent.api.outcome = async () => ({ kind: 'done', what: 'it waits for run 3' })
  expect(await start({ HOCKET_TOKEN: '7' })).toMatchObject({ code: 0, err: '' })
  expect(await start({ HOCKET_API_TOKEN: testToken })).toMatchObject({ code: 0, err: '' })
  expect(await start({ HOCKET_API_TOKEN: '7' })).toMatchObject({ code: 1, err: saying('it is wrong') })
})
