// What of a request goes into the audit log: changes with what was before and after, refusals with their reason, and
// nothing that is secret.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { saying } from '../cli/fake-terminal.ts'
import { sampleChange, sampleService } from './sample-answers.ts'
import { TestApi, testToken } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

const json = { 'content-type': 'application/json' }
const post = async (path: string, body = '{}', headers: object = {}) =>
  api.request(path, { method: 'POST', isKnown: true, headers: { ...json, ...headers }, body })

test('a change is one line: who, from where, what, before and after', async () => {
  await post('/api/v1/jobs/shop.a/disable', '{}', { 'hocket-user': 'ann' })
  expect(api.audit.entries).toEqual([
    {
      action: 'postJobsJobDisable',
      outcome: 'ok',
      status: 200,
      actor: 'ann',
      role: 'admin',
      category: 'shop',
      from: '127.0.0.1',
      what: 'POST /api/v1/jobs/shop.a/disable',
      text: 'job "shop.a" was disabled',
      before: { isEnabled: true },
      after: { isEnabled: false },
    },
  ])
})

test('a change of definitions says which keys were what before', async () => {
  const keys = [{ key: 'schedule', before: 'daily', after: 'hourly' }]
  api.outcome = async () => ({
    kind: 'config-changed',
    change: {
      ...sampleChange,
      jobs: [
        { job: 'shop.a', change: 'changed', keys, nextBefore: [], nextAfter: [] },
        { job: 'shop.b', change: 'removed', keys: [], nextBefore: [], nextAfter: [] },
      ],
    },
  })
  const yaml = { 'content-type': 'application/yaml' }
  await api.request('/api/v1/config/shop', { method: 'PUT', isKnown: true, headers: yaml, body: 'jobs: []' })
  const [entry] = api.audit.entries
  expect(entry!.before).toEqual({ 'shop.a': { schedule: 'daily' }, 'shop.b': true })
  expect(entry!.after).toEqual({
    revision: '7:one:abc',
    jobs: { 'shop.a': { schedule: 'hourly' }, 'shop.b': false },
  })
})

test('a question and a trial are no change, and get none', async () => {
  await api.request('/api/v1/jobs', { isKnown: true })
  await api.request('/api/v1/config/shop?dry_run=true', {
    method: 'PUT',
    isKnown: true,
    headers: { 'content-type': 'application/yaml' },
    body: 'jobs: []',
  })
  expect(api.audit.entries).toEqual([])
})

test('a refusal is one line with its reason, whatever was asked for', async () => {
  await api.request('/api/v1/audit')
  await api.request('/api/v1/jobs', { headers: { host: 'evil.example' } })
  await post('/api/v1/jobs/shop.a/disable', '{"no":1}')
  const told = api.audit.entries.map(({ outcome, status, actor, text }) => ({ outcome, status, actor, text }))
  expect(told).toEqual([
    {
      outcome: 'unauthorized',
      status: 401,
      actor: 'anonymous',
      text: saying('Cannot do that'),
    },
    {
      outcome: 'forbidden',
      status: 421,
      actor: 'anonymous',
      text: saying('Cannot answer for'),
    },
    { outcome: 'error', status: 400, actor: 'API', text: saying('Cannot use the body') },
  ])
})

test('whoever guesses tokens does not fill the disk, and is told of with a number', async () => {
  for (let n = 0; n < 100; n++)
    await api.request('/api/v1/audit', { headers: { authorization: `Bearer guess${n}` } })
  expect(api.audit.entries.length).toBeLessThan(30)
})

test('a token that is created stays out of it', async () => {
  const reply = await post('/api/v1/tokens', '{"name":"ci","role":"reader"}')
  const [entry] = api.audit.entries
  expect(entry).toMatchObject({ action: 'postTokens', after: { name: 'ci', role: 'reader' } })
  const said = JSON.stringify(entry)
  expect(said).not.toContain(String(reply.body['token']))
  expect(said).not.toContain(testToken)
  expect(said).not.toMatch(/[0-9a-f]{64}/)
})

test('nothing is changed where nothing can be noted', async () => {
  api.audit.isBroken = true
  const reply = await post('/api/v1/jobs/shop.a/disable')
  expect([reply.status, api.commanded]).toEqual([503, []])
})

test.each([
  ['nodes/alpha/drain', { node: 'alpha', duty: 'active' }],
  ['pause', { pause: null }],
  ['services/shop.web/stop', { state: sampleService.state, isEnabled: true, up: sampleService.up }],
  ['runs/shop.a.7/skip', { run: 'shop.a.7', state: 'failed' }],
])('what was before POST %s is in its line', async (path, before) => {
  api.outcome = async () => ({ kind: 'done', what: 'it is done' })
  expect((await post(`/api/v1/${path}`)).status).toBe(200)
  expect(api.audit.entries).toMatchObject([{ outcome: 'ok', text: 'it is done', before }])
})

test('a request that is sent again with its key is a line that says that nothing was done', async () => {
  for (let sent = 0; sent < 2; sent++) await post('/api/v1/pause', '{}', { 'idempotency-key': 'k' })
  expect(api.commanded).toHaveLength(1)
  expect(api.audit.entries.map(({ text }) => text)).toEqual([
    expect.any(String),
    'it was sent again with its idempotency key: answered as before, and nothing was done',
  ])
})
