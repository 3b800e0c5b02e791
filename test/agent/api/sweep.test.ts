// Requests that must not do anything, sent to every route that the document has: without a token, with one of another
// role, from a foreign page or by a foreign name, malformed and huge. Each gets the 4xx that fits and a readable problem,
// the core is given no command, and nothing of what is secret is in an answer or in the log.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accessRoles, type AccessRole, type AccessToken } from '../../../lib/catalog/access-token.ts'
import type { Operation } from './document-check.ts'
import { sampleAnswer } from './sample-answers.ts'
import { problemText, TestApi, testDocument, testToken, type Request } from './test-api.ts'

const operations = Object.entries(testDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/\{\w+\}/g, 'shop'),
    operation,
  })),
)
const isStream = ({ responses }: Operation) => responses['200']?.content['text/event-stream'] !== undefined
const isChange = ({ method }: { readonly method: string }) => method !== 'GET'
const needing = operations.filter(({ operation }) => !/^(nobody|anybody)$/.test(operation['x-needs']))

const secretOf = (role: string) => role.padEnd(43, '0')
const tokenOf = (role: AccessRole, more: Partial<AccessToken> = {}): AccessToken => ({
  id: createHash('sha256')
    .update(role + JSON.stringify(more))
    .digest('hex')
    .slice(0, 16),
  name: role,
  role,
  category: '',
  hash: createHash('sha256').update(secretOf(role)).digest('hex'),
  createdAtMs: 0,
  createdBy: 'ann',
  expiresAtMs: null,
  ...more,
})
const headerOf = (token: AccessToken) => ({ authorization: `Bearer hka_${token.id}_${secretOf(token.role)}` })
const scoped = tokenOf('operator', { category: 'other' })
const expired = tokenOf('admin', { expiresAtMs: Date.parse('2026-11-21T11:00:00Z') })
const tokens = [...accessRoles.map((role) => tokenOf(role)), scoped, expired]
const may: Readonly<Record<AccessRole, readonly string[]>> = {
  reader: ['reader'],
  worker: ['worker'],
  operator: ['reader', 'worker', 'operator'],
  admin: ['reader', 'worker', 'operator', 'admin'],
}

let api: TestApi

beforeAll(async () => {
  api = await TestApi.open()
  api.answer = async (question) =>
    question.kind === 'tokens'
      ? { kind: 'tokens', tokens, nowMs: Date.parse('2026-11-21T12:00:00Z') }
      : sampleAnswer(question)
})

afterAll(async () => api.close())

beforeEach(() => {
  api.commanded.length = 0
  api.logged = ''
})

/** A body that the route takes as far as its type goes. */
function bodyFor({ requestBody }: Operation): Request {
  if (requestBody === undefined) return {}
  return { headers: { 'content-type': 'application/json' }, body: '{}' }
}

async function refused(
  { method, path, operation }: (typeof operations)[number],
  request: Request,
  statuses: readonly number[],
): Promise<void> {
  const usual = bodyFor(operation)
  const headers = { ...(usual.headers as object), ...(request.headers as object) }
  const reply = await api.request(path, { method, ...usual, ...request, headers })
  expect([method, path, statuses.includes(reply.status) ? statuses : reply.status]).toEqual([
    method,
    path,
    statuses,
  ])
  expect(problemText(reply)).not.toMatch(/node_modules|\bat .*:\d+:\d+/)
  for (const secret of [testToken, ...tokens.map(({ hash }) => hash), ...accessRoles.map(secretOf)])
    expect(reply.text + api.logged).not.toContain(secret)
}

describe('whoever shows no good token', () => {
  test.each(needing)('is refused by $method $path', async (operation) => {
    expect(needing.length).toBeGreaterThan(15)
    const shown = [
      undefined,
      'Bearer',
      `Basic ${testToken}`,
      'Bearer wrong',
      `Bearer ${headerOf(tokenOf('admin')).authorization.slice(7, -1)}x`,
      headerOf(expired).authorization,
      `Bearer hka_${'0'.repeat(16)}_${secretOf('admin')}`,
      `Bearer hks_${secretOf('admin')}`,
    ]
    for (const authorization of shown)
      await refused(operation, authorization === undefined ? {} : { headers: { authorization } }, [401, 429])
    expect(api.commanded).toEqual([])
  })
})

describe('a token', () => {
  test.each(needing)('of a lesser role is refused by $method $path', async (operation) => {
    const need = operation.operation['x-needs']
    for (const role of accessRoles.filter((one) => !may[one].includes(need)))
      await refused(operation, { headers: headerOf(tokenOf(role)) }, [403])
    expect(api.commanded).toEqual([])
  })

  // A session opened by such a token may what the token may.
  const beyond = needing.filter((one) => isChange(one) && one.path !== '/api/v1/access/codes')

  test.each(beyond)('for other categories is refused by $method $path', async (operation) => {
    await refused(operation, { headers: headerOf(scoped) }, [403])
    expect(api.commanded).toEqual([])
  })

  test.each(needing.filter(({ operation }) => !isStream(operation)))(
    'of the role that it takes is let in by $method $path',
    async ({ method, path, operation }) => {
      const role = operation['x-needs'] as AccessRole
      const { headers, ...body } = bodyFor(operation)
      const token = headerOf(tokenOf(role))
      const reply = await api.request(path, {
        method,
        ...body,
        headers: { ...(headers as object), ...token },
      })
      expect([401, 403, 429, 500]).not.toContain(reply.status)
    },
  )
})

describe('a foreign', () => {
  test.each(operations)(
    'page or name is refused by $method $path, the token notwithstanding',
    async (operation) => {
      await refused(operation, { isKnown: true, headers: { origin: 'http://evil.example' } }, [403])
      await refused(operation, { isKnown: true, headers: { origin: 'null' } }, [403])
      await refused(operation, { isKnown: true, headers: { host: 'evil.example' } }, [421])
      expect(api.commanded).toEqual([])
    },
  )

  test.each(operations.filter(isChange))('kind of body is refused by $method $path', async (operation) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      await refused(operation, { isKnown: true, headers: { 'content-type': type }, body: 'a=b' }, [415])
    expect(api.commanded).toEqual([])
  })
})

describe('what is malformed or huge', () => {
  test.each(operations)('is refused by $method $path', async (operation) => {
    const { path } = operation
    const at = (query: string) => ({ ...operation, path: `${path}?${query}` })
    await refused(at('no_such_parameter=1'), { isKnown: true }, [400])
    const { parameters } = operation.operation
    if (parameters.some(({ name }) => name === 'limit')) {
      for (const limit of ['0', '-1', 'x', '1e9', '99999999999999999999'])
        await refused(at(`limit=${limit}`), { isKnown: true }, [400])
    }
    expect(api.commanded).toEqual([])
  })

  const changing = operations.filter(isChange)

  test.each(changing)('as a body is refused by $method $path', async (operation) => {
    const json = { 'content-type': 'application/json' }
    const isFile = operation.operation.requestBody?.content['application/yaml'] !== undefined
    const bodies = isFile
      ? [Buffer.from([0xff, 0xfe])]
      : ['{', '[]', '3', '"x"', '{"no_such_member":1}', '{"__proto__":{}}', '\0', Buffer.from([0xff])]
    for (const body of bodies) await refused(operation, { isKnown: true, headers: json, body }, [400])
    const length = String(1_000_000_000)
    await refused(
      operation,
      { isKnown: true, headers: { ...json, 'content-length': length }, body: '' },
      [413],
    )
    const key = { 'idempotency-key': 'k'.repeat(300) }
    await refused(operation, { isKnown: true, headers: { ...json, ...key } }, [400, 415])
    expect(api.commanded).toEqual([])
  })

  test.each(operations.filter(({ path }) => path.includes('shop')))(
    'as a name in $method $path',
    async (operation) => {
      for (const name of ['%E0%A4%A', 'a'.repeat(3000), 'a'.repeat(6000)]) {
        const path = operation.path.replace('shop', name)
        const reply = await api.request(path, {
          method: operation.method,
          isKnown: true,
          ...bodyFor(operation.operation),
        })
        expect([path.slice(0, 40), [400, 404, 414].includes(reply.status)]).toEqual([path.slice(0, 40), true])
      }
      expect(api.commanded).toEqual([])
    },
  )
})
