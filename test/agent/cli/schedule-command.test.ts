// What the command line says of schedules, without an agent.
import { describe, expect, test } from 'vitest'
import { scheduleExplainCommand, scheduleNextCommand } from '../../../agent/cli/schedule-command.ts'
import { caseFilesMissing, instantText, outcomes, readCases, textOf } from '../../lib/schedule/case-files.ts'
import { saying, typed, type Given } from './fake-terminal.ts'

const commands = [scheduleExplainCommand, scheduleNextCommand]
const schedule = async (words: readonly string[], given?: Given) =>
  typed(commands, ['schedule', ...words], given)

describe('schedule next', () => {
  test('prints bare UTC instants, one a line', async () => {
    const said = await schedule([
      'next',
      'daily 04:00',
      '--tz',
      'America/New_York',
      '--from',
      '2026-10-30',
      '-n',
      '3',
    ])
    expect(said).toEqual({
      code: 0,
      out: '2026-10-30T08:00:00Z\n2026-10-31T08:00:00Z\n2026-11-01T09:00:00Z\n',
      err: '',
    })
  })

  test('prints them as a JSON list', async () => {
    const { out } = await schedule(['next', 'every 1h', '--json', '-n', '2'])
    expect(JSON.parse(out)).toEqual(['2026-11-21T13:00:00Z', '2026-11-21T14:00:00Z'])
  })

  test('begins strictly after the time it is asked from, read in the zone', async () => {
    const from = async (time: string) =>
      (await schedule(['next', 'daily 04:00', '--tz', 'Europe/Berlin', '--from', time])).out
    expect(await from('2026-06-01T04:00')).toBe('2026-06-02T02:00:00Z\n')
    expect(await from('2026-06-01T03:59:59')).toBe('2026-06-01T02:00:00Z\n')
    expect(await from('2026-06-01T04:00Z')).toBe('2026-06-02T02:00:00Z\n')
  })

  test('a length of time counts from the time it is asked from', async () => {
    expect((await schedule(['next', 'after 90m', '--from', '2026-01-01'])).out).toBe('2026-01-01T01:30:00Z\n')
  })

  test('a one-shot that is past has no slot, and says so', async () => {
    expect(await schedule(['next', 'at 2020-01-01'])).toEqual({
      code: 0,
      out: '',
      err: 'no slot after 2026-11-21T12:00:00Z: the last was 2020-01-01T00:00:00Z\n',
    })
  })

  test('takes a schedule whose words the shell parted', async () => {
    expect((await schedule(['next', 'every', 'monday', 'at', '09:00'])).out).toBe('2026-11-23T09:00:00Z\n')
    const globbed = await schedule(['next', 'cron', '0', 'README.md', 'lib'])
    expect(globbed.code).toBe(1)
    expect(globbed.err).toContain('(put it into quotes, so that the shell leaves it alone)')
  })

  test.each([
    [['next', 'every 15 minutez'], 1, '"minutez" is not a unit'],
    [['next', 'cron 0 0 31 2 *'], 1, 'it can never fire'],
    [['next'], 2, 'Cannot read a schedule: there is none'],
    [['next', 'daily 4:00', '--tz', 'Europe/Berln'], 2, 'expected perhaps "Europe/Berlin"'],
    [['next', 'daily 4:00', '--from', 'yesterday'], 2, 'Cannot use --from: "yesterday" is not a date'],
    [['next', 'daily 4:00', '-n', '0'], 2, 'Cannot use -n 0: it is no such number, expected 1 to 10000'],
  ])('refuses %j with code %i', async (words, code, why) => {
    const said = await schedule(words)
    expect(said).toMatchObject({ code, out: '' })
    expect(said.err).toContain(why)
    expect(said.err.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('a batch of schedules', () => {
  const batch = async (...input: string[]) => {
    const { out } = await schedule(['next', '--batch'], { input })
    return out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  test('is answered line by line, in its order, however it is cut into pieces', async () => {
    const lines = '{"expr":"every 15m","from":"2026-01-01T00:00:00Z","n":2}\n{"expr":"daily 04:00"}'
    const whole = await batch(lines)
    expect(whole).toEqual([
      { next: ['2026-01-01T00:15:00Z', '2026-01-01T00:30:00Z'] },
      { next: ['2026-11-22T04:00:00Z'] },
    ])
    expect(await batch(...lines.split(''))).toEqual(whole)
  })

  test('takes from the options what a line leaves out', async () => {
    const input = ['{"expr":"daily 04:00"}\n{"expr":"daily 04:00","tz":"UTC","n":1}\n']
    const { out } = await schedule(['next', '--batch', '--tz', 'Asia/Tokyo', '-n', '2'], { input })
    expect(out).toBe(
      '{"next":["2026-11-21T19:00:00Z","2026-11-22T19:00:00Z"]}\n{"next":["2026-11-22T04:00:00Z"]}\n',
    )
  })

  test('goes on after a line that is wrong', async () => {
    const answers = await batch(
      'nope\n[1]\n{"expr":5}\n{}\n{"expr":"evry 5m"}\n{"expr":"every 5m","tz":"x"}\n\n{"expr":"every 5m","n":1e9}\n{"expr":"every 5m"}\n',
    )
    expect(answers.map((answer) => Object.keys(answer)[0])).toEqual([
      ...Array<string>(7).fill('error'),
      'next',
    ])
    expect(answers[4]).toEqual({ error: saying('did you mean "every"?') })
  })

  test.skipIf(caseFilesMissing)('agrees with the table of cronexpr, line for line', async () => {
    // Six fields end in a year there, and begin with seconds here.
    const rows = readCases('cron/cronexpr-next.json').cases.filter(
      ({ expr }) => textOf(expr).split(' ').length !== 6,
    )
    const answers = await batch(
      rows.map(({ expr, tz, from }) => JSON.stringify({ expr, tz: tz ?? 'UTC', from })).join('\n'),
    )
    const { check, wrong } = outcomes()
    for (const [i, row] of rows.entries()) {
      const next = (answers[i] as { next?: string[] })['next']?.map(instantText)
      const expected = [row['expected']]
        .flat()
        .flatMap((text) => (text === null ? [] : [instantText(textOf(text))]))
      check(textOf(row['expr']), next, expected.slice(0, 1))
    }
    expect(wrong()).toEqual([])
  })
})

describe('schedule explain', () => {
  test('says it in words, with both zones and the clock changes that touch it', async () => {
    const { out, code } = await schedule(['explain', 'cron 30 2 * * *', '--tz', 'Europe/Berlin', '-n', '2'])
    expect(code).toBe(0)
    expect(out).toBe(
      [
        'at 02:30, Europe/Berlin time',
        '',
        'Europe/Berlin               UTC',
        'Sun 2026-11-22 02:30+01:00  2026-11-22T01:30:00Z  in 13 h',
        'Mon 2026-11-23 02:30+01:00  2026-11-23T01:30:00Z  in 1 d',
        '',
        'clock changes in the coming year that touch it:',
        '! Europe/Berlin goes from 2027-03-28 02:00 to 03:00: 02:30 does not exist that day: it runs at 03:00, the first instant after the gap',
        '! Europe/Berlin goes from 2027-10-31 03:00 to 02:00: 02:30 comes twice that day: it runs the first time only',
        '',
      ].join('\n'),
    )
  })

  test('shows the next ten, and the zone that stands in the schedule itself', async () => {
    const { out } = await schedule(['explain', 'CRON_TZ=Asia/Tokyo 0 9 * * *', '--json'])
    const answer = JSON.parse(out) as { next: unknown[]; timeZone: string; clockChanges: unknown[] }
    expect(answer.next).toHaveLength(10)
    expect(answer.next[0]).toEqual({ utc: '2026-11-22T00:00:00Z', local: '2026-11-22T09:00+09:00' })
    expect(answer).toMatchObject({ timeZone: 'Asia/Tokyo', clockChanges: [] })
  })

  test.each([
    ['constant', 'no slot: it does not wait for a time of the clock'],
    ['at 2020-01-01T00:00Z', 'no slot after 2026-11-21T12:00:00Z: the last was 2020-01-01T00:00:00Z'],
    ['at 2027-01-01T00:00Z', 'Fri 2027-01-01 00:00:00Z  2027-01-01'],
    ['cron 5/15 * * * *', '! "5/15" runs from 5 to the end in these steps; Tron ran it at 5 only'],
  ])('of %j says "%s"', async (text, words) => {
    expect((await schedule(['explain', text])).out).toContain(words)
  })
})
