// A backup of what people wrote, and back: whole, tried first, and only what is other is changed.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { backupCommand, restoreCommand } from '../../../agent/cli/backup-commands.ts'
import {
  sampleAnswer,
  sampleCategory,
  sampleChange,
  sampleJob,
  sampleOutcome,
} from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent
let isJobOn = false

beforeAll(async () => {
  agent = await FakeAgent.open()
  agent.api.answer = async (question) => {
    if (question.kind === 'config-status')
      return {
        kind: 'config-status',
        categories: [
          sampleCategory,
          { ...sampleCategory, category: 'MASTER' },
          { ...sampleCategory, category: 'gone', state: 'deleted' },
        ],
      }
    if (question.kind === 'config-text')
      return {
        kind: 'config-text',
        text: {
          category: question.category,
          revision: '1:a:b',
          fileName: `${question.category}.yaml`,
          text: `# ${question.category}\njobs: []\n`,
        },
      }
    if (question.kind === 'jobs-page')
      return {
        kind: 'jobs-page',
        page: { jobs: [{ ...sampleJob, isEnabled: isJobOn }], total: 1, nextCursor: null },
      }
    return sampleAnswer(question)
  }
})

afterAll(async () => agent.close())

beforeEach(() => {
  isJobOn = false
  agent.api.commanded.length = 0
  agent.api.outcome = async (command) => sampleOutcome(command)
})

const hocket = async (...words: readonly string[]) =>
  typed([backupCommand, restoreCommand], [...words, '--data-dir', agent.directory], {
    workingDirectory: agent.directory,
  })

test('what was kept comes back, MASTER first, and jobs are switched as they were', async () => {
  expect(await hocket('backup', 'cluster.json')).toMatchObject({
    code: 0,
    out: '2 categories are kept in cluster.json\n',
  })
  const file = path.join(agent.directory, 'cluster.json')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  isJobOn = true
  const { code, out } = await hocket('restore', 'cluster.json')
  expect([code, out]).toEqual([0, saying('2 categories changed, 1 job switched\n')])
  expect(agent.commands()).toMatchObject([
    { kind: 'apply-category', category: 'MASTER', text: '# MASTER\njobs: []\n', isDryRun: false },
    { kind: 'apply-category', category: 'shop', fileName: 'shop.yaml' },
    { kind: 'switch-job', job: 'shop.a', isEnabled: false },
  ])
})

test('a dry run changes nothing, and what is so already is left alone', async () => {
  await hocket('backup', 'cluster.json')
  agent.api.outcome = async () => ({
    kind: 'config-changed',
    change: { ...sampleChange, isNews: false, revision: null },
  })
  isJobOn = true
  expect((await hocket('restore', '--dry-run', 'cluster.json')).out).toBe(
    '0 categories would change, 2 are so already\n',
  )
  expect(agent.commands().every((command) => 'isDryRun' in command && command.isDryRun)).toBe(true)
})

test('a file that is none is refused', async () => {
  agent.write('other.json', '{"format":"tar"}')
  agent.write('text.json', 'x')
  for (const [file, why] of [
    ['other.json', 'its format is "tar"'],
    ['text.json', 'it is no JSON'],
    ['nowhere.json', 'ENOENT'],
  ] as const)
    expect(await hocket('restore', file)).toMatchObject({ code: 1, err: saying(why) })
})
