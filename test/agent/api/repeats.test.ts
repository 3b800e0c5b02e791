// A request that is sent again with its key is not done again.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isSameRequest } from '../../../lib/base/request-id.ts'
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

test.each(['jobs/shop.a/start', 'runs/shop.a.7/rerun', 'runs/shop.a.7/retry', 'runs/shop.a.7/stop'])(
  'to the witnesses %s with one key is one request also before it has begun, whichever agent is asked',
  async (path) => {
    const other = await TestApi.open()
    const ask = async (agent: TestApi, key: string, user = 'ann') =>
      agent.request(`/api/v1/${path}`, {
        method: 'POST',
        isKnown: true,
        headers: { 'idempotency-key': key, 'hocket-user': user },
      })
    for (const [agent, key, user] of [
      [api, 'k', 'ann'],
      [other, 'k', 'ann'],
      [other, 'k2', 'ann'],
      [other, 'k', 'bob'],
    ] as const)
      await ask(agent, key, user)
    const [first = '', ...others] = [...api.commanded, ...other.commanded].map(({ command }) =>
      'requestId' in command ? command.requestId : '',
    )
    expect(others.map((id) => isSameRequest(first, id))).toEqual([true, false, false])
    // What the register knows it by is what the caller hears, to look for it.
    other.outcome = async () => ({ kind: 'done', what: 'it is one request', requestId: first })
    expect((await ask(other, 'k3')).body).toEqual({ done: 'it is one request', requestId: first })
    await other.close()
  },
)
