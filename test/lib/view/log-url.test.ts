// Links to somebody's logs: as cronq makes them, and with what hocket knows more.
import { describe, expect, test } from 'vitest'
import { logUrl } from '../../../lib/view/log-url.ts'
import { caseFilesMissing, looseText, readCases, textOf } from '../schedule/case-files.ts'

describe.skipIf(caseFilesMissing)("cronq's cases", () => {
  const rows = readCases('kron-cronq/cronq-log-url.json').cases.filter(({ url }) => url !== undefined)
  test.each(rows)('$name', ({ template, run_id, job_id, start_time, end_time, now, url }) => {
    const run = {
      id: textOf(run_id),
      job: JSON.stringify(job_id ?? null),
      node: null,
      attempt: 1,
      startedAt: looseText(start_time) || null,
      endedAt: looseText(end_time) || null,
    }
    expect(logUrl(textOf(template), run, Date.parse(textOf(now)))).toBe(url)
  })

  test('of its documentation have instants as it shows them', () => {
    const [shown] = readCases('kron-cronq/cronq-log-url.json').cases.filter(({ url }) => url === undefined)
    const { template, start_time_example: start, end_time_example: end } = shown ?? {}
    const [startedAt, endedAt] = [textOf(start), textOf(end)].map((text) => decodeURIComponent(text))
    const run = { id: 'r', job: 'a.b', node: null, attempt: 1, startedAt: startedAt!, endedAt: endedAt! }
    expect(logUrl(textOf(template), run, 0)).toBe(
      textOf(template)
        .replace('{run_id}', 'r')
        .replace('{start_time}', textOf(start))
        .replace('{end_time}', textOf(end)),
    )
  })
})

test('the job, the node and the attempt are known too, and every value is escaped', () => {
  const run = {
    id: 'shop.a b.7',
    job: 'shop.a b',
    node: 'alpha',
    attempt: 2,
    startedAt: '2026-11-21T12:00:00.250Z',
    endedAt: '2026-11-21T12:00:03.100Z',
  }
  expect(logUrl('l/{job}/{run_id}?on={node}&try={attempt}&to={end_time}', run, 0)).toBe(
    'l/shop.a%20b/shop.a%20b.7?on=alpha&try=2&to=2026-11-21T12%3A00%3A03.999Z',
  )
})
