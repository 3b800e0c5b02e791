// Categories and jobs in the shapes of cronq.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CategoryView, JobView } from '../../../lib/view/question.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { sampleCategory, sampleJob, sampleRun } from './sample-answers.ts'
import { TestApi } from './test-api.ts'

const run: RunView = { ...sampleRun, actions: [] }
const job = (category: string, name: string, lastRun: RunView | null = null): JobView => ({
  ...sampleJob,
  name: `${category}.${name}`,
  category,
  lastRun,
})
const category = (name: string, state: CategoryView['state']): CategoryView => ({
  ...sampleCategory,
  category: name,
  revision: state === 'refused' ? '' : '1:a:b',
  state,
})

let api: TestApi
const data = async (path: string) => {
  const reply = await api.request(path, { isKnown: true })
  expect(reply.status).toBe(200)
  return reply.body['data'] as Record<string, readonly Record<string, unknown>[]>
}

beforeEach(async () => {
  api = await TestApi.open()
  const jobs = [job('web', 'b'), job('shop', 'a', run), job('shop', 'c')]
  api.answer = async (question) => {
    if (question.kind === 'jobs') return { kind: 'jobs', jobs }
    if (question.kind === 'config-status')
      return {
        kind: 'config-status',
        categories: [category('shop', 'applied'), category('old', 'deleted'), category('bad', 'refused')],
      }
    const found = question.kind === 'job' ? jobs.find(({ name }) => name === question.name) : undefined
    return found === undefined
      ? { kind: 'not-found', what: 'job', nearest: null }
      : { kind: 'job', job: found, runs: [run], upcoming: [] }
  }
})

afterEach(async () => api.close())

test('categories are those that there are', async () => {
  expect(await data('/api/categories')).toEqual({ categories: [{ id: 'shop', name: 'shop' }] })
  expect(await data('/api/categories?id=web')).toEqual({ categories: [] })
  expect(await data('/api/categories/shop')).toEqual({ category: { id: 'shop', name: 'shop' } })
  const missing = await api.request('/api/categories/old')
  expect([missing.status, missing.body]).toEqual([
    404,
    { error: { message: 'Category not found for name old' } },
  ])
})

test('a job has the fields of one of cronq, with its last run', async () => {
  const { jobs } = await data('/api/jobs?id=shop.a')
  expect(jobs).toEqual([
    {
      id: 'shop.a',
      category_id: 'shop',
      category: { id: 'shop', name: 'shop' },
      name: 'a',
      interval: 60,
      next_run: '2026-11-21T13:00:00',
      last_run_start: '2026-11-21T12:00:00.004',
      last_run_stop: '2026-11-21T12:00:03',
      last_run_status: 'failed',
      last_run_text: 'Last run failed',
      current_status: 'failed',
      routing_key: 'slow',
      command: 'sleep 10',
      locked_by: null,
      runs: [
        {
          id: 'shop.a.7',
          job_id: 'shop.a',
          status: 'failed',
          started_at: '2026-11-21T12:00:00.004',
          completed_at: '2026-11-21T12:00:03',
          started_event_id: null,
          completed_event_id: null,
          return_code: null,
          host: 'alpha',
        },
      ],
    },
  ])
  expect(await data('/api/jobs/shop.a')).toEqual({ job: jobs?.[0] })
  expect((await api.request('/api/jobs/shop.z')).body).toEqual({
    error: { message: 'Job not found for id shop.z' },
  })
})

test.each([
  ['', 'shop.a shop.c web.b'],
  ['?sort=id.desc', 'web.b shop.c shop.a'],
  ['?sort=name.asc', 'shop.a web.b shop.c'],
  ['?category.name=shop', 'shop.a shop.c'],
  ['?category.id=web', 'web.b'],
  ['?per_page=2', 'shop.a shop.c'],
  ['?per_page=2&page=1', 'web.b'],
])('jobs are listed for %j', async (query, names) => {
  const { jobs } = await data(`/api/jobs${query}`)
  expect(jobs?.map(({ id }) => id).join(' ')).toBe(names)
})

test.each(['?per_page=101', '?page=-1', '?sort=command.asc', '?x=1'])(
  'jobs for %s are refused',
  async (query) => {
    expect((await api.request(`/api/jobs${query}`)).status).toBe(400)
  },
)

test('a job is run now, and one that nobody knows is not found in the words of cronq', async () => {
  const runNow = async (id: string) => api.request(`/api/jobs/${id}/run`, { method: 'POST', isKnown: true })
  expect(await runNow('shop.a')).toMatchObject({ status: 200, body: { status: 'success' } })
  expect(api.commanded).toMatchObject([{ command: { kind: 'start-job', job: 'shop.a' } }])
  api.outcome = async () => ({ kind: 'not-found', what: 'job "shop.b"', nearest: null })
  expect(await runNow('shop.b')).toMatchObject({
    status: 404,
    body: { error: { message: 'Job not found for id shop.b' } },
  })
})
