// What changes something over the API: only for who knows the token, only with a body of a kind that no foreign page
// can send, each as one command to the core with the name of who gave it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigChangeView } from '../../../lib/view/config-change-view.ts'
import { sampleChange } from './sample-answers.ts'
import { problemText, TestApi, testToken, type Request } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

const yaml = { 'content-type': 'application/yaml' }
const json = { 'content-type': 'application/json' }
const put: Request = { method: 'PUT', isKnown: true, headers: yaml, body: 'jobs: {}' }
const commands = () => api.commanded.map(({ command }) => command)
const changed = (change: Partial<ConfigChangeView> = {}) => {
  api.outcome = async () => ({
    kind: 'config-changed',
    change: { ...sampleChange, ...change },
  })
}

describe('each route that changes something', () => {
  const routes = [
    ['PUT', '/api/v1/config/shop'],
    ['DELETE', '/api/v1/config/shop'],
    ['POST', '/api/v1/config/shop/rollback'],
    ['POST', '/api/v1/config/shop/resolve'],
    ['PUT', '/api/category/shop'],
    ['POST', '/api/category/shop'],
    ['POST', '/api/v1/jobs/shop.backup/enable'],
    ['POST', '/api/v1/jobs/shop.backup/disable'],
    ['POST', '/api/v1/nodes/alpha/drain'],
    ['POST', '/api/v1/nodes/alpha/activate'],
    ['POST', '/api/v1/nodes/alpha/remove'],
    ['POST', '/api/v1/leave'],
    ['POST', '/api/v1/witnesses/alpha/replace'],
    ['POST', '/api/v1/witnesses/recover'],
    ['GET', '/api/v1/config/shop'],
    ['GET', '/api/v1/config/shop/history'],
  ] as const

  test.each(routes)('%s %s wants the token, and does nothing without it', async (method, path) => {
    const wrong = [
      undefined,
      'Bearer',
      'Bearer x',
      `Bearer ${testToken}x`,
      `Basic ${testToken}`,
      `Bearer ${testToken.slice(1)}`,
    ]
    for (const authorization of wrong) {
      const headers = { ...json, ...(authorization === undefined ? {} : { authorization }) }
      const reply = await api.request(path, { method, headers, body: method === 'GET' ? '' : '{}' })
      expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="hocket"'])
      expect(problemText(reply)).toContain('Cannot do that without a token')
      expect(JSON.stringify(reply.body)).not.toContain(testToken)
    }
    expect([api.asked, api.commanded]).toEqual([[], []])
  })

  test.each(routes)(
    '%s %s refuses foreign hosts and pages, the token notwithstanding',
    async (method, path) => {
      for (const [headers, status] of [
        [{ host: 'evil.example' }, 421],
        [{ origin: 'http://evil.example' }, 403],
      ] as const) {
        const reply = await api.request(path, { method, isKnown: true, headers: { ...json, ...headers } })
        expect(reply.status).toBe(status)
      }
      expect([api.asked, api.commanded]).toEqual([[], []])
    },
  )

  test.each(routes.filter(([method]) => method !== 'GET'))(
    '%s %s takes no form and no plain text',
    async (method, path) => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'image/png',
      ]) {
        const headers = { 'content-type': type }
        const reply = await api.request(path, { method, isKnown: true, headers, body: 'jobs: {}' })
        expect([type, reply.status]).toEqual([type, 415])
        expect(problemText(reply)).toBe(
          `Cannot read the body of the request: its type is "${type}", expected JSON, YAML or a crontab`,
        )
      }
      expect(api.commanded).toEqual([])
    },
  )

  test('names the user as the caller says, and takes no line ends from him', async () => {
    for (const [said, user] of [
      [undefined, 'API'],
      [encodeURIComponent('Änne'), 'Änne'],
      [encodeURIComponent('a\nb\u0007'), 'ab'],
      ['%E0%A4%A', 'API'],
      ['x'.repeat(1000), 'x'.repeat(256)],
    ] as const) {
      api.commanded.length = 0
      const headers = said === undefined ? {} : { 'hocket-user': said }
      await api.request('/api/v1/leave', { method: 'POST', isKnown: true, headers })
      expect(api.commanded).toEqual([{ command: { kind: 'leave' }, user }])
    }
  })
})

describe('a config file that is sent', () => {
  const known = { knows: null, isDryRun: false }

  test.each([
    ['application/yaml', 'shop.yaml'],
    ['text/x-yaml; charset=utf-8', 'shop.yaml'],
    ['application/json', 'shop.json'],
    ['application/json;charset=UTF-8', 'shop.json'],
    ['text/x-crontab', 'shop.crontab'],
  ])('as %s is a file %s', async (type, fileName) => {
    changed()
    const reply = await api.request('/api/v1/config/shop', { ...put, headers: { 'content-type': type } })
    expect(reply).toMatchObject({ status: 200, body: { category: 'shop', revision: '7:one:abc' } })
    expect(reply.headers.etag).toBe('"7:one:abc"')
    expect(commands()).toEqual([
      { kind: 'apply-category', category: 'shop', fileName, text: 'jobs: {}', ...known },
    ])
  })

  test('may be named, when it is of that category', async () => {
    changed()
    await api.request('/api/v1/config/shop?file=shop.yml', put)
    expect(commands()).toMatchObject([{ fileName: 'shop.yml' }])
    const other = await api.request('/api/v1/config/shop?file=web.yaml', put)
    expect([other.status, problemText(other)]).toEqual([
      400,
      'Cannot use file name "web.yaml" for category "shop": it is the file of category "web", expected such as shop.yaml',
    ])
    expect((await api.request('/api/v1/config/shop?file=shop.txt', put)).status).toBe(400)
  })

  test.each([
    [{ 'if-match': '"3:one:abc"' }, '3:one:abc'],
    [{ 'if-match': '*' }, '*'],
    [{ 'if-none-match': '*' }, ''],
    [{}, null],
  ])('with %j is for who knew %j', async (headers, knows) => {
    changed()
    await api.request('/api/v1/config/shop', { ...put, headers: { ...yaml, ...headers } })
    expect(commands()).toMatchObject([{ knows }])
  })

  test.each([
    { 'if-match': '3' },
    { 'if-match': '"a", "b"' },
    { 'if-none-match': '"a"' },
    { 'if-match': '*', 'if-none-match': '*' },
  ])('with %j is refused', async (headers) => {
    const reply = await api.request('/api/v1/config/shop', { ...put, headers: { ...yaml, ...headers } })
    expect(reply.status).toBe(400)
    expect(problemText(reply)).toContain('Cannot use the condition of the request')
    expect(api.commanded).toEqual([])
  })

  test.each([
    ['', false],
    ['?dry_run', true],
    ['?dry_run=true', true],
    ['?dry_run=1', true],
    ['?dry_run=false', false],
  ])('with the query %j', async (query, isDryRun) => {
    changed({ revision: isDryRun ? null : '7:one:abc' })
    const reply = await api.request(`/api/v1/config/shop${query}`, put)
    expect(commands()).toMatchObject([{ isDryRun }])
    expect(reply.headers.etag).toBe(isDryRun ? undefined : '"7:one:abc"')
  })

  test('with mistakes is told all of them, each with its place', async () => {
    const problem = { file: 'shop.yaml', line: 3, column: 5, path: 'jobs.a', message: 'Cannot …', hint: '' }
    api.outcome = async () => ({ kind: 'config-refused', category: 'shop', problems: [problem] })
    const reply = await api.request('/api/v1/config/shop', put)
    expect(reply).toMatchObject({ status: 400, body: { problems: [problem] } })
    expect(problemText(reply)).toBe('Cannot apply category "shop": it has 1 problem, expected none')
  })

  test('against a revision that is not the current one learns which is', async () => {
    api.outcome = async () => ({ kind: 'revision-differs', category: 'shop', current: '9:two:x' })
    const reply = await api.request('/api/v1/config/shop', put)
    expect(reply.status).toBe(412)
    expect(problemText(reply)).toContain('its revision is "9:two:x" now')
  })

  test('while the category is read from disk is to be sent again', async () => {
    api.outcome = async () => ({ kind: 'not-ready', what: 'category "shop"' })
    expect((await api.request('/api/v1/config/shop', put)).status).toBe(503)
  })

  test('while nobody has told the agent the time is to be sent again, and when', async () => {
    api.outcome = async () => ({ kind: 'no-time' })
    const reply = await api.request('/api/v1/config/shop', put)
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '5'])
  })

  test('without a text, or in another encoding, is refused', async () => {
    const empty = await api.request('/api/v1/config/shop', { method: 'PUT', isKnown: true })
    expect([empty.status, problemText(empty)]).toEqual([
      400,
      'Cannot apply nothing: the request has no body, expected the text of a config file',
    ])
    const latin = await api.request('/api/v1/config/shop', { ...put, body: Buffer.from([0x61, 0xe9]) })
    expect([latin.status, problemText(latin)]).toEqual([
      400,
      'Cannot read the body of the request: it is not UTF-8, expected text',
    ])
    expect(api.commanded).toEqual([])
  })

  test('that is longer than any is refused before it is read', async () => {
    const reply = await api.request('/api/v1/config/shop', {
      ...put,
      headers: { ...yaml, 'content-length': '100000000' },
      body: '',
    })
    expect(reply.status).toBe(413)
    expect(problemText(reply)).toContain('it is longer than 24000000 bytes')
  })

  test('of a name that cannot be is refused', async () => {
    for (const name of [
      'a.b',
      encodeURIComponent('a/b'),
      encodeURIComponent(' a'),
      encodeURIComponent('a\n'),
    ]) {
      const reply = await api.request(`/api/v1/config/${name}`, put)
      expect([name, reply.status]).toEqual([name, 400])
    }
  })
})

describe('other changes', () => {
  test.each([
    ['DELETE', '/api/v1/config/shop', undefined, { kind: 'delete-category', category: 'shop' }],
    ['DELETE', '/api/v1/config/shop?dry_run', undefined, { kind: 'delete-category', isDryRun: true }],
    ['POST', '/api/v1/config/shop/rollback', undefined, { kind: 'roll-back-category', to: null }],
    ['POST', '/api/v1/config/shop/rollback', { to: '3' }, { kind: 'roll-back-category', to: '3' }],
    ['POST', '/api/v1/config/shop/resolve', undefined, { kind: 'resolve-category', keep: 'current' }],
    ['POST', '/api/v1/config/shop/resolve', { keep: '3:b:c' }, { kind: 'resolve-category', keep: '3:b:c' }],
    [
      'POST',
      '/api/v1/jobs/a.b%2Fc/disable',
      undefined,
      { kind: 'switch-job', job: 'a.b/c', isEnabled: false },
    ],
    ['POST', '/api/v1/jobs/a.b/enable', {}, { kind: 'switch-job', job: 'a.b', isEnabled: true }],
    ['POST', '/api/v1/nodes/n%201/drain', undefined, { kind: 'drain-node', node: 'n 1' }],
    ['POST', '/api/v1/nodes/a/activate', undefined, { kind: 'activate-node', node: 'a' }],
    ['POST', '/api/v1/nodes/a/remove', undefined, { kind: 'remove-node', node: 'a' }],
    ['POST', '/api/v1/leave', undefined, { kind: 'leave' }],
    ['POST', '/api/v1/witnesses/a/replace', undefined, { kind: 'replace-witness', node: 'a' }],
    ['POST', '/api/v1/witnesses/recover', undefined, { kind: 'recover-witnesses', isConfirmed: false }],
    [
      'POST',
      '/api/v1/witnesses/recover',
      { confirm: 'yes' },
      { kind: 'recover-witnesses', isConfirmed: true },
    ],
  ])('%s %s with %j is a command', async (method, path, body, command) => {
    const sent = body === undefined ? {} : { headers: json, body: JSON.stringify(body) }
    const reply = await api.request(path, { method, isKnown: true, ...sent })
    expect(reply.status).toBe(200)
    expect(commands()).toMatchObject([command])
  })

  test.each(['[]', '3', '{"two":"3"}', '{"to":3}', '{', 'null'])('take no body %s', async (body) => {
    const reply = await api.request('/api/v1/config/shop/rollback', {
      ...put,
      method: 'POST',
      headers: json,
      body,
    })
    expect(reply.status).toBe(400)
    expect(problemText(reply)).toContain('Cannot use the body of the request')
    expect(api.commanded).toEqual([])
  })

  test('that the core refuses say why, and what to do', async () => {
    api.outcome = async () => ({ kind: 'refused', why: '"a" is no witness', hint: 'hocket witnesses show' })
    const refused = await api.request('/api/v1/witnesses/a/replace', { method: 'POST', isKnown: true })
    expect(refused).toMatchObject({ status: 409, body: { remedy: 'hocket witnesses show' } })
    api.outcome = async () => ({ kind: 'not-found', what: 'node "alpa"', nearest: 'alpha' })
    const missing = await api.request('/api/v1/nodes/alpa/drain', { method: 'POST', isKnown: true })
    expect(missing).toMatchObject({ status: 404, body: { remedy: 'Did you mean "alpha"?' } })
  })
})

describe('the log of the agent', () => {
  test('has a line for each change that was made, and who made it', async () => {
    const loud = await TestApi.open('info')
    const send = async (path: string, more: Request = {}) =>
      loud.request(path, { method: 'POST', isKnown: true, headers: { 'hocket-user': 'ann' }, ...more })
    loud.outcome = async () => ({ kind: 'done', what: 'node "a" is drained' })
    await send('/api/v1/nodes/a/drain')
    expect(loud.logged).toMatch(/node "a" is drained .*user=ann/)
    for (const isNews of [false, true]) {
      loud.logged = ''
      loud.outcome = async () => ({ kind: 'job-switched', job: 'a.b', isEnabled: false, isNews })
      await send('/api/v1/jobs/a.b/disable')
      expect(loud.logged.includes('job "a.b" was disabled')).toBe(isNews)
    }
    loud.logged = ''
    loud.outcome = async () => ({ kind: 'refused', why: 'no', hint: '' })
    await send('/api/v1/leave')
    expect(loud.logged).toBe('')
    await loud.close()
  })
})

describe('the text of a category', () => {
  test('is answered with its revision as the tag to name in a change', async () => {
    const text = { category: 'shop', revision: '3:a:b', fileName: 'shop.yaml', text: 'jobs: {}' }
    api.answer = async () => ({ kind: 'config-text', text })
    const reply = await api.request('/api/v1/config/shop?revision=3', { isKnown: true })
    expect(reply).toMatchObject({ status: 200, body: text, headers: { etag: '"3:a:b"' } })
    expect(api.asked).toEqual([{ kind: 'config-text', category: 'shop', revision: '3' }])
  })
})

describe("cronq's route", () => {
  const job = { name: 'Test Job', schedule: 'R/2013-05-29T00:00:00/PT1M', command: 'sleep 10' }
  const replace = async (body: unknown, method = 'PUT') =>
    api.request('/api/category/example', {
      method,
      isKnown: true,
      headers: json,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const sentText = () => {
    const [command] = commands()
    return command?.kind === 'apply-category' ? (JSON.parse(command.text) as unknown) : undefined
  }

  test.each(['PUT', 'POST'])('%s replaces a category and answers as cronq does', async (method) => {
    changed()
    const reply = await replace({ category: 'example', jobs: [{ ...job, routing_key: 'slow' }] }, method)
    expect(reply).toMatchObject({ status: 200, body: { status: 'success' } })
    expect(Object.keys(reply.body)).toEqual(['status'])
    expect(commands()).toMatchObject([{ category: 'example', fileName: 'example.json', knows: null }])
  })

  test('needs no category, no jobs and no routing key, and the URL decides', async () => {
    changed()
    await replace({ category: 'other', jobs: [job], owner: 'ops' })
    expect(sentText()).toEqual({
      category: 'example',
      jobs: [{ ...job, routing_key: 'default' }],
      owner: 'ops',
    })
    api.commanded.length = 0
    await replace({})
    expect(sentText()).toEqual({ category: 'example', jobs: [] })
  })

  test('refuses a body with a bad schedule whole, and says where it is', async () => {
    const reply = await replace({
      jobs: [job, { ...job, name: 'b', schedule: 'R/what' }, { ...job, name: 'c' }],
    })
    expect(reply.status).toBe(400)
    const { problems } = reply.body as { readonly problems: readonly { readonly path: string }[] }
    expect(problems.map(({ path }) => path)).toEqual(['jobs.b.schedule'])
    expect(api.commanded).toEqual([])
  })

  test('refuses two jobs of one name, and what is no object', async () => {
    expect((await replace({ jobs: [job, job] })).status).toBe(400)
    for (const body of ['[]', 'x', '"jobs"', '']) expect((await replace(body)).status).toBe(400)
    expect(api.commanded).toEqual([])
  })
})
