// Lists in pages: each thing is in exactly one page, and a cursor that no answer gave is refused.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sampleAnswer, sampleCategory, sampleJob, sampleRun, sampleService } from './sample-answers.ts'
import { problemText, TestApi } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

describe('pages', () => {
  test('of a list that is at hand have all of it, once', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const categories = names.map((category) => ({ ...sampleCategory, category }))
    api.answer = async () => ({ kind: 'config-status', categories })
    const seen: string[] = []
    let cursor = ''
    do {
      const reply = await api.request(`/api/v1/config?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      const page = reply.body as {
        readonly categories: typeof categories
        readonly nextCursor: string | null
      }
      seen.push(...page.categories.map(({ category }) => category))
      cursor = page.nextCursor ?? ''
    } while (cursor !== '')
    expect(seen).toEqual(names)
  })

  test('of services, tokens and secrets have all of each, once, in the order of their names', async () => {
    const names = ['e', 'a', 'd', 'b', 'c']
    api.answer = async (question) => {
      if (question.kind === 'services')
        return { kind: 'services', services: names.map((name) => ({ ...sampleService, name })) }
      if (question.kind !== 'tokens') return sampleAnswer(question)
      const token = {
        role: 'reader',
        category: '',
        hash: '',
        createdAtMs: 0,
        createdBy: '',
        expiresAtMs: null,
      } as const
      return { kind: 'tokens', tokens: names.map((name) => ({ ...token, name, id: name })), nowMs: 0 }
    }
    for (const name of names) api.hosts.values.set(name, 'hunter22')
    for (const list of ['services', 'tokens', 'secrets']) {
      const seen: string[] = []
      for (let cursor = ''; ;) {
        const reply = await api.request(`/api/v1/${list}?limit=2${cursor}`, { isKnown: true })
        seen.push(...(reply.body[list] as readonly { readonly name: string }[]).map(({ name }) => name))
        const { nextCursor } = reply.body as { readonly nextCursor: string | null }
        if (nextCursor === null) break
        cursor = `&cursor=${nextCursor}`
      }
      expect([list, ...new Set(seen)]).toEqual([list, ...names.toSorted()])
    }
  })

  test('of services are those in a state, or on a node', async () => {
    const of = async (query: string) => {
      const { body } = await api.request(`/api/v1/services?${query}`)
      return (body['services'] as readonly unknown[]).length
    }
    const { state, instances } = sampleService
    api.answer = async () => ({ kind: 'services', services: [sampleService] })
    const other = state === 'DOWN' ? 'UP' : 'DOWN'
    expect([await of(`state=${state}`), await of(`state=${other}`)]).toEqual([1, 0])
    const [{ node }] = instances as [(typeof instances)[number]]
    expect([await of(`node=${node ?? ''}`), await of('node=nowhere')]).toEqual([1, 0])
    expect((await api.request('/api/v1/services?state=odd')).status).toBe(400)
  })

  test('of jobs and runs go on where the core says', async () => {
    api.answer = async (question) =>
      question.kind === 'jobs-page'
        ? { kind: 'jobs-page', page: { jobs: [sampleJob], total: 2, nextCursor: '0 shop.a' } }
        : { kind: 'runs', runs: [sampleRun], next: { slotMs: -5, name: 'shop.a b#7.1' } }
    for (const [path, after] of [
      ['/api/v1/jobs', { cursor: '0 shop.a' }],
      ['/api/v1/runs', { after: { slotMs: -5, name: 'shop.a b#7.1' } }],
    ] as const) {
      const { nextCursor } = (await api.request(path)).body
      await api.request(`${path}?cursor=${String(nextCursor)}`)
      expect(api.asked.at(-1)).toMatchObject(after)
    }
  })

  test.each(
    ['jobs', 'runs', 'nodes', 'config', 'services', 'tokens', 'secrets'].map((name) => `/api/v1/${name}`),
  )('of %s are refused for a cursor that no answer gave', async (path) => {
    const reply = await api.request(`${path}?cursor=%2B%2B`, { isKnown: true })
    expect(reply.status).toBe(400)
    expect(problemText(reply)).toContain('Cannot go on from cursor "++"')
  })

  test('of runs are refused for the cursor of another list', async () => {
    const cursor = Buffer.from('shop.a').toString('base64url')
    expect((await api.request(`/api/v1/runs?cursor=${cursor}`)).status).toBe(400)
  })
})

describe('filters', () => {
  test('of jobs and runs reach the core', async () => {
    await api.request(
      '/api/v1/jobs?filter=a&category=shop&pool=db&state=disabled&node=alpha&label=disk%3Dssd',
    )
    expect(api.asked.at(-1)).toMatchObject({
      filter: 'a',
      category: 'shop',
      pool: 'db',
      state: 'disabled',
      node: 'alpha',
      label: 'disk=ssd',
    })
    await api.request('/api/v1/runs?from=2026-11-21T12:00:00Z&to=2026-11-21T14:00:00%2B01:00&label=disk')
    expect(api.asked.at(-1)).toMatchObject({
      fromMs: Date.UTC(2026, 10, 21, 12),
      toMs: Date.UTC(2026, 10, 21, 13),
      label: 'disk',
    })
    expect((await api.request('/api/v1/runs?from=yesterday')).status).toBe(400)
  })

  test.each([
    ['', 1],
    ['label=disk', 1],
    ['label=disk%3Dssd', 1],
    ['label=disk%3Dhdd', 0],
    ['state=live', 1],
    ['state=active', 1],
    ['state=drained', 0],
  ])('of nodes, %j, leave %d', async (query, count) => {
    api.answer = async (question) => sampleAnswer(question)
    const reply = await api.request(`/api/v1/nodes?${query}`)
    expect(reply.body['nodes']).toHaveLength(count)
  })
})

test('runs say where their lines are elsewhere, when the agent knows a place', async () => {
  const url = 'https://logs.example/shop.a/shop.a.7'
  expect((await api.request('/api/v1/runs/shop.a.7')).body).toMatchObject({ run: { logUrl: url } })
  expect((await api.request('/api/v1/runs')).body).toMatchObject({ runs: [{ logUrl: url }] })
})
