import { describe, expect, test } from 'vitest'
import { parseDuration } from '../../../lib/schedule/duration.ts'
import { parsePeriod } from '../../../lib/schedule/iso-period.ts'
import { parseSchedule, type ScheduleContext } from '../../../lib/schedule/parse-schedule.ts'
import { resolveEvents } from '../../../lib/schedule/resolve-events.ts'
import type { CronSchedule } from '../../../lib/schedule/schedule.ts'
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

const context: ScheduleContext = { timeZone: 'UTC', hashSeed: 'backup' }

/** Rows of cronq where we part on purpose, by rule, named by their schedule text. */
const isoDifferences: readonly { readonly rule: string; readonly applies: (row: Row) => boolean }[] = [
  {
    rule: 'months and years are calendar months and years',
    applies: (row) =>
      /calendar arithmetic/.test(looseText(row['diverges_from_iso8601'])) &&
      !/P5M3M/.test(textOf(row['schedule'])),
  },
  { rule: 'the first occurrence is the start', applies: (row) => row['recommended_next_run'] !== undefined },
  { rule: 'the count ends the repetition', applies: (row) => /^R\d/.test(textOf(row['schedule'])) },
  {
    rule: 'occurrences before an end run up to it, not for ever',
    applies: (row) => textOf(row['schedule']).startsWith('R/P'),
  },
  { rule: 'the shortest interval is one second', applies: (row) => /PT0\.5S/.test(textOf(row['schedule'])) },
  {
    rule: 'minutes follow a T, and each part comes once',
    applies: (row) => /P5M3M/.test(textOf(row['schedule'])),
  },
  {
    rule: 'a date alone is its midnight',
    applies: (row) => /R\/2013-05-29\/P1D/.test(textOf(row['schedule'])),
  },
  { rule: 'Z and offsets are honoured', applies: (row) => /T00:00:00Z/.test(textOf(row['schedule'])) },
  {
    rule: 'blanks around a text do not matter',
    applies: (row) => textOf(row['schedule']).trim() !== row['schedule'],
  },
]

describe.skipIf(caseFilesMissing)('tables of cronq', () => {
  test('repeating intervals come when cronq has them come, but for the rules above', () => {
    const { check, wrong } = outcomes()
    const met = new Set<string>()
    for (const row of readCases('kron-cronq/cronq-schedule-next-run.json').cases) {
      if (row['now'] === undefined) continue
      const text = textOf(row['schedule'])
      const nowMs = Date.parse(textOf(row['now']))
      const result = parseSchedule(text, context)
      const next = result.ok ? (nextTexts(result.schedule, nowMs, 1)[0] ?? null) : 'refused'
      const wanted = row['error'] === undefined ? instantText(textOf(row['next_run'])) : 'refused'
      const difference = isoDifferences.find((each) => each.applies(row))
      if (difference === undefined) check(text, next, wanted)
      else if (next !== wanted) met.add(difference.rule)
      if (row['recommended_next_run'] === undefined) continue
      // A slot at the very start counts: the search is for slots after the instant before it.
      const atStart = result.ok ? nextTexts(result.schedule, nowMs - 1, 1) : []
      check(text, atStart, [instantText(textOf(row['recommended_next_run']))])
    }
    expect([...met].sort()).toEqual(isoDifferences.map((each) => each.rule).sort())
    expect(wrong()).toEqual([])
  })

  test('calendar months are counted from the start and end on the last day of a shorter month', () => {
    const fromMs = Date.parse('2026-06-10T12:34:56Z')
    expect(nextTexts(scheduleOf('R/2013-05-29T00:00:00/P1M', 'UTC'), fromMs, 1)).toEqual([
      '2026-06-29T00:00:00.000Z',
    ])
    expect(nextTexts(scheduleOf('R/2013-01-31T00:00:00/P1M', 'UTC'), fromMs, 2)).toEqual([
      '2026-06-30T00:00:00.000Z',
      '2026-07-31T00:00:00.000Z',
    ])
    expect(nextTexts(scheduleOf('R/2013-05-29T00:00:00/P1Y2M3DT4H5M6S', 'UTC'), fromMs, 1)).toEqual([
      '2027-07-06T01:01:12.000Z',
    ])
    expect(nextTexts(scheduleOf('R5/2013-05-29T00:00:00/PT1M', 'UTC'), fromMs, 1)).toEqual([])
    expect(nextTexts(scheduleOf('R/PT1H/2026-06-10T15:00:00', 'UTC'), fromMs, 9)).toEqual([
      '2026-06-10T13:00:00.000Z',
      '2026-06-10T14:00:00.000Z',
      '2026-06-10T15:00:00.000Z',
    ])
  })
})

describe.skipIf(caseFilesMissing)('tables of aniso8601', () => {
  test('periods have the same parts; fractions of years and months are refused', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('kron-cronq/aniso8601-durations.json').cases) {
      const text = textOf(row['input'])
      const period = parsePeriod(text)
      const hasFraction = /^P[\d,.Y]*[.,]\d+[YM]/.test(text)
      check(text, period.ok, row['error'] !== true && !hasFraction)
      if (!period.ok) continue
      // Its authors' conversion, to compare the parts by: 365 days a year, 30 a month.
      const days = Math.floor(period.months / 12) * 365 + (period.months % 12) * 30
      const wantedMs =
        Number(row['days']) * 86_400_000 + Number(row['seconds']) * 1000 + Number(row['microseconds']) / 1000
      check(text, days * 86_400_000 + period.dateMs + period.timeMs, wantedMs)
    }
    expect(wrong()).toEqual([])
  })

  test('repetitions list the same occurrences', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('kron-cronq/aniso8601-intervals.json').cases) {
      const text = textOf(row['input'])
      const schedule = text.startsWith('R') ? text : `R/${text}`
      const result = parseSchedule(schedule, context)
      check(text, result.ok, row['error'] !== true && !/^\d{4}\//.test(text))
      const wanted = (row['occurrences'] ?? row['first_occurrences'] ?? occurrencesOf(row)) as string[] | null
      if (wanted === null || !result.ok) continue
      const instants = wanted.map((each) => new Date(/T/.test(each) ? `${each}Z` : each).toISOString()).sort()
      const beforeMs = Date.parse(instants[0]!) - 1
      check(text, nextTexts(result.schedule, beforeMs, instants.length), instants)
      if (/^R\d/.test(text)) check(text, nextTexts(result.schedule, 0, 100).length, instants.length)
    }
    expect(wrong()).toEqual([])
  })
})

/** Start and end of a plain interval: the first two occurrences of its repetition. */
function occurrencesOf(row: Row): readonly string[] | null {
  // P1M before an end is a calendar month here, not 30 days.
  if (row['first'] !== undefined) return [textOf(row['first']), '1981-03-05T01:01:00']
  return row['start'] === undefined ? null : [textOf(row['start']), textOf(row['end'])]
}

describe.skipIf(caseFilesMissing)('tables of Kron and the cron crate', () => {
  test('the next instants are those of common cron, and of our DST policy', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('kron-cronq/kron-cron-next.json').cases) {
      if (row['cron'] === undefined) continue
      const text = textOf(row['cron'])
      const result = parseSchedule(text, { ...context, timeZone: textOf(row['timezone']) })
      const accepted = acceptance(row)
      check(`${text} ${textOf(row['timezone'])}`, result.ok, accepted)
      if (!result.ok || row['next'] === undefined) continue
      const afterMs = Date.parse(textOf(row['after']))
      const wanted = (row['common_cron'] ?? row['recommended'] ?? row['next']) as string | string[]
      const count = Array.isArray(wanted) ? wanted.length : 2
      const got = nextTexts(result.schedule, afterMs, count)
      const model = slowSlots(
        result.schedule,
        afterMs,
        Math.min(Date.parse(got.at(-1)!), afterMs + 40 * 86_400_000),
      )
      if (Array.isArray(wanted)) check(text, got, wanted.map(instantText))
      check(
        text,
        got.slice(0, model.length),
        model.map((ms) => new Date(ms).toISOString()),
      )
      const recommended = /\((\d\d:\d\d)Z\)|at (\d\d:\d\d)Z/.exec(looseText(row['recommended']))
      if (recommended !== null)
        check(text, (got[0] ?? '').includes(`T${recommended[1] ?? recommended[2]}:00.000Z`), true)
    }
    expect(wrong()).toEqual([])
  })

  test('an unknown time zone is refused for every kind', () => {
    const { check, wrong } = outcomes()
    for (const text of ['every 10s', '0 8 * * *', 'at 2027-01-01T00:00:00Z', 'constant']) {
      check(text, parseSchedule(text, { ...context, timeZone: 'Nope/Nowhere' }).ok, false)
    }
    expect(wrong()).toEqual([])
  })

  test('the crate accepts and rejects the same expressions', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('kron-cronq/cron-crate-expressions.json').cases) {
      const text = textOf(row['expression'])
      check(text, parseSchedule(text, context).ok, row['valid'])
    }
    expect(wrong()).toEqual([])
  })

  test('durations are read; several units, blanks and weeks besides', () => {
    const { check, wrong } = outcomes()
    const wider = new Set(['1h30m', '1w', '5 m'])
    for (const row of readCases('kron-cronq/kron-durations.json').cases) {
      if (row['input'] === undefined) continue
      const text = textOf(row['input'])
      const result = parseDuration(text)
      const tooLong = typeof row['seconds'] === 'string'
      check(text, result.ok, wider.has(text) || (row['error'] !== true && !tooLong))
      if (result.ok && row['seconds'] !== undefined) check(text, result.ms, Number(row['seconds']) * 1000)
    }
    for (const suffix of ['s', 'm', 'h', 'd']) {
      for (const count of [1, 7, 999, 9999]) check(suffix, parseDuration(`${count}${suffix}`).ok, true)
    }
    expect(parseSchedule('every 0s', context).ok).toBe(false)
    expect(wrong()).toEqual([])
  })

  test('one-shots come once, strictly after, and a delay becomes an instant when it is accepted', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('kron-cronq/kron-selectors.json').cases) {
      if (row['at'] !== undefined) {
        const wanted = row['next'] === null ? [] : textsOf(row['next']).map(instantText)
        const afterMs = Date.parse(textOf(row['after']))
        check(
          JSON.stringify(row),
          nextTexts(scheduleOf(`at ${textOf(row['at'])}`, 'UTC'), afterMs, 2),
          wanted,
        )
      }
      if (row['after_seconds'] !== undefined) {
        const delay = scheduleOf(`after ${Number(row['after_seconds'])}s`, 'UTC')
        const resolved = resolveEvents(delay, {
          acceptedMs: Date.parse(textOf(row['registered_at'])),
          againAtMs: null,
          bootAtMs: null,
        })
        const wanted = row['next'] === null ? [] : [instantText(textOf(row['next']))]
        check(JSON.stringify(row), resolved && nextTexts(resolved, Date.parse(textOf(row['now'])), 2), wanted)
      }
      if (row['every_seconds'] !== undefined) {
        // Kron counts from now; an interval here is anchored, so that a restart does not shift it.
        const every = parseSchedule(`every ${Number(row['every_seconds'])}s`, {
          ...context,
          anchorMs: Date.parse(textOf(row['now'])),
        })
        check('every', every.ok && nextTexts(every.schedule, Date.parse(textOf(row['now'])), 1), [
          instantText(textOf(row['next'])),
        ])
      }
    }
    expect(wrong()).toEqual([])
  })
})

/** Whether we accept a row of Kron's: as Kron, but where common cron says otherwise, and L, W, 5L and wrapping besides. */
function acceptance(row: Row): boolean {
  const text = textOf(row['cron'])
  const wider = ['0 22-2 * * *', '0 0 L * *', '0 0 1W * *', '0 0 * * 5L', '* * * * * *'].includes(text)
  if (wider || textOf(row['timezone']) === '+02:00') return true
  const stricter =
    looseText(row['common_cron']).startsWith('reject') || JSON.stringify(row['next']) === '["none"]'
  return row['error'] !== true && !stricter
}

test('Kron counts weekdays from 1, common cron from 0', () => {
  expect((scheduleOf('0 8 * * 1-5', 'UTC') as CronSchedule).days.weekdays).toEqual([1, 2, 3, 4, 5])
})
