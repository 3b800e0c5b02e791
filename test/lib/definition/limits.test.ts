import { describe, expect, test } from 'vitest'
import { nextSlot } from '../../../lib/schedule/schedule.ts'
import { faults, parsed } from './parsed.ts'

const calendars = 'calendars: {holidays: {dates: [12-25, 2026-04-03..2026-04-06]}}\n'
const job = (words: string) => `${calendars}jobs: {a: {${words}, actions: {x: {command: a}}}}`

/** The job's slots after an instant, as ISO text. */
function slots(words: string, from: string, count: number): readonly string[] {
  const { jobs, problems } = parsed(job(words))
  expect(problems).toEqual([])
  const found: string[] = []
  for (let atMs = Date.parse(from); found.length < count;) {
    const slot = nextSlot(jobs[0]!.schedule!, atMs)
    if (slot === null) break
    found.push(new Date(slot.slotMs).toISOString().slice(0, 16))
    atMs = slot.slotMs
  }
  return found
}

describe('a job with excluded days', () => {
  test.each([
    ['a date', '["2026-03-02"]', ['2026-03-01T04:00', '2026-03-03T04:00']],
    ['a range', '[2026-03-02..2026-03-30]', ['2026-03-01T04:00', '2026-03-31T04:00']],
    ['a day of every year', '03-02', ['2026-03-01T04:00', '2026-03-03T04:00']],
    ['times of a day', '[2026-03-02T00:00..2026-03-03T04:00]', ['2026-03-01T04:00', '2026-03-03T04:00']],
  ])('has no slots on %s', (_what, exclude, wanted) => {
    expect(slots(`schedule: daily 04:00, exclude: ${exclude}`, '2026-03-01T00:00Z', 2)).toEqual(wanted)
  })

  test('has none on the days of a calendar', () => {
    const words = 'schedule: daily 04:00, exclude: holidays'
    expect(slots(words, '2026-04-02T00:00Z', 2)).toEqual(['2026-04-02T04:00', '2026-04-07T04:00'])
    expect(slots(words, '2030-12-24T12:00Z', 1)).toEqual(['2030-12-26T04:00'])
  })

  test("reads them on its zone's clock", () => {
    const words = 'schedule: every 6h, time_zone: America/New_York, exclude: ["2026-03-02"]'
    expect(slots(words, '2026-03-02T00:00Z', 2)).toEqual(['2026-03-03T06:00', '2026-03-03T12:00'])
  })

  test('is refused when no slot is left', () => {
    expect(faults(job('schedule: cron 0 4 25 12 *, exclude: [12-20..12-31]'))).toEqual([
      expect.stringContaining('exclude and expires_at leave no slot of it'),
    ])
  })

  test('is refused for a calendar that nobody defined, with the nearest one', () => {
    const [problem] = parsed(job('schedule: daily 04:00, exclude: holiday')).problems
    expect(problem).toMatchObject({ hint: 'did you mean "holidays"?', line: 2 })
  })
})

describe('a job that expires', () => {
  test('has no slot at that instant nor later', () => {
    const words = 'schedule: daily 04:00, expires_at: 2026-03-03T04:00'
    expect(slots(words, '2026-03-01T00:00Z', 5)).toEqual(['2026-03-01T04:00', '2026-03-02T04:00'])
  })

  test.each([
    ['starts_at: 2026-05-01, expires_at: 2026-05-01', 'expected an instant after starts_at'],
    ['starts_at: 2026-05-01T05:00, expires_at: 2026-05-02T03:00', 'leave no slot of it'],
  ])('is refused when it never begins: %s', (words, message) => {
    expect(faults(job(`schedule: daily 04:00, ${words}`))).toEqual([expect.stringContaining(message)])
  })
})

describe('a list of schedules', () => {
  test.each(['constant', '@reboot', '@manually'])('cannot hold %s, which waits for an event', (text) => {
    expect(faults(job(`schedule: [daily 04:00, "${text}"]`))).toEqual([
      expect.stringContaining('is one of 2, expected it alone'),
    ])
  })
})
