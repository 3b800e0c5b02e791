// What was told to end is over when nothing of it is left: neither of its process group nor, where there are cgroups,
// of what left the group.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCgroups } from '../../../agent/process/cgroups.ts'
import type { Processes } from '../../../agent/process/processes.ts'
import { isThere, kill, ProcessBench, until } from './process-bench.ts'

const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
const hasSetsid = fs.existsSync('/usr/bin/setsid')
let bench: ProcessBench
let processes: Processes
let pids: string

beforeEach(() => {
  bench = new ProcessBench()
  processes = bench.open()
  pids = path.join(bench.directory, 'pids')
})
afterEach(async () => {
  for (const pid of readPids()) if (isThere(pid)) kill(pid, 'SIGKILL')
  await bench.end()
})

const hasCgroups = hasCgroupsHere()

function hasCgroupsHere(): boolean {
  const place = fs.mkdtempSync(path.join(fs.realpathSync('/tmp'), 'hocket-cgroups-'))
  const directory = openCgroups(place, '/proc')
  fs.rmdirSync(place)
  if (directory !== null) fs.rmdirSync(directory)
  console.log(`a kill reaches ${directory === null ? 'the process group' : 'the cgroup'} here`)
  return directory !== null
}

function readPids(): number[] {
  if (!fs.existsSync(pids)) return []
  return fs.readFileSync(pids, 'latin1').split('\n').filter(Boolean).map(Number)
}

/** Ends by SIGTERM at once; its child of the same group does not. */
const stubbornChild = `sh -c 'trap "" TERM; echo $$ >>"$PIDS"; while :; do sleep 0.1; done' & while [ ! -s "$PIDS" ]; do sleep 0.02; done; exec sleep 60`

async function startStubborn(): Promise<void> {
  processes.spawn({ process: 'run', command: stubbornChild, environment: { ...environment, PIDS: pids } })
  await until(() => readPids().length === 1)
  await bench.kind('run', 'spawned')
}

test('the end of what was told to end is told when the last of its group is gone', async () => {
  await startStubborn()
  processes.signal('run', 'SIGTERM')
  await until(
    () => bench.read('run', 'exit').startsWith('Terminated') || bench.read('run', 'exit').startsWith('ended'),
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(bench.endsOf('run')).toEqual([])
  expect(readPids().filter(isThere)).toHaveLength(1)
  processes.signal('run', 'SIGKILL')
  expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGTERM' } })
  expect(readPids().filter(isThere)).toEqual([])
})

test('an agent that comes back meanwhile finds it still there, and can kill the rest', async () => {
  await startStubborn()
  processes.signal('run', 'SIGTERM')
  await until(() => !isThere(bench.pidOf('run')))
  await processes.close()
  processes = bench.open()
  processes.adopt('run')
  await bench.kind('run', 'child-adopted')
  expect(readPids().filter(isThere)).toHaveLength(1)
  processes.signal('run', 'SIGKILL')
  expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGTERM' } })
  expect(readPids().filter(isThere)).toEqual([])
})

test('what ended by itself leaves what it started alone', async () => {
  const command = `sleep 60 & echo $! >"$PIDS"`
  processes.spawn({ process: 'run', command, environment: { ...environment, PIDS: pids } })
  expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'code', code: 0 } })
  expect(readPids().filter(isThere)).toHaveLength(1)
})

describe('where there are cgroups', () => {
  beforeEach(({ skip }) => {
    skip(!hasCgroups, 'this user can make no cgroups here')
    skip(!hasSetsid, 'there is no setsid')
  })

  const daemon = `setsid sh -c 'trap "" TERM; echo $$ >>"$PIDS"; env -i sleep 60 & echo $! >>"$PIDS"; wait' & while [ "$(wc -l <"$PIDS")" -lt 2 ]; do sleep 0.02; done;`

  test('a kill reaches what left the process group', async () => {
    fs.writeFileSync(pids, '')
    const command = `${daemon} exec sleep 60`
    processes.spawn({ process: 'run', command, environment: { ...environment, PIDS: pids } })
    await until(() => readPids().length === 2)
    await bench.kind('run', 'spawned')
    processes.signal('run', 'SIGKILL')
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGKILL' } })
    expect(readPids().filter(isThere)).toEqual([])
  })

  test('also by an agent that found the run, and whose launcher was killed before', async () => {
    fs.writeFileSync(pids, '')
    const command = `${daemon} exec sleep 60`
    processes.spawn({ process: 'run', command, environment: { ...environment, PIDS: pids } })
    await until(() => readPids().length === 2)
    await bench.kind('run', 'spawned')
    kill(processes.launcherPid ?? 0, 'SIGKILL')
    await processes.close()
    processes = bench.open()
    processes.adopt('run')
    await bench.kind('run', 'child-adopted')
    processes.signal('run', 'SIGKILL')
    await bench.endOf('run')
    expect(readPids().filter(isThere)).toEqual([])
  })

  test('what an earlier run left running is no part of the next one', async () => {
    fs.writeFileSync(pids, '')
    for (let i = 0; i < 6; i++) {
      processes.spawn({ process: `run${i}`, command: daemon, environment: { ...environment, PIDS: pids } })
      await bench.endOf(`run${i}`)
      if (i > 0) continue
      expect(readPids().filter(isThere)).toHaveLength(2)
    }
    const [first = 0] = readPids()
    processes.spawn({ process: 'next', command: 'exec sleep 60', environment })
    await bench.kind('next', 'spawned')
    processes.signal('next', 'SIGKILL')
    await bench.endOf('next')
    expect(isThere(first)).toBe(true)
  })

  test('none is left behind when the agent has closed and everything has ended', async () => {
    const directory = openCgroups(bench.runsDirectory, '/proc') ?? ''
    processes.spawn({ process: 'run', command: 'true', environment })
    await bench.endOf('run')
    await processes.close()
    expect(fs.existsSync(directory)).toBe(false)
  })
})
