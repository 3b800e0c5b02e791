// `hocket jobs`: where a job runs next, also on several nodes, and of one job no more than its newest runs.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { jobsCommand } from '../../../agent/cli/jobs-command.ts'
import type { Answer } from '../../../lib/view/question.ts'
import { sampleAnswer, sampleJob, sampleRun } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

let agent: FakeAgent
let runs = 1

beforeEach(async () => {
  agent = await FakeAgent.open()
  agent.api.answer = async (question): Promise<Answer> => {
    const job = { ...sampleJob, nextNode: 'alpha', nextNodes: 3 }
    if (question.kind === 'jobs-page')
      return {
        kind: 'jobs-page',
        page: {
          jobs: [job, { ...job, name: 'shop.b', schedule: '', nextNodes: 1 }],
          total: 2,
          nextCursor: null,
        },
      }
    const found = Array.from({ length: runs }, (_, n) => ({ ...sampleRun, id: `shop.a.${runs - n}` }))
    return question.kind === 'job' ? { kind: 'job', job, runs: found, upcoming: [] } : sampleAnswer(question)
  }
})
afterEach(async () => agent.close())

const jobs = async (...words: string[]) =>
  (await typed([jobsCommand], ['jobs', ...words, '--data-dir', agent.directory])).out

test('who asks first for the next slot is named, and how many more run it', async () => {
  const [, first = '', second = ''] = (await jobs()).split('\n')
  expect(first).toContain(' alpha +2 ')
  expect(second).toMatch(/^shop\.b {2}by hand or by trigger .* alpha {2}/)
  expect(await jobs('shop.a')).toContain(' on alpha +2\n')
})

test.each([
  [10, false],
  [11, true],
])('of %i runs the newest ten are shown, and where the others are: %j', async (count, isMore) => {
  runs = count
  const out = await jobs('shop.a')
  expect(out.match(/^shop\.a\.\d+ /gm)).toHaveLength(10)
  expect(out.includes(`shop.a.${count} `)).toBe(true)
  expect(out.endsWith('\nhocket runs shop.a shows those before\n')).toBe(isMore)
})
