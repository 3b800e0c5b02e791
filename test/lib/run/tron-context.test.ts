// Tron's variables of commands, row by row: rendered for one attempt, or in the commands that the whole core starts.

import { expect } from 'vitest'
import { jobName } from '../../../lib/base/ids.ts'
import { attemptVariables, instanceVariables } from '../../../lib/definition/attempt-variables.ts'
import { renderTemplate } from '../../../lib/definition/render-template.ts'
import { accountFor, type Account } from '../accounted-rows.ts'
import { PlayedAgent } from '../played-agent.ts'
import { looseText, readCases, type Row } from '../schedule/case-files.ts'

function rendered(template: string, lastSuccess = '2012-03-14'): string {
  const result = renderTemplate(template, {
    slotMs: Date.parse('2026-11-21'),
    timeZone: 'UTC',
    lastSuccessMs: Date.parse(lastSuccess),
    variables: attemptVariables({
      jobName: jobName('MASTER.jobname'),
      actionName: 'action',
      run: '7',
      attempt: 1,
      token: 7,
      node: 'node',
      isManual: true,
      cleanupJobStatus: 'UNKNOWN',
    }),
    commandContext: {},
  })
  return result.ok ? result.text : 'error'
}

const asWritten = (row: Row) => {
  const wanted = looseText(row['expected'])
  const template = `{${looseText(row['variable'])}}`
  expect(rendered(template, looseText(row['last_success']) || undefined)).toBe(
    wanted.startsWith('error') ? 'error' : wanted,
  )
}

/** The commands of a run whose first action ends so; null is an end that nobody saw. */
function cleanupAfter(code: number | null): string | undefined {
  const text =
    'jobs: [{name: one, actions: {a: {command: x}}, cleanup_action: {command: "{cleanup_job_status}"}}]'
  const agent = new PlayedAgent(text, (command) => ({ ms: 500, code: command === 'x' ? (code ?? 0) : 0 }))
  agent.pass(1_000).startByHand('shop.one')
  return agent.pass(3_000).starts.at(-1)?.command
}

const variables: Readonly<Record<string, Account>> = {
  'last_success#day-1 2012-03-14': asWritten,
  'last_success#shortdate 2012-03-14': asWritten,
  'last_success#beers-3 ': asWritten,
  'first_success#shortdate-1 ': asWritten,
  'last_success ': asWritten,
  'namespace ': asWritten,
  'name ': asWritten,
  'cleanup_job_status no failure, all non-cleanup actions complete': () =>
    expect(cleanupAfter(0)).toBe('SUCCESS'),
  'cleanup_job_status some action failed': () => expect(cleanupAfter(1)).toBe('FAILURE'),
  'cleanup_job_status otherwise': {
    file: 'test/lib/run/retries.test.ts',
    test: 'is told UNKNOWN where nobody saw how the rest ended',
  },
  'manual manual run': asWritten,
  'last_success#shortdate no previous success': {
    differs: '`{last_success#…}` is today when nothing succeeded yet',
    here: () => {
      const agent = new PlayedAgent(
        'jobs: [{name: one, actions: {a: {command: "{last_success#shortdate}"}}}]',
      )
      agent.pass(1_000).startByHand('shop.one', Date.parse('2020-02-03'))
      expect(agent.pass(1_000).starts[0]?.command).toBe('2020-02-03')
    },
  },
  'lookup order': () => {
    const text =
      'command_context: {name: far, other: far}\njobs: [{name: one, actions: {a: {command: "{name} {other}"}}}]'
    const agent = new PlayedAgent(text).pass(1_000)
    const asked = { kind: 'start-job', job: 'shop.one', forSlotMs: null, isForced: false } as const
    agent.order({ ...asked, requestId: '1', variables: {} })
    agent.order({ ...asked, requestId: '2', variables: { other: 'near', name: 'near' } })
    expect(agent.pass(2_000).starts.map(({ command }) => command)).toEqual(['shop.one far', 'shop.one near'])
  },
  "pid_file pid_file template '%(one)s %(instance_number)s', parent context {one: thing}, instance 123": (
    row,
  ) => {
    const result = renderTemplate('%(one)s %(instance_number)s', {
      slotMs: 0,
      timeZone: 'UTC',
      lastSuccessMs: null,
      variables: instanceVariables({ serviceName: 'a.b', instanceNumber: 123, node: 'n', pidFile: null }),
      commandContext: { one: 'thing' },
    })
    expect(result).toEqual({ ok: true, text: looseText(row['expected']) })
  },
  "last_success:shortdate colon form used until v0.9.3-era (%-format); '#' form since 2018-09-18 (commit a41c6523)":
    () => {
      expect(rendered('%(last_success:shortdate)s')).toBe('2012-03-14')
      expect(rendered('{last_success#shortdate}')).toBe('2012-03-14')
    },
  'runid-1 NAMESPACE.JOB.7': () =>
    expect(rendered('{runid} {runid-1}')).toBe('MASTER.jobname.7 MASTER.jobname.6'),
}

const nameOf = (row: Row) => {
  if (row['fact'] !== undefined) return 'lookup order'
  const given = looseText(row['given']) || looseText(row['last_success']) || looseText(row['job_run'])
  return `${looseText(row['variable'])} ${given}`
}
accountFor(
  "Tron's variables of commands",
  readCases('tron/command-context.json').cases.map((row) => [nameOf(row), row] as const),
  variables,
)
