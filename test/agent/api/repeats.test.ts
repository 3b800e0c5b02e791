// A request that is sent again with its key is not done again.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleAnswer, sampleRun } from './sample-answers.ts'
import { problemText, TestApi } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

const drain = async (key: string, more: { readonly node?: string; readonly user?: string } = {}) =>
  api.request(`/api/v1/nodes/${more.node ?? 'alpha'}/drain`, {
    method: 'POST',
    isKnown: true,
    headers: { 'idempotency-key': key, 'hocket-user': more.user ?? 'ann' },
  })

test('a request sent twice with one key is done once, and answered the same', async () => {
  let count = 0
  api.outcome = async () => ({ kind: 'done', what: `it is done ${++count}` })
  const replies = [...(await Promise.all([drain('k'), drain('k')])), await drain('k')]
  expect(replies.map(({ body }) => body)).toEqual(replies.map(() => ({ done: 'it is done 1' })))
  expect(api.commanded).toHaveLength(1)
  await drain('k2')
  await drain('k', { user: 'bob' })
  expect(api.commanded).toHaveLength(3)
})

test('a key that was sent with another request is refused', async () => {
  await drain('k')
  const reply = await drain('k', { node: 'beta' })
  expect(reply.status).toBe(422)
  expect(problemText(reply)).toBe(
    'Cannot use idempotency key "k": it was sent with another request, expected a new key for each request',
  )
  expect(api.commanded).toHaveLength(1)
})

test('what failed may be tried again with its key', async () => {
  api.outcome = async () => ({ kind: 'refused', why: 'not now', hint: '' })
  expect((await drain('k')).status).toBe(409)
  api.outcome = async () => ({ kind: 'done', what: 'now' })
  expect((await drain('k')).body).toEqual({ done: 'now' })
})

test('a key that is too long is refused', async () => {
  expect((await drain('k'.repeat(256))).status).toBe(400)
  expect(api.commanded).toEqual([])
})

test('a run that was asked for with its key is not started again by another agent, or after a restart', async () => {
  const ids: string[] = []
  const start = async (agent: TestApi, key: string) => {
    const reply = await agent.request('/api/v1/jobs/shop.a/start', {
      method: 'POST',
      isKnown: true,
      headers: { 'idempotency-key': key },
    })
    ids.push(String(reply.body['requestId']))
  }
  await start(api, 'k')
  const other = await TestApi.open()
  // It knows of the run from the ledger, and has never heard of the key.
  other.answer = async (question) =>
    question.kind === 'runs'
      ? { kind: 'runs', runs: [{ ...sampleRun, requestId: ids[0]! }], next: null }
      : sampleAnswer(question)
  await start(other, 'k')
  await start(other, 'k2')
  await other.close()
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
})
