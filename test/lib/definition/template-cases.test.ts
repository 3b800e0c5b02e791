import { describe, expect, test } from 'vitest'
import { jobName } from '../../../lib/base/ids.ts'
import { attemptVariables } from '../../../lib/definition/attempt-variables.ts'
import { checkTemplate } from '../../../lib/definition/check-template.ts'
import { dateUnit } from '../../../lib/definition/date-variable.ts'
import { renderTemplate } from '../../../lib/definition/render-template.ts'
import { parseDateTime } from '../../../lib/schedule/date-time.ts'
import { caseFilesMissing, looseText, readCases, textOf, type Row } from '../schedule/case-files.ts'

/** Where Tron and we part on purpose. */
const differences = new Map([
  [
    'shortdate-1abc',
    "what follows the number must be the variable's own unit: Tron passes over it in silence",
  ],
  ['shortdate*2', 'only + and - are arithmetic: Tron passes over the rest in silence'],
  ['shortdate--1', 'one sign before the number: Tron passes over the rest in silence'],
])

/** Templates that Tron refuses and we take, or the other way round. */
const acceptance = new Map([['{namespace}', "documented by Tron, and refused by its validator's mistake"]])

const attempt = {
  jobName: jobName('MASTER.jobname'),
  actionName: 'action',
  run: '7',
  attempt: 1,
  token: 7,
  node: 'node',
  isManual: true,
  cleanupJobStatus: 'UNKNOWN',
} as const

function renderedAt(expression: string, localTime: string, timeZone: string): string | null {
  const time = parseDateTime(localTime, timeZone)
  if (!time.ok) throw new Error(time.reason)
  const result = renderTemplate(`{${expression}}`, {
    slotMs: time.instantMs,
    timeZone,
    lastSuccessMs: time.instantMs,
    variables: attemptVariables(attempt),
    commandContext: {},
  })
  return result.ok ? result.text : null
}

/** Numbers as texts, null as null. */
function wordOf(value: Row[string] | undefined): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function listOf(value: Row[string] | undefined): readonly Row[] {
  return Array.isArray(value) ? (value as Row[]) : []
}

describe.skipIf(caseFilesMissing)("Tron's date arithmetic", () => {
  const { cases, meta } = readCases('tron/date-arithmetic.json')

  test.for(
    cases.map(
      (row) => [textOf(row['expr']), textOf(row['runtime']), looseText(row['tz']) || 'UTC', row] as const,
    ),
  )('{%s} at %s %s', ([expression, runtime, zone, row]) => {
    const expected = row['expected']
    expect(renderedAt(expression, runtime, zone)).toBe(wordOf(expected))
  })

  test.for(
    listOf(meta['observed_edge_cases_executed_not_asserted']).map(
      (row) => [textOf(row['expr']), row] as const,
    ),
  )('{%s}, as it was executed', ([expression, row]) => {
    const observed = row['observed']
    const expected = differences.has(expression) ? null : wordOf(observed)
    expect(renderedAt(expression, textOf(row['runtime']), 'UTC')).toBe(expected)
  })

  test('every difference stands in the table of cases', () => {
    const seen = listOf(meta['observed_edge_cases_executed_not_asserted']).map((row) => row['expr'])
    expect([...differences.keys()].filter((expression) => !seen.includes(expression))).toEqual([])
  })
})

describe.skipIf(caseFilesMissing)("Tron's command context", () => {
  const rows = readCases('tron/command-context.json').cases.filter((row) => row['variable'] !== undefined)

  test.for(
    rows
      .filter((row) => row['last_success'] !== undefined)
      .map((row) => [textOf(row['variable']), row] as const),
  )('%s', ([variable, row]) => {
    const expected = textOf(row['expected'])
    const text = renderedAt(variable, textOf(row['last_success']), 'UTC')
    expect(text).toBe(expected.startsWith('error') ? null : expected)
  })

  test.for([
    ['last_success#beers-3', null],
    ['first_success#shortdate-1', null],
    ['last_success', null],
    ['namespace', 'MASTER'],
    ['name', 'MASTER.jobname'],
    ['manual', 'true'],
    ['runid-1', 'MASTER.jobname.6'],
  ] as const)('%s is %s', ([variable, expected]) => {
    const row = rows.find((each) => each['variable'] === variable)
    expect(row).toBeDefined()
    const tail = looseText(row?.['expected']).split('.').at(-1) ?? ''
    expect(tail).toMatch(expected === null ? /^error/ : new RegExp(`^${expected.split('.').at(-1) ?? ''}$`))
    expect(renderedAt(variable, '2012-03-14', 'UTC')).toBe(expected)
  })
})

describe.skipIf(caseFilesMissing)("Tron's validation of templates", () => {
  const { cases, meta } = readCases('tron/config-validation.json')
  const rows = cases.filter((row) => row['kind'] === 'command-template')

  test.for(rows.map((row) => [textOf(row['template']), row] as const))('%s', ([template, row]) => {
    const builtIn = Object.fromEntries((row['builtin'] as string[]).map((name) => [name, 'x']))
    const context = { ...builtIn, ...(row['command_context'] as Record<string, string>) }
    expect(checkTemplate(template, 'action', context).length === 0).toBe(row['expect'] === 'valid')
  })

  test.for(
    listOf(meta['observed_command_templates_executed_not_asserted']).map(
      (row) => [textOf(row['template']), row] as const,
    ),
  )('%s, as it was executed', ([template, row]) => {
    const isValid = checkTemplate(template, 'action', { TMP: '/tmp' }).length === 0
    expect(isValid).toBe(acceptance.has(template) ? row['accepted'] !== true : row['accepted'])
  })
})

test('every date variable has a unit', () => {
  expect(['shortdate', 'ymd', 'unixtime', 'daynumber', 'ymdhm'].map(dateUnit)).not.toContain(null)
})
