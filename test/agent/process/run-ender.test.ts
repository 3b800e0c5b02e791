// Ending what a run has started, by nothing but its files and what was learned of it before.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeDaemonRecord } from '../../../agent/process/daemon-record.ts'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { RunEnder } from '../../../agent/process/run-ender.ts'
import { RunFamilies } from '../../../agent/process/run-families.ts'
import { isThere, until } from './process-bench.ts'

const table = new ProcessTable('/proc')
const hasProc = fs.existsSync('/proc/self/stat')
const children: ChildProcess[] = []
let runs: string
let faults: string[]
let ender: RunEnder

beforeEach(() => {
  runs = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-ender-'))
  faults = []
  const families = new RunFamilies(table, runs, '/proc')
  ender = new RunEnder({ runsDirectory: runs, families, onFault: (text) => faults.push(text) })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  fs.rmSync(runs, { recursive: true, force: true })
})

const kill = { process: 'run', signal: 'SIGKILL' } as const

/** The process leads a group of its own. */
function sleeper(): number {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  children.push(child)
  if (child.pid === undefined) throw new Error('there is no sleep')
  return child.pid
}

function startOf(pid: number): string {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19] ?? ''
}

function writeStarted(text: string): void {
  fs.mkdirSync(path.join(runs, 'run'), { recursive: true })
  fs.writeFileSync(path.join(runs, 'run', 'started'), text)
}

function record(pid: number, { start = startOf(pid), boot = table.bootId } = {}): string {
  return `started ${pid} ${start} ${pid} ${start} ${boot}\n`
}

describe.skipIf(!hasProc)('what is to end', () => {
  test('is killed with a note of it', async () => {
    const pid = sleeper()
    writeStarted(record(pid))
    expect(ender.end(kill)).toBe('alive')
    await until(() => !isThere(pid))
    expect(fs.readFileSync(path.join(runs, 'run', 'signals'), 'latin1')).toBe('SIGKILL\nguard\n')
    expect(ender.end(kill)).toBe('over')
  })

  test('is over when it was killed twice, though its zombie stays', async () => {
    const keeper = spawn('sh', ['-c', 'setsid sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(keeper)
    const pid = Number(
      await new Promise((resolve) => keeper.stdout.once('data', (text) => resolve(String(text)))),
    )
    const start = startOf(pid)
    await until(() => /\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1')))
    writeStarted(record(pid, { start }))
    expect([ender.end(kill), ender.end(kill)]).toEqual(['alive', 'over'])
  })

  test('is closed when it has not begun, with or without a directory', () => {
    expect(ender.end(kill)).toBe('closed')
    expect(fs.readFileSync(path.join(runs, 'run', 'started'), 'latin1')).toBe('withdrawn\n')
    expect(ender.end(kill)).toBe('closed')
    expect(fs.readdirSync(runs)).toEqual(['run'])
  })

  test('is the newest of its tries', async () => {
    const pid = sleeper()
    writeStarted('withdrawn\n')
    fs.mkdirSync(path.join(runs, 'run@2'))
    fs.writeFileSync(path.join(runs, 'run@2', 'started'), record(pid))
    expect(ender.end(kill)).toBe('alive')
    await until(() => !isThere(pid))
  })

  test('is waited for while its record is half written', () => {
    writeStarted('started 12')
    expect(ender.end(kill)).toBe('alive')
  })

  test.each([
    ['of another boot', { boot: 'another' }],
    ['whose number is another process by now', { start: '1' }],
  ])('is over when it is %s, and nobody is hit', (_, more) => {
    const pid = sleeper()
    writeStarted(record(pid, more))
    expect(ender.end(kill)).toBe('over')
    expect(isThere(pid)).toBe(true)
  })

  test('is over when its command has ended by itself, and no note says otherwise', () => {
    const pid = sleeper()
    writeStarted(record(pid))
    fs.writeFileSync(path.join(runs, 'run', 'exit'), 'ended 0\n')
    expect(ender.end(kill)).toBe('over')
    expect(fs.readdirSync(path.join(runs, 'run'))).toEqual(['exit', 'started'])
    expect(isThere(pid)).toBe(true)
  })

  test('is ended by what was learned when its files cannot be read any more', async () => {
    const pid = sleeper()
    expect(ender.learn('run')).toBe(false)
    writeStarted(record(pid))
    expect(ender.learn('run')).toBe(true)
    fs.rmSync(path.join(runs, 'run', 'started'))
    fs.mkdirSync(path.join(runs, 'run', 'started'))
    expect(ender.end(kill)).toBe('alive')
    await until(() => !isThere(pid))
    expect(faults).toEqual([expect.stringContaining('Cannot end process "run" by its files: Error: EISDIR')])
  })

  test('is ended as the daemon that was learned when its record cannot be read any more', async () => {
    const pid = sleeper()
    const daemon = {
      pidFile: path.join(runs, 'x.pid'),
      identity: table.identify(pid),
      sinceMs: 0,
      bootId: table.bootId,
    }
    writeDaemonRecord(path.join(runs, 'run'), daemon)
    expect(ender.learn('run')).toBe(true)
    fs.rmSync(path.join(runs, 'run'), { recursive: true })
    expect(ender.end(kill)).toBe('alive')
    await until(() => !isThere(pid))
  })

  test('is tried again when its files cannot be read and nothing was learned', () => {
    fs.mkdirSync(path.join(runs, 'run', 'started'), { recursive: true })
    expect(ender.end(kill)).toBe('alive')
    expect(faults).toHaveLength(1)
  })
})
