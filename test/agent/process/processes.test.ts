// Real processes: started through the launcher, signalled, and told about truly, whoever is killed meanwhile.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SteadyClock } from '../../../agent/clock.ts'
import type { Processes } from '../../../agent/process/processes.ts'
import { isThere, ProcessBench, readBytes, until } from './process-bench.ts'

const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
const isLinux = fs.existsSync('/proc/self/stat')
let bench: ProcessBench
let processes: Processes

beforeEach(() => {
  bench = new ProcessBench()
  processes = bench.open()
})
afterEach(async () => {
  await bench.end()
})

function start(process: string, command: string, more: Readonly<Record<string, string>> = {}): void {
  processes.spawn({ process, command, environment: { ...environment, ...more } })
}

async function output(process: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
  return (await readBytes(processes, { process, stream })).toString('latin1')
}

describe('a command that waits for its turn', () => {
  const clock = new SteadyClock()
  const startBy = (process: string, startByMs: number) =>
    processes.spawn({ process, command: 'echo ran', environment, startByMs })

  test('is not started when its time is over, and nothing of it is left', async () => {
    startBy('late', clock.read().steadyMs)
    expect(await bench.kind('late', 'not-started')).toMatchObject({
      reason: 'its time was over before its turn came',
    })
    expect(fs.readdirSync(bench.runsDirectory)).toEqual([])
  })

  test('is started while there is time, and may come again after it was too late', async () => {
    startBy('run', clock.read().steadyMs)
    await bench.kind('run', 'not-started')
    startBy('run', clock.read().steadyMs + 60_000)
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'code', code: 0 } })
  })
})

describe('the end of a command', () => {
  test.each([
    ['true', { kind: 'code', code: 0 }],
    ['exit 3', { kind: 'code', code: 3 }],
    ['exit 126', { kind: 'code', code: 126 }],
    ['no-such-command', { kind: 'code', code: 127 }],
    ['exit 137', { kind: 'code', code: 137 }],
    ['exit 255', { kind: 'code', code: 255 }],
    ['kill -KILL $$', { kind: 'signal', signal: 'SIGKILL' }],
    ['kill -TERM $$', { kind: 'signal', signal: 'SIGTERM' }],
    ['kill -SEGV $$', { kind: 'signal', signal: 'SIGSEGV' }],
  ])('%j is told as it was', async (command, exit) => {
    const beganMs = Date.now()
    start('run', command)
    const end = await bench.endOf('run')
    expect(end).toMatchObject({ kind: 'child-exited', exit })
    expect(bench.events.map(({ kind }) => kind)).toEqual(['spawned', 'child-exited'])
    if (end.kind !== 'child-exited') return
    expect(end.startedAtMs).toBeGreaterThanOrEqual(beganMs)
    expect(end.endedAtMs).toBeGreaterThanOrEqual(end.startedAtMs)
    expect(end.endedAtMs).toBeLessThanOrEqual(Date.now())
    expect(bench.events[0]).toMatchObject({ startedAtMs: end.startedAtMs, pid: bench.pidOf('run') })
  })

  test.each(['/bin/sh', '/bin/bash'].filter((shell) => fs.existsSync(shell)))(
    'by a signal that the agent sent is told as such, wrapped in %s',
    async (workerShell) => {
      processes = bench.open({ workerShell })
      const signals = ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGPIPE', 'SIGUSR1']
      for (const signal of signals) start(signal, 'exec sleep 60')
      for (const signal of signals) {
        await bench.kind(signal, 'spawned')
        processes.signal(signal, signal)
        expect(await bench.endOf(signal)).toMatchObject({
          kind: 'child-exited',
          exit: { kind: 'signal', signal },
        })
      }
    },
  )

  test('by a code of its own after a signal is told as that code', async () => {
    start('run', `trap 'exit 143' TERM; echo ready; while :; do sleep 0.01; done`)
    await until(
      () =>
        fs.existsSync(path.join(bench.runsDirectory, 'run', 'stdout')) && bench.read('run', 'stdout') !== '',
    )
    processes.signal('run', 'SIGTERM')
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'code', code: 143 } })
  })
})

describe('what a command is given', () => {
  test.runIf(isLinux)('is the environment exactly as it was asked for', async () => {
    const odd = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join('')
    const given = {
      ...environment,
      HOME: '/somewhere/else',
      EMPTY: '',
      ODD: odd,
      QUOTES: `'"'"\\'`,
      IFS: ':',
      HOCKET_JOB: '日本.größe',
      run: 'x',
      name: 'y',
    }
    start('run', 'cat /proc/$$/environ; exit 0', given)
    await bench.endOf('run')
    const bytes = await readBytes(processes, { process: 'run', stream: 'stdout' })
    const found = bytes.toString('utf8').split('\0').slice(0, -1)
    const { username } = os.userInfo()
    expect(found.toSorted()).toEqual(
      Object.entries({ ...given, USER: username, LOGNAME: username, SHELL: '/bin/sh' })
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    )
  })

  test('is its working directory and its shell', async () => {
    const cwd = path.join(bench.directory, "a 'place'")
    fs.mkdirSync(cwd)
    processes.spawn({ process: 'own', command: 'pwd', environment, cwd })
    const shell = path.join(bench.directory, 'shell')
    fs.writeFileSync(shell, '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 })
    processes.spawn({ process: 'shell', command: "it's", environment, shell })
    processes.spawn({ process: 'plain', command: 'pwd', environment })
    for (const run of ['own', 'shell', 'plain']) await bench.endOf(run)
    expect(await output('own')).toBe(`${fs.realpathSync(cwd)}\n`)
    expect(await output('shell')).toBe("-c|it's|")
    expect(await output('plain')).toBe(`${fs.realpathSync(os.userInfo().homedir)}\n`)
  })

  test.runIf(isLinux)(
    'is no descriptor but its three, not even one that the agent itself was given',
    async () => {
      const agent = path.join(import.meta.dirname, 'agent-process.ts')
      const stray = fs.openSync(bench.directory, 'r')
      const stdio = [...Array.from({ length: 60 }, () => 'ignore' as const), stray]
      const command = 'for fd in /proc/$$/fd/*; do readlink "$fd"; done'
      const result = spawnSync(process.execPath, [agent, bench.runsDirectory, 'end', command], { stdio })
      fs.closeSync(stray)
      expect(result.status).toBe(0)
      const place = path.join(bench.runsDirectory, 'run0')
      expect(await output('run0')).toBe(`/dev/null\n${place}/stdout\n${place}/stderr\n`)
    },
  )
})

describe('a request that cannot be carried out', () => {
  test.each([
    ['cwd', { cwd: '/no/such/place' }, 'working directory "/no/such/place" cannot be entered, expected'],
    ['relative cwd', { cwd: 'place' }, 'its working directory is "place", expected an absolute path'],
    ['shell', { shell: '/bin/no-such-shell' }, 'shell "/bin/no-such-shell" cannot be executed, expected'],
    ['directory as shell', { shell: '/bin' }, 'shell "/bin" cannot be executed, expected'],
    ['name', { environment: { 'A.B': '' } }, 'its environment has a variable "A.B", expected a name of'],
    ['NUL', { command: 'echo \0' }, 'its command has a NUL character, expected text without one'],
    ['long', { command: 'x'.repeat(131_072) }, 'its command has 131072 bytes, expected at most 131071'],
    ['large', { environment: large() }, 'its environment has 1300160 bytes, expected at most 1048576'],
  ])('for its %s is told, and leaves nothing running', async (_what, odd, reason) => {
    processes.spawn({ process: 'run', command: 'echo executed', environment, ...odd })
    const end = await bench.endOf('run')
    expect(end).toMatchObject({ kind: 'spawn-failed' })
    expect(end.kind === 'spawn-failed' && end.reason).toContain(reason)
    expect(await output('run')).toBe('')
    expect(bench.events).toHaveLength(1)
  })

  test('because its directory is there already is told: nothing starts twice under one key', async () => {
    start('run', 'true')
    await bench.endOf('run')
    start('run', 'true')
    const end = await bench.waitFor(({ kind }) => kind === 'spawn-failed')
    expect(end).toMatchObject({
      process: 'run',
      reason: expect.stringContaining('it was started before') as string,
    })
  })

  test('is refused at once while the same is under way', () => {
    start('run', 'sleep 60')
    expect(() => start('run', 'true')).toThrow('is started once')
  })

  test('with the longest command and a large environment is carried out', async () => {
    const most = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`A${i}`, 'x'.repeat(100_000)]))
    processes.spawn({ process: 'run', command: `: ${'x'.repeat(131_069)}`, environment: most })
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'code', code: 0 } })
  })

  function large(): Record<string, string> {
    return Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [`A${String(i).padStart(7, '0')}`, 'x'.repeat(81_250)]),
    )
  }
})

describe('output', () => {
  test('passes byte for byte, both streams apart, and is readable while it grows', async () => {
    const all = Array.from({ length: 256 }, (_, i) => `\\${i.toString(8).padStart(3, '0')}`).join('')
    start(
      'run',
      `printf '${all}'; printf 'err%s' '\n' >&2; while [ ! -e "$GO" ]; do sleep 0.02; done; printf end`,
      {
        GO: path.join(bench.directory, 'go'),
      },
    )
    await bench.kind('run', 'spawned')
    await until(() => bench.read('run', 'stderr') !== '')
    const stdout = { process: 'run', stream: 'stdout' } as const
    expect(await readBytes(processes, stdout)).toEqual(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))
    expect(await processes.readOutput({ ...stdout, from: { byte: 254 } })).toEqual({
      fromByte: 254,
      base64: Buffer.from([254, 255]).toString('base64'),
      writtenBytes: 256,
      isRunning: true,
    })
    fs.writeFileSync(path.join(bench.directory, 'go'), '')
    await bench.endOf('run')
    expect(await readBytes(processes, stdout, 256)).toEqual(Buffer.from('end'))
    expect(await processes.readOutput({ ...stdout, from: { byte: 259 } })).toMatchObject({ isRunning: false })
    expect(await output('run', 'stderr')).toBe('err\n')
  })

  test('of what there is not is empty', async () => {
    expect(await output('never')).toBe('')
    start('run', 'true')
    await bench.endOf('run')
    expect(await readBytes(processes, { process: 'run', stream: 'stdout' }, 99)).toHaveLength(0)
  })

  test('is removed with all else of a run that has ended, and of no other', async () => {
    start('running', 'exec sleep 60')
    await bench.kind('running', 'spawned')
    await expect(processes.remove('running')).rejects.toThrow(
      'Cannot remove the files of process "running": it is running, expected one that has ended',
    )
    start('ended', 'true')
    await bench.endOf('ended')
    await processes.remove('ended')
    await processes.remove('ended')
    expect(fs.readdirSync(bench.runsDirectory)).toEqual(['running'])
  })
})

describe('many at once', () => {
  test('each ends with its own code and its own output', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => i)
    for (const i of numbers)
      start(`job.${i}/x`, `echo "$N"; echo "err $N" >&2; exit ${i % 100}`, { N: `number ${i}` })
    for (const i of numbers) {
      const key = `job.${i}/x`
      expect(await bench.endOf(key)).toMatchObject({
        kind: 'child-exited',
        exit: { kind: 'code', code: i % 100 },
      })
      expect(await output(key)).toBe(`number ${i}\n`)
      expect(await output(key, 'stderr')).toBe(`err number ${i}\n`)
      expect(bench.events.filter((event) => event.process === key)).toHaveLength(2)
    }
  })

  test('that run beside one another all run', async () => {
    const numbers = Array.from({ length: 50 }, (_, i) => i)
    const go = path.join(bench.directory, 'go')
    for (const i of numbers) start(`run${i}`, 'while [ ! -e "$GO" ]; do sleep 0.1; done', { GO: go })
    for (const i of numbers) await bench.kind(`run${i}`, 'spawned')
    expect(numbers.filter((i) => isThere(bench.pidOf(`run${i}`)))).toHaveLength(50)
    fs.writeFileSync(go, '')
    for (const i of numbers)
      expect(await bench.endOf(`run${i}`)).toMatchObject({ exit: { kind: 'code', code: 0 } })
  })
})

describe('a signal', () => {
  const family = `trap '' TERM; (trap '' TERM; sleep 60 & echo $! >>"$PIDS"; sleep 60) & echo $! >>"$PIDS"; echo $$ >>"$PIDS"; wait`

  test('reaches the whole process group, grandchildren too', async () => {
    const pids = path.join(bench.directory, 'pids')
    start('run', family, { PIDS: pids })
    await until(() => readPids(pids).length === 3)
    processes.signal('run', 'SIGTERM')
    processes.signal('run', 'SIGKILL')
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGKILL' } })
    await until(() => !readPids(pids).some(isThere))
    expect(readPids(pids).filter(isThere)).toEqual([])
  })

  test('reaches what the command left behind when it ended', async () => {
    const pids = path.join(bench.directory, 'pids')
    start(
      'run',
      `(trap '' TERM; echo ready; while :; do sleep 0.1; done) & echo $! >"$PIDS"; exec sleep 60`,
      { PIDS: pids },
    )
    await until(() => readPids(pids).length === 1 && bench.read('run', 'stdout') !== '')
    const pid = bench.pidOf('run')
    processes.signal('run', 'SIGTERM')
    await until(() => !isThere(pid))
    expect(readPids(pids).filter(isThere)).toHaveLength(1)
    processes.signal('run', 'SIGKILL')
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGTERM' } })
    await until(() => !readPids(pids).some(isThere))
    expect(readPids(pids).filter(isThere)).toEqual([])
  })

  test('that comes before the start is not lost', async () => {
    start('run', 'exec sleep 60')
    processes.signal('run', 'SIGKILL')
    const end = await bench.endOf('run')
    const told = end.kind === 'spawn-failed' ? end.reason : end.kind === 'child-exited' && end.exit
    expect([{ kind: 'signal', signal: 'SIGKILL' }, 'SIGKILL came before it started']).toContainEqual(told)
  })

  test('to what waits for its start keeps it from starting', async () => {
    for (let i = 0; i < 30; i++) start(`run${i}`, 'sleep 0.05')
    start('last', 'echo executed')
    processes.signal('last', 'SIGTERM')
    expect(await bench.endOf('last')).toMatchObject({
      kind: 'spawn-failed',
      reason: 'SIGTERM came before it started',
    })
    for (let i = 0; i < 30; i++) await bench.endOf(`run${i}`)
    expect(await output('last')).toBe('')
  })

  test('to what never was, or is long gone, hits nobody', async () => {
    processes.signal('never', 'SIGKILL')
    start('run', 'true')
    await bench.endOf('run')
    processes.signal('run', 'SIGKILL')
    start('next', 'true')
    expect(await bench.endOf('next')).toMatchObject({ kind: 'child-exited' })
    expect(bench.warnings).toEqual([])
  })
})

function readPids(file: string): number[] {
  return fs.existsSync(file) ? fs.readFileSync(file, 'latin1').split('\n').filter(Boolean).map(Number) : []
}
