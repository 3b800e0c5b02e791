// Signals to groups that are not there yet, and to those that are nobody's.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { RunFamilies } from '../../../agent/process/run-families.ts'
import type { StartRecord } from '../../../agent/process/run-record.ts'
import { RunSignals } from '../../../agent/process/run-signals.ts'

const canMakeSession = fs.existsSync('/usr/bin/setsid') && fs.existsSync('/proc/self/stat')
const table = new ProcessTable('/proc')
const warnings: unknown[] = []
let directory: string
let signals: RunSignals

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-signals-'))
  const families = new RunFamilies(table, directory, '/proc')
  signals = new RunSignals(table, families, { warn: (...words: unknown[]) => void warnings.push(words) })
})
afterEach(() => {
  signals.close()
  fs.rmSync(directory, { recursive: true })
  warnings.length = 0
})

test.runIf(canMakeSession)(
  'a signal waits for a command that has not left the group of its worker yet',
  async () => {
    const file = path.join(directory, 'go')
    const command = `echo; while [ ! -e '${file}' ]; do sleep 0.02; done; exec /usr/bin/setsid sleep 60`
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    await once(child.stdout, 'data')
    signals.deliver({ directory, started: startedAs(child.pid ?? 0) }, 'SIGTERM')
    expect(child.exitCode ?? child.signalCode).toBeNull()
    fs.writeFileSync(file, '')
    expect(await exited).toEqual([null, 'SIGTERM'])
    expect(fs.readFileSync(path.join(directory, 'signals'), 'latin1')).toBe('SIGTERM\n')
  },
)

test.each([0, 1, -1, Number.NaN, 1.5])(
  'a group of number %d is never signalled: it would be everybody',
  (pid) => {
    signals.deliver({ directory, started: startedAs(pid, '1') }, 'SIGCONT')
    expect(warnings).toEqual([])
  },
)

test.runIf(fs.existsSync('/proc/self/stat'))(
  'a signal that cannot be noted is sent all the same',
  async () => {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    const exited = once(child, 'exit')
    const started = startedAs(child.pid ?? 0)
    signals.deliver({ directory: path.join(directory, 'missing'), started }, 'SIGTERM')
    expect(await exited).toEqual([null, 'SIGTERM'])
    expect(warnings).toHaveLength(1)
  },
)

function startedAs(pid: number, start = startOf(pid)): StartRecord {
  return { command: { pid, start }, wrapper: { pid, start }, bootId: table.bootId }
}

function startOf(pid: number): string {
  return fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19] ?? '-'
}
