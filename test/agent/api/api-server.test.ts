// The API's promises over real HTTP: it answers what the core says, changes nothing, and refuses whoever calls it by
// a foreign name. The core behind it is one that a test speaks for.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openApi } from '../../../agent/api/api-server.ts'
import { parseListenAddress } from '../../../agent/api/listen-address.ts'
import { CoreSilent, Questions } from '../../../agent/api/questions.ts'
import { createLog } from '../../../agent/log.ts'
import { sampleJob } from './sample-answers.ts'
import { FakeAudit } from './fake-audit.ts'
import { problemText, TestApi } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

describe('a route', () => {
  test('asks the core and answers its words', async () => {
    const reply = await api.request('/api/v1/jobs', { isKnown: true })
    expect(api.asked).toEqual([{ kind: 'jobs-page', filter: '', sort: 'name', limit: 100_000, cursor: null }])
    expect(reply).toMatchObject({ status: 200, body: { jobs: [sampleJob] } })
    expect(reply.headers['cache-control']).toBe('no-store')
  })

  test('passes on the filters of a list of runs', async () => {
    api.answer = async () => ({ kind: 'runs', runs: [], next: null })
    await api.request('/api/v1/runs?job=a.b&state=lost&node=alpha&limit=7')
    await api.request('/api/v1/runs')
    expect(api.asked).toEqual([
      { kind: 'runs', job: 'a.b', state: 'lost', node: 'alpha', limit: 7, after: null },
      { kind: 'runs', limit: 50, after: null },
    ])
  })

  test('takes any name of a job, escaped', async () => {
    api.answer = async () => ({ kind: 'not-found', what: 'job "x"', nearest: null })
    const name = 'ß %?&#é漢字'.repeat(20) + '.b'
    await api.request(`/api/v1/jobs/${encodeURIComponent(name)}`)
    expect(api.asked).toEqual([{ kind: 'job', name }])
  })

  test('says what a person may have meant', async () => {
    api.answer = async () => ({ kind: 'not-found', what: 'job "a.backp"', nearest: 'a.backup' })
    const reply = await api.request('/api/v1/jobs/a.backp')
    expect(reply.status).toBe(404)
    expect(problemText(reply)).toBe(
      'Cannot find job "a.backp": there is none, expected one that this cluster knows',
    )
    expect(reply.body['remedy']).toBe('Did you mean "a.backup"?')
  })
})

describe('a request that is refused', () => {
  test.each([
    ['/api/v1/runs?limit=0', 'limit must be >= 1'],
    ['/api/v1/runs?limit=many', 'limit must be integer'],
    ['/api/v1/runs?status=lost', 'must NOT have additional properties'],
    ['/api/v1/runs?state=dead', 'state must be equal to one of'],
    ['/api/v1/status?x=1', 'must NOT have additional properties'],
  ])('for its query %s is told which part is wrong', async (path, why) => {
    const reply = await api.request(path)
    expect(reply.status).toBe(400)
    expect(problemText(reply)).toContain(why)
    expect(api.asked).toEqual([])
  })

  test.each([
    ['evil.example', 421],
    ['evil.example:7460', 421],
    ['127.0.0.1', 421],
  ])('calls this agent "%s"', async (host, status) => {
    const reply = await api.request('/api/v1/status', { headers: { host } })
    expect(reply.status).toBe(status)
    expect(problemText(reply)).toContain('this agent has another name')
    expect(api.asked).toEqual([])
  })

  test('comes from a page of another origin', async () => {
    const reply = await api.request('/api/v1/jobs', { headers: { origin: 'http://evil.example' } })
    expect(reply.status).toBe(403)
    expect(problemText(reply)).toContain('Cannot answer a page of "http://evil.example"')
    expect((await api.request('/api/v1/jobs', { headers: { origin: api.address } })).status).toBe(200)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('wants to change something with %s', async (method) => {
    const reply = await api.request('/api/v1/jobs', { method })
    expect(reply.status).toBe(405)
    expect(reply.headers.allow).toBe('GET, HEAD')
    expect(problemText(reply)).toBe(
      `Cannot ${method} "/api/v1/jobs": that is not done here, expected GET or HEAD`,
    )
    expect(api.asked).toEqual([])
  })

  test.each(['/nothing', '/api/v1/nothing', '/../../etc/passwd', '/api/v1/jobs/%E0%A4%A'])(
    'asks for %s, which is nowhere',
    async (path) => {
      const reply = await api.request(path)
      expect([400, 404]).toContain(reply.status)
      expect(problemText(reply)).not.toContain('node_modules')
    },
  )
})

describe('an agent that fails', () => {
  test('at an answer tells its log why, and the caller nothing of its inside', async () => {
    api.answer = async () => Promise.reject(new Error('secret inside'))
    const reply = await api.request('/api/v1/status')
    expect(reply.status).toBe(500)
    expect(problemText(reply)).not.toContain('secret')
    expect(api.logged).toContain('secret inside')
  })

  test('to answer in time says so', async () => {
    api.answer = async () => Promise.reject(new CoreSilent('Cannot answer: late, expected an answer'))
    const reply = await api.request('/api/v1/status')
    expect([reply.status, problemText(reply)]).toEqual([503, 'Cannot answer: late, expected an answer'])
  })
})

test('the name localhost and any loopback address will do', async () => {
  const port = new URL(api.address).port
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
    expect((await api.request('/api/v1/jobs', { headers: { host } })).status).toBe(200)
})

test('a port in use is one clear line', async () => {
  const listen = new URL(api.address).host
  const second = openApi({
    listen,
    core: new Questions(() => undefined),
    outputs: { read: async () => Promise.reject(new Error('nobody reads')) },
    audit: new FakeAudit(),
    logUrl: null,
    askHost: async () => null,
    tls: null,
    isInsecure: false,
    names: [],
    token: '',
    version: '1.2.3',
    log: createLog({ level: 'error', format: 'json', colour: false, write: () => {} }),
  })
  await expect(second).rejects.toThrow(
    `Cannot listen for HTTP on "${listen}": the port is in use by another process, expected a free one`,
  )
})

describe('the place to listen on', () => {
  const bare = { tls: null, isInsecure: false }

  test.each([
    ['127.0.0.1:7460', { host: '127.0.0.1', port: 7460 }],
    ['127.1.2.3:0', { host: '127.1.2.3', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['localhost:8080', { host: 'localhost', port: 8080 }],
  ])('may be %s', (text, address) => {
    expect(parseListenAddress(text, bare)).toEqual({ ...address, isLoopback: true })
  })

  test.each(['0.0.0.0:7460', '[::]:7460', '10.0.0.1:7460', 'example.com:7460', '127.0.0.1.evil.example:1'])(
    'is %s only with TLS or by somebody who says that he knows',
    (text) => {
      expect(() => parseListenAddress(text, bare)).toThrow(
        /is not a loopback address, and without TLS.*--tls-cert/,
      )
      const tls = { certificate: '', key: '' }
      for (const how of [
        { tls, isInsecure: false },
        { tls: null, isInsecure: true },
      ])
        expect(parseListenAddress(text, how).isLoopback).toBe(false)
    },
  )

  test.each(['7460', '127.0.0.1', '127.0.0.1:99999', '', 'a:b:c'])('is not "%s"', (text) => {
    expect(() => parseListenAddress(text, bare)).toThrow(
      /Cannot listen for HTTP on ".*": it is no address, expected/,
    )
  })
})

describe('a question', () => {
  test('gets its own answer, in whatever order they come', async () => {
    const ids: number[] = []
    const questions = new Questions(({ askId }) => ids.push(askId))
    const [jobs, nodes] = [questions.ask({ kind: 'jobs' }), questions.ask({ kind: 'nodes' })]
    questions.onAnswer(ids[1] ?? 0, { kind: 'nodes', nodes: [] })
    questions.onAnswer(ids[0] ?? 0, { kind: 'jobs', jobs: [] })
    expect([(await jobs).kind, (await nodes).kind]).toEqual(['jobs', 'nodes'])
  })

  test("that gets none in time is refused, and a late answer is nobody's", async () => {
    vi.useFakeTimers()
    const ids: number[] = []
    const questions = new Questions(({ askId }) => ids.push(askId))
    const refused = questions.ask({ kind: 'jobs' }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await refused).toBeInstanceOf(CoreSilent)
    questions.onAnswer(ids[0] ?? 0, { kind: 'jobs', jobs: [] })
    vi.useRealTimers()
  })

  test('and a command carries the name of who gave it', async () => {
    const pushed: unknown[] = []
    const questions = new Questions((event) => pushed.push(event))
    const done = questions.command({ kind: 'leave' }, 'ann')
    expect(pushed).toEqual([{ kind: 'commanded', askId: 1, command: { kind: 'leave' }, user: 'ann' }])
    questions.onAnswer(1, { kind: 'done', what: 'gone' })
    expect(await done).toEqual({ kind: 'done', what: 'gone' })
  })

  test('is refused at once when a thousand wait, and when the agent stops', async () => {
    const questions = new Questions(() => undefined)
    const waiting = Array.from({ length: 1000 }, async () =>
      questions.ask({ kind: 'jobs' }).catch((error: unknown) => error),
    )
    await expect(questions.ask({ kind: 'jobs' })).rejects.toThrow('1000 questions wait')
    questions.close()
    expect((await Promise.all(waiting)).every((error) => error instanceof CoreSilent)).toBe(true)
  })
})
