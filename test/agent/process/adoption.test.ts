// Whoever dies, nothing runs twice, nothing is left running for ever, and what is told is true.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Processes } from '../../../agent/process/processes.ts'
import { parseStartRecord, withdraw } from '../../../agent/process/run-record.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import { isEnd, isThere, kill, killGroup, ProcessBench, until } from './process-bench.ts'

const agentFile = path.join(import.meta.dirname, 'agent-process.ts')
const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
const bootIdFile = '/proc/sys/kernel/random/boot_id'
let bench: ProcessBench
let go: string
let evidence: string
const agents: ChildProcess[] = []

beforeEach(() => {
  bench = new ProcessBench()
  go = path.join(bench.directory, 'go')
  evidence = path.join(bench.directory, 'evidence')
})
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.kill('SIGKILL')
  await bench.end()
})

/** A command that runs until it is told to go on, and then ends with this code. */
function waiting(code: number): string {
  return `echo begun; while [ ! -e '${go}' ]; do sleep 0.02; done; echo done; exit ${code}`
}

/** A command that leaves a line for each time that it was executed. */
function witnessed(i: number): string {
  return `echo run${i} >>'${evidence}'; exit ${i}`
}

function timesExecuted(i: number): number {
  const lines = fs.existsSync(evidence) ? fs.readFileSync(evidence, 'latin1').split('\n') : []
  return lines.filter((line) => line === `run${i}`).length
}

class Agent {
  readonly child: ChildProcess
  readonly events: ProcessEvent[] = []
  readonly #gone: Promise<void>

  constructor(mode: 'stay' | 'end' | 'leave', commands: readonly string[]) {
    this.child = spawn(process.execPath, [agentFile, bench.runsDirectory, mode, ...commands], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    agents.push(this.child)
    let text = ''
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n')
      text = lines.pop() ?? ''
      this.events.push(...lines.map((line) => JSON.parse(line) as ProcessEvent))
    })
    this.#gone = new Promise((resolve) => this.child.on('close', () => resolve()))
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#gone
  }

  /** With its launcher, which is its child: both at once. */
  async killWithLauncher(): Promise<void> {
    const [launcher, ...others] = childrenOf(this.child.pid ?? 0)
    if (launcher === undefined || others.length > 0) throw new Error('an agent has one child, its launcher')
    kill(launcher, 'SIGKILL')
    await this.kill()
  }

  async heard(count: number): Promise<ProcessEvent[]> {
    await until(() => this.events.length >= count)
    return this.events
  }

  async gone(): Promise<void> {
    await this.#gone
  }
}

function childrenOf(parent: number): number[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readStat(name) : ''
    return Number(/^.*\) \S (\d+) /s.exec(stat)?.[1]) === parent ? [Number(name)] : []
  })
}

function readStat(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

describe('an agent and its launcher that are killed together', () => {
  const hasProc = fs.existsSync('/proc/self/stat')
  beforeEach(({ skip }) => skip(!hasProc, 'this system has no /proc to find the launcher in'))

  test('leave the run as it is: the next agent adopts it, and tells the true result', async () => {
    const agent = new Agent('stay', [waiting(7)])
    await agent.heard(1)
    await agent.killWithLauncher()
    bench.open().adopt('run0')
    await bench.kind('run0', 'child-adopted')
    fs.writeFileSync(go, '')
    expect(await bench.endOf('run0')).toMatchObject({ exit: { kind: 'code', code: 7 } })
    expect(bench.read('run0', 'stdout')).toBe('begun\ndone\n')
  })

  test.each([1, 9, 20])('in the middle of twelve starts, after %d events, run none twice', async (count) => {
    const numbers = Array.from({ length: 12 }, (_, i) => i)
    const agent = new Agent('stay', numbers.map(witnessed))
    await agent.heard(count)
    await agent.killWithLauncher()
    const processes = bench.open()
    for (const i of numbers) processes.adopt(`run${i}`)
    for (const i of numbers) {
      const end = await bench.endOf(`run${i}`)
      const code = end.kind === 'child-exited' && end.exit.kind === 'code' ? end.exit.code : i
      expect(code).toBe(i)
      expect({ i, times: timesExecuted(i), end }).toMatchObject({
        i,
        times: end.kind === 'child-exited' ? 1 : 0,
      })
      expect(bench.endsOf(`run${i}`)).toEqual([end])
    }
  })
})

describe('an agent that is killed in the middle of a run', () => {
  test('adopts it at its next start, and tells the true result', async () => {
    const agent = new Agent('stay', [waiting(7)])
    const [spawned] = await agent.heard(1)
    await agent.kill()
    const processes = bench.open()
    processes.adopt('run0')
    expect(await bench.kind('run0', 'child-adopted')).toEqual({ ...spawned, kind: 'child-adopted' })
    fs.writeFileSync(go, '')
    const end = await bench.endOf('run0')
    expect(end).toMatchObject({ kind: 'child-exited', exit: { kind: 'code', code: 7 } })
    expect(end.kind === 'child-exited' && end.endedAtMs).toBeGreaterThanOrEqual(fs.statSync(go).mtimeMs - 20)
    expect(bench.read('run0', 'stdout')).toBe('begun\ndone\n')
    expect(bench.events).toHaveLength(2)
  })

  test('learns the true result of what ended while no agent was there', async () => {
    const agent = new Agent('stay', [waiting(7), `${waiting(0)} & wait; kill -KILL $$`])
    await agent.heard(2)
    await agent.kill()
    fs.writeFileSync(go, '')
    await until(() => ['run0', 'run1'].every((run) => bench.read(run, 'exit').includes('ended')))
    const processes = bench.open()
    for (const run of ['run0', 'run1']) processes.adopt(run)
    expect(await bench.endOf('run0')).toMatchObject({ exit: { kind: 'code', code: 7 } })
    expect(await bench.endOf('run1')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGKILL' } })
    expect(bench.events).toHaveLength(2)
  })

  test('can still end it, with all that it started', async () => {
    const agent = new Agent('stay', [`sleep 60 & echo $! >'${evidence}'; ${waiting(0)}`])
    await agent.heard(1)
    await until(() => fs.existsSync(evidence) && fs.readFileSync(evidence, 'latin1').endsWith('\n'))
    await agent.kill()
    const processes = bench.open()
    processes.adopt('run0')
    processes.signal('run0', 'SIGTERM')
    expect(await bench.endOf('run0')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGTERM' } })
    await until(() => !isThere(Number(fs.readFileSync(evidence, 'latin1'))))
    expect(isThere(Number(fs.readFileSync(evidence, 'latin1')))).toBe(false)
  })

  test('does so too where the system shows no /proc', async () => {
    const without = { procDirectory: '/nonexistent' }
    const first = bench.open(without)
    first.spawn({ process: 'run', command: waiting(7), environment })
    await bench.kind('run', 'spawned')
    await first.close()
    bench.open(without).adopt('run')
    await bench.kind('run', 'child-adopted')
    fs.writeFileSync(go, '')
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'code', code: 7 } })
  })

  test.each([0, 1, 2, 3, 5, 8, 11, 14, 18, 23])(
    'never runs anything twice: killed after %d events of twelve runs',
    async (count) => {
      const numbers = Array.from({ length: 12 }, (_, i) => i)
      const agent = new Agent('stay', numbers.map(witnessed))
      await agent.heard(count)
      await agent.kill()
      const processes = bench.open()
      for (const i of numbers) processes.adopt(`run${i}`)
      for (const i of numbers) {
        const end = await bench.endOf(`run${i}`)
        // What was still on its way in the agent is neither known nor executed; what is known is known truly.
        const most = end.kind === 'spawn-failed' || end.kind === 'child-gone' ? 0 : 1
        expect({ i, times: timesExecuted(i), end }).toMatchObject({ i, times: most })
        expect(bench.endsOf(`run${i}`)).toEqual([end])
      }
      const exits = bench.events.filter((event) => event.kind === 'child-exited')
      for (const { process: run, exit } of exits)
        expect(exit).toEqual({ kind: 'code', code: Number(run.slice(3)) })
      const told = agent.events.filter(isEnd).length
      expect(exits.length).toBeGreaterThanOrEqual(told)
    },
  )
})

describe('a run of which nobody can say how it ended', () => {
  test('because its wrapper was killed is watched to its end, and then gone', async () => {
    const processes = bench.open()
    processes.spawn({ process: 'run', command: waiting(0), environment })
    await bench.kind('run', 'spawned')
    kill(wrapperOf('run'), 'SIGKILL')
    await until(() => !isThere(wrapperOf('run')))
    expect(bench.events).toHaveLength(1)
    fs.writeFileSync(go, '')
    expect(await bench.endOf('run')).toEqual({ kind: 'child-gone', process: 'run' })
  })

  test('because both were killed while no agent was there is gone', async () => {
    const agent = new Agent('stay', [waiting(0)])
    await agent.heard(1)
    await agent.kill()
    const pid = bench.pidOf('run0')
    kill(wrapperOf('run0'), 'SIGKILL')
    killGroup(pid)
    await until(() => !isThere(pid))
    bench.open().adopt('run0')
    expect(await bench.endOf('run0')).toEqual({ kind: 'child-gone', process: 'run0' })
  })

  test.each([
    ['that no file tells of', null],
    ['whose number nobody bears', `started 2147483646 1 2147483645 1 ${bootId()}\n`],
    ['whose number another process bears', `started ${process.pid} 1 ${process.pid} 1 ${bootId()}\n`],
    [
      'from before the machine was restarted',
      `started ${process.pid} ${ownStart()} ${process.pid} ${ownStart()} another-boot\n`,
    ],
  ])('%s is gone', async (_what, record) => {
    if (record !== null) makeUp('run', record)
    bench.open().adopt('run')
    expect(await bench.endOf('run')).toEqual({ kind: 'child-gone', process: 'run' })
  })

  test.each([
    ['child-gone', 'another-boot', null],
    ['child-gone', 'another-boot', ''],
    ['spawn-failed', bootId(), null],
    ['spawn-failed', bootId(), ''],
  ])(
    'whose end is there and not its start is %s, begun in boot %s with the gate %j',
    async (kind, boot, gate) => {
      const directory = path.join(bench.runsDirectory, 'run')
      fs.mkdirSync(directory)
      fs.writeFileSync(path.join(directory, 'request'), `# boot ${boot}\n`)
      fs.writeFileSync(path.join(directory, 'exit'), 'ended 0\n')
      if (gate !== null) fs.writeFileSync(path.join(directory, 'started'), gate)
      bench.open().adopt('run')
      expect((await bench.endOf('run')).kind).toBe(kind)
    },
  )

  test('because its record was never finished is gone after a while', async () => {
    makeUp('run', 'started 12')
    bench.open().adopt('run')
    expect(await bench.endOf('run')).toEqual({ kind: 'child-gone', process: 'run' })
  })

  test('is not given up while the system does not let it be looked at', async () => {
    const proc = path.join(bench.directory, 'proc')
    fs.mkdirSync(path.join(proc, '123/stat'), { recursive: true })
    fs.mkdirSync(path.join(proc, 'self'))
    fs.mkdirSync(path.join(proc, 'sys/kernel/random'), { recursive: true })
    fs.writeFileSync(path.join(proc, 'self/stat'), '')
    fs.writeFileSync(path.join(proc, 'sys/kernel/random/boot_id'), 'boot\n')
    makeUp('run', 'started 124 1 123 1 boot\n')
    bench.open({ procDirectory: proc }).adopt('run')
    await until(() => bench.warnings.length > 0)
    expect(bench.events).toEqual([])
    fs.rmdirSync(path.join(proc, '123/stat'))
    expect(await bench.endOf('run')).toEqual({ kind: 'child-gone', process: 'run' })
  })

  test('is not signalled: its number is another process by now', async () => {
    const innocent = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    const exited = new Promise((resolve) => innocent.on('exit', (_code, signal) => resolve(signal)))
    makeUp('run', `started ${innocent.pid} 1 ${innocent.pid} 1 ${bootId()}\n`)
    fs.writeFileSync(path.join(bench.runsDirectory, 'run', 'exit'), 'ended 0\n')
    const processes = bench.open()
    processes.signal('run', 'SIGTERM')
    processes.spawn({ process: 'next', command: 'true', environment })
    await bench.endOf('next')
    innocent.kill('SIGUSR1')
    expect(await exited).toBe('SIGUSR1')
  })
})

describe('a launcher that is killed', () => {
  test('takes no run with it: each is told truly', async () => {
    const processes = bench.open()
    for (const i of [1, 2, 3]) processes.spawn({ process: `run${i}`, command: waiting(i), environment })
    for (const i of [1, 2, 3]) await bench.kind(`run${i}`, 'spawned')
    await killLauncher(processes)
    processes.spawn({ process: 'next', command: 'exit 9', environment })
    expect(await bench.endOf('next')).toMatchObject({ exit: { kind: 'code', code: 9 } })
    expect(bench.events.filter(isEnd)).toHaveLength(1)
    fs.writeFileSync(go, '')
    for (const i of [1, 2, 3])
      expect(await bench.endOf(`run${i}`)).toMatchObject({ exit: { kind: 'code', code: i } })
    await processes.remove('run1')
  })

  test('again and again in the middle of a hundred starts, runs none twice and forgets none', async () => {
    const processes = bench.open()
    const numbers = Array.from({ length: 100 }, (_, i) => i)
    for (const i of numbers) processes.spawn({ process: `run${i}`, command: witnessed(i), environment })
    for (const count of [10, 40, 70]) {
      await until(() => bench.events.length >= count)
      await killLauncher(processes)
    }
    for (const i of numbers) {
      const end = await bench.endOf(`run${i}`)
      expect(end).toMatchObject({ kind: 'child-exited', exit: { kind: 'code', code: i } })
      expect({ i, times: timesExecuted(i) }).toEqual({ i, times: 1 })
      expect(bench.endsOf(`run${i}`)).toHaveLength(1)
    }
  })
})

describe('an agent that ends', () => {
  test('starts what it was given, leaves it running, and another adopts it', async () => {
    const first = bench.open()
    const numbers = Array.from({ length: 12 }, (_, i) => i)
    for (const i of numbers) first.spawn({ process: `run${i}`, command: waiting(i), environment })
    await first.close()
    expect(bench.events.map(({ kind }) => kind)).toEqual(numbers.map(() => 'spawned'))
    expect(numbers.filter((i) => isThere(bench.pidOf(`run${i}`)))).toHaveLength(12)
    first.spawn({ process: 'late', command: 'true', environment })
    expect(await bench.endOf('late')).toMatchObject({
      kind: 'spawn-failed',
      reason: 'the agent is ending, expected one that goes on',
    })
    const second = bench.open()
    for (const i of numbers) second.adopt(`run${i}`)
    for (const i of numbers) await bench.kind(`run${i}`, 'child-adopted')
    fs.writeFileSync(go, '')
    for (const i of numbers)
      expect(await bench.endOf(`run${i}`)).toMatchObject({ exit: { kind: 'code', code: i } })
  })

  test('leaves no process of its own', async () => {
    const agent = new Agent('leave', [waiting(3)])
    await agent.gone()
    const wrapper = wrapperOf('run0')
    expect(isThere(wrapper)).toBe(true)
    fs.writeFileSync(go, '')
    await until(() => !isThere(wrapper))
    expect(bench.read('run0', 'exit')).toMatch(/^ended 3/)
  })
})

test('of a worker and an agent that want one run, whoever comes first gets it', async () => {
  const place = path.join(bench.runsDirectory, 'run')
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => withdraw(place)))
  expect(new Set(outcomes)).toEqual(new Set(['withdrawn']))
  makeUp('other', 'started 12')
  expect(await withdraw(path.join(bench.runsDirectory, 'other'))).toBe('started')
})

test.each(['started 0 1 2 1 -\n', 'started 1 1 2 1 -\n', 'started 2 1 1 1 -\n', 'started -5 1 2 1 -\n'])(
  'a record of %j names no process: such a number as a group is everybody',
  (record) => {
    expect(parseStartRecord(record)).toBeNull()
  },
)

const canMount = mountProbe()
test('a disk that is full when a command ends loses no result', async ({ skip }) => {
  skip(!canMount, 'this user cannot mount, so no disk is filled')
  expect(mount(bench.runsDirectory)).toBe(true)
  try {
    const processes = bench.open()
    processes.spawn({ process: 'run', command: waiting(7), environment })
    processes.spawn({ process: 'killed', command: waiting(0), environment })
    for (const run of ['run', 'killed']) await bench.kind(run, 'spawned')
    expect(() => fs.writeFileSync(path.join(bench.runsDirectory, 'filler'), Buffer.alloc(2_000_000))).toThrow(
      'ENOSPC',
    )
    processes.signal('killed', 'SIGKILL')
    fs.writeFileSync(go, '')
    expect(await bench.endOf('run')).toMatchObject({ exit: { kind: 'code', code: 7 } })
    expect(await bench.endOf('killed')).toMatchObject({ exit: { kind: 'signal', signal: 'SIGKILL' } })
    processes.spawn({ process: 'late', command: 'true', environment })
    expect(await bench.endOf('late')).toMatchObject({ kind: 'spawn-failed' })
    await processes.close()
  } finally {
    spawnSync('umount', [bench.runsDirectory])
  }
})

/** Mounts one megabyte of memory as a disk; false when this user may not. */
function mount(directory: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'hocket-test', directory]).status === 0
}

function mountProbe(): boolean {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-mount-'))
  const isMounted = mount(directory)
  if (isMounted) spawnSync('umount', [directory])
  fs.rmdirSync(directory)
  return isMounted
}

function wrapperOf(name: string): number {
  return bench.recordOf(name)?.wrapper.pid ?? Number.NaN
}

function makeUp(name: string, record: string): void {
  const place = path.join(bench.runsDirectory, name)
  fs.mkdirSync(place)
  fs.writeFileSync(path.join(place, 'started'), record)
}

function bootId(): string {
  return fs.existsSync(bootIdFile) ? fs.readFileSync(bootIdFile, 'latin1').trim() : '-'
}

function ownStart(): string {
  if (!fs.existsSync('/proc/self/stat')) return '-'
  return fs.readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ')[19] ?? '-'
}

async function killLauncher(processes: Processes): Promise<void> {
  await until(() => processes.launcherPid !== null)
  const pid = processes.launcherPid ?? Number.NaN
  kill(pid, 'SIGKILL')
  await until(() => processes.launcherPid !== pid)
}
