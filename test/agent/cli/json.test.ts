// Every command of the program with --json, as the table has them: what it prints is JSON, one document or one a line,
// and nothing else. A command without a row here fails.
import fs from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commands } from '../../../agent/cli/commands.ts'
import { openMembership, rememberAddresses } from '../../../agent/mesh/membership.ts'
import type { Answer } from '../../../lib/view/question.ts'
import { outputOf, written } from '../api/fake-output.ts'
import { sampleAnswer, sampleRun } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

/** What is typed behind the words of a command; null for the one that never ends. */
const typedBehind: Readonly<Record<string, readonly string[] | null>> = {
  agent: null,
  open: ['--print'],
  status: [],
  top: [],
  doctor: [],
  check: ['shop.a'],
  jobs: [],
  runs: [],
  logs: ['shop.a.7'],
  why: ['shop.a'],
  start: ['shop.a'],
  rerun: ['shop.a.7'],
  backfill: ['shop.a', '--dates', '2026-11-01'],
  cancel: ['shop.a.7'],
  stop: ['shop.a.7'],
  kill: ['shop.a.7'],
  retry: ['shop.a.7'],
  skip: ['shop.a.7/run'],
  succeed: ['shop.a.7'],
  fail: ['shop.a.7'],
  recover: ['shop.a.7'],
  publish: ['shop.a.run.day.1'],
  discard: ['shop.a.run.day.1'],
  move: ['shop.a', 'shop.b'],
  enable: ['shop.a'],
  disable: ['shop.a'],
  services: [],
  'service show': ['shop.web'],
  'service start': ['shop.web'],
  'service stop': ['shop.web'],
  'service restart': ['shop.web'],
  'service kill': ['shop.web'],
  'service logs': ['shop.web.1'],
  'config status': [],
  'config list': [],
  'config get': ['shop'],
  'config diff': ['shop', '--from', '1'],
  'config apply': ['shop.yaml'],
  'config history': ['shop'],
  'config rollback': ['shop'],
  'config delete': ['shop'],
  'config resolve': ['shop'],
  'config validate': ['shop.yaml'],
  'config schema': [],
  'schedule explain': ['every 5m'],
  'schedule next': ['every 5m'],
  'template render': ['{shortdate}'],
  'import dkron': ['dkron.json'],
  'import cronicle': ['cronicle.json'],
  'import systemd': ['a.service'],
  backup: ['backup.json'],
  restore: ['old.json'],
  prune: ['--older-than', '1d'],
  nodes: [],
  'token create': ['ci', '--role', 'reader'],
  'token list': [],
  'token revoke': ['ci'],
  'secret set': ['shop-db'],
  'secret list': [],
  'secret remove': ['shop-db'],
  'audit tail': ['--no-follow'],
  'audit query': [],
  'audit verify': [],
  'join-token': [],
  drain: ['alpha'],
  activate: ['alpha'],
  'nodes remove': ['alpha'],
  pause: [],
  resume: [],
  leave: [],
  'witnesses show': [],
  'witnesses replace': ['alpha'],
  'witnesses recover': [],
  completion: ['bash'],
  complete: ['--', 'co'],
}

const files: Readonly<Record<string, string>> = {
  'shop.yaml':
    'jobs:\n  - name: a\n    schedule: every 5m\n    actions:\n      - {name: run, command: date}\n',
  'dkron.json':
    '[{"name":"a","schedule":"@every 1m","executor":"shell","executor_config":{"command":"true"}}]',
  'cronicle.json': '{"rows":[{"id":"a","title":"a","plugin":"shellplug","params":{"script":"true"}}]}',
  'a.service': '[Service]\nExecStart=/bin/true\n',
  'old.json': '{"format":"hocket backup 1","categories":[]}',
}

let agent: FakeAgent
beforeEach(async () => {
  agent = await FakeAgent.open()
  for (const [name, text] of Object.entries(files)) agent.write(name, text)
  agent.api.output = outputOf(written(Buffer.from('one\ntwo\n')))
  agent.api.answer = async (question): Promise<Answer> => {
    if (question.kind === 'jobs-page') return lastPage(sampleAnswer(question))
    if (question.kind === 'config-text') {
      const text = {
        category: 'shop',
        revision: '1:a:b',
        fileName: 'shop.yaml',
        text: files['shop.yaml'] ?? '',
      }
      return { kind: 'config-text', text }
    }
    if (question.kind !== 'runs') return sampleAnswer(question)
    if (question.state === 'running') return { kind: 'runs', runs: [], next: null }
    const asked = agent.commands().flatMap((command) => ('requestId' in command ? [command.requestId] : []))
    const runs = asked.map((requestId) => ({ ...sampleRun, requestId }))
    return { kind: 'runs', runs: runs.length > 0 ? runs : [sampleRun], next: null }
  }
})
afterEach(() => agent.close())

function lastPage(answer: Answer): Answer {
  return answer.kind === 'jobs-page' ? { ...answer, page: { ...answer.page, nextCursor: null } } : answer
}

test('every command has a row here, and there is a command for every row', () => {
  expect(commands.map(({ words }) => words).toSorted()).toEqual(Object.keys(typedBehind).toSorted())
})

test.each(commands)('hocket $words --json prints JSON and nothing else', async ({ words, options }) => {
  expect(options['json']).toMatchObject({ type: 'boolean' })
  const behind = typedBehind[words]
  if (behind === null || behind === undefined) return
  const { directory } = agent
  if (words === 'join-token') await foundCluster(directory)
  if (words === 'secret remove') agent.api.hosts.values.set('shop-db', 'hunter22')
  const isAsking = options['data-dir'] !== undefined
  const given = ['--json', ...(isAsking ? ['--data-dir', agent.directory] : [])]
  const said = await typed(commands, [...words.split(' '), ...given, ...behind], {
    workingDirectory: agent.directory,
    input: ['hunter22-hunter22\n'],
  })
  expect(said.err).toBe('')
  expect(said.out).not.toBe('')
  for (const document of documentsOf(said.out)) expect(JSON.parse(document)).toBeTypeOf('object')
})

/** As the start of an agent leaves it. */
async function foundCluster(directory: string): Promise<void> {
  const data = {
    readFile: async (name: string) => fs.readFile(path.join(directory, name)).catch(() => null),
    writeFileSynced: async (name: string, content: string | Uint8Array) =>
      fs.writeFile(path.join(directory, name), content),
  }
  await openMembership(data, { join: null, witnesses: 1 })
  await rememberAddresses(data, ['/ip4/127.0.0.1/tcp/7461'])
}

/** One in all, or one in each line. */
function documentsOf(text: string): readonly string[] {
  const lines = text.trimEnd().split('\n')
  return lines.every((line) => /^\{.*\}$/.test(line)) ? lines : [text]
}

test('each line that a run wrote is an object that says of which action and stream it is', async () => {
  const { out } = await typed(commands, ['logs', 'shop.a.7', '--json', '--data-dir', agent.directory])
  expect(out).toBe(
    '{"run":"shop.a.7","action":"run","stream":"stdout","line":"one"}\n{"run":"shop.a.7","action":"run","stream":"stdout","line":"two"}\n',
  )
})

test('what the last line lacks, and what is no UTF-8, stays in one line', async () => {
  agent.api.output = outputOf(written(Buffer.from([0x61, 0xff, 0x0a, 0xc3, 0xa4])))
  const { out } = await typed(commands, ['logs', 'shop.a.7', '--json', '--data-dir', agent.directory])
  const lines = out.trimEnd().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { line: string }).line)).toEqual(['a\uFFFD', 'ä'])
})
