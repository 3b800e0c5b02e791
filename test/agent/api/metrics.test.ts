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
  const lines = (await metrics()).trimEnd().split(/\n+/)
  expect(lines.length).toBeGreaterThan(40)
  for (const line of lines)
    expect(line).toMatch(
      /^# (HELP|TYPE) \w+ .+$|^[a-z_0-9]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (-?[\d.e+-]+|Nan)$/,
    )
  expect(lines).toContain('hocket_ready 1')
})

test('a run is counted once, however often it is told', async () => {
  for (const state of ['running', 'failed', 'failed'] as const)
    api.tell({ kind: 'run', run: { ...sampleRun, state, latenessMs: 300 } })
  const text = await metrics()
  expect(text).toContain('hocket_runs_ended_total{state="failed"} 1\n')
  expect(text).toContain('hocket_lateness_seconds_bucket{le="0.25"} 0\n')
  expect(text).toContain('hocket_lateness_seconds_bucket{le="0.5"} 1\n')
  expect(text).toContain('hocket_lateness_seconds_count 1\n')
})

test('claims, takeovers, the session, peers and documents have their figures', async () => {
  const lines = (await metrics()).split('\n')
  for (const line of [
    'hocket_claims_won_total 7',
    'hocket_claims_lost_total 2',
    'hocket_claims_refused_total{because="busy"} 1',
    'hocket_takeovers_total 1',
    'hocket_session_age_seconds 3',
    'hocket_peers_connected 2',
    'hocket_document_bytes{kind="root"} 900',
    'hocket_documents_behind 0',
    'hocket_sync_lag_seconds 0',
  ])
    expect(lines).toContain(line)
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds'])
    expect(lines.some((line) => line.startsWith(`${name} `))).toBe(true)
})

test('what is not known has no number', async () => {
  const known = api.answer
  api.answer = async (question) => {
    const answer = await known(question)
    return answer.kind === 'figures'
      ? { ...answer, figures: { ...answer.figures, sessionAgeMs: null } }
      : answer
  }
  expect(await metrics()).not.toMatch(/^hocket_session_age_seconds /m)
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
