import { describe, expect, test } from 'vitest'
import { parseField } from '../../../lib/schedule/cron-field.ts'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import { hasSlots } from '../../../lib/schedule/schedule.ts'
import {
  caseFilesMissing,
  instantText,
  nextTexts,
  readCases,
  scheduleOf,
  looseText,
  outcomes,
  textOf,
  textsOf,
  type Row,
} from './case-files.ts'
import { slowSlots } from './slow-model.ts'

/**
 * Where another scheduler's rows and we part on purpose, by rule. Each row that falls under a rule must really differ,
 * so that the table cannot hide a mistake, and our answer is then held to the slow model instead.
 */
const oncePerOverlap = 'a fixed time of day that exists twice runs at the first occurrence only'
const atGapEnd = 'a fixed time of day that does not exist runs at the first instant after the gap'

type Difference = { readonly rule: string; readonly applies: (row: Row) => boolean }

function hourIsFixed(row: Row): boolean {
  const fields = textOf(row['expr5'] ?? row['expr']).split(/\s+/)
  return !(fields.length === 6 ? fields[2] : fields[1])!.startsWith('*')
}

const robfigDifferences: readonly Difference[] = [
  {
    rule: atGapEnd,
    applies: (row) => hourIsFixed(row) && /skipped|2am EST \(-5\)/.test(textOf(row['note'])),
  },
  {
    rule: oncePerOverlap,
    applies: (row) =>
      /runs twice/.test(textOf(row['note'])) && looseText(row['expected']).endsWith('T01:00:00-05:00'),
  },
]

const cronexprDifferences: readonly Difference[] = [
  {
    rule: atGapEnd,
    applies: (row) => hourIsFixed(row) && /at a skipped time|: skipped portion/.test(textOf(row['name'])),
  },
  {
    rule: oncePerOverlap,
    applies: (row) =>
      hourIsFixed(row) && /in repeated region(?! boundary 2)|: repeated portion/.test(textOf(row['name'])),
  },
]

function expectRows(
  rows: readonly Row[],
  differences: readonly Difference[],
  expressionOf: (row: Row) => string,
): void {
  const { check, wrong } = outcomes()
  const met = new Set<string>()
  for (const row of rows) {
    const expression = expressionOf(row)
    const timeZone = textOf(row['tz'])
    const fromMs = Date.parse(textOf(row['from']))
    const schedule = scheduleOf(expression, timeZone)
    const wanted = textsOf(row['expected']).map(instantText)
    const got = nextTexts(schedule, fromMs, wanted.length)
    const difference = differences.find((each) => each.applies(row))
    if (difference === undefined) {
      check(`${expression} ${timeZone} ${textOf(row['from'])}`, got, wanted)
    } else {
      met.add(difference.rule)
      check(`${expression}: ${difference.rule}`, JSON.stringify(got) === JSON.stringify(wanted), false)
      const model = slowSlots(schedule, fromMs, Date.parse(got.at(-1)!))
      check(
        `${expression}: ${difference.rule}`,
        got,
        model.map((ms) => new Date(ms).toISOString()),
      )
    }
  }
  expect(wrong()).toEqual([])
  expect([...met].sort()).toEqual([...new Set(differences.map((each) => each.rule))].sort())
}

describe.skipIf(caseFilesMissing)('tables of robfig/cron', () => {
  test('the next activation is as in its own tests, but for our DST policy', () => {
    const { cases } = readCases('cron/robfig-next.json')
    expect(cases.length).toBeGreaterThan(30)
    expectRows(cases, robfigDifferences, (row) => textOf(row['expr']))
  })

  test('fixed offsets are zones', () => {
    expectRows(readCases('cron/robfig-next-fixed-offset.json').cases, [], (row) => textOf(row['expr']))
  })

  test('both day fields restricted match on either, one of them on itself', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('cron/robfig-activation.json').cases) {
      const [next] = nextTexts(scheduleOf(textOf(row['expr']), 'UTC'), Date.parse(textOf(row['from'])), 1)
      check(JSON.stringify(row), next === instantText(textOf(row['at'])), row['fires'])
    }
    expect(wrong()).toEqual([])
  })

  test('@every counts whole seconds, from a given anchor as from the start in robfig', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('cron/robfig-every.json').cases) {
      const fromMs = Date.parse(textOf(row['from']))
      const result = parseSchedule(textOf(row['expr']), {
        timeZone: 'UTC',
        hashSeed: 'job',
        anchorMs: Math.floor(fromMs / 1000) * 1000,
      })
      const got = result.ok && nextTexts(result.schedule, fromMs, 1)
      check(textOf(row['expr']), got, [instantText(textOf(row['expected']))])
    }
    expect(wrong()).toEqual([])
  })

  test('fields have the same values, but for ranges that wrap around', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('cron/robfig-fields.json').cases) {
      const names = new Map([['jan', 1]])
      const result = parseField(
        textOf(row['field']),
        { name: 'field', min: Number(row['min']), max: Number(row['max']), names },
        'job',
      )
      const wraps = textOf(row['error'] ?? '') === 'beyond end of range'
      check(JSON.stringify(row), result.ok, wraps || row['error'] === undefined)
      if (!result.ok || wraps) continue
      check(JSON.stringify(row), result.field.values, row['values'])
      check(JSON.stringify(row), result.field.star, row['star'])
    }
    expect(wrong()).toEqual([])
  })

  test('what it refuses is refused', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('cron/robfig-parse-errors.json').cases) {
      const result = parseSchedule(textOf(row['expr']), { timeZone: 'UTC', hashSeed: 'job' })
      check(textOf(row['expr']), result.ok, false)
    }
    expect(wrong()).toEqual([])
  })

  test('equivalent spellings read alike', () => {
    const { check, wrong } = outcomes()
    const fromMs = Date.UTC(2026, 5, 1)
    for (const row of readCases('cron/robfig-equivalent.json').cases) {
      const left = scheduleOf(textOf(row['a']), 'UTC')
      const right =
        row['every_seconds'] === undefined
          ? scheduleOf(textOf(row['b']), textOf(row['tz'] ?? 'UTC'))
          : scheduleOf(`every ${Number(row['every_seconds'])}s`, 'UTC')
      check(JSON.stringify(row), nextTexts(left, fromMs, 40), nextTexts(right, fromMs, 40))
    }
    expect(wrong()).toEqual([])
  })
})

describe.skipIf(caseFilesMissing)('tables of hashicorp/cronexpr', () => {
  test('the next instants are as in its own tests; its six fields are five and a year, ours seven', () => {
    const { cases } = readCases('cron/cronexpr-next.json')
    expectRows(cases, [], (row) => (row['fields'] === 6 ? `0 ${textOf(row['expr'])}` : textOf(row['expr'])))
  })

  test('clock changes are as in its own tests, but for our DST policy', () => {
    const rows = readCases('cron/cronexpr-dst.json').cases.filter((row) => row['disputed'] === undefined)
    expectRows(rows, cronexprDifferences, (row) => textOf(row['expr5']))
    expectRows(
      rows.filter((row) => !cronexprDifferences.some((each) => each.applies(row))),
      [],
      (row) => `0 ${textOf(row['expr'])}`,
    )
  })
})

describe.skipIf(caseFilesMissing)('tables of Dkron and Cronicle', () => {
  test('@at, @manually and @minutely', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('cron/dkron-extcron.json').cases) {
      const expression = textOf(row['expr'])
      const result = parseSchedule(expression, { timeZone: 'UTC', hashSeed: 'job' })
      check(expression, result.ok, row['error'] !== true)
      if (!result.ok) continue
      if (row['from'] !== undefined) {
        const wanted = row['expected'] === null ? [] : [instantText(textOf(row['expected']))]
        check(expression, nextTexts(result.schedule, Date.parse(textOf(row['from'])), 1), wanted)
      }
      const parsed = row['parses_to'] as Row | undefined
      if (parsed?.['kind'] === 'never') check(expression, hasSlots(result.schedule), false)
      if (parsed?.['kind'] === 'at') {
        check(expression, result.schedule, { kind: 'at', atMs: Date.parse(textOf(parsed['date'])) })
      }
      if (row['equivalent_to'] !== undefined) {
        const other = scheduleOf(textOf(row['equivalent_to']), 'UTC')
        check(expression, nextTexts(result.schedule, 0, 5), nextTexts(other, 0, 5))
      }
    }
    expect(wrong()).toEqual([])
  })

  test('~ takes the value that Dkron takes for the same name', () => {
    const { check, wrong } = outcomes()
    const rows = readCases('cron/dkron-tilde-hash.json').cases.filter(
      (row) => !/@at/.test(textOf(row['schedule'])),
    )
    expect(rows.length).toBeGreaterThan(1)
    for (const row of rows) {
      const hashed = scheduleOf(textOf(row['schedule']), 'UTC', textOf(row['name']))
      const plain = scheduleOf(textOf(row['expected']), 'UTC')
      check(textOf(row['schedule']), nextTexts(hashed, 0, 5), nextTexts(plain, 0, 5))
    }
    expect(wrong()).toEqual([])
  })

  test('every schedule of the sample jobs is accepted', () => {
    const { check, wrong } = outcomes()
    for (const text of ['0 0 17 * * *', '0 */10 0 * * *', '@every 5m', '@every 60s']) {
      check(text, parseSchedule(text, { timeZone: 'UTC', hashSeed: 'job' }).ok, true)
    }
    expect(wrong()).toEqual([])
  })

  test("Cronicle's timing objects fire when the same seven fields do", () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('cron/cronicle-timing.json').cases) {
      const timing = row['timing'] as Record<string, number[] | undefined>
      const field = (name: string): string => timing[name]?.join(',') ?? '*'
      const text = ['0', field('minutes'), field('hours'), field('days'), field('months'), field('weekdays')]
      const atMs = Date.parse(textOf(row['at']))
      const schedule = scheduleOf([...text, field('years')].join(' '), textOf(row['tz']))
      const fires = nextTexts(schedule, atMs - 1, 1)[0] === new Date(atMs).toISOString()
      check(textOf(row['name']), fires, row['fires'])
    }
    expect(wrong()).toEqual([])
  })
})
