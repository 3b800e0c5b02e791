import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importCronicle } from '../../../lib/definition/import-cronicle.ts'
import { dkronSchedule, importDkron } from '../../../lib/definition/import-dkron.ts'
import { importSystemd, type UnitFile } from '../../../lib/definition/import-systemd.ts'
import type { ImportResult } from '../../../lib/definition/imported.ts'
import { systemdCalendar } from '../../../lib/definition/systemd-calendar.ts'
import { nextSlot } from '../../../lib/schedule/schedule.ts'
import { caseFilesMissing, readCases, textOf } from '../schedule/case-files.ts'
import { parsed } from './parsed.ts'

/** The jobs and services of the YAML that a converter wrote, which must be sound. */
function taken(result: ImportResult) {
  if (!result.ok) throw new Error(result.problem)
  const { problems, jobs, services } = parsed(result.text)
  expect(problems).toEqual([])
  return { jobs, services, text: result.text }
}

const dkron = (...jobs: readonly object[]) => taken(importDkron(JSON.stringify(jobs)))
const cronicle = (...events: readonly object[]) => taken(importCronicle(JSON.stringify({ rows: events })))
const systemd = (...files: readonly UnitFile[]) => taken(importSystemd(files))

describe('Dkron', () => {
  const shell = {
    executor: 'shell',
    executor_config: {
      command: "awk '{print $1}'",
      env: 'A=1,B=x=y',
      cwd: '/srv',
      timeout: '1m30s',
      su: 'app:app',
    },
  }

  test('a shell job keeps its command, environment and limits', () => {
    const { jobs } = dkron({
      name: 'job1',
      schedule: '@every 10s',
      timezone: 'Europe/Berlin',
      concurrency: 'forbid',
      tags: { role: 'web:2', dc: 'a' },
      disabled: true,
      retries: 3,
      ephemeral: true,
      metadata: { team: 'x' },
      ...shell,
    })
    expect(jobs).toMatchObject([
      {
        name: 'shop.job1',
        schedule: { kind: 'interval', everyMs: 10_000 },
        timeZone: 'Europe/Berlin',
        nodes: { kind: 'labels', labels: { role: 'web', dc: 'a' } },
        count: 2,
        enabled: false,
        overlap: 'skip',
        catchUp: { kind: 'none' },
        once: true,
        labels: { team: 'x' },
        actions: [
          {
            name: 'job1',
            command: "awk '{{print $1}}'",
            env: { A: '1', B: 'x=y' },
            cwd: '/srv',
            timeoutMs: 90_000,
            user: 'app',
            retries: 3,
          },
        ],
      },
    ])
  })

  test('without tags it ran on every node, and a remark says so', () => {
    const { jobs, text } = dkron({ name: 'a', schedule: '@daily', ...shell })
    expect(jobs[0]?.count).toBeNull()
    expect(text).toContain('# It had no tags, so that Dkron ran it on every node')
  })

  test('children become actions that require their parent', () => {
    const { jobs, text } = dkron(
      { name: 'child', parent_job: 'root', schedule: '0 0 1 * * *', ...shell },
      { name: 'grandchild', parent_job: 'child', ...shell },
      { name: 'root', schedule: '0 */10 0 * * *', ...shell },
      { name: 'off', parent_job: 'root', disabled: true, ...shell },
    )
    expect(jobs).toHaveLength(1)
    expect(jobs[0]?.actions.map(({ name, requires }) => [name, requires])).toEqual([
      ['root', []],
      ['child', ['root']],
      ['grandchild', ['child']],
    ])
    expect(text).toContain('# Its child "off" was disabled')
    expect(text).toContain('its schedule "0 0 1 * * *" had no effect')
  })

  test("jobs that are each other's parents are kept", () => {
    const { jobs } = dkron({ name: 'a', parent_job: 'b', ...shell }, { name: 'b', parent_job: 'a', ...shell })
    expect(jobs.flatMap(({ actions }) => actions.map(({ name }) => name)).sort()).toEqual(['a', 'b'])
  })

  test('a request keeps its method, headers and expectations', () => {
    const { jobs } = dkron({
      name: 'r',
      schedule: '@hourly',
      executor: 'http',
      executor_config: {
        method: 'POST',
        url: 'http://x/{y}',
        headers: '["A: b", "C: \\"d\\""]',
        body: '{"a":1}',
        expectCode: '200, 204',
        expectBody: '/ok+/',
        timeout: '5',
      },
    })
    expect(jobs[0]?.actions[0]).toMatchObject({
      http: {
        method: 'POST',
        url: 'http://x/{{y}}',
        headers: { A: 'b', C: '"d"' },
        body: '{{"a":1}}',
        expectStatus: [200, 204],
        expectBody: 'ok+',
      },
      timeoutMs: 5_000,
    })
  })

  test('what cannot be carried over is a comment, and an unknown executor a command that fails', () => {
    const { jobs, text } = dkron({
      name: 'a.b',
      executor: 'nats',
      executor_config: { url: 'x' },
      processors: { log: {} },
      novel: 1,
    })
    expect(jobs[0]).toMatchObject({
      name: 'shop.a-b',
      schedule: null,
      actions: [{ command: expect.stringContaining('exit 1') as string }],
    })
    for (const word of [
      'It was called "a.b"',
      'executor "nats" is not carried over',
      'Processors (log)',
      'novel: 1',
    ])
      expect(text).toContain(word)
  })

  test.each([['nonsense'], ['[{"schedule": "@daily"}]'], ['[1]'], ['{"name": }']])(
    '%s is refused with a reason',
    (text) => {
      expect(importDkron(text)).toMatchObject({ ok: false, problem: expect.stringMatching(/./) as string })
    },
  )

  describe.skipIf(caseFilesMissing)('its own examples', () => {
    const file = path.resolve(import.meta.dirname, '../../../../shared/cases/cron/dkron-sample-jobs.json')
    const samples = JSON.parse(caseFilesMissing ? '{}' : readFileSync(file, 'utf8')) as Record<
      string,
      unknown
    >

    test('a backup of eight jobs in three trees becomes three jobs with eight actions', () => {
      const { jobs } = taken(importDkron(JSON.stringify(samples['backup'])))
      expect(jobs).toHaveLength(Number(samples['backup_expected_roots']))
      expect(jobs.flatMap(({ actions }) => actions)).toHaveLength((samples['backup'] as unknown[]).length)
    })

    test.each(['ansible', 'getting_started'])('%s', (key) => {
      expect(taken(importDkron(JSON.stringify(samples[key]))).jobs.length).toBeGreaterThan(0)
    })

    test.for(readCases('cron/dkron-tilde-hash.json').cases)('~ in "$schedule" of $name', (row) => {
      expect(dkronSchedule(textOf(row['schedule']), textOf(row['name']))).toBe(row['expected'])
    })
  })
})

describe('Cronicle', () => {
  const event = {
    id: 'e1',
    title: 'Sync',
    enabled: 1,
    category: 'general',
    target: 'allgrp',
    plugin: 'shellplug',
    params: { script: '#!/bin/bash\n\necho ${HOME}\n' },
    timing: { minutes: [0, 30], hours: [4] },
    timezone: 'America/New_York',
    max_children: 1,
    timeout: 3600,
    retries: 2,
    retry_delay: 30,
    catch_up: 1,
    queue: 1,
  }

  test('an event keeps its script, timing and limits', () => {
    expect(cronicle(event).jobs).toMatchObject([
      {
        name: 'shop.Sync',
        scheduleText: 'cron 0,30 4 * * *',
        timeZone: 'America/New_York',
        pool: 'allgrp',
        overlap: 'queue',
        catchUp: { kind: 'all' },
        labels: { category: 'general' },
        actions: [
          {
            name: 'Sync',
            command: '\necho ${{HOME}}',
            shell: '/bin/bash',
            timeoutMs: 3_600_000,
            retries: 2,
            retriesDelayMs: 30_000,
          },
        ],
      },
    ])
  })

  test('days and weekdays must both match: the command asks for the day', () => {
    const { jobs } = cronicle({
      ...event,
      timing: { days: [13], weekdays: [5], minutes: [0], hours: [0], years: [2026, 2027] },
    })
    expect(jobs[0]?.scheduleText).toBe('cron 0 0 0 * * 5 2026,2027')
    expect(jobs[0]?.actions[0]?.command).toMatch(/^case \{day\} in 13\) ;; \*\) exit 0 ;; esac\n/)
  })

  test('a script of another interpreter is its standard input', () => {
    const script = '#!/usr/bin/env python3\nprint({})\n'
    expect(cronicle({ ...event, params: { script } }).jobs[0]?.actions[0]).toMatchObject({
      command: 'python3 -',
      stdin: 'print({{}})\n',
      shell: '/bin/sh',
    })
  })

  test('a chained event without a timing becomes an action, one with a timing a remark', () => {
    const { jobs, text } = cronicle(
      { ...event, chain: 'e2' },
      { ...event, id: 'e2', title: 'After', timing: false, chain: 'e3' },
      { ...event, id: 'e3', title: 'Timed' },
    )
    expect(jobs.map(({ actions }) => actions.map(({ name, requires }) => [name, requires]))).toEqual([
      [
        ['Sync', []],
        ['After', ['Sync']],
      ],
      [['Timed', []]],
    ])
    expect(text).toContain('After a success Cronicle started the event "Timed"')
  })

  test('the lines of an export are read', () => {
    const text = `# Cronicle Data Export v1.0\nglobal/users - {"type":"list"}\nglobal/schedule - {"type":"list"}\nglobal/schedule/0 - ${JSON.stringify({ type: 'list_page', items: [event] })}\nglobal/schedule/-1 - {"items":[]}\n`
    expect(taken(importCronicle(text)).jobs).toHaveLength(1)
  })

  test('a request, and what is left out', () => {
    const { jobs, text } = cronicle({
      ...event,
      plugin: 'urlplug',
      params: { url: 'http://x', method: 'post', headers: 'A: b\nC: d', data: 'x', success_match: 'ok' },
      notify_fail: 'me@x',
      algo: 'least_cpu',
      multiplex: 1,
    })
    expect(jobs[0]).toMatchObject({
      count: null,
      actions: [{ http: { method: 'POST', headers: { A: 'b', C: 'd' }, expectBody: 'ok' } }],
    })
    expect(text).toContain('# Left out: notify_fail: "me@x"')
    expect(text).toContain('"least_cpu"')
  })

  test('another plugin is a disabled job that says why', () => {
    expect(cronicle({ ...event, plugin: 'pm1', params: {} }).jobs[0]).toMatchObject({ enabled: false })
  })

  test.for(readCases('cron/cronicle-timing.json').cases)('timing: $name', (row) => {
    const { jobs } = cronicle({ ...event, timing: row['timing'], timezone: row['tz'] })
    const atMs = Number(row['at_epoch']) * 1000
    const schedule = jobs[0]?.schedule
    const next = schedule === undefined || schedule === null ? null : nextSlot(schedule, atMs - 1)
    expect(next?.slotMs === atMs).toBe(row['fires'])
  })
})

describe('systemd', () => {
  const timer = (text: string) => ({
    fileName: 'backup.timer',
    text: `[Unit]\nDescription=Nightly\n[Timer]\n${text}`,
  })
  const service = {
    fileName: 'backup.service',
    text: '[Service]\nType=oneshot\nUser=app\nEnvironment="A=1 2" B={x}\nExecStartPre=-/bin/mkdir /x\nExecStart=/bin/backup \\\n  --all $$HOME\nExecStopPost=/bin/rm /x\nNice=10\n',
  }

  test('a timer and its service become a job', () => {
    const { jobs, text } = systemd(
      timer('OnCalendar=Mon..Fri 04:00\nPersistent=true\nRandomizedDelaySec=10min'),
      service,
    )
    expect(jobs).toMatchObject([
      {
        name: 'shop.backup',
        summary: 'Nightly',
        scheduleText: 'cron 0 4 * * 1-5',
        catchUp: { kind: 'last' },
        overlap: 'skip',
        jitterMs: 600_000,
        nodes: { names: ['alpha'] },
        actions: [
          { name: 'step-1', command: '/bin/mkdir /x || true', user: 'app', env: { A: '1 2', B: '{{x}}' } },
          { name: 'step-2', command: '/bin/backup --all $HOME', requires: ['step-1'] },
        ],
        cleanup: { command: '/bin/rm /x' },
      },
    ])
    expect(text).toContain('# Left out: Nice=10')
    expect(text).toContain('time_zone names it')
  })

  test('a service that keeps running becomes a service', () => {
    const { services } = systemd({
      fileName: 'web.service',
      text: '[Service]\nExecStart=/bin/web\nRestart=always\nRestartSec=5\nUser=www',
    })
    expect(services).toMatchObject([
      { name: 'shop.web', isForeground: true, restartDelayMs: 5_000, user: 'www', command: '/bin/web' },
    ])
    const forking = systemd({
      fileName: 'd.service',
      text: '[Service]\nType=forking\nPIDFile=/run/d.pid\nExecStart=/bin/d',
    })
    expect(forking.services).toMatchObject([
      { isForeground: false, pidFile: '/run/d.pid', restartDelayMs: null },
    ])
  })

  test('a timer without its service is disabled, and says what is missing', () => {
    const { jobs, text } = systemd(timer('OnUnitActiveSec=90\nUnit=other.service'))
    expect(jobs[0]).toMatchObject({ enabled: false, schedule: { kind: 'interval', everyMs: 90_000 } })
    expect(text).toContain('other.service was not given')
  })

  test.each([
    ['daily', 'cron 0 0 * * *', null],
    ['Weekly', 'cron 0 0 * * 1', null],
    ['quarterly', 'cron 0 0 1 1,4,7,10 *', null],
    ['*:0/15', 'cron 0/15 * * * *', null],
    ['*-*-* 04:05:06', 'cron 6 5 4 * * *', null],
    ['Mon,Wed..Fri 09:00', 'cron 0 9 * * 1,3-5', null],
    ['*-*~01 12:00', 'cron 0 12 L * *', null],
    ['2026-12-24..26 18:00:00 Europe/Rome', 'cron 0 0 18 24-26 12 * 2026', null],
    ['Sat *-*-1..7 18:00:00', 'cron 0 18 * * 6', [1, 2, 3, 4, 5, 6, 7]],
    ['12-25', 'cron 0 0 25 12 *', null],
    ['Fri', 'cron 0 0 * * 5', null],
  ])('OnCalendar=%s is %s', (text, cron, days) => {
    expect(systemdCalendar(text)).toMatchObject({ ok: true, cron, days })
  })

  test('a word may be followed by a zone', () => {
    const wanted = { ok: true, cron: 'cron 0 0 * * 1', timeZone: 'Pacific/Auckland' }
    expect(systemdCalendar('weekly Pacific/Auckland')).toMatchObject(wanted)
  })

  test.each([
    '',
    'someday',
    '*:*:*.5',
    '25',
    'Sat *-*~03',
    `${'a'.repeat(5_000)}!`,
    `${'mon,'.repeat(2_000)}!`,
  ])('OnCalendar=%.20s has no schedule here', (text) => {
    expect(systemdCalendar(text)).toEqual({ ok: false })
  })

  test('other units are refused', () => {
    expect(importSystemd([{ fileName: 'x.socket', text: '' }])).toMatchObject({ ok: false })
  })
})

test('no input makes a converter throw, and what it writes can be read', () => {
  const keys = fc.constantFrom(
    'name',
    'title',
    'id',
    'schedule',
    'parent_job',
    'tags',
    'executor',
    'executor_config',
    'timing',
    'plugin',
    'params',
    'chain',
    'minutes',
    'command',
    'script',
    'url',
    'x',
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('shell', 'http', 'shellplug', 'urlplug', '@daily', 'a', 'b'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(keys, tie('any'), { maxKeys: 6 }),
    ),
  })).any
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(keys, value, { maxKeys: 8 }), { maxLength: 4 }),
      fc.string(),
      (records, unit) => {
        const units = [
          { fileName: 'a.timer', text: `[Timer]\nOnCalendar=${unit}` },
          { fileName: 'a.service', text: `[Service]\nExecStart=${unit}\n${unit}` },
        ]
        for (const result of [
          importDkron(JSON.stringify(records)),
          importCronicle(JSON.stringify(records)),
          importSystemd(units),
          importDkron(unit),
          importCronicle(unit),
        ]) {
          const messages = result.ok ? parsed(result.text).problems.map(({ message }) => message) : []
          expect(messages.filter((message) => /Cannot read (YAML|file)|twice/.test(message))).toEqual([])
        }
      },
    ),
    { numRuns: 500 },
  )
})
