// What a monitoring system reads: what was told is counted once, and every line is one that Prometheus takes.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleRun } from './sample-answers.ts'
import { TestApi } from './test-api.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
})

afterEach(async () => api.close())

const metrics = async () => {
  const reply = await api.request('/metrics')
  expect([reply.status, reply.type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  return reply.text
}

test('every line is a comment or a number with a name', async () => {
  const lines = (await metrics()).trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(40)
  for (const line of lines)
    expect(line).toMatch(
      /^# (HELP|TYPE) \w+ .+$|^[a-z_0-9]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[\d.e+-]+$/,
    )
  expect(lines).toContain('hocket_ready 1')
})

test('a run is counted once, however often it is told', async () => {
  for (const state of ['running', 'failed', 'failed'] as const)
    api.tell({ kind: 'run', run: { ...sampleRun, state, latenessMs: 300 } })
  api.tell({ kind: 'claim', job: 'shop.a', slot: sampleRun.slot, run: 7, node: 'alpha' })
  const text = await metrics()
  expect(text).toContain('hocket_runs_ended_total{state="failed"} 1\n')
  expect(text).toContain('hocket_claims_won_total 1\n')
  expect(text).toContain('hocket_lateness_seconds_bucket{le="0.25"} 0\n')
  expect(text).toContain('hocket_lateness_seconds_bucket{le="0.5"} 1\n')
  expect(text).toContain('hocket_lateness_seconds_count 1\n')
})

test('an agent without a majority lives and is not ready', async () => {
  expect((await api.request('/readyz')).status).toBe(200)
  const known = api.answer
  api.answer = async (question) => {
    const answer = await known(question)
    return answer.kind === 'status'
      ? { ...answer, status: { ...answer.status, state: 'no-majority' } }
      : answer
  }
  expect((await api.request('/readyz')).status).toBe(503)
  expect((await api.request('/healthz')).status).toBe(200)
})
