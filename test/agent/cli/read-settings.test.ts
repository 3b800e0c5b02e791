// Where the settings of an agent come from, which of two stands, and what is said about those that will not do.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSettings, type SettingSources } from '../../../agent/cli/read-settings.ts'
import { settingKeys } from '../../../agent/cli/setting-keys.ts'
import { defaultClaimSettings } from '../../../lib/base/limits.ts'

let directory: string

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-settings-'))
})

afterEach(() => fs.rmSync(directory, { recursive: true }))

const read = (sources: Partial<SettingSources>) =>
  readSettings({ flags: {}, environment: {}, workingDirectory: directory, ...sources })

function withFile(text: string, sources: Partial<SettingSources> = {}) {
  fs.writeFileSync(path.join(directory, 'a.yaml'), text)
  return read({ ...sources, flags: { settings: 'a.yaml', ...sources.flags } })
}

const problemsOf = (run: () => unknown): string[] => {
  try {
    run()
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}

describe('settings', () => {
  test('have defaults for all', () => {
    expect(read({}).agent).toEqual({
      dataDirectory: path.join(directory, '.hocket'),
      name: os.hostname().split('.')[0],
      labels: {},
      listen: null,
      announce: [],
      join: null,
      witnesses: 1,
      canWitness: true,
      maxRunning: null,
      http: '127.0.0.1:7460',
      httpNames: [],
      tls: null,
      isInsecure: false,
      logUrl: null,
      configDirectory: null,
      claim: defaultClaimSettings,
    })
  })

  test('of a flag stand over the environment, and those over the file', () => {
    const file = 'name: from-file\nhttp: 127.0.0.1:1\nlisten: 127.0.0.1:1\n'
    const environment = { HOCKET_NAME: 'from-environment', HOCKET_HTTP: '127.0.0.1:2', HOCKET_LISTEN: '' }
    const { agent } = withFile(file, { environment, flags: { name: 'from-flag' } })
    expect([agent.name, agent.http, agent.listen]).toEqual(['from-flag', '127.0.0.1:2', ['127.0.0.1:1']])
  })

  test('that are lists come from repeated flags, commas in the environment, and lists or maps in a file', () => {
    const labels = { disk: 'ssd', rack: 'r1=x' }
    expect(read({ flags: { label: ['disk=ssd', 'rack=r1=x'] } }).agent.labels).toEqual(labels)
    expect(read({ environment: { HOCKET_LABEL: 'disk=ssd, rack=r1=x' } }).agent.labels).toEqual(labels)
    expect(withFile('label: [disk=ssd, rack=r1=x]').agent.labels).toEqual(labels)
    expect(withFile('label: { disk: ssd, rack: r1=x }').agent.labels).toEqual(labels)
  })

  test('of the claims take lengths of time', () => {
    const { claim } = withFile('session_ttl: 4s\nclaim_ahead: 500ms\nrank_delay: 1.5s\n').agent
    expect(claim).toEqual({
      ...defaultClaimSettings,
      sessionTtlMs: 4000,
      claimAheadMs: 500,
      rankDelayMs: 1500,
    })
  })

  test('mean the same text in a file as in a flag', () => {
    expect(withFile('name: 08\ndrain: no\nwitnesses: 3\n')).toMatchObject({
      agent: { name: '08', witnesses: 3 },
      isDraining: false,
    })
    expect(read({ flags: { drain: true } }).isDraining).toBe(true)
  })
})

describe('a problem', () => {
  test.each([
    [{ witnesses: '2' }, 'Cannot use --witnesses "2": it is no number of witnesses, expected 1, 3 or 5'],
    [{ label: ['disk'] }, 'Cannot use --label "disk": it is no label, expected one such as disk=ssd'],
    [{ 'session-ttl': '20' }, 'Cannot use --session-ttl "20": "20" has no unit, expected'],
    [{ 'session-ttl': '1s' }, 'Cannot use --session-ttl "1s": it is outside, expected 2s to 120s'],
    [{ name: 'a.b' }, 'Cannot use --name "a.b": it has a dot or a slash'],
    [
      { 'log-level': 'loud' },
      'Cannot use --log-level "loud": it is none of what it may be, expected debug, info',
    ],
  ])('with flags %j is told with its remedy', (flags, line) => {
    expect(problemsOf(() => read({ flags }))).toEqual([expect.stringContaining(line)])
  })

  test('in a file is told with line and column, all at once, with the nearest name', () => {
    const lines = problemsOf(() => withFile('# mine\nhtttp: 127.0.0.1:1\nwitnesses: 4\nname: [a]\n'))
    expect(lines).toEqual([
      'a.yaml:2:1: Cannot use setting "htttp": there is no such setting, expected perhaps "http"',
      'a.yaml:4:1: Cannot use name: it is of another shape, expected one value',
      'a.yaml:3:1: Cannot use witnesses "4": it is no number of witnesses, expected 1, 3 or 5',
    ])
  })

  test.each(['a: [', '- a\n- b', 'just text'])('with %j, which is no settings file, is told', (text) => {
    expect(problemsOf(() => withFile(text))).toEqual([
      expect.stringMatching(/^a\.yaml:\d+:\d+: Cannot read settings: /),
    ])
  })

  test('with a file that is not there is told', () => {
    expect(problemsOf(() => read({ flags: { settings: 'none.yaml' } }))).toEqual([
      expect.stringContaining('Cannot read settings file "none.yaml": there is no such file, expected'),
    ])
  })

  test('with a join token does not tell the token', () => {
    expect(problemsOf(() => read({ flags: { join: ' ' } })).join()).toMatch(/^Cannot use --join: it is empty/)
  })
})

describe('the documented file', () => {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, '../../../config/agent.yaml'), 'utf8')

  test('is in force as it is, and changes nothing', () => {
    expect(withFile(text)).toEqual(read({}))
  })

  test('documents every setting, each with a value that will do', () => {
    const uncommented = text.replaceAll(/^# ?([a-z_]+: )/gm, '$1')
    expect(Object.keys(parse(uncommented) as object).sort()).toEqual(settingKeys.map(({ key }) => key).sort())
    expect(problemsOf(() => withFile(uncommented))).toEqual([])
  })
})
