import { describe, expect, test } from 'vitest'
import { caseFilesMissing, readCases, textOf, type Row } from '../schedule/case-files.ts'
import { parsed } from './parsed.ts'

const example = {
  category: 'shop',
  jobs: [
    {
      name: 'Test Job',
      schedule: 'R/2013-05-29T00:00:00/PT1M',
      command: "awk '{print $1}'",
      routing_key: 'slow',
    },
  ],
}

describe("cronq's file", () => {
  test('becomes jobs of a pool, with commands that are no templates and times in UTC', () => {
    const { jobs, problems } = parsed(JSON.stringify(example))
    expect(problems).toEqual([])
    expect(jobs).toMatchObject([
      {
        name: 'shop.Test Job',
        nodes: { kind: 'nodes', names: ['slow'] },
        pool: 'slow',
        timeZone: 'UTC',
        catchUp: { kind: 'last', max: 1 },
        schedule: { kind: 'iso' },
        actions: [{ name: 'run', command: "awk '{{print $1}}'" }],
      },
    ])
  })

  test('a routing key is a pool of MASTER, and one that is none is said', () => {
    const master = parsed('node_pools: {slow: {labels: {speed: slow}}}').scope
    const known = parsed(JSON.stringify(example), { master })
    expect(known.jobs[0]?.nodes).toEqual({ kind: 'labels', labels: { speed: 'slow' } })
    expect(known.notes).toEqual([])
    expect(parsed(JSON.stringify(example)).notes[0]?.message).toMatch(/^No node or pool "slow" is defined/)
  })

  test('names with dots and slashes are changed, with a note', () => {
    const { jobs, notes } = parsed(
      JSON.stringify({ ...example, jobs: [{ ...example.jobs[0], name: 'a/b v1.2' }] }),
    )
    expect(jobs[0]?.name).toBe('shop.a_b v1_2')
    expect(notes.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^The name "a\/b v1\.2" becomes/),
    )
  })

  test('schedules of the other kinds work in it too', () => {
    const text = JSON.stringify(example).replace('R/2013-05-29T00:00:00/PT1M', '*/5 * * * *')
    expect(parsed(text).jobs[0]?.schedule).toMatchObject({ kind: 'cron' })
  })

  test('two jobs of one name are refused, as its API does', () => {
    const { problems } = parsed(JSON.stringify({ ...example, jobs: [example.jobs[0], example.jobs[0]] }))
    expect(problems[0]?.message).toMatch(/^Cannot use job "shop\.Test Job" twice/)
  })
})

describe("the body of cronq's own route", () => {
  const put = (body: unknown) => parsed(JSON.stringify(body), { form: 'cronq-put' })

  test('needs no routing key, no jobs and no category', () => {
    expect(put({})).toMatchObject({ jobs: [], problems: [] })
    expect(put({ jobs: [] })).toMatchObject({ jobs: [], problems: [] })
    const { routing_key: _, ...bare } = example.jobs[0]!
    expect(put({ jobs: [bare] }).jobs[0]?.pool).toBe('default')
  })

  test('its category is that of the route', () => {
    const { jobs, notes } = put({ ...example, category: 'other' })
    expect(jobs[0]?.name).toBe('shop.Test Job')
    expect(notes[0]?.message).toMatch(/^Category "other" has no effect/)
  })
})

/** Where cronq's validator and we part on purpose, by the name of the row. */
const differences = new Map([
  ['duplicate job names (API answers 400, validator accepts)', 'two jobs of one name are one too many'],
  ['name of 300 characters (column CHAR(255))', 'names have 255 characters at most, as its own table has'],
  ['schedule "R/2013-05-29T00:00:00/P"', 'a period of nothing never comes: its injector divides by zero'],
  ['schedule "R/2013-05-29T00:00:00/P1D2H"', 'not ISO 8601: hours come after a T'],
  ['schedule "R/2013-05-29T00:00:00/P5M3M"', 'not ISO 8601: months twice'],
  ['schedule "R/2013-05-29/P1D"', 'a date alone is its midnight'],
  ['schedule "R/20130529T000000/PT1M"', 'the basic form of ISO 8601, which its API takes'],
  ['schedule "R/2013-05-29T00:00:00/PT1.5H"', 'fractions are ISO 8601'],
  ['schedule "R/PT1H/2013-05-29T00:00:00"', 'a repetition up to an end is ISO 8601'],
  ['schedule "*/5 * * * *"', 'every kind of schedule works'],
])

describe.skipIf(caseFilesMissing)("the rows of cronq's validator", () => {
  const { cases } = readCases('kron-cronq/cronq-validator.json')
  const isAccepted = (row: Row) =>
    parsed(JSON.stringify(row['document']), { form: 'cronq-file' }).problems.length === 0

  test.for(cases.map((row) => [textOf(row['name']), row] as const))('%s', ([name, row]) => {
    expect(isAccepted(row)).toBe(differences.has(name) ? row['accept'] !== true : row['accept'])
  })

  test('every difference is one of the rows', () => {
    const names = cases.map((row) => row['name'])
    expect([...differences.keys()].filter((name) => !names.includes(name))).toEqual([])
  })
})
