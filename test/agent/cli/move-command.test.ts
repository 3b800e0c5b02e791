// A job under another name: what is asked of the agent, and what is refused.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { moveCommand } from '../../../agent/cli/move-command.ts'
import type { ConfigChangeView } from '../../../lib/view/config-change-view.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { sampleAnswer, sampleRun } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

const revision = '3:one:abc'
const change: ConfigChangeView = {
  category: 'shop',
  revision: '4:one:def',
  isNews: true,
  created: 1,
  changed: 0,
  removed: 1,
  unchanged: 0,
  jobs: [],
  services: [],
  notes: [],
}

let agent: FakeAgent
let running: readonly RunView[]

beforeEach(async () => {
  agent = await FakeAgent.open()
  running = []
  agent.api.outcome = async () => ({ kind: 'config-changed', change })
  agent.api.answer = async (question) => {
    if (question.kind === 'runs') return { kind: 'runs', runs: running, next: null }
    if (question.kind !== 'config-text') return sampleAnswer(question)
    const text = 'jobs:\n  backup: {} # ours\n'
    return { kind: 'config-text', text: { category: 'shop', revision, fileName: 'shop.yaml', text } }
  }
})

afterEach(async () => agent.close())

const move = async (...words: readonly string[]) =>
  typed([moveCommand], ['move', ...words, '--data-dir', agent.directory], {})

test('a job is moved in the text in force, if that is still the revision that was read', async () => {
  const said = await move('shop.backup', 'shop.nightly')
  expect(agent.commands()).toMatchObject([
    {
      kind: 'apply-category',
      category: 'shop',
      fileName: 'shop.yaml',
      text: 'jobs:\n  nightly: {} # ours\n',
      knows: revision,
    },
  ])
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).toContain('its runs so far stay under "shop.backup"')
})

test.each([
  [['shop.backup', 'web.backup'], 'no two names of one category'],
  [['backup', 'nightly'], 'no two names of one category'],
  [['shop.other', 'shop.nightly'], 'does not name it'],
])('%j is refused in words', async (words, why) => {
  const said = await move(...words)
  expect(said.err).toContain(why)
  expect(agent.commands()).toEqual([])
})

test('a job that runs is not moved', async () => {
  running = [{ ...sampleRun, state: 'running' }]
  expect((await move('shop.backup', 'shop.nightly')).err).toContain('run shop.a.7 is active on node "alpha"')
  expect(agent.commands()).toEqual([])
})
