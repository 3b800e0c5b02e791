// Tokens: what is seen without one, how they are made, what is left of them, and how a one-time code opens the viewer.
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FailureLimit } from '../../../agent/api/failure-limit.ts'
import type { AccessToken } from '../../../lib/catalog/access-token.ts'
import { sampleAnswer, sampleCategory } from './sample-answers.ts'
import { problemText, TestApi } from './test-api.ts'

let api: TestApi
let tokens: AccessToken[]

beforeEach(async () => {
  api = await TestApi.open()
  tokens = []
  api.answer = async (question) =>
    question.kind === 'tokens' ? { kind: 'tokens', tokens, nowMs: Date.now() } : sampleAnswer(question)
  api.outcome = async (command) => {
    if (command.kind === 'create-token')
      tokens.push({ ...command.token, createdAtMs: Date.now(), createdBy: 'ann' })
    return { kind: 'done', what: 'it is done' }
  }
})

afterEach(async () => api.close())

const json = { 'content-type': 'application/json' }

async function create(body: object): Promise<string> {
  const reply = await api.request('/api/v1/tokens', {
    method: 'POST',
    isKnown: true,
    headers: json,
    body: JSON.stringify(body),
  })
  expect(reply.status).toBe(200)
  return String(reply.body['token'])
}

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('without a token', () => {
  test('one sees names, states and times, and neither commands nor what they wrote nor configuration', async () => {
    const secret = {
      ...sampleCategory,
      problems: [{ file: '', line: 1, column: 1, path: '', message: 'secret', hint: '' }],
    }
    api.answer = async (question) =>
      question.kind === 'config-status'
        ? { kind: 'config-status', categories: [secret] }
        : sampleAnswer(question)
    for (const path of [
      '/api/v1/jobs',
      '/api/v1/jobs/shop.a',
      '/api/jobs',
      '/api/jobs/shop.a',
      '/api/v1/config',
      '/api/v1/services',
      '/api/v1/services/shop.web',
      '/api/v1/runs',
      '/api/v1/runs/shop.a.7',
    ]) {
      const bare = await api.request(path)
      expect([path, bare.status]).toEqual([path, 200])
      expect([path, /sleep 10|secret|--daemon|no such file/.test(bare.text)]).toEqual([path, false])
      const known = await api.request(path, { isKnown: true })
      expect([path, /sleep 10|secret|--daemon|no such file/.test(known.text)]).toEqual([path, true])
    }
  })
})

describe('a token', () => {
  test('is answered once, and kept as the hash of its secret', async () => {
    const token = await create({ name: 'ci', role: 'operator' })
    expect(token).toMatch(/^hka_[0-9a-f]{16}_[\w-]{43}$/)
    const [, id, secret = ''] = /^hka_([^_]+)_(.*)$/s.exec(token) ?? []
    expect(tokens).toMatchObject([{ id, name: 'ci', role: 'operator', category: '' }])
    expect(tokens[0]?.hash).toBe(createHash('sha256').update(secret).digest('hex'))
    const list = await api.request('/api/v1/tokens', { isKnown: true })
    expect(list.body['tokens']).toMatchObject([{ id, name: 'ci', role: 'operator', expiresAt: null }])
    expect(list.text).not.toContain(tokens[0]?.hash)
    expect(api.logged + list.text).not.toContain(secret)
  })

  test('goes by its name in the history, whatever its holder says', async () => {
    const token = await create({ name: 'ci', role: 'admin' })
    const headers = { ...as(token).headers, 'hocket-user': 'the boss' }
    await api.request('/api/v1/leave', { method: 'POST', headers })
    expect(api.commanded.at(-1)).toEqual({ command: { kind: 'leave' }, user: 'ci' })
  })

  test('for some categories reads and changes those alone', async () => {
    const token = await create({ name: 'shop', role: 'operator', category: 'sh' })
    expect((await api.request('/api/v1/config/shop', as(token))).status).toBe(200)
    expect((await api.request('/api/v1/config/web', as(token))).status).toBe(403)
    const enable = async (job: string) =>
      (await api.request(`/api/v1/jobs/${job}/enable`, { method: 'POST', ...as(token) })).status
    expect([await enable('web.a'), await enable('she')]).not.toContain(200)
    const start = async (job: string) =>
      (await api.request(`/api/v1/jobs/${job}/start`, { method: 'POST', ...as(token) })).status
    // It is MASTER's, whatever it begins with.
    expect([await start('she'), await start('shop.a')]).toEqual([403, 200])
    expect((await api.request('/api/v1/jobs', as(token))).text).toContain('sleep 10')
  })

  test('that is revoked or has expired opens nothing', async () => {
    const token = await create({
      name: 'ci',
      role: 'reader',
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    })
    expect((await api.request('/api/v1/config/shop', as(token))).status).toBe(200)
    tokens = tokens.map((one) => ({ ...one, expiresAtMs: Date.now() - 1 }))
    const late = await api.request('/api/v1/config/shop', as(token))
    expect([late.status, problemText(late)]).toEqual([401, expect.stringContaining('token "ci" has expired')])
    tokens = []
    expect((await api.request('/api/v1/config/shop', as(token))).status).toBe(401)
  })
})

describe('a one-time code', () => {
  const code = async () =>
    String((await api.request('/api/v1/access/codes', { method: 'POST', isKnown: true })).body['code'])
  const exchange = async (text: string) =>
    api.request('/api/v1/access/exchange', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ code: text }),
    })

  test('opens a session, once', async () => {
    const text = await code()
    const opened = await exchange(text)
    expect(opened.body).toMatchObject({ role: 'admin' })
    const again = await exchange(text)
    expect([again.status, problemText(again)]).toEqual([401, expect.stringContaining('was used')])
    const session = as(String(opened.body['token']))
    expect((await api.request('/api/v1/config/shop', session)).status).toBe(200)
    const self = await api.request('/api/v1/access', session)
    expect(self.body['caller']).toMatchObject({ role: 'admin' })
    expect(api.logged).not.toContain(text)
  })

  test('opens nothing after ten minutes, nor does a session after twelve hours', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const [late, early] = [await code(), await code()]
      vi.setSystemTime(Date.now() + 9 * 60_000)
      const session = as(String((await exchange(early)).body['token']))
      expect((await api.request('/api/v1/config/shop', session)).status).toBe(200)
      vi.setSystemTime(Date.now() + 61_000)
      const refused = await exchange(late)
      expect([refused.status, problemText(refused)]).toEqual([
        401,
        expect.stringContaining('older than ten minutes'),
      ])
      vi.setSystemTime(Date.now() + 12 * 3_600_000)
      expect((await api.request('/api/v1/config/shop', session)).status).toBe(401)
    } finally {
      vi.useRealTimers()
    }
  })

  test('opens a session that ends with the token that asked for it', async () => {
    const token = await create({ name: 'ci', role: 'reader' })
    const asked = await api.request('/api/v1/access/codes', { method: 'POST', ...as(token) })
    const opened = await exchange(String(asked.body['code']))
    const session = as(String(opened.body['token']))
    expect((await api.request('/api/v1/config/shop', session)).status).toBe(200)
    expect((await api.request('/api/v1/leave', { method: 'POST', ...session })).status).toBe(403)
    tokens = []
    expect((await api.request('/api/v1/config/shop', session)).status).toBe(401)
  })
})

describe('failures', () => {
  test('are logged with their cause, and limited in rate without holding up who is right', async () => {
    const statuses: number[] = []
    for (let at = 0; at < 40; at++) statuses.push((await api.request('/api/v1/tokens', as('wrong'))).status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(api.logged.match(/its token is not good, it is wrong/g)?.length).toBeLessThan(30)
    expect((await api.request('/api/v1/tokens', { isKnown: true })).status).toBe(200)
  })

  test('are counted by address, and let through again with time', () => {
    const limit = new FailureLimit()
    let silenced = 0
    for (let at = 0; at < 30; at++) if (limit.take('10.0.0.1', 0) === false) silenced++
    expect(silenced).toBe(10)
    expect(limit.take('10.0.0.2', 0)).toEqual({ silenced: 0 })
    expect(limit.take('10.0.0.1', 10_000)).toEqual({ silenced: 10 })
  })
})
