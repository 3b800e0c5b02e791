// Other schedulers' files through the command line.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  importCronicleCommand,
  importDkronCommand,
  importSystemdCommand,
} from '../../../agent/cli/import-command.ts'
import { typed, type Given } from './fake-terminal.ts'

let directory: string

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-cli-'))
})
afterEach(() => fs.rmSync(directory, { recursive: true }))

const imported = async (words: readonly string[], given: Given = {}) =>
  typed([importDkronCommand, importCronicleCommand, importSystemdCommand], ['import', ...words], {
    workingDirectory: directory,
    ...given,
  })

const dkron = { name: 'a', schedule: '@every 1m', executor: 'shell', executor_config: { command: 'true' } }

test('a job of Dkron becomes a config file, from a file or the standard input', async () => {
  fs.writeFileSync(path.join(directory, 'jobs.json'), JSON.stringify([dkron]))
  const said = await imported(['dkron', 'jobs.json'])
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).toMatch(/^jobs:\n(.*\n)* {2}a:\n/m)
  expect(await imported(['dkron', '-'], { input: ['[', JSON.stringify(dkron), ']'] })).toEqual(said)
})

test('what an agent would not take is said beside it', async () => {
  const withTimeout = { ...dkron, executor_config: { command: 'true', timeout: '5x' } }
  const said = await imported(['dkron', '-'], { input: [JSON.stringify(withTimeout)] })
  expect(said.code).toBe(0)
  expect(said.err).toMatch(/^$|^Not taken by an agent as it is:\n! imported\.yaml:\d+/)
})

test('units of systemd are read together', async () => {
  fs.writeFileSync(path.join(directory, 'b.timer'), '[Timer]\nOnCalendar=daily\n')
  fs.writeFileSync(path.join(directory, 'b.service'), '[Service]\nType=oneshot\nExecStart=/bin/true\n')
  const { out, code } = await imported(['systemd', 'b.timer', 'b.service'])
  expect(code).toBe(0)
  expect(out).toContain('/bin/true')
})

test.each([
  [['dkron'], 2, 'no file is named'],
  [['dkron', 'nope.json'], 1, 'Cannot read file "nope.json": there is no such file'],
  [['dkron', 'a', 'b'], 2, 'Cannot use "b": it is one word too many'],
  [['cronicle', '-'], 1, 'Cannot import: line 1, column 2'],
])('import %j is refused with code %i', async (words, code, why) => {
  const said = await imported(words, { input: ['['] })
  expect(said).toMatchObject({ code, out: '' })
  expect(said.err).toContain(why)
})
