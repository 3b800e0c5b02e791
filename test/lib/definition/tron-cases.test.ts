import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { category } from '../../../lib/base/ids.ts'
import { parseDuration } from '../../../lib/schedule/duration.ts'
import { caseFilesMissing, looseText, readCases, textOf, type Row } from '../schedule/case-files.ts'
import { parsed } from './parsed.ts'

/** Where Tron's validator and we part on purpose, by the name of its test. */
const differences = new Map([
  [
    'TestNamedConfig.test_invalid_action_node_with_master_context',
    'a node that nothing defines is the agent of that name: a note, and slots without a node',
  ],
  [
    'TestValidateConfigMapping.test_validate_config_mapping_missing_master',
    'MASTER need not exist: agents know their own nodes',
  ],
])

/** Names that Tron refuses: ours may have spaces, begin with a digit and be in any script. */
const namesAccepted = ['invalid space', '*name', '1numberstarted']

const master = (text: string) => parsed(text, { category: category('MASTER'), fileName: 'MASTER.yaml' })

describe.skipIf(caseFilesMissing)("Tron's validation of configs", () => {
  const { cases } = readCases('tron/config-validation.json')
  const testName = (row: Row) => looseText((row['source'] as Row)['test'])
  const configs = cases.filter((row) => row['kind'] === 'config' || row['kind'] === 'fragment')

  test.for(configs.map((row) => [testName(row), row] as const))('%s', ([name, row]) => {
    const scope =
      row['master'] === null || row['master'] === undefined
        ? null
        : master(JSON.stringify(row['master'])).scope
    const text = JSON.stringify(row['config'])
    const result =
      row['kind'] === 'config'
        ? master(text)
        : parsed(text, { category: category(textOf(row['namespace'])), master: scope })
    const isValid = result.problems.length === 0
    expect(isValid).toBe(differences.has(name) ? row['expect'] !== 'valid' : row['expect'] === 'valid')
    if (Array.isArray(row['job_names'])) assertNames(result.jobs, row['job_names'])
  })

  test('the attributes of a whole config are those that Tron reads', () => {
    const row = configs.find((each) => testName(each).includes('test_attributes (ssh jobs)'))
    const { jobs } = master(JSON.stringify(row?.['config']))
    const job = (name: string) => jobs.find((each) => each.name === `MASTER.${name}`)
    expect(jobs).toHaveLength(5)
    expect(job('test_job0')).toMatchObject({
      runLimit: 50,
      count: 1,
      enabled: true,
      overlap: 'queue',
      maxRuntimeMs: null,
      timeZone: 'EST',
      expectedRuntimeMs: 86_400_000,
      schedule: { hours: [0], minutes: [0], seconds: [0], days: { weekdays: null } },
      cleanup: { name: 'cleanup' },
    })
    expect(job('test_job1')).toMatchObject({
      overlap: 'allow',
      timeZone: 'Pacific/Auckland',
      schedule: { hours: [0], minutes: [30], seconds: [0], days: { weekdays: [1, 3, 5] } },
      actions: [{ name: 'action1' }, { name: 'action', requires: ['action1'], expectedRuntimeMs: 7_200_000 }],
    })
    expect(job('test_job_actions_dict')?.actions.at(-1)).toMatchObject({
      name: 'action2',
      requires: ['action', 'action1'],
      nodes: { kind: 'nodes', names: ['node0'] },
    })
    expect(job('test_job4')).toMatchObject({
      count: null,
      enabled: false,
      nodes: { names: ['node0', 'node1'] },
    })
  })

  test('services of the versions that had them', () => {
    const row = cases.find((each) => each['yaml'] !== undefined)
    expect(master(textOf(row?.['yaml']))).toMatchObject({
      problems: [],
      services: [
        {
          name: 'MASTER.service0',
          count: 2,
          monitorIntervalMs: 20_000,
          monitorRetries: 5,
          restartDelayMs: null,
          owner: '',
        },
      ],
    })
  })

  test.each([
    [
      'services: {a: {node: n, schedule: daily, actions: {x: {command: y}}}}',
      'Cannot read service "a": it has no command',
    ],
    [
      'jobs: {same: {actions: {x: {command: y}}}}\nservices: {same: {command: y, pid_file: z}}',
      'Cannot use service "MASTER.same" twice',
    ],
  ])('%s', (text, message) => {
    expect(master(text).problems.map((problem) => problem.message)).toContainEqual(
      expect.stringContaining(message),
    )
  })

  test('the old word restart_interval is taken with a note', () => {
    const { services, notes } = master('services: {a: {command: y, pid_file: z, restart_interval: 60}}')
    expect(services[0]?.restartDelayMs).toBe(60_000)
    expect(notes[0]?.message).toMatch(/^Key "restart_interval" is an old word/)
  })
})

function assertNames(jobs: readonly { readonly name: string }[], names: unknown): void {
  expect(jobs.map(({ name }) => name)).toEqual(names)
}

describe.skipIf(caseFilesMissing)("the configs of Tron's tests of the whole daemon", () => {
  const rows = readCases('tron/end-to-end.json').cases.filter((row) => row['config'] !== undefined)

  test.for(rows.map((row) => [textOf(row['name']), textOf(row['config'])] as const))('%s', ([, config]) => {
    // The tests put their own directory in place of this word before Tron sees it.
    const { problems, jobs, services } = master(config.replaceAll('{wd}', '/tmp'))
    expect(problems).toEqual([])
    expect(jobs.length + services.length).toBeGreaterThan(0)
  })
})

describe('triggers', () => {
  const file = (event: string) =>
    `jobs: {up: {actions: {load: {command: x, trigger_downstreams: {ymd: "{ymd}"}}}}, down: {actions: {x: {command: y, triggered_by: ["${event}"]}}}}`

  test.each([
    ['shop.up.load.ymd.{ymd}', ''],
    ['other.up.load.ymd.{ymd}', ''],
    ['shop.upp.load.ymd.{ymd}', 'did you mean "shop.up"?'],
    ['shop.up.lod.ymd.{ymd}', 'did you mean "load"?'],
    ['shop.up.load.ym.{ymd}', 'did you mean "ymd"?'],
  ])('%s: an event that nobody of the file publishes is said', (event, hint) => {
    const { problems, notes } = parsed(file(event))
    expect(problems).toEqual([])
    expect(notes.map((note) => note.hint)).toEqual(hint === '' ? [] : [hint])
  })
})

describe.skipIf(caseFilesMissing)("Tron's identifiers", () => {
  test.for(readCases('tron/identifiers.json').cases.map((row) => [row['value'], row['valid']] as const))(
    '%j: %j',
    ([value, valid]) => {
      const text = JSON.stringify({ jobs: [{ name: value, actions: [{ name: value, command: 'x' }] }] })
      const isValid = parsed(text).problems.length === 0
      expect(isValid).toBe(namesAccepted.includes(looseText(value)) ? true : valid)
    },
  )
})

describe.skipIf(caseFilesMissing)("Tron's lengths of time, in max_runtime", () => {
  test.for(readCases('tron/time-deltas.json').cases.map((row) => [textOf(row['value']), row] as const))(
    '"%s"',
    ([value, row]) => {
      const text = JSON.stringify({
        jobs: [{ name: 'a', max_runtime: value, actions: [{ name: 'x', command: 'y' }] }],
      })
      const seconds = row['expected_seconds']
      expect(parseDuration(value).ok).toBe(typeof seconds === 'number')
      const expected = typeof seconds === 'number' ? seconds * 1000 : undefined
      expect(parsed(text).jobs[0]?.maxRuntimeMs).toBe(expected)
    },
  )
})

const folder = path.resolve(import.meta.dirname, '../../../../shared/cases/tron/configs')
/** Tron itself refuses these, and so do we, with what to do about it. */
const refused = new Map([
  ['v0.2.10__docs_sample_config.yaml', /Cannot read (tag|alias)/],
  ['v3.10.5__dev_config__manifest.yaml', /Cannot use key "MASTER" in the file/],
])

describe.skipIf(caseFilesMissing)("Tron's own config files, as they are", () => {
  const files = caseFilesMissing ? [] : readdirSync(folder)

  test.for(files)('%s', (fileName) => {
    const { problems } = master(readFileSync(path.join(folder, fileName), 'utf8'))
    const pattern = refused.get(fileName)
    const strange = problems.filter(({ message }) => pattern === undefined || !pattern.test(message))
    expect(strange).toEqual([])
    expect(problems.length > 0).toBe(pattern !== undefined)
  })

  test('there are some', () => {
    expect(files.length).toBeGreaterThan(refused.size)
  })
})
