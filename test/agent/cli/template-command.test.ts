// What the command line makes of templates, without an agent.
import { describe, expect, test } from 'vitest'
import { templateRenderCommand } from '../../../agent/cli/template-command.ts'
import {
  caseFilesMissing,
  looseText,
  outcomes,
  readCases,
  textOf,
  type Row,
} from '../../lib/schedule/case-files.ts'
import { saying, typed, type Given } from './fake-terminal.ts'

const render = async (words: readonly string[], given?: Given) =>
  typed([templateRenderCommand], ['template', 'render', ...words], given)

const answersTo = async (rows: readonly object[]) => {
  const { out } = await render(['--batch'], { input: [rows.map((row) => JSON.stringify(row)).join('\n')] })
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly text?: string; readonly error?: string })
}

/** Numbers as texts. */
const wordOf = (value: Row[string] | undefined) => (typeof value === 'string' ? value : JSON.stringify(value))

describe('template render', () => {
  test.each([
    [['{shortdate-1}'], '2026-11-20'],
    [['%(month-1)s', '--at', '2026-03-31'], '02'],
    [['{ymdhm}', '--at', '2026-06-01T00:30Z', '--tz', 'Europe/Berlin'], '2026-06-01T02:30'],
    [['{host}:{slot}', '--set', 'host=a=b', '--at', '2026-01-01'], 'a=b:2026-01-01T00:00:00Z'],
    [['{node} {runid}', '--set', 'node=alpha'], 'alpha category.job.1'],
    [['{last_success#shortdate}', '--last-success', '2026-11-01'], '2026-11-01'],
    [['shortdate-1'], '2026-11-20'],
    [['last_success#day', '--last-success', '2026-11-07'], '07'],
    [['echo today'], 'echo today'],
    [['today'], 'today'],
  ])('of %j is "%s"', async (words, text) => {
    expect(await render(words)).toEqual({ code: 0, out: `${text}\n`, err: '' })
  })

  test.each([
    [['{shrtdate}'], 1, 'did you mean "shortdate"?'],
    [[], 2, 'Cannot render a template: there is none'],
    [['{day}', '--at', 'noon'], 2, 'Cannot use at: "noon" is not a date and time'],
    [['{day}', '--tz', 'Mars'], 2, 'Cannot use time zone "Mars"'],
    [['{day}', '--set', 'x'], 2, 'Cannot use --set "x"'],
  ])('of %j is refused with code %i', async (words, code, why) => {
    const said = await render(words)
    expect(said).toMatchObject({ code, out: '' })
    expect(said.err).toContain(why)
  })
})

describe('a batch of templates', () => {
  test('is answered line by line, also after one that is wrong', async () => {
    const at = '2026-10-25T02:30'
    expect(
      await answersTo([
        { expr: '{ymdh}', at, tz: 'Europe/Berlin' },
        { expr: '{nothing}', at },
        { expr: '{x} {attempt}', at, context: { x: 'y', attempt: '3' } },
        { expr: '{x}', at, context: { x: 1 } },
        { at },
        { expr: 'last_success#shortdate-1', at, last_success: '2026-10-01' },
      ]),
    ).toEqual([
      { text: '2026-10-25T02' },
      { error: saying('the variable "nothing" is unknown') },
      { text: 'y 3' },
      { error: saying('"context" is something else') },
      { error: saying('"expr" is missing') },
      { text: '2026-09-30' },
    ])
  })

  test.skipIf(caseFilesMissing)("agrees with Tron's date arithmetic, braces or not", async () => {
    const rows = readCases('tron/date-arithmetic.json').cases
    const { check, wrong } = outcomes()
    for (const around of [
      ['{', '}'],
      ['', ''],
      ['%(', ')s'],
    ]) {
      const answers = await answersTo(
        rows.map((row) => ({
          expr: `${around[0]}${textOf(row['expr'])}${around[1]}`,
          at: row['runtime'],
          tz: looseText(row['tz']) || 'UTC',
          last_success: row['runtime'],
        })),
      )
      for (const [i, row] of rows.entries())
        if (row['expected'] !== null)
          check(`${textOf(row['expr'])} ${textOf(row['runtime'])}`, answers[i]?.text, wordOf(row['expected']))
    }
    expect(wrong()).toEqual([])
  })
})
