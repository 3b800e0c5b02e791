import { describe, expect, test } from 'vitest'
import { parseField, type FieldSpec } from '../../../lib/schedule/cron-field.ts'
import { fieldSpecs } from '../../../lib/schedule/cron.ts'
import { parseTimeOfDay } from '../../../lib/schedule/daily.ts'
import { parseMonthdays } from '../../../lib/schedule/day-rule.ts'
import { parseDuration } from '../../../lib/schedule/duration.ts'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import type { CronSchedule } from '../../../lib/schedule/schedule.ts'
import {
  caseFilesMissing,
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
 * Where Tron's rows and we part on purpose, by rule: the rows are named by their expression and zone. What we do
 * instead is held to the slow model.
 */
const clockDifferences: readonly { readonly rule: string; readonly rows: readonly string[] }[] = [
  {
    rule: 'a fixed time that does not exist runs at the first instant after the gap, not an hour later by the clock',
    rows: ['every day at 02:30 US/Pacific', 'cron 15,45 2 * * * US/Pacific', 'cron 30 1 * * * Europe/London'],
  },
  {
    rule: 'every half hour means every half hour of elapsed time, also in the hour that comes twice',
    rows: ['cron */30 * * * * US/Pacific'],
  },
  {
    rule: 'a/n is from a to the end in steps of n, as in robfig, Quartz and cronie; Tron drops the step',
    rows: ['cron 5/15 * * * * UTC'],
  },
]

/** Texts that Tron refuses, or accepts and then fails on, and we accept, each with the rule that makes it plain. */
const acceptedHere: readonly { readonly rule: string; readonly texts: readonly string[] }[] = [
  { rule: 'weekday means Monday to Friday', texts: ['every weekday at 00:00'] },
  { rule: 'an hour may have one digit', texts: ['every monday at 9:00'] },
  {
    rule: 'numbers beside an ordinal, and ordinals as words',
    texts: ['1,8th,15,22nd of month 09:00', '2nd,third mon,wed,thu of march 17:00'],
  },
  { rule: 'last is an ordinal', texts: ['last day of month'] },
  { rule: 'every and a length of time is an interval', texts: ['every 5 minutes'] },
  { rule: 'a time of day may have seconds', texts: ['every day at 23:59:30'] },
  { rule: 'spaces after commas do not matter', texts: ['every monday, wednesday'] },
  { rule: 'the old kinds still work', texts: ['constant', 'interval 20s'] },
  { rule: 'the dict form of a phrase, as one text', texts: ['groc daily every day'] },
  { rule: '@reboot is once per start of the agent', texts: ['cron @reboot'] },
  { rule: '? is * in either day field', texts: ['cron 0 0 ? * 1', 'cron 0 0 1 * ?'] },
  {
    rule: 'both day fields restricted: either matches, as in POSIX',
    texts: ['cron 0 0 13 * 5', '10 14 15-21 * 5'],
  },
  { rule: 'six fields begin with seconds', texts: ['cron * * * * * *'] },
  { rule: 'W, # and weekday L', texts: ['cron 0 0 lw * *', 'cron 0 0 * * 1#2', 'cron 0 0 * * 5L'] },
  { rule: 'macros need no word before them', texts: ['@daily'] },
]
const acceptedTexts = new Set(acceptedHere.flatMap((each) => each.texts))

const context = { timeZone: 'UTC', hashSeed: 'MASTER.job' }

function naiveMs(text: string, timeZone: string): number {
  const schedule = scheduleOf(`at ${text}`, timeZone)
  if (schedule.kind !== 'at') throw new Error('not an instant')
  return schedule.atMs
}

describe.skipIf(caseFilesMissing)('tables of Tron', () => {
  test('what its code computed comes out here, but for the rules above', () => {
    const { check, wrong } = outcomes()
    const met = new Set<string>()
    for (const row of readCases('tron/observed-schedules.json').cases) {
      const timeZone = textOf(row['tz'] ?? 'UTC')
      const name = `${textOf(row['expr'])} ${timeZone}`
      const fromMs = naiveMs(textOf(row['from']), timeZone)
      const schedule = scheduleOf(textOf(row['expr']), timeZone)
      const wanted = textsOf(row['expected']).map((text) => new Date(naiveMs(text, timeZone)).toISOString())
      const got = nextTexts(schedule, fromMs, wanted.length)
      const difference = clockDifferences.find((each) => each.rows.includes(name))
      if (difference === undefined || got.every((text, index) => text === wanted[index])) {
        check(name, got, wanted)
      } else {
        met.add(name)
        const model = slowSlots(schedule, fromMs, Date.parse(got.at(-1)!))
        check(
          `${name}: ${difference.rule}`,
          got,
          model.map((ms) => new Date(ms).toISOString()),
        )
      }
    }
    expect([...met].sort()).toEqual(clockDifferences.flatMap((each) => each.rows).sort())
    expect(wrong()).toEqual([])
  })

  test('what it refuses is refused, or accepted by a rule', () => {
    const { check, wrong } = outcomes()
    const met = new Set<string>()
    const rejected = [
      ...(readCases('tron/observed-schedules.json').meta['rejected'] as Row[]),
      ...readCases('tron/cron-schedules.json').cases.filter((row) => row['kind'] === 'reject'),
      ...readCases('tron/daily-schedules.json').cases.filter((row) => row['kind'] === 'reject'),
    ]
    for (const row of rejected) {
      const text = textOf(row['expr'])
      check(text, parseSchedule(text, context).ok, acceptedTexts.has(text))
      if (acceptedTexts.has(text)) met.add(text)
    }
    expect([...met].sort()).toEqual([...acceptedTexts].sort())
    expect(wrong()).toEqual([])
  })

  test('what it accepts and then hangs or fails on is refused when it is read', () => {
    const { check, wrong } = outcomes()
    const { meta } = readCases('tron/observed-schedules.json')
    for (const row of [...(meta['never_matches'] as Row[]), ...(meta['accepted_then_fails'] as Row[])]) {
      check(textOf(row['expr']), parseSchedule(textOf(row['expr']), context).ok, false)
    }
    expect(wrong()).toEqual([])
  })

  test('ranges that wrap around keep their last value', () => {
    const { meta } = readCases('tron/observed-schedules.json')
    const texts = (meta['wrap_range_bugs'] as Row[]).map((row) => textOf(row['expr']))
    const crons = texts.map((text) => scheduleOf(text, 'UTC') as CronSchedule)
    expect(crons.map((cron) => [cron.months, cron.days.monthdays])).toEqual([
      [[1, 2, 11, 12], [1]],
      [
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        [1, 2, 3, 28, 29, 30, 31],
      ],
    ])
  })

  test('phrases read as its own tests say', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('tron/groc-schedules.json').cases) {
      const schedule = scheduleOf(textOf(row['expr']), 'UTC') as CronSchedule
      if (row['kind'] === 'next') {
        const fromMs = naiveMs(textOf(row['from']), 'UTC')
        const wanted = textsOf(row['expected']).map((text) => new Date(naiveMs(text, 'UTC')).toISOString())
        check(JSON.stringify(row), nextTexts(schedule, fromMs, wanted.length), wanted)
      }
      if (row['kind'] !== 'parse') continue
      const wanted = row['expected'] as Record<string, number[] | null>
      const nth = schedule.days.nthWeekdays
      const unique = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b)
      check(
        JSON.stringify(row),
        nth.length === 0 ? null : unique(nth.map((each) => each.nth)),
        wanted['ordinals'],
      )
      const weekdays = nth.length === 0 ? schedule.days.weekdays : unique(nth.map((each) => each.weekday))
      check(JSON.stringify(row), weekdays, wanted['weekdays'])
      check(JSON.stringify(row), schedule.days.monthdays, wanted['monthdays'])
      check(JSON.stringify(row), schedule.months.length === 12 ? null : schedule.months, wanted['months'])
      check(JSON.stringify(row), [schedule.hours, schedule.minutes, schedule.seconds], [[0], [0], [0]])
    }
    expect(wrong()).toEqual([])
  })

  test('daily reads as its own tests say', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('tron/daily-schedules.json').cases) {
      if (row['kind'] === 'valid_time' || row['kind'] === 'invalid_time' || row['kind'] === 'get_time_HHMM') {
        const wanted = row['kind'] === 'valid_time' ? row['expected'] : null
        check(JSON.stringify(row), parseTimeOfDay(looseText(row['value'])), wanted)
      }
      if (row['kind'] === 'next') {
        const wanted = textsOf(row['expected']).map((text) => new Date(naiveMs(text, 'UTC')).toISOString())
        const fromMs = naiveMs(textOf(row['from']), 'UTC')
        check(
          JSON.stringify(row),
          nextTexts(scheduleOf(textOf(row['expr']), 'UTC'), fromMs, wanted.length),
          wanted,
        )
      }
      if (row['kind'] !== 'parse') continue
      // The old dict form {start_time} is `daily` and that time.
      const expression = row['expr'] as string | { start_time: string }
      const text = typeof expression === 'string' ? expression : `daily ${expression.start_time}`
      const { hours, minutes, seconds, days } = scheduleOf(text, 'UTC') as CronSchedule
      const wanted = row['expected'] as { hour: number; minute: number; second: number; weekdays: number[] }
      check(JSON.stringify(row), [hours, minutes, seconds], [[wanted.hour], [wanted.minute], [wanted.second]])
      check(JSON.stringify(row), days.weekdays ?? [], wanted.weekdays)
    }
    expect(wrong()).toEqual([])
  })

  test('cron fields read as its own tests say', () => {
    const { check, wrong } = outcomes()
    const specs: Record<string, FieldSpec> = { minutes: fieldSpecs.minute, months: fieldSpecs.month }
    for (const row of readCases('tron/cron-schedules.json').cases) {
      const kind = textOf(row['kind'])
      if (kind === 'field' && row['field'] === 'monthdays') {
        const result = parseMonthdays(textOf(row['value']), fieldSpecs.monthday, 'job')
        const values = result.ok
          ? [...(result.part.monthdays ?? []), ...result.part.beforeLast.map(() => 'LAST')]
          : []
        check(JSON.stringify(row), values, row['expected'])
      } else if (kind === 'field' || kind === 'reject-field') {
        const result = parseField(textOf(row['value']), specs[textOf(row['field'])]!, 'job')
        const wanted = kind === 'field' ? [...(row['expected'] as number[])].sort((a, b) => a - b) : null
        check(textOf(row['value']), result.ok ? result.field.values : null, wanted)
      } else if (kind === 'alias') {
        check(JSON.stringify(row), scheduleOf(textOf(row['expr']), 'UTC'), {
          ...scheduleOf(textOf(row['expected']), 'UTC'),
          text: row['expr'],
        })
      } else if (kind === 'next') {
        const fromMs = naiveMs(textOf(row['from']), 'UTC')
        const wanted = textsOf(row['expected']).map((text) => new Date(naiveMs(text, 'UTC')).toISOString())
        check(
          JSON.stringify(row),
          nextTexts(scheduleOf(textOf(row['expr']), 'UTC'), fromMs, wanted.length),
          wanted,
        )
      } else if (kind === 'parse') {
        checkParsed(row, check)
      }
    }
    expect(wrong()).toEqual([])
  })

  test('time specifications match the same next moment', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('tron/timespec.json').cases) {
      if (row['kind'] !== 'next-match') continue
      const { months } = row['spec'] as { months: number[] }
      const schedule = scheduleOf(`0 0 * ${months.join(',')} *`, 'UTC')
      const wanted = new Date(naiveMs(textOf(row['expected']), 'UTC')).toISOString()
      check(JSON.stringify(row), nextTexts(schedule, naiveMs(textOf(row['from']), 'UTC'), 1), [wanted])
    }
    expect(wrong()).toEqual([])
  })

  test('clock changes are as its own tests assert', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('tron/dst.json').cases) {
      if (row['kind'] === 'next') {
        const schedule = scheduleOf('0 0-4 * * *', textOf(row['tz']))
        const fromMs = naiveMs(textOf(row['from']), textOf(row['tz']))
        check(JSON.stringify(row), nextTexts(schedule, fromMs, 1), [
          new Date(textOf(row['expected'])).toISOString(),
        ])
      }
      if (row['kind'] !== 'pair') continue
      for (const which of ['1', '2']) {
        const fromMs = naiveMs(textOf(row[`start${which}`]), textOf(row['tz']))
        const wanted = [row[`next${which}`], row[`second${which}`]].map((text) =>
          new Date(textOf(text)).toISOString(),
        )
        check(
          JSON.stringify(row),
          nextTexts(scheduleOf('every day at 00:00', textOf(row['tz'])), fromMs, 2),
          wanted,
        )
      }
    }
    expect(wrong()).toEqual([])
  })

  test('old intervals and lengths of time are read; intervals are anchored, not counted from the last run', () => {
    const { check, wrong } = outcomes()
    for (const row of readCases('tron/time-deltas.json').cases) {
      const result = parseDuration(textOf(row['value']))
      const seconds = result.ok ? result.ms / 1000 : null
      check(textOf(row['value']), seconds, row['expected_seconds'] ?? null)
    }
    for (const row of readCases('tron/interval-constant-schedules.json').cases) {
      const text = textOf(row['expr'])
      if (row['kind'] !== 'parse' && row['kind'] !== 'reject') continue
      const result = parseSchedule(`interval ${text}`, context)
      const seconds = result.ok && result.schedule.kind === 'interval' ? result.schedule.everyMs / 1000 : null
      check(text, seconds, row['expected_seconds'] ?? null)
    }
    const anchored = parseSchedule('interval 7s', { ...context, anchorMs: Date.UTC(2012, 2, 14) })
    expect(anchored.ok && nextTexts(anchored.schedule, Date.UTC(2012, 2, 14), 1)).toEqual([
      '2012-03-14T00:00:07.000Z',
    ])
    expect(scheduleOf('constant', 'UTC')).toEqual({ kind: 'constant' })
    expect(wrong()).toEqual([])
  })
})

function checkParsed(row: Row, check: (name: string, got: unknown, wanted: unknown) => void): void {
  const cron = scheduleOf(textOf(row['expr']), 'UTC') as CronSchedule
  const whole: Record<string, number> = { minutes: 60, hours: 24, months: 12 }
  for (const [name, wanted] of Object.entries(
    row['expected'] as Record<string, (number | string)[] | null>,
  )) {
    if (name === 'monthdays') {
      const values = [...(cron.days.monthdays ?? []), ...cron.days.beforeLast.map(() => 'LAST')]
      check(textOf(row['expr']), values, wanted)
    } else if (name === 'weekdays') {
      check(textOf(row['expr']), cron.days.weekdays, wanted)
    } else {
      const values = cron[name as 'minutes' | 'hours' | 'months']
      check(textOf(row['expr']), values.length === whole[name] ? null : values, wanted)
    }
  }
}
