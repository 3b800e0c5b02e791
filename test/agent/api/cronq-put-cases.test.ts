// cronq's table of what PUT /api/category/:name does: each row is driven through the route here, or named with the test
// that drives it, or with why it is another matter here.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { category } from '../../../lib/base/ids.ts'
import { parseCategory } from '../../../lib/definition/parse-category.ts'
import { caseFilesMissing, looseText, readCases } from '../../lib/schedule/case-files.ts'
import { sampleChange } from './sample-answers.ts'
import { TestApi } from './test-api.ts'

const job = {
  name: 'Test Job',
  schedule: 'R/2013-05-29T00:00:00/PT1M',
  command: 'sleep 10',
  routing_key: 'slow',
}
let api: TestApi

beforeEach(async () => {
  api = await TestApi.open()
  api.outcome = async () => ({ kind: 'config-changed', change: sampleChange })
})
afterEach(async () => api.close())

async function put(body: object): Promise<{ readonly status: number; readonly sent: unknown }> {
  const reply = await api.request('/api/category/example', {
    method: 'PUT',
    isKnown: true,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const [command] = api.commanded.map(({ command: given }) => given)
  return {
    status: reply.status,
    sent: command?.kind === 'apply-category' ? JSON.parse(command.text) : undefined,
  }
}

/** By the words of the table: what the route does. */
const driven: Readonly<Record<string, () => Promise<void>>> = {
  'two jobs with one name': async () =>
    expect(await put({ jobs: [job, job] })).toEqual({ status: 400, sent: undefined }),
  'body.category differs from the URL': async () =>
    expect(await put({ category: 'other', jobs: [job] })).toMatchObject({
      status: 200,
      sent: { category: 'example' },
    }),
  'no "jobs" key': async () => expect(await put({})).toMatchObject({ status: 200, sent: { jobs: [] } }),
  'routing_key absent': async () => {
    const { routing_key: _, ...bare } = job
    expect(await put({ jobs: [bare] })).toMatchObject({ sent: { jobs: [{ routing_key: 'default' }] } })
  },
  'schedule the validator rejects, e.g. R/20130529T000000/PT1M': async () => {
    const basic = { ...job, schedule: 'R/20130529T000000/PT1M' }
    expect((await put({ jobs: [basic] })).status).toBe(200)
  },
  // Nothing is done by halves.
  'third of five jobs has a bad schedule': async () => {
    const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
      ...job,
      name,
      ...(name === 'c' && { schedule: 'R/what' }),
    }))
    expect(await put({ jobs })).toEqual({ status: 400, sent: undefined })
  },
  // The same text is the same revision, whose slots stay what they were: nothing of it is computed from now.
  'same body sent again': async () => {
    const texts = [await put({ jobs: [job] }), await put({ jobs: [job] })].map(({ sent }) =>
      JSON.stringify(sent),
    )
    expect(texts[0]).toBe(texts[1])
    expect(slotsStartAt(texts[0]!)).toBe(slotsStartAt(texts[1]!))
  },
}

function slotsStartAt(text: string): unknown {
  const source = { category: category('example'), fileName: 'example.json', text, master: null }
  const parsed = parseCategory({ ...source, droppedBy: { nodeName: 'a', timeZone: 'UTC' } })
  expect(parsed.problems).toEqual([])
  return parsed.jobs.map(({ schedule }) => JSON.stringify(schedule)).join()
}

/** Of what happens behind the route: where it is driven. */
const elsewhere: Readonly<Record<string, string>> = {
  'PUT while a job is due but not injected yet':
    'no slot is lost in silence: those that an edit passes over are recorded (test/lib/claim/apply-change.test.ts)',
  'job renamed': 'as there a new job; hocket move keeps it: test/agent/cli/move-command.test.ts',
}

describe.skipIf(caseFilesMissing)("a row of cronq's table of PUT", () => {
  const { cases } = readCases('kron-cronq/cronq-category-put.json')
  const words = cases.flatMap((row) => (row['body'] === undefined ? [looseText(row['case'])] : []))

  test('is driven here, or has its place elsewhere', () => {
    expect(words.length).toBeGreaterThan(5)
    expect(words.toSorted()).toEqual([...Object.keys(driven), ...Object.keys(elsewhere)].toSorted())
  })

  test.each(Object.entries(driven))('%s', async (_, expectRow) => expectRow())

  test('with a body: all its jobs are those of the category', async () => {
    for (const { body } of cases) {
      if (typeof body !== 'object' || body === null || Array.isArray(body)) continue
      api.commanded.length = 0
      expect(await put(body)).toMatchObject({ status: 200, sent: { jobs: body['jobs'] } })
    }
  })
})
