// What old output takes, and taking it away: by age, by node, tried first.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pruneCommand } from '../../../agent/cli/prune-command.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

let agent: FakeAgent

beforeAll(async () => {
  agent = await FakeAgent.open()
})

afterAll(async () => agent.close())

const hocket = async (...words: readonly string[]) =>
  typed([pruneCommand], ['prune', ...words, '--data-dir', agent.directory])

test('a trial says what would be freed, and is no change', async () => {
  const { code, out } = await hocket('--dry-run')
  expect([code, out]).toEqual([0, 'alpha: 4.2 MB would be freed, the output of 3 runs\n'])
  expect(agent.api.hosts.pruned).toMatchObject({
    isDryRun: true,
    beforeMs: Date.parse('2026-10-22T12:00:00Z'),
  })
  expect(agent.api.audit.entries).toEqual([])
})

test('what is taken away is told, and noted', async () => {
  expect((await hocket('--older-than', '7d', '--node', 'alpha')).out).toContain('4.2 MB freed')
  expect(agent.api.hosts.pruned).toMatchObject({
    isDryRun: false,
    beforeMs: Date.parse('2026-11-14T12:00:00Z'),
  })
  expect(agent.api.audit.entries).toMatchObject([
    { action: 'postPrune', outcome: 'ok', text: 'the output of 3 runs was taken away' },
  ])
})

test.each([
  [['--older-than', 'soon'], 2, 'soon'],
  [['--node', 'omega'], 1, 'Cannot find node "omega"'],
])('%j is refused', async (words, code, text) => {
  expect(await hocket(...words)).toMatchObject({ code, err: saying(text) })
})
