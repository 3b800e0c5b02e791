// What a command is started with beside its text: its user, place, standard input and shell, as root and as an
// ordinary user, who can start nothing as another.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Processes } from '../../../agent/process/processes.ts'
import type { SpawnRequest } from '../../../agent/process/request-text.ts'
import { ProcessBench, readBytes } from './process-bench.ts'

const environment = { PATH: '/usr/bin:/bin' }
const isRoot = process.getuid?.() === 0
const isLinux = fs.existsSync('/proc/self/stat')
const accounts = fs
  .readFileSync('/etc/passwd', 'utf8')
  .split('\n')
  .map((line) => line.split(':'))
  .filter(([name = '', , uid]) => name !== '' && Number(uid) > 0)
  .map(([name = '', , uid = '', , , home = '']) => ({ name, uid, home }))
const other = accounts.find(({ name }) => name !== os.userInfo().username)
let bench: ProcessBench
let processes: Processes

beforeEach(() => {
  bench = new ProcessBench()
  processes = bench.open()
})
afterEach(async () => {
  await bench.end()
})

async function run(command: string, more: Partial<SpawnRequest> = {}) {
  processes.spawn({ process: 'run', command, environment, ...more })
  const end = await bench.endOf('run')
  const read = async (stream: 'stdout' | 'stderr') =>
    (await readBytes(processes, { process: 'run', stream })).toString()
  return { end, stdout: await read('stdout'), stderr: await read('stderr') }
}

describe('by root, a user', () => {
  const { name, uid, home } = other ?? { name: '', uid: '', home: '' }
  beforeEach(({ skip }) => {
    skip(!isRoot, 'only root can become another user')
    skip(other === undefined, 'this system has no other user')
  })

  test('is become with all its groups', async () => {
    const { stdout, stderr } = await run('id -u; id -ru; id -G', { user: name })
    expect(stderr).toBe('')
    const groups = execFileSync('id', ['-G', name], { encoding: 'utf8' }).trim()
    const [effective, real, found] = stdout.split('\n')
    expect([effective, real, found]).toEqual([uid, uid, groups])
  })

  test.runIf(isLinux)('is become without a way back', async () => {
    const { stdout } = await run('grep -E "^(Uid|CapEff):" /proc/self/status', { user: name })
    expect(stdout).toBe(`Uid:	${uid}	${uid}	${uid}	${uid}
CapEff:	0000000000000000
`)
  })

  test('has its own home, name and number as well as what the definition says', async () => {
    const { stdout } = await run('echo "$HOME|$USER|$LOGNAME|$SHELL|$A"', {
      user: uid,
      shell: '/bin/bash',
      environment: { ...environment, A: "it's", name: 'x', uid: '0', home: '/x' },
    })
    expect(stdout).toBe(`${home}|${name}|${name}|/bin/bash|it's\n`)
  })

  test('starts in a place that it may enter, and in / where it has no home', async () => {
    fs.chmodSync(bench.directory, 0o755)
    const place = path.join(bench.directory, "its 'own'")
    fs.mkdirSync(place, { mode: 0o700 })
    fs.chownSync(place, Number(uid), 0)
    expect((await run('pwd', { user: name, cwd: place })).stdout).toBe(`${place}\n`)
    processes.spawn({ process: 'plain', command: 'pwd', environment, user: name })
    await bench.endOf('plain')
    const mayEnter = fs.existsSync(home) && (fs.statSync(home).mode & 1) === 1
    expect(bench.read('plain', 'stdout')).toBe(`${mayEnter ? fs.realpathSync(home) : '/'}\n`)
  })

  test('may open its streams anew, and none of those of others', async () => {
    const { stdout, stderr } = await run(
      'cat /dev/stdin; echo "twice" >>/dev/stdout; echo err >>/dev/stderr; cat "$RUNS"/run/request',
      { user: name, stdin: 'read\n', environment: { ...environment, RUNS: bench.runsDirectory } },
    )
    expect(stdout).toBe('read\ntwice\n')
    expect(stderr).toMatch(/^err\n.*Permission denied/)
  })

  test('whose place is closed to it fails to start, although root might enter it', async () => {
    fs.chmodSync(bench.directory, 0o700)
    const { end, stdout } = await run('echo executed', { user: name, cwd: bench.directory })
    expect(end).toMatchObject({
      kind: 'spawn-failed',
      reason: `working directory "${bench.directory}" cannot be entered, expected a directory that its user may enter`,
    })
    expect(stdout).toBe('')
  })

  test('whose shell is closed to it fails to start', async () => {
    fs.chmodSync(bench.directory, 0o755)
    const shell = path.join(bench.directory, 'shell')
    fs.writeFileSync(shell, '#!/bin/sh\n', { mode: 0o700 })
    const { end } = await run('echo executed', { user: name, shell })
    expect(end).toMatchObject({
      kind: 'spawn-failed',
      reason: expect.stringContaining('cannot be executed') as string,
    })
  })

  test('that is unknown fails to start', async () => {
    const { end, stdout } = await run('echo executed', { user: "no'body" })
    expect(end).toMatchObject({
      kind: 'spawn-failed',
      reason: `user "no'body" is unknown on this host, expected one of its accounts`,
    })
    expect(stdout).toBe('')
  })
})

test('an ordinary user cannot become another, and says so', async ({ skip }) => {
  skip(isRoot, 'root can become every user')
  skip(other === undefined, 'this system has no other user')
  const { end, stdout } = await run('echo executed', { user: other!.name })
  expect(end).toMatchObject({ kind: 'spawn-failed' })
  expect(end.kind === 'spawn-failed' && end.reason).toContain(
    `cannot become user "${other!.name}", expected an agent that runs as root (`,
  )
  expect(stdout).toBe('')
})

test("the agent's own user is nothing to become", async () => {
  expect((await run('id -un', { user: os.userInfo().username })).stdout).toBe(`${os.userInfo().username}\n`)
})

describe('standard input', () => {
  test.each([
    ['a line', 'select 1;\n'],
    ['quotes, dollars and no end of line', `it's "$HOME" \\ \`x\``],
    ['more than a pipe holds', 'x'.repeat(200_000)],
    ['every character', Array.from({ length: 0x300 }, (_, i) => String.fromCharCode(i)).join('')],
  ])('of %s is read as it was written', async (_what, stdin) => {
    expect((await run('cat', { stdin })).stdout).toBe(stdin)
  })

  test('is at its end at once when there is none', async () => {
    expect((await run('cat; echo end')).stdout).toBe('end\n')
  })
})

test('a command makes its files as its host usually does, whatever its agent was started with', async () => {
  const before = process.umask(0o77)
  processes = bench.open()
  process.umask(before)
  expect((await run('umask')).stdout).toMatch(/^0*22\n$/)
})
