// What is said of pid files and the processes that they name, on a real system.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sightPidFile, writePidFile } from '../../../agent/process/pid-file.ts'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { DaemonEnder } from '../../../agent/process/daemon-record.ts'
import { signalProcess } from '../../../agent/process/signal-process.ts'
import type { Identity } from '../../../lib/service/event.ts'
import { judgeSight, type Finding } from '../../../lib/service/pid-file.ts'

const hasProc = fs.existsSync('/proc/self/stat')
const table = new ProcessTable('/proc')
let directory = ''
let file = ''
const children: ReturnType<typeof spawn>[] = []

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-pid-'))
  file = path.join(directory, 'x.pid')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  fs.rmSync(directory, { recursive: true, force: true })
})

async function sleeper(): Promise<number> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
  children.push(child)
  await once(child, 'spawn')
  return child.pid!
}

/** As if it had been written long ago. */
function age(seconds: number): void {
  const at = Date.now() / 1000 - seconds
  fs.utimesSync(file, at, at)
}

async function found(known: Identity | null = null): Promise<Finding> {
  const sight = await sightPidFile(file, table)
  return judgeSight({ file: sight, isKnownAlive: known !== null && table.isSame(known) }, known)
}

describe.skipIf(!hasProc)('a pid file', () => {
  test('that names a process that lives is alive, and names it for ever', async () => {
    const pid = await sleeper()
    await writePidFile(file, pid)
    const finding = await found()
    expect(finding).toMatchObject({ kind: 'alive', identity: { pid } })
  })

  test.each([
    ['is not there', (): void => undefined, 'dead'],
    ['is empty, and was for a while', () => write('', 5), 'dead'],
    ['is empty, and new', () => write('', 0), 'again'],
    ['is half written, and new', () => write('99999', 0), 'again'],
    ['holds words', () => write('running\n', 5), 'unclear'],
    ['holds 1', () => write('1\n', 5), 'unclear'],
    ['holds 0', () => write('0\n', 5), 'unclear'],
    ['holds a negative number', () => write('-5\n', 5), 'unclear'],
    ['is a directory', () => fs.mkdirSync(file), 'unclear'],
    ['is a pipe that nobody writes to', () => execFileSync('mkfifo', [file]), 'unclear'],
    ['lies below a file', putBelowFile, 'dead'],
    ['names nobody', () => write('4194303\n', 5), 'dead'],
  ] as const)('that %s', async (_, make, expected) => {
    make()
    expect((await found()).kind).toBe(expected)
  })

  test.skipIf(process.getuid?.() !== 0)('of a user speaks for processes of that user alone', async () => {
    await writePidFile(file, await sleeper())
    fs.chownSync(file, 65_534, 65_534)
    expect(await found()).toMatchObject({ kind: 'unclear', why: expect.stringContaining('65534') as string })
    fs.chownSync(file, 0, 0)
    expect((await found()).kind).toBe('alive')
  })

  test('is written beside what somebody left in its way, not through it', async () => {
    const victim = path.join(directory, 'victim')
    fs.writeFileSync(victim, 'mine')
    fs.symlinkSync(victim, `${file}.new`)
    await writePidFile(file, 4_711)
    expect([fs.readFileSync(victim, 'utf8'), fs.readFileSync(file, 'utf8')]).toEqual(['mine', '4711\n'])
  })

  test('that was written before the process that it names began means another one', async () => {
    await writePidFile(file, await sleeper())
    age(3_600)
    expect(await found()).toMatchObject({
      kind: 'dead',
      why: expect.stringContaining('another one') as string,
    })
  })

  test('of a process that was proved to be ours counts for nothing while that lives', async () => {
    const pid = await sleeper()
    const known = table.identify(pid)!
    write('nonsense\n', 5)
    expect(await found(known)).toMatchObject({ kind: 'alive', identity: known })
  })
})

function putBelowFile(): void {
  file = path.join(process.execPath, 'x.pid')
}

function write(text: string, ageSeconds: number): void {
  fs.writeFileSync(file, text)
  age(ageSeconds)
}

describe.skipIf(!hasProc)('a signal', () => {
  test('reaches the process that was named, and never one that bears its number by now', async () => {
    const pid = await sleeper()
    signalProcess(table, { pid, start: 'before/1' }, { signal: 'SIGKILL', isForGroup: true })
    expect(table.identify(pid)).not.toBeNull()
    signalProcess(table, table.identify(pid)!, { signal: 'SIGKILL', isForGroup: true })
    await expect.poll(() => table.identify(pid)).toBeNull()
  })
})

test.skipIf(!hasProc)(
  'a guard ends a daemon that its agent never saw, by its pid file, and nobody else',
  async () => {
    const sinceMs = Date.now() - 1_000
    const pid = await sleeper()
    await writePidFile(file, pid)
    const ender = new DaemonEnder(table)
    const { bootId } = table
    const of = { pidFile: file, identity: null, sinceMs, bootId }
    for (const other of [
      { ...of, sinceMs: Date.now() + 60_000 },
      { ...of, bootId: 'before' },
      { ...of, identity: { pid, start: `${bootId}/1` }, sinceMs: 0 },
    ])
      ender.end('d', other, 'SIGKILL')
    age(60)
    ender.end('d', of, 'SIGKILL')
    age(0)
    expect(table.identify(pid)).not.toBeNull()
    ender.end('d', of, 'SIGKILL')
    await expect.poll(() => table.identify(pid)).toBeNull()
  },
)

/** Null where a pid namespace can have a small pid_max of its own; where it cannot, the bound would be the machine's. */
function whyNoNamespace(): string | null {
  const [major = 0, minor = 0] = os.release().split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 14))
    return `Linux ${os.release()} has one pid_max for all namespaces`
  try {
    execFileSync('unshare', [...namespaceWords, 'echo 400 >/proc/sys/kernel/pid_max'], { stdio: 'ignore' })
    return null
  } catch {
    return 'this user may make no pid namespace with a pid_max of its own'
  }
}

const namespaceWords = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '/bin/sh', '-c']
const whyNot = hasProc ? whyNoNamespace() : 'this system has no /proc'

test(
  'a number that was given to another process is not taken for the service, and not signalled',
  { timeout: 60_000 },
  ({ skip }) => {
    skip(whyNot !== null, whyNot ?? '')
    const program = path.join(import.meta.dirname, 'recycled-pid.ts')
    const command = `echo 400 >/proc/sys/kernel/pid_max && exec '${process.execPath}' '${program}' '${file}'`
    const said = execFileSync('unshare', [...namespaceWords, command], { encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual({
      isSameNumber: true,
      withMemory: 'dead',
      withoutMemory: 'dead',
      isOtherAlive: true,
    })
  },
)
