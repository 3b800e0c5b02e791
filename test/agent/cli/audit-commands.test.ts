// What people see of the audit: one line a record, what is wrong with a log and its exit code.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditQueryCommand, auditTailCommand, auditVerifyCommand } from '../../../agent/cli/audit-commands.ts'
import { sampleRecord } from '../api/fake-audit.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

const commands = [auditQueryCommand, auditTailCommand, auditVerifyCommand]
let agent: FakeAgent

beforeAll(async () => {
  agent = await FakeAgent.open()
})

afterAll(async () => agent.close())

const hocket = async (...words: readonly string[]) =>
  typed(commands, [...words, '--data-dir', agent.directory], { workingDirectory: agent.directory })

test('a record tells when, where, who, from where and what', async () => {
  const { out } = await hocket('audit', 'query', '--category', 'shop', '--to', '2026-11-21', '-n', '5')
  expect(out.split('\n')[1]!.split(/ {2,}/)).toEqual([
    'now',
    'alpha',
    'ann',
    '127.0.0.1',
    'ok',
    'job "shop.a" was disabled (POST /api/v1/jobs/shop.a/disable)',
  ])
  expect(agent.api.audit.asked).toMatchObject({
    category: 'shop',
    toMs: Date.parse('2026-11-21T23:59:59.999Z'),
    limit: 5,
  })
})

test('for programs it is one record a line', async () => {
  const { out } = await hocket('audit', 'tail', '--no-follow', '--json')
  expect(out).toBe(`${JSON.stringify(sampleRecord)}\n`)
})

test('a day that is none is refused with what it should be', async () => {
  expect(await hocket('audit', 'query', '--from', 'tomorrow')).toMatchObject({
    code: 2,
    err: saying('expected one such as 2026-11-21'),
  })
})

test('logs that are whole are said to be, and by whom; a changed one has exit code 1', async () => {
  expect(await hocket('audit', 'verify')).toEqual({
    code: 0,
    out: 'alpha: 3 records OK, remembered by alpha\n',
    err: '',
  })
  agent.api.audit.fault = 'TAMPERED: record seq=2 hash mismatch'
  expect(await hocket('audit', 'verify')).toMatchObject({
    code: 1,
    out: saying('TAMPERED: record seq=2 hash mismatch'),
  })
})

test('a file is verified without an agent', async () => {
  agent.write('audit.jsonl', '')
  expect(await hocket('audit', 'verify', 'audit.jsonl')).toEqual({
    code: 0,
    out: 'Audit chain verified: 0 records OK\n',
    err: '',
  })
  agent.write('audit.jsonl', 'x\n')
  expect(await hocket('audit', 'verify', 'audit.jsonl')).toMatchObject({
    code: 1,
    err: saying('hocket: TAMPERED: line=1 invalid json'),
  })
})
