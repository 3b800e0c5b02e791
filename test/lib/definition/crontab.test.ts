import { describe, expect, test } from 'vitest'
import { slotsBetween } from '../../../lib/schedule/schedule.ts'
import { parsed } from './parsed.ts'

const crontab = (text: string, timeZone = 'Europe/Rome') =>
  parsed(text, { fileName: 'shop.crontab', droppedBy: { nodeName: 'alpha', timeZone } })

/** What matters of each job. */
function entries(text: string) {
  const { jobs, problems } = crontab(text)
  expect(problems).toEqual([])
  return jobs.map(({ name, scheduleText, actions: [action] }) => [
    name,
    scheduleText,
    action?.command.replace(/([{}])\1/g, '$1').replace(/%%/g, '%'),
  ])
}

/** Its slots of a time, as ISO texts. */
function slots(text: string, from: string, count: number): readonly string[] {
  const { schedule } = crontab(`${text} x`, 'UTC').jobs[0]!
  const { slots: found } = slotsBetween(schedule!, Date.parse(from), Infinity, count)
  return found.map(({ slotMs }) => new Date(slotMs).toISOString().slice(0, 16))
}

describe("a user's crontab", () => {
  test('takes a day field that begins with a star for unrestricted, as cron does', () => {
    const both = ['2026-11-23T04:00', '2026-12-07T04:00', '2026-12-21T04:00']
    expect(slots('0 4 */2 * mon', '2026-11-21T00:00Z', 3)).toEqual(both)
    expect(slots('0 4 1 * */3', '2026-11-21T00:00Z', 2)).toEqual(['2027-05-01T04:00', '2027-08-01T04:00'])
    expect(slots('0 4 1 * mon', '2026-11-24T00:00Z', 2)).toEqual(['2026-11-30T04:00', '2026-12-01T04:00'])
  })

  test('takes steps that are longer than their field, as cron does', () => {
    expect(slots('*/60 */24 * * *', '2026-11-21T00:00Z', 1)).toEqual(['2026-11-22T00:00'])
  })

  test('is one job for each entry, on the agent where it was dropped, with no catching up', () => {
    const [job] = crontab('30 4 * * 1-5 /usr/bin/backup --all\n').jobs
    expect(job).toMatchObject({
      name: 'shop.backup',
      nodes: { kind: 'nodes', names: ['alpha'] },
      timeZone: 'Europe/Rome',
      catchUp: { kind: 'none' },
      schedule: { kind: 'cron', hours: [4], minutes: [30] },
      actions: [{ name: 'run', command: '/usr/bin/backup --all', stdin: null, user: null, env: {} }],
    })
  })

  test('has comments, empty lines, tabs, carriage returns and macros', () => {
    const text =
      '# comment\r\n\r\n  \t*/5 *\t* * *   date # not a comment\r\n@daily  tidy up\r\n@reboot start\r\n'
    expect(entries(text)).toEqual([
      ['shop.date-not', 'cron */5 * * * *', 'date # not a comment'],
      ['shop.tidy-up', '@daily', 'tidy up'],
      ['shop.start', '@reboot', 'start'],
    ])
  })

  test('commands are no templates', () => {
    expect(entries("* * * * * awk '{print $1}' /tmp/{a,b} `date +\\%F`")).toEqual([
      ['shop.awk-print', 'cron * * * * *', "awk '{print $1}' /tmp/{a,b} `date +%F`"],
    ])
  })

  test('a bare % ends the command, and what follows is its standard input', () => {
    const [job] = crontab('0 9 * * * mail -s hi joe%Joe,%%100\\% sure {x}%').jobs
    expect(job?.actions[0]).toMatchObject({
      command: 'mail -s hi joe',
      stdin: 'Joe,\n\n100% sure {{x}}\n\n',
    })
  })

  test('environment lines hold for the entries below them', () => {
    const text = `
* * * * * first
SHELL=/bin/bash
PATH = /opt/bin:/usr/bin
GREETING="  hello  "
'BRACES' = x{y}
'odd name' = x{y}
CRON_TZ=Asia/Tokyo
HOME=/srv
RANDOM_DELAY=45
MAILTO=root
* * * * * second
`
    const { jobs, problems, notes } = crontab(text)
    expect(problems).toEqual([])
    expect(jobs[0]).toMatchObject({
      timeZone: 'Europe/Rome',
      actions: [{ shell: '/bin/sh', env: {}, cwd: null }],
    })
    expect(jobs[1]).toMatchObject({ timeZone: 'Asia/Tokyo', jitterMs: 45 * 60_000 })
    expect(jobs[1]?.actions[0]).toMatchObject({ shell: '/bin/bash', cwd: '/srv' })
    expect({ ...jobs[1]?.actions[0]?.env }).toEqual({
      PATH: '/opt/bin:/usr/bin',
      GREETING: '  hello  ',
      BRACES: 'x{{y}}',
      HOME: '/srv',
    })
    expect(notes.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '7 Variable "odd name" has no effect: no shell passes it on',
      expect.stringMatching(/^11 MAILTO has no effect/),
    ])
  })

  test('an assignment within a command is part of the command', () => {
    expect(entries('1 2 3 4 5 X=1 run')).toEqual([['shop.run', 'cron 1 2 3 4 5', 'X=1 run']])
  })
})

describe('names of entries', () => {
  test('come from the command, or from a line above', () => {
    const text = `
0 1 * * * /usr/bin/php -q /srv/app/cron.php --all
# name: nightly backup
0 2 * * * cd /srv && ./run.sh
0 3 * * * [ -x /usr/sbin/tidy ] && tidy
0 4 * * * ./run.sh
0 5 * * * "   "
`
    expect(entries(text).map(([name]) => name)).toEqual([
      'shop.php-cron-php',
      'shop.nightly backup',
      'shop.tidy-tidy',
      'shop.run-sh',
      'shop.entry',
    ])
  })

  test('stay when an entry is added below, and equal entries get numbers', () => {
    const one = entries('0 1 * * * sync a\n')
    const three = entries('0 1 * * * sync a\n0 2 * * * sync a -v\n0 3 * * * sync a -v\n0 4 * * * sync a -v')
    expect(three[0]).toEqual(one[0])
    expect(new Set(three.map(([name]) => name)).size).toBe(4)
  })
})

describe("the system's crontab", () => {
  test.each([
    ['# m h dom mon dow user\tcommand\n17 *\t* * *\talice  run --parts'],
    ['# *  *  *  *  * user-name  command to be executed\n17 * * * * alice run --parts'],
    ['# hocket: system\n17 * * * * alice run --parts'],
    ['1 1 1 1 1 root other\n17 * * * * alice run --parts'],
  ])('%j has a user before each command', (text) => {
    const { jobs, notes } = crontab(text)
    expect(jobs.at(-1)?.actions[0]).toMatchObject({ user: 'alice', command: 'run --parts' })
    expect(notes[0]?.message).toMatch(/^Read as a system crontab/)
  })

  test("a user's crontab is not taken for one", () => {
    expect(crontab('0 0 * * * mail root\n@daily git gc').jobs[0]?.actions[0]).toMatchObject({
      user: null,
      command: 'mail root',
    })
  })
})

describe('mistakes in a crontab', () => {
  test.each([
    [
      '* * * * date',
      'Cannot read line "* * * * date": it has 5 words, expected five fields of time and a command',
    ],
    ['@daily', 'Cannot read line "@daily": it has 1 word, expected a macro and a command'],
    ['61 * * * * x', 'Cannot read schedule "cron 61 * * * *": minute "61" is out of range, expected 0 to 59'],
    [
      'CRON_TZ=Nowhere\n1 * * * * x',
      'Cannot use time zone "Nowhere": it is not known here, expected a name such as Europe/Berlin or UTC',
    ],
    [
      '# name: a.b\n1 * * * * x',
      'Cannot read name "a.b": it has a dot or a slash, expected a name without either',
    ],
  ])('%j', (text, message) => {
    const { problems, jobs } = crontab(text)
    expect(problems.map((problem) => problem.message)).toEqual([message])
    expect(problems[0]?.line).toBe(text.includes('\n') ? 2 : 1)
    expect(jobs).toEqual([])
  })
})
