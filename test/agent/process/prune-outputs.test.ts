// What may be taken away before its time: output of what ended long ago, and nothing that proves that it ran.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pruneOutputs } from '../../../agent/process/prune-outputs.ts'
import { runDirectoryName } from '../../../agent/process/run-record.ts'

let runs: string
const beforeMs = Date.now() - 3_600_000

beforeEach(() => {
  runs = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-prune-'))
})

afterEach(() => fs.rmSync(runs, { recursive: true }))

function run(key: string, files: Readonly<Record<string, string>>, ageMs: number): string {
  const directory = path.join(runs, runDirectoryName(key, 1))
  fs.mkdirSync(directory)
  for (const [name, text] of Object.entries({ started: 'started 5 6 7 8 boot\n', ...files })) {
    fs.writeFileSync(path.join(directory, name), text)
    const atMs = Date.now() - ageMs
    fs.utimesSync(path.join(directory, name), atMs / 1000, atMs / 1000)
  }
  return directory
}

const ended = { exit: `ended 0${' '.repeat(390)}\n`, stdout: 'x'.repeat(9000), stderr: 'no' }
const day = 86_400_000

test('only what ended before is taken, and its records stay', async () => {
  const old = run('shop.a.1.x.1', ended, day)
  const kept = [
    run('shop.a.2.x.1', ended, 60_000),
    run('shop.a.3.x.1', { ...ended, exit: ' '.repeat(400) }, day),
    run('service/shop.web.0#1.1.start', ended, day),
  ]
  const fresh = run('shop.a.4.x.1', ended, day)
  fs.writeFileSync(path.join(fresh, 'stdout'), 'a daemon goes on')
  const trial = await pruneOutputs(runs, { beforeMs, isDryRun: true })
  expect(trial.runs).toBe(1)
  expect(trial.bytes).toBeGreaterThan(9000)
  expect(fs.existsSync(path.join(old, 'stdout'))).toBe(true)
  expect(await pruneOutputs(runs, { beforeMs, isDryRun: false })).toEqual(trial)
  expect(fs.readdirSync(old).toSorted()).toEqual(['exit', 'started'])
  for (const directory of [...kept, fresh]) expect(fs.readdirSync(directory)).toContain('stdout')
  expect(await pruneOutputs(runs, { beforeMs, isDryRun: false })).toEqual({ runs: 0, bytes: 0 })
})
