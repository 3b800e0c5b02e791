// What the command line says of config files, without an agent.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configSchemaCommand, configValidateCommand } from '../../../agent/cli/config-validate-command.ts'
import type { Problem } from '../../../lib/base/problem.ts'
import { caseFilesMissing, readCases, textOf } from '../../lib/schedule/case-files.ts'
import { saying, typed } from './fake-terminal.ts'

let directory: string

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-cli-'))
})
afterEach(() => fs.rmSync(directory, { recursive: true }))

const write = (name: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
  fs.writeFileSync(path.join(directory, name), text)
}
const config = async (...words: string[]) =>
  typed([configValidateCommand, configSchemaCommand], ['config', ...words], { workingDirectory: directory })
const asJson = async (...words: string[]) => {
  const { out, code } = await config('validate', '--json', ...words)
  return { code, ...(JSON.parse(out) as { ok: boolean; problems: Problem[]; notes: Problem[] }) }
}

const good = 'jobs: {a: {schedule: every 1h, actions: {x: {command: "true"}}}}\n'

describe('config validate', () => {
  test('finds nothing wrong with a good file', async () => {
    write('shop.yaml', good)
    expect(await config('validate', 'shop.yaml')).toEqual({
      code: 0,
      out: 'ok shop.yaml: 1 job in category "shop"\n',
      err: '',
    })
    expect(await asJson('shop.yaml')).toEqual({ code: 0, ok: true, problems: [], notes: [] })
  })

  test('says all that is wrong, each with its place and remedy', async () => {
    write('in/bad.yaml', 'jobs:\n  a:\n    schedul: every 1s\n    actions: {x: {comand: "true"}}\n')
    expect(await asJson('in/bad.yaml')).toMatchObject({
      code: 1,
      ok: false,
      problems: [
        { file: 'in/bad.yaml', line: 3, column: 5, path: 'jobs.a.schedul', hint: 'did you mean "schedule"?' },
        { file: 'in/bad.yaml', line: 4, hint: 'did you mean "command"?' },
      ],
    })
    const { code, out } = await config('validate', 'in/bad.yaml')
    expect(code).toBe(1)
    expect(out).toMatch(/^! in\/bad\.yaml:3:5: Cannot use key "schedul".*\n! in\/bad\.yaml:4:\d+: /)
  })

  test('takes a directory, and what MASTER in it defines is known to the others', async () => {
    write('jobs/MASTER.yaml', 'command_context: {host: db1}\n')
    write('jobs/shop.yaml', good.replace('"true"', '"ping {host}"'))
    write('jobs/notes.txt', 'not read')
    write('jobs/.shop.yaml.swp', 'not read')
    expect(await asJson('jobs')).toEqual({ code: 0, ok: true, problems: [], notes: [] })
    expect((await asJson('jobs/shop.yaml')).problems[0]?.message).toContain('the variable "host" is unknown')
  })

  test.each([
    ['missing.yaml', 'there is no such file'],
    ['notes.txt', 'its name does not end in .yaml, .yml, .json or .crontab'],
    ['latin.yaml', 'it is not UTF-8'],
  ])('cannot use %s: %s', async (name, why) => {
    write('notes.txt', good)
    fs.writeFileSync(path.join(directory, 'latin.yaml'), Buffer.from([0x61, 0xe9]))
    const { code, problems } = await asJson(name)
    expect(code).toBe(1)
    expect(problems).toMatchObject([{ file: name, line: 0, message: saying(why) }])
  })

  test('two files of one category are a problem that names both', async () => {
    write('a/shop.yaml', good)
    write('b/shop.json', '{}')
    const { problems } = await asJson('a/shop.yaml', 'b/shop.json')
    expect(problems[0]?.message).toBe(
      'Cannot use category "shop" twice: it is file "a/shop.yaml" too, expected one file for each category',
    )
  })

  test('takes a crontab, and names the line of a mistake', async () => {
    write('legacy.crontab', 'MAILTO=ops\n*/5 * * * * true\n61 * * * * false\n')
    expect((await asJson('legacy.crontab')).problems).toMatchObject([{ file: 'legacy.crontab', line: 3 }])
  })

  test('without a file is asked wrongly', async () => {
    expect((await config('validate')).code).toBe(2)
  })
})

describe('as cronq-validator', () => {
  const asked = async (document: unknown) => {
    write('cronq.config', JSON.stringify(document))
    return (await config('validate', '--config', 'cronq.config')).code
  }

  test('asks for a routing key and a category', async () => {
    const job = { name: 'a', schedule: 'R/2013-05-29T00:00:00/PT1M', command: 'true', routing_key: 'slow' }
    const { routing_key: _, ...bare } = job
    expect(await asked({ category: 'shop', jobs: [job] })).toBe(0)
    expect(await asked({ category: 'shop', jobs: [bare] })).toBe(1)
    expect(await asked({ jobs: [job] })).toBe(1)
  })

  test.skipIf(caseFilesMissing)('refuses every document that it refused', async () => {
    const rows = readCases('kron-cronq/cronq-validator.json').cases
    const refused = rows.filter(({ accept, document }) => accept === false && document !== undefined)
    expect(refused.length).toBeGreaterThan(5)
    // A schedule that it refused for its form, and that cronq itself and we understand.
    const isUnderstood = ({ name }: (typeof rows)[number]) => textOf(name).startsWith('schedule')
    for (const row of refused.filter((each) => !isUnderstood(each)))
      expect([row['name'], await asked(row['document'])]).toEqual([row['name'], 1])
  })
})

test('config schema is the published JSON Schema', async () => {
  const { out, code } = await config('schema')
  expect(code).toBe(0)
  const schema = JSON.parse(out) as { $schema: string; properties: object }
  expect(schema.$schema).toContain('json-schema.org')
  expect(Object.keys(schema.properties)).toContain('jobs')
})
