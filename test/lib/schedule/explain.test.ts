import { describe, expect, test } from 'vitest'
import { clockChangesTouching, explainSchedule, upcomingSlots } from '../../../lib/schedule/explain.ts'
import { parseSchedule } from '../../../lib/schedule/parse-schedule.ts'
import { scheduleOf } from './case-files.ts'

describe('a schedule in words', () => {
  test.each([
    ['* * * * *', 'every minute, Europe/Berlin time'],
    ['*/15 * * * *', 'every 15 minutes, Europe/Berlin time'],
    ['7 * * * *', 'at minute 7 of every hour, Europe/Berlin time'],
    ['0 */2 * * *', 'at minute 0 of every 2 hours, Europe/Berlin time'],
    ['*/5 9-17 * * mon-fri', 'every 5 minutes of hours 9 to 17 on Monday to Friday, Europe/Berlin time'],
    ['*/10 * * * * *', 'every 10 seconds, Europe/Berlin time'],
    ['30 9,17 * * *', 'at 09:30 and 17:30, Europe/Berlin time'],
    ['0 0 13 * 5', 'at 00:00 on day 13 of the month or on Friday, Europe/Berlin time'],
    ['0 0 1-7,15,L * *', 'at 00:00 on days 1 to 7 and 15 and the last day of the month, Europe/Berlin time'],
    ['0 0 LW 2,4 *', 'at 00:00 on the last weekday of the month in February and April, Europe/Berlin time'],
    ['0 0 15W * *', 'at 00:00 on the weekday nearest day 15 of the month, Europe/Berlin time'],
    ['0 0 L-3 * *', 'at 00:00 on the 4th last day of the month, Europe/Berlin time'],
    ['0 0 * * 5L', 'at 00:00 on the last Friday of the month, Europe/Berlin time'],
    ['0 0 12 1 1 ? 2030', 'at 12:00 on day 1 of the month in January in 2030, Europe/Berlin time'],
    ['TZ=UTC daily 04:00:30 SU', 'at 04:00:30 on Saturday and Sunday, UTC'],
    ['every 1h30m', 'every 1h30m, counted from 1970-01-01T00:00:00Z'],
    ['R5/2026-01-31T00:00:00/P1M', 'every month from 2026-01-31T00:00, 5 times, Europe/Berlin time'],
    ['R/PT1H/2026-12-31T00:00:00Z', 'every 1h up to 2026-12-31T00:00, UTC'],
    ['at 2026-12-31T00:00:00Z', 'once, at 2026-12-31T00:00:00Z'],
    ['after 90m', 'once, 1h30m after the definition is accepted'],
    ['constant', 'again as soon as the run before has ended'],
    ['@reboot', 'once at each start of the agent'],
    ['@manually', 'only by hand or by a trigger'],
    ['every day at 9:00 and 17:30', 'at 09:00, Europe/Berlin time; and at 17:30, Europe/Berlin time'],
  ])('%s', (text, words) => {
    expect(explainSchedule(scheduleOf(text, 'Europe/Berlin'))).toBe(words)
  })

  test('what Tron read otherwise is noted when it is written as Tron writes it', () => {
    const noteOf = (text: string): string | undefined => {
      const result = parseSchedule(text, { timeZone: 'UTC', hashSeed: 'job' })
      return result.ok ? result.note : 'refused'
    }
    expect(noteOf('cron 5/15 * * * *')).toBe(
      '"5/15" runs from 5 to the end in these steps; Tron ran it at 5 only',
    )
    expect(noteOf('cron */15 1-5/2 * * *')).toBeUndefined()
    expect(noteOf('5/15 * * * *')).toBeUndefined()
  })
})

test('the coming slots are given in UTC and on the wall clock that was asked for', () => {
  const asked = { fromMs: Date.UTC(2026, 9, 24), count: 3, timeZone: 'America/St_Johns' }
  expect(
    upcomingSlots(scheduleOf('30 2 * * *', 'Europe/Berlin'), asked).map(({ utc, local }) => [utc, local]),
  ).toEqual([
    ['2026-10-24T00:30:00Z', '2026-10-23T22:00-02:30'],
    ['2026-10-25T00:30:00Z', '2026-10-24T22:00-02:30'],
    ['2026-10-26T01:30:00Z', '2026-10-25T23:00-02:30'],
  ])
})

describe('the clock changes that touch a schedule', () => {
  const fromMs = Date.UTC(2026, 5, 1)
  const toMs = Date.UTC(2027, 5, 1)
  const effects = (text: string): readonly string[] =>
    clockChangesTouching(scheduleOf(text, 'Europe/Berlin'), fromMs, toMs).map(
      ({ kind, effect }) => `${kind}: ${effect}`,
    )

  test.each([
    [
      '30 2 * * *',
      [
        'overlap: 02:30 comes twice that day: it runs the first time only',
        'gap: 02:30 does not exist that day: it runs at 03:00, the first instant after the gap',
      ],
    ],
    [
      '30 * * * *',
      [
        'overlap: 02:30 comes twice that day: it runs both times, following elapsed time',
        'gap: 02:30 does not exist that day and is left out; the slots around follow elapsed time',
      ],
    ],
    [
      '*/15 2-3 * * *',
      [
        'overlap: 02:00 and 3 more come twice that day: they run the first time only',
        'gap: 02:00 and 3 more do not exist that day: they run once, at 03:00, the first instant after the gap',
      ],
    ],
    ['R/2026-10-25T02:30:00/P1Y', ['overlap: 02:30 comes twice that day: it runs the first time only']],
    ['0 12 * * *', []],
    ['30 2 * * mon', []],
    ['every 1h', []],
    ['R/2026-01-01T02:30:00/PT1H', []],
  ])('%s', (text, wanted) => {
    expect(effects(text)).toEqual(wanted)
  })

  test('a change says when it is and between which readings the clock jumps', () => {
    const [first] = clockChangesTouching(scheduleOf('30 2 * * *', 'Europe/Berlin'), fromMs, toMs)
    expect(first).toMatchObject({
      atMs: Date.parse('2026-10-25T01:00:00Z'),
      timeZone: 'Europe/Berlin',
      fromLocal: '2026-10-25T03:00',
      toLocal: '2026-10-25T02:00',
    })
    const skipped = clockChangesTouching(
      scheduleOf('0 9 * * *', 'Pacific/Apia'),
      Date.UTC(2011, 11, 1),
      Date.UTC(2012, 0, 15),
    )
    expect(skipped.map(({ effect }) => effect)).toEqual([
      '2011-12-30T09:00 does not exist that day: it runs at 00:00, the first instant after the gap',
    ])
  })
})
