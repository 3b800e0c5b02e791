import { describe, expect, test } from 'vitest'
import { jobName } from '../../../lib/base/ids.ts'
import { attemptVariables, instanceVariables } from '../../../lib/definition/attempt-variables.ts'
import { checkTemplate } from '../../../lib/definition/check-template.ts'
import { escapeTemplate } from '../../../lib/definition/parse-template.ts'
import { renderTemplate, type TemplateContext } from '../../../lib/definition/render-template.ts'

const variables = attemptVariables({
  jobName: jobName('MASTER.job'),
  actionName: 'dump',
  run: '23',
  attempt: 2,
  token: 77,
  node: 'db1.example.org',
  isManual: false,
  cleanupJobStatus: 'UNKNOWN',
})
const context: TemplateContext = {
  slotMs: Date.UTC(2018, 0, 31, 23, 59),
  timeZone: 'UTC',
  lastSuccessMs: Date.UTC(2018, 0, 30, 12),
  variables,
  commandContext: { PYTHON: '/usr/bin/python', 'my-dir': '/srv', name: 'shadowed', PORT: '8080' },
}

function rendered(template: string, more: Partial<TemplateContext> = {}): string {
  const result = renderTemplate(template, { ...context, ...more })
  return result.ok ? result.text : `! ${result.problem}`
}

describe('variables', () => {
  test.each([
    ['{shortdate}', '2018-01-31'],
    ['{shortdate-1}', '2018-01-30'],
    ['{ymd+1}', '2018-02-01'],
    ['{ymd + 1}', '2018-02-01'],
    ['{ ymd- 1 }', '2018-01-30'],
    ['{year}-{month}-{day} {hour}', '2018-01-31 23'],
    ['{month+1} {day+1} {hour+1}', '02 01 00'],
    ['{ym+1}', '2018-02'],
    ['{ymdh+1}', '2018-02-01T00'],
    ['{ymdhm+1}', '2018-02-01T00:00'],
    ['{unixtime+20}', '1517443160'],
    ['{daynumber}', '736725'],
    ['{last_success#shortdate-1}', '2018-01-29'],
    ['{last_success:shortdate}', '2018-01-30'],
    ['%(last_success:shortdate)s', '2018-01-30'],
    ['{name} {namespace} {actionname} {runid}', 'MASTER.job MASTER dump MASTER.job.23'],
    ['{runid-1}', 'MASTER.job.22'],
    ['{node} {attempt} {token} {manual} {cleanup_job_status}', 'db1.example.org 2 77 false UNKNOWN'],
    ['{slot}', '2018-01-31T23:59:00Z'],
    ['{PYTHON} {my-dir}/x', '/usr/bin/python /srv/x'],
    ['%(PYTHON)s -m x %(shortdate-1)s', '/usr/bin/python -m x 2018-01-30'],
    ['{shortdate-1d} {hour-2hours}', '2018-01-30 21'],
    ['höre {shortdate} 🎵', 'höre 2018-01-31 🎵'],
  ])('%s is %s', (template, text) => {
    expect(rendered(template)).toBe(text)
    expect(checkTemplate(template, 'trigger', context.commandContext)).toEqual([])
  })

  test('dates are those of the zone, of the slot and not of the wall clock', () => {
    expect(rendered('{ymdhm} {unixtime}', { timeZone: 'Asia/Kolkata' })).toBe('2018-02-01T05:29 1517443140')
    expect(rendered('{ymdhm}', { timeZone: 'America/New_York' })).toBe('2018-01-31T18:59')
  })

  test('without a success the slot itself stands in for it, so that a rerun renders the same', () => {
    expect(rendered('{last_success#shortdate}', { lastSuccessMs: null })).toBe('2018-01-31')
  })

  test('built-in variables hide those of command_context', () => {
    expect(rendered('{name}')).toBe('MASTER.job')
  })

  test("a service's pid file knows its instance, and its command the pid file", () => {
    const pidFile = rendered('/run/%(name)s-%(instance_number)s.pid', {
      variables: instanceVariables({ serviceName: 'web', instanceNumber: 3, node: 'a', pidFile: null }),
    })
    expect(pidFile).toBe('/run/web-3.pid')
    const command = rendered('serve --pid {pid_file}', {
      variables: instanceVariables({ serviceName: 'web', instanceNumber: 3, node: 'a', pidFile }),
    })
    expect(command).toBe('serve --pid /run/web-3.pid')
  })
})

describe('text that is no variable', () => {
  test.each([
    ["date +%Y-%m-%d '%d' 100%", "date +%Y-%m-%d '%d' 100%"],
    ['{{x}} %% %%(shortdate)s {{{shortdate}}}', '{x} % %(shortdate)s {2018-01-31}'],
    ["awk '{{print $1}}'", "awk '{print $1}'"],
    ["printf '%(%F)T' -1", "printf '%(%F)T' -1"],
    // The old syntax had no braces to escape.
    ["awk '{print $1}' %(PYTHON)s.%(shortdate)s", "awk '{print $1}' /usr/bin/python.2018-01-31"],
    ['find . -exec rm {} + # %(shortdate)s', 'find . -exec rm {} + # 2018-01-31'],
    ['awk \'{print "%(shortdate)s"}\'', 'awk \'{print "2018-01-31"}\''],
    ['', ''],
  ])('%s is %s', (template, text) => {
    expect(rendered(template)).toBe(text)
    expect(checkTemplate(template, 'action', context.commandContext)).toEqual([])
  })

  test.each(['{a} }} {{ %(b)s %% % %%%', "awk '{print $1}' %d", '%', '%%', '{%(x)s}', '%(', '%{'])(
    'escaped, %s renders as itself',
    (text) => {
      expect(rendered(escapeTemplate(text))).toBe(text)
    },
  )
})

describe("Python's formats", () => {
  test.each([
    ['[{shortdate-1:>12}]', '[  2018-01-30]'],
    ['[{shortdate:<12}]', '[2018-01-31  ]'],
    ['[{shortdate:^14}]', '[  2018-01-31  ]'],
    ['[{shortdate:*^14}]', '[**2018-01-31**]'],
    ['{shortdate:.4}', '2018'],
    ['{shortdate!s:.4}', '2018'],
    ['{daynumber:,}', '736,725'],
    ['{daynumber:010}', '0000736725'],
    ['{PORT:06d}', '008080'],
    ['{PORT:x}', '1f90'],
    ['[%(shortdate)12s] [%(shortdate)-12s]', '[  2018-01-31] [2018-01-31  ]'],
    ['%(attempt)03d', '002'],
    ['{last_success:shortdate:>12}', '  2018-01-30'],
  ])('%s is %s', (template, text) => {
    expect(rendered(template)).toBe(text)
  })
})

describe('mistakes are found at validation, with the remedy', () => {
  test.each([
    ['{shortdat}', 'the variable "shortdat" is unknown', 'did you mean "shortdate"?'],
    ['{shrtdate-1}', 'the variable "shrtdate-1" is unknown', 'did you mean "shortdate-1"?'],
    ['{PYTHN}', 'the variable "PYTHN" is unknown', 'did you mean "PYTHON"?'],
    ['%(PYTHN)s', 'the variable "PYTHN" is unknown', 'did you mean "PYTHON"?'],
    ['{minute}', 'the variable "minute" is unknown', ''],
    ["awk '{print $1}'", 'the variable "print $1" is unknown', '{{print $1}}'],
    ['{last_success}', '"last_success" alone is no variable', '{last_success#shortdate}'],
    ['{last_success#beers-3}', 'the variable "last_success#beers-3" is unknown', ''],
    ['{first_success#shortdate-1}', 'the variable "first_success#shortdate-1" is unknown', ''],
    ['{', 'a single "{" stands in it', '"{{"'],
    ['{shortdate', 'a single "{" stands in it', '"{{"'],
    ['a } b', 'a single "}" stands in it', '"}}"'],
    ['{}', '"{}" names no variable', '"{{}}"'],
    ['{shortdate-1abc}', '"shortdate-1abc" has "abc" behind its number', '{shortdate-1}'],
    ['{ymdhm-1d}', 'has "d" behind its number, but ymdhm counts in minutes', '{ymdhm-1}'],
    ['{shortdate*2}', 'the variable "shortdate*2" is unknown', ''],
    ['{shortdate--1}', 'the variable "shortdate--1" is unknown', ''],
    ['{YMD}', 'the variable "YMD" is unknown', '"ymd"'],
    ['{name.upper}', 'asks for a part', ''],
    ['{name!r}', 'behind its name', ''],
    ['{name:%}', 'a single "{"', ''],
    ['{name:zz}', '"zz" is no format', ''],
    ['{name:d}', 'the format of "name" does not fit', ''],
    ['{year+9000}', 'leaves the calendar', ''],
    ['{runid-1}', 'counts runs, which have gaps', ''],
    ['%(shortdate-1).txt', 'has no "s" behind it', '%(shortdate-1)s'],
    ['${HOME}/x', 'the variable "HOME" is unknown', '"${{HOME}}"'],
    ['${TMPDIR:-/tmp}', '"-/tmp" is no format', '"${{TMPDIR:-/tmp}}"'],
    ['{pid_file}', 'the variable "pid_file" is unknown', ''],
  ])('%s', (template, message, hint) => {
    const [fault] = checkTemplate(template, 'action', context.commandContext)
    expect(fault?.message).toContain(message)
    expect(fault?.hint).toContain(hint)
  })

  test('every fault of a template is found', () => {
    expect(checkTemplate('{a} {shortdate} {b} {', 'action', {})).toHaveLength(3)
  })

  test('what is refused at validation is refused by rendering too', () => {
    expect(rendered('{shortdat}')).toMatch(
      /^! Cannot render "\{shortdat\}": the variable "shortdat" is unknown/,
    )
  })
})
