// Processes that must not outlive their node's session, with real agents that are stopped and killed: whatever
// becomes of an agent, what it leased ends in time, and what is too late never begins.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readUptimeMs } from '../../../agent/process/uptime.ts'
import { GuardBench } from './guard-bench.ts'
import { isThere, kill, until } from './process-bench.ts'

const hasUptime = readUptimeMs('/proc') !== null
/** A guard and this test are late by the load of the machine: half of the next deadline is far more than usual. */
const lateMs = 600

let bench: GuardBench
beforeEach(() => {
  bench = new GuardBench()
})
afterEach(async () => bench.end())

const spawnOf = (process: string, command: string, killInMs: number, startInMs: number | null = null) =>
  ({ kind: 'spawn', process, command, termInMs: killInMs * 0.75, killInMs, startInMs }) as const
const extendOf = (process: string, killInMs: number) =>
  ({ kind: 'extend', process, termInMs: killInMs * 0.75, killInMs }) as const

/** Ignores SIGTERM, and so does what it starts. */
const stubborn = "trap '' TERM; sleep 60 & echo $! >child; sleep 60"

function uptimeMs(): number {
  return readUptimeMs('/proc') ?? NaN
}

async function endOf(pid: number): Promise<number> {
  await until(() => !isThere(pid))
  return uptimeMs()
}

describe.skipIf(!hasUptime)('a leased process', () => {
  test('runs and ends like any other while its time lasts', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', 'exit 3', 20_000))
    expect(await agent.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'code', code: 3 },
      isEndedByGuard: false,
    })
  })

  test('is told to end in time, and that it was is told', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', "trap 'exit 0' TERM; while :; do sleep 0.05; done", 1_000))
    expect(await agent.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'code', code: 0 },
      isEndedByGuard: true,
    })
    expect(bench.read('run', 'signals')).toBe('SIGTERM\nguard\n')
  })

  test('is killed at its deadline with all that it started, though its agent stands still', async () => {
    const agent = await bench.agent()
    const fromMs = uptimeMs()
    agent.order(spawnOf('run', `cd ${bench.directory}; ${stubborn}`, 1_200))
    await agent.hears('run', 'spawned')
    await until(() => fs.existsSync(path.join(bench.directory, 'child')))
    agent.child.kill('SIGSTOP')
    const child = Number(fs.readFileSync(path.join(bench.directory, 'child'), 'latin1'))
    const endedMs = Math.max(await endOf(bench.commandOf('run')), await endOf(child))
    expect(endedMs - fromMs).toBeGreaterThan(900)
    expect(endedMs - fromMs).toBeLessThan(1_200 + lateMs)
    agent.child.kill('SIGCONT')
    expect(await agent.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'signal', signal: 'SIGKILL' },
      isEndedByGuard: true,
    })
  })

  test('that ends by itself while its agent stands still beyond its deadline was not ended by its guard', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', 'sleep 0.3', 1_200))
    await agent.hears('run', 'spawned')
    agent.child.kill('SIGSTOP')
    const untilMs = uptimeMs() + 1_400
    await until(() => uptimeMs() > untilMs)
    agent.child.kill('SIGCONT')
    expect(await agent.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'code', code: 0 },
      isEndedByGuard: false,
    })
  })

  test('lives on as long as its session is extended, and no longer', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 1_000))
    await agent.hears('run', 'spawned')
    const pid = bench.commandOf('run')
    const extended = setInterval(() => agent.order(extendOf('run', 1_000)), 100)
    const untilMs = uptimeMs() + 1_800
    await until(() => uptimeMs() > untilMs)
    expect(isThere(pid)).toBe(true)
    clearInterval(extended)
    agent.order(extendOf('run', 600))
    await endOf(pid)
    expect(await agent.hears('run', 'child-exited')).toMatchObject({ isEndedByGuard: true })
  })
})

describe.skipIf(!hasUptime)('an agent that is killed', () => {
  test('leaves a guard that ends in time what nobody adopts', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 1_000))
    await agent.hears('run', 'spawned')
    const fromMs = uptimeMs()
    const pid = bench.commandOf('run')
    await agent.killed()
    expect((await endOf(pid)) - fromMs).toBeLessThan(1_000 + lateMs)
  })

  test('has a successor that adopts and extends, under the same guard', async () => {
    const agent = await bench.agent()
    const fromMs = uptimeMs()
    agent.order(spawnOf('run', 'sleep 3; exit 5', 2_000))
    await agent.hears('run', 'spawned')
    const guard = await bench.guard()
    await agent.killed()
    const next = await bench.agent()
    next.order({ kind: 'adopt', process: 'run' })
    await next.hears('run', 'child-adopted')
    next.order(extendOf('run', 20_000))
    expect(await next.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'code', code: 5 },
      isEndedByGuard: false,
    })
    expect(uptimeMs() - fromMs).toBeGreaterThan(2_000)
    expect(bench.guards()).toEqual([guard])
  })

  test('has a successor that cannot extend before it adopted: the deadline stays', async () => {
    const agent = await bench.agent()
    const fromMs = uptimeMs()
    agent.order(spawnOf('run', stubborn, 1_500))
    await agent.hears('run', 'spawned')
    await agent.killed()
    const next = await bench.agent()
    next.order({ kind: 'adopt', process: 'run' })
    expect(await next.hears('run', 'child-exited')).toMatchObject({ isEndedByGuard: true })
    expect(uptimeMs() - fromMs).toBeGreaterThan(1_100)
  })

  test('together with its guard has a successor that ends at once what nobody guarded', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 60_000))
    await agent.hears('run', 'spawned')
    kill(await bench.guard(), 'SIGSTOP')
    await agent.killed()
    kill(bench.guards()[0]!, 'SIGKILL')
    const next = await bench.agent()
    next.order({ kind: 'adopt', process: 'run' })
    expect(await next.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'signal', signal: 'SIGKILL' },
      isEndedByGuard: true,
    })
  })
})

describe.skipIf(!hasUptime)('a guard', () => {
  test('that is killed is followed by another, which knows all that is guarded', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 3_000))
    await agent.hears('run', 'spawned')
    const pid = bench.commandOf('run')
    const first = await bench.guard()
    kill(first, 'SIGKILL')
    await until(() => !isThere(first))
    const second = await bench.guard()
    expect(second).not.toBe(first)
    agent.order(extendOf('run', 1_500))
    await until(() => fs.existsSync(path.join(bench.runsDirectory, '.guard-1')))
    const socket = fs.statSync(path.join(bench.runsDirectory, '.guard-1'))
    expect(socket.mode & 0o777).toBe(0o600)
    // It is connected once a further process has been held by it.
    agent.order(spawnOf('other', 'true', 20_000))
    await agent.hears('other', 'child-exited')
    agent.child.kill('SIGSTOP')
    expect(isThere(pid)).toBe(true)
    await endOf(pid)
    expect(bench.read('run', 'signals')).toContain('SIGKILL\nguard\n')
  })

  test('that cannot be had is stood in for by the agent, which starts nothing new', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 2_000))
    await agent.hears('run', 'spawned')
    const guard = await bench.guard()
    fs.rmSync(path.join(bench.runsDirectory, '.guard-1'))
    fs.mkdirSync(path.join(bench.runsDirectory, '.guard-1'))
    kill(guard, 'SIGKILL')
    agent.order(spawnOf('other', 'true', 800))
    await agent.hears('other', 'not-started')
    expect(await agent.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'signal', signal: 'SIGKILL' },
      isEndedByGuard: true,
    })
    expect(agent.warnings).toContain('Cannot start a guard')
    expect(bench.has('other', 'stdout')).toBe(false)
  })

  test('does not go when it is asked to by a signal', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 1_500))
    await agent.hears('run', 'spawned')
    const guard = await bench.guard()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) kill(guard, signal)
    await agent.killed()
    await endOf(bench.commandOf('run'))
    expect(bench.guards()).toEqual([guard])
  })

  test('ends what it can take no note of', async () => {
    const agent = await bench.agent()
    agent.order(spawnOf('run', stubborn, 1_000))
    await agent.hears('run', 'spawned')
    fs.mkdirSync(path.join(bench.runsDirectory, 'run', 'signals'))
    await endOf(bench.commandOf('run'))
    await until(() => agent.warnings.includes('Cannot note SIGKILL'))
    expect(await agent.hears('run', 'child-exited')).toMatchObject({
      exit: { kind: 'signal', signal: 'SIGKILL' },
    })
  })
})

describe.skipIf(!hasUptime)('the shim of a leased process', () => {
  /** The workers wait for their next run; a stopped one is handed it and does not begin. */
  async function workersOf(launcher: number): Promise<number[]> {
    const list = `/proc/${launcher}/task/${launcher}/children`
    const children = () => fs.readFileSync(list, 'latin1').trim().split(' ').map(Number)
    await until(() => children().length === 2)
    return children()
  }

  test('that stood still beyond the last start of its slot starts nothing, and may be tried again', async () => {
    const agent = await bench.agent()
    const launcher = await agent.hears('', 'launcher')
    const workers = await workersOf(launcher.pid)
    for (const worker of workers) kill(worker, 'SIGSTOP')
    const fromMs = uptimeMs()
    agent.order(spawnOf('run', 'echo ran', 30_000, 500))
    await until(() => bench.has('run', 'request') && uptimeMs() > fromMs + 600)
    for (const worker of workers) kill(worker, 'SIGCONT')
    await agent.hears('run', 'not-started')
    expect(bench.read('run', 'exit')).toMatch(/^late\n/)
    expect(bench.read('run', 'stdout')).toBe('')
    expect(agent.told.some(({ kind, process }) => kind === 'spawned' && process === 'run')).toBe(false)

    agent.order(spawnOf('run', 'echo ran', 30_000, 20_000))
    expect(await agent.hears('run', 'child-exited')).toMatchObject({ exit: { kind: 'code', code: 0 } })
    expect(bench.read('run@2', 'stdout')).toBe('ran\n')
  })

  test('that stood still beyond the end of its session finds its gate closed by the guard', async () => {
    const agent = await bench.agent()
    const launcher = await agent.hears('', 'launcher')
    const workers = await workersOf(launcher.pid)
    for (const worker of workers) kill(worker, 'SIGSTOP')
    agent.order(spawnOf('run', 'echo ran', 800))
    await until(() => bench.has('run', 'started'))
    expect(bench.read('run', 'started')).toBe('withdrawn\n')
    for (const worker of workers) kill(worker, 'SIGCONT')
    await agent.hears('run', 'not-started')
    expect(bench.read('run', 'stdout')).toBe('')
  })

  test('that never was because its launcher stood still is not started when it goes on', async () => {
    const agent = await bench.agent()
    const launcher = await agent.hears('', 'launcher')
    kill(launcher.pid, 'SIGSTOP')
    agent.order(spawnOf('run', 'echo ran', 800))
    await until(() => bench.has('run', 'started'))
    kill(launcher.pid, 'SIGCONT')
    await agent.hears('run', 'not-started')
    expect(bench.has('run', 'request')).toBe(false)
  })

  test('whose agent died is found closed by the next, which closes the way to a further try first', async () => {
    const agent = await bench.agent()
    const launcher = await agent.hears('', 'launcher')
    const workers = await workersOf(launcher.pid)
    for (const worker of workers) kill(worker, 'SIGSTOP')
    agent.order(spawnOf('run', 'echo ran', 800))
    await until(() => bench.has('run', 'started'))
    await agent.killed()
    for (const worker of workers) kill(worker, 'SIGCONT')
    const next = await bench.agent()
    next.order({ kind: 'adopt', process: 'run' })
    await next.hears('run', 'not-started')
    expect(bench.read('run@2', 'started')).toBe('withdrawn\n')
    next.order(spawnOf('run', 'echo ran', 20_000))
    await next.hears('run', 'child-exited')
    expect(bench.read('run@3', 'stdout')).toBe('ran\n')
  })

  test('of another boot of the machine proves nothing', async () => {
    const agent = await bench.agent()
    fs.mkdirSync(path.join(bench.runsDirectory, 'run'))
    fs.writeFileSync(path.join(bench.runsDirectory, 'run', 'request'), '# boot another\n')
    fs.writeFileSync(path.join(bench.runsDirectory, 'run', 'started'), 'withdrawn\n')
    agent.order({ kind: 'adopt', process: 'run' })
    await agent.hears('run', 'child-gone')
    expect(agent.told.filter(({ process }) => process === 'run')).toHaveLength(1)
  })
})
