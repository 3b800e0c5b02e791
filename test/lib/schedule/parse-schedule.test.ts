import { describe, expect, test } from 'vitest'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import { nextSlot, type CronSchedule } from '../../../lib/schedule/schedule.ts'
import { nextTexts, scheduleOf } from './case-files.ts'

const fromMs = Date.parse('2026-01-01T00:00:00Z')

function nextDates(text: string, count: number, timeZone = 'UTC', from = fromMs): readonly string[] {
  return nextTexts(scheduleOf(text, timeZone), from, count).map((each) => each.replace(':00.000Z', ''))
}

function problemOf(text: string, timeZone = 'UTC'): string {
  const result = parseSchedule(text, { timeZone, hashSeed: 'test.job' })
  return result.ok ? 'accepted' : result.problem + (result.hint === undefined ? '' : ` (${result.hint})`)
}

describe('cron expressions', () => {
  test.each([
    ['0 0 L * *', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00']],
    ['0 0 L-3 2,4 *', ['2026-02-25T00:00', '2026-04-27T00:00']],
    ['0 0 LW * *', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['0 0 L-1W 5 *', ['2026-05-29T00:00']],
    ['0 0 15W * *', ['2026-01-15T00:00', '2026-02-16T00:00', '2026-03-16T00:00']],
    ['0 0 1W 8 *', ['2026-08-03T00:00']],
    ['0 0 31W 5 *', ['2026-05-29T00:00', '2027-05-31T00:00']],
    ['0 0 31W 1,2 *', ['2026-01-30T00:00', '2027-01-29T00:00']],
    ['0 0 * * 5L', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['0 0 * * L5', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['0 0 * * FRI#L', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['0 0 * * friL', ['2026-01-30T00:00']],
    ['0 0 * * tue#2,7#1', ['2026-01-04T00:00', '2026-01-13T00:00', '2026-02-01T00:00']],
    ['0 0 * * 1#5', ['2026-03-30T00:00', '2026-06-29T00:00']],
    ['0 0 13 * 5', ['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00']],
    ['0 0 1,L * *', ['2026-01-31T00:00', '2026-02-01T00:00']],
    ['0 22-2/2 * * *', ['2026-01-01T02:00', '2026-01-01T22:00', '2026-01-02T00:00']],
    ['0 0 * * sat-mon', ['2026-01-03T00:00', '2026-01-04T00:00', '2026-01-05T00:00', '2026-01-10T00:00']],
    ['0 0 1 nov-feb *', ['2026-02-01T00:00', '2026-11-01T00:00', '2026-12-01T00:00', '2027-01-01T00:00']],
    ['50-10/10 3 * * *', ['2026-01-01T03:00', '2026-01-01T03:10', '2026-01-01T03:50']],
    ['0 0 29 2 *', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 29 2 2#5', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['0 0 0 29 2 ? 2028-2034', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 30 12 24 12 ? 2027', ['2027-12-24T12:30']],
    ['CRON_TZ=Asia/Tokyo 0 9 * * *', ['2026-01-02T00:00']],
    ['TZ=+02:00 0 9 * * *', ['2026-01-01T07:00']],
    ['cron @weekly', ['2026-01-04T00:00']],
    ['@Monthly', ['2026-02-01T00:00']],
    ['0  0 1 ,  15 * *', ['2026-01-15T00:00', '2026-02-01T00:00']],
  ])('%s comes at the right times', (text, wanted) => {
    expect(nextDates(text, wanted.length)).toEqual(wanted)
  })

  test('29 February on a Monday is found 28 years on, and across 1900 and 2100, which had none', () => {
    const leapMonday = { ...(scheduleOf('0 0 29 2 *', 'UTC') as CronSchedule) }
    const onMonday = (year: number): boolean => new Date(Date.UTC(year, 1, 29)).getUTCDay() === 1
    expect(onMonday(2016) && onMonday(2044)).toBe(true)
    // Both day fields mean either; only the fifth Monday of a February is always the 29th.
    const fifth = {
      ...leapMonday,
      days: { ...leapMonday.days, monthdays: null, weekdays: [], nthWeekdays: [{ weekday: 1, nth: 5 }] },
    }
    expect(nextTexts(fifth, Date.UTC(2016, 2, 1), 1)).toEqual(['2044-02-29T00:00:00.000Z'])
    expect(nextTexts(fifth, Date.UTC(2072, 2, 1), 1)).toEqual(['2112-02-29T00:00:00.000Z'])
    expect(nextTexts(leapMonday, Date.UTC(2096, 2, 1), 1)).toEqual(['2104-02-29T00:00:00.000Z'])
    expect(nextTexts(leapMonday, Date.UTC(1896, 2, 1), 1)).toEqual(['1904-02-29T00:00:00.000Z'])
  })

  test('H takes a value of its range that is the same for one seed and spread over many', () => {
    const minuteOf = (text: string, seed: string): number =>
      (scheduleOf(text, 'UTC', seed) as CronSchedule).minutes[0] ?? -1
    expect(minuteOf('H * * * *', 'a.job')).toBe(minuteOf('H * * * *', 'a.job'))
    const drawn = new Set(
      Array.from({ length: 300 }, (_, index) => minuteOf('H(10-19) * * * *', `a.job${index}`)),
    )
    expect([...drawn].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    const days = Array.from(
      { length: 300 },
      (_, index) => scheduleOf('H H H * *', 'UTC', `b.${index}`) as CronSchedule,
    )
    expect(Math.max(...days.map((each) => each.days.monthdays?.[0] ?? 0))).toBeLessThanOrEqual(28)
    const stepped = scheduleOf('H/15 H/6 * * *', 'UTC', 'c') as CronSchedule
    expect(stepped.minutes).toHaveLength(4)
    expect(stepped.minutes[1]! - stepped.minutes[0]!).toBe(15)
    expect(stepped.clock).toBe('elapsed')
    expect(minuteOf('10~19 * * * *', 'd')).toBe(minuteOf('H(10-19) * * * *', 'd'))
  })
})

describe('the policy at clock changes', () => {
  const spring = Date.parse('2026-03-28T23:30:00Z')
  const autumn = Date.parse('2026-10-24T22:30:00Z')
  test.each([
    ['30 2 * * *', spring, ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['0,15,30 2 * * *', spring, ['2026-03-29T01:00', '2026-03-30T00:00']],
    ['0 2,3 * * *', spring, ['2026-03-29T01:00', '2026-03-30T00:00', '2026-03-30T01:00']],
    ['*/30 2-3 * * *', spring, ['2026-03-29T01:00', '2026-03-29T01:30', '2026-03-30T00:00']],
    ['30 2 * * *', autumn, ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['*/30 2 * * *', autumn, ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00']],
    ['30 * * * *', spring, ['2026-03-29T00:30', '2026-03-29T01:30']],
    ['30 */2 * * *', spring, ['2026-03-29T02:30', '2026-03-29T04:30']],
    ['30 0-23/2 * * *', autumn, ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T03:30']],
    ['30 * * * *', autumn, ['2026-10-24T23:30', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']],
    ['daily 02:30', spring, ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['every day at 02:30', autumn, ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['R/2026-03-01T02:30:00/P1D', spring, ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['R/2026-10-01T02:30:00/P1W', autumn, ['2026-10-29T01:30']],
    ['R/2026-03-01T02:30:00/PT24H', spring, ['2026-03-29T01:30', '2026-03-30T01:30']],
    ['every 24h', spring, ['2026-03-29T00:00', '2026-03-30T00:00']],
    ['at 2026-03-29T02:30:00', spring, ['2026-03-29T01:00']],
    ['at 2026-10-25T02:30:00', autumn, ['2026-10-25T00:30']],
  ])('%s in Berlin', (text, from, wanted) => {
    expect(nextDates(text, wanted.length, 'Europe/Berlin', from)).toEqual(wanted)
  })

  test('a day that a zone skipped runs at the first instant after it', () => {
    const before = Date.parse('2011-12-29T20:00:00Z')
    expect(nextDates('0 9 * * *', 2, 'Pacific/Apia', before)).toEqual([
      '2011-12-30T10:00',
      '2011-12-30T19:00',
    ])
    expect(nextDates('0 12 30 12 *', 2, 'Pacific/Apia', before)).toEqual([
      '2011-12-30T10:00',
      '2012-12-29T22:00',
    ])
    expect(problemOf('0 0 * 30 12 ? 2011', 'Pacific/Apia')).toContain('can never fire')
  })

  test('labels name the time that was meant, and the second occurrence as such', () => {
    const labels = (text: string, from: number): readonly (string | undefined)[] => {
      const schedule = scheduleOf(text, 'Europe/Berlin')
      const first = nextSlot(schedule, from)
      return [first?.label, first === null ? undefined : nextSlot(schedule, first.slotMs)?.label]
    }
    expect(labels('30 2 * * *', spring)).toEqual([
      '2026-03-29T02:30 Europe/Berlin',
      '2026-03-30T02:30 Europe/Berlin',
    ])
    expect(labels('30 * * * *', Date.parse('2026-10-25T00:00:00Z'))).toEqual([
      '2026-10-25T02:30 Europe/Berlin',
      '2026-10-25T02:30 Europe/Berlin #2',
    ])
    expect(labels('*/15 30 12 * * *', autumn)).toEqual([
      '2026-10-25T12:30 Europe/Berlin',
      '2026-10-25T12:30:15 Europe/Berlin',
    ])
    expect(labels('every 90s', autumn)[0]).toBe('2026-10-24T22:31:30Z')
    expect(labels('R/2026-10-01T02:30:00/P1M', autumn)[0]).toBe('2026-11-01T02:30 Europe/Berlin')
  })
})

describe('phrases and intervals', () => {
  test.each([
    ['every weekday at 9:00', ['2026-01-01T09:00', '2026-01-02T09:00', '2026-01-05T09:00']],
    ['every weekend at noon', ['2026-01-03T12:00', '2026-01-04T12:00', '2026-01-10T12:00']],
    ['last day of month', ['2026-01-31T00:00', '2026-02-28T00:00']],
    ['last friday of month at 17:30', ['2026-01-30T17:30', '2026-02-27T17:30']],
    ['1st, 3rd mon, wed of mar, sep at 17:00', ['2026-03-02T17:00', '2026-03-04T17:00', '2026-03-16T17:00']],
    ['1st and 3rd monday of each month at 8am', ['2026-01-05T08:00', '2026-01-19T08:00', '2026-02-02T08:00']],
    ['the first monday of the month', ['2026-01-05T00:00', '2026-02-02T00:00']],
    ['every mon-fri at 9:00 and 17:30', ['2026-01-01T09:00', '2026-01-01T17:30', '2026-01-02T09:00']],
    ['every monday and thursday in nov-jan', ['2026-01-05T00:00', '2026-01-08T00:00']],
    ['on the 15th of month at 9:30 pm', ['2026-01-15T21:30', '2026-02-15T21:30']],
    ['1st weekday of month at 06:00', ['2026-01-01T06:00', '2026-02-02T06:00']],
    ['last weekday of month', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['every 15 minutes', ['2026-01-01T00:15', '2026-01-01T00:30']],
    ['every hour', ['2026-01-01T01:00', '2026-01-01T02:00']],
    ['every 1h30m', ['2026-01-01T01:30', '2026-01-01T03:00']],
    ['every PT6H', ['2026-01-01T06:00']],
    ['interval hourly', ['2026-01-01T01:00']],
    ['daily', ['2026-01-02T00:00']],
    ['daily 9:05 ru', ['2026-01-01T09:05', '2026-01-04T09:05', '2026-01-08T09:05']],
    ['groc daily every day at 10:00', ['2026-01-01T10:00']],
    ['R3/2026-01-01T06:00/P1D', ['2026-01-01T06:00', '2026-01-02T06:00', '2026-01-03T06:00']],
    ['R/2024-02-29T12:00:00Z/P1Y', ['2026-02-28T12:00', '2027-02-28T12:00', '2028-02-29T12:00']],
    [
      'R/2026-01-31T03:00:00[Europe/Berlin]/P1M',
      ['2026-01-31T02:00', '2026-02-28T02:00', '2026-03-31T01:00'],
    ],
    ['R/2026-01-01T00:00:00+05:30/P1D', ['2026-01-01T18:30']],
    ['at 2026-05-01 06:00', ['2026-05-01T06:00']],
  ])('%s comes at the right times', (text, wanted) => {
    expect(nextDates(text, wanted.length)).toEqual(wanted)
  })

  test('an interval is anchored at midnight of the epoch, whenever it is asked', () => {
    const schedule = scheduleOf('every 7m', 'Europe/Berlin')
    for (const askedMs of [0, 1, 419_999, 420_000, fromMs, fromMs + 123_457]) {
      expect((nextSlot(schedule, askedMs)?.slotMs ?? 1) % 420_000).toBe(0)
    }
  })

  test('kinds that wait for an event have no slots of their own', () => {
    for (const text of ['constant', 'after 10m', '@reboot', '@manually']) {
      expect(nextSlot(scheduleOf(text, 'UTC'), fromMs)).toBeNull()
    }
  })
})

describe('what is refused, and how', () => {
  test.each([
    ['', 'Cannot read schedule "": it is empty, expected one such as'],
    ['0 25 * * *', 'Cannot read schedule "0 25 * * *": hour "25" is out of range, expected 0 to 23'],
    ['0 8 * *', 'it has 4 fields, expected 5 (minute hour day-of-month month day-of-week)'],
    ['61 25 32 13 8', 'minute "61" is out of range, expected 0 to 59; hour "25"'],
    ['*/60 * * * *', 'has the step "60", expected a whole number from 1 to 59'],
    ['0 0 * * mondy', 'day of week "mondy" is not a value'],
    ['0 0 30 2 *', 'can never fire'],
    ['0 0 31 2,4,6,9,11 *', 'can never fire'],
    ['0 0 L-28 2 *', 'accepted'],
    ['0 0 L-29 2 *', 'can never fire'],
    ['0 0 L-30 feb,apr *', 'can never fire'],
    ['0 0 0 29 2 ? 2027', 'can never fire'],
    ['30th day of feb', 'can never fire'],
    ['31st day of feb at 9:00 and 10:00', 'can never fire'],
    ['0 0 * * L', 'day of week "L" names no weekday, expected one such as 5L or friL'],
    ['0 0 * * 1#6', 'has "#6", expected #1 to #5'],
    ['0 0 32W * *', 'day of month "32" is out of range'],
    ['0 0 1 1 * * 1969', 'year "1969" is out of range'],
    ['0 0 1 1 * * 2030-2020', 'runs backwards'],
    ['@dayly', '"@dayly" is not a macro'],
    ['@dayly', 'did you mean "@daily"?'],
    ['dayly 04:00', 'did you mean "daily"?'],
    ['hourly', 'did you mean "@hourly"?'],
    ['monday at 9:00', 'write "every monday at 9:00"'],
    ['every mondy at 9:00', 'did you mean "monday"?'],
    ['every monday of septembre', 'did you mean "september"?'],
    ['every 2nd monday', 'write "2nd monday of month"'],
    ['every month', 'does not say when'],
    ['every 100ms', 'too short, expected a second or more'],
    ['every 3 months', '"months" has no fixed length'],
    ['every 5', 'has no unit'],
    ['6th monday', 'a month has no weekday number 6'],
    ['daily 25:00', 'not a time of day'],
    ['daily 04:00 monday', 'letters out of MTWRFSU'],
    ['constant 5', 'takes no value'],
    ['2027-01-01T00:00:00Z', 'write "at 2027-01-01T00:00:00Z"'],
    ['at 09:00', 'write "daily 09:00"'],
    ['at 2026-02-30T00:00:00Z', 'names a day that does not exist'],
    ['R0/2026-01-01T00:00:00Z/P1D', 'asks for 0 occurrences'],
    ['R/2026-01-01T00:00:00Z/P0D', 'is shorter than a second'],
    ['R/2026-01-01T00:00:00Z/P1D2H', 'is not an ISO 8601 period'],
    ['R/2026-01-02T00:00:00Z/2026-01-01T00:00:00Z', 'its end is not after its start'],
    ['CRON_TZ=Mars/Olympus 0 0 * * *', 'time zone "Mars/Olympus" is not known here'],
    ['* '.repeat(600), 'characters, expected 1000 at most'],
  ])('%s', (text, part) => {
    expect(problemOf(text)).toContain(part)
  })
})
