// The guard by itself: who may have it, when it goes, and that two never guard one place.
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guardSocket } from '../../../agent/process/guard-message.ts'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { readUptimeMs } from '../../../agent/process/uptime.ts'
import { GuardBench } from './guard-bench.ts'

const guardFile = path.resolve(import.meta.dirname, '../../../agent/process/guard-child.ts')
const hasUptime = readUptimeMs('/proc') !== null
let bench: GuardBench
let socketPath: string
beforeEach(() => {
  bench = new GuardBench()
  socketPath = path.join(bench.runsDirectory, guardSocket)
})
afterEach(async () => bench.end())

/** Resolves when it says that it is ready, or with how it ended before. */
async function startGuard(
  idleMs: number,
): Promise<{ child: ChildProcess; isReady: boolean; code: number | null }> {
  const child = spawn(process.execPath, [guardFile, '/proc', String(idleMs)], {
    cwd: bench.runsDirectory,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve) => {
    child.stdout.once('data', () => resolve({ child, isReady: true, code: null }))
    child.once('exit', (code) => resolve({ child, isReady: false, code }))
  })
}

function connect(): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath)
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

const exitOf = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))
const closed = (socket: net.Socket) => new Promise((resolve) => socket.once('close', resolve))
const hold = (process: string, killAtMs: number) =>
  `${JSON.stringify({ kind: 'hold', process, deadline: { termAtMs: killAtMs, killAtMs } })}\n`

describe.skipIf(!hasUptime)('a guard', () => {
  test('listens to its own user alone', async () => {
    await startGuard(60_000)
    expect(fs.statSync(socketPath).mode & 0o777).toBe(0o600)
  })

  test('goes, with its socket, when nobody is there and nothing is guarded', async () => {
    const { child } = await startGuard(200)
    expect(await exitOf(child)).toBe(0)
    expect(fs.existsSync(socketPath)).toBe(false)
  })

  test('stays for an agent that guards nothing, and for what is guarded when its agent is gone', async () => {
    const { child } = await startGuard(200)
    const agent = await connect()
    agent.write(hold('run', (readUptimeMs('/proc') ?? 0) + 1_000))
    await new Promise((resolve) => agent.once('data', resolve))
    agent.destroy()
    const heldFromMs = performance.now()
    expect(await exitOf(child)).toBe(0)
    expect(performance.now() - heldFromMs).toBeGreaterThan(900)
    // What had not begun by then never will.
    expect(bench.read('run', 'started')).toBe('withdrawn\n')
  })

  test('ends what it guards, and goes, where its directory was removed meanwhile', async () => {
    const { child } = await startGuard(60_000)
    const deaf = spawn('sh', ['-c', "trap '' TERM; echo; exec sleep 60"], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    await new Promise((resolve) => deaf.stdout.once('data', resolve))
    const { pid = 0 } = deaf
    const table = new ProcessTable('/proc')
    const { start } = table.identify(pid)!
    fs.mkdirSync(path.join(bench.runsDirectory, 'run'))
    fs.writeFileSync(
      path.join(bench.runsDirectory, 'run', 'started'),
      `started ${pid} ${start.split('/').at(-1)} ${pid} ${start.split('/').at(-1)} ${table.bootId}\n`,
    )
    const agent = await connect()
    const nowMs = readUptimeMs('/proc') ?? 0
    const told = new Promise((resolve) => {
      let text = ''
      agent.on('data', (data: Buffer) => {
        text += String(data)
        if (text.includes('"ended"')) resolve(text)
      })
    })
    for (const process of ['run', 'never-started'])
      agent.write(
        `${JSON.stringify({ kind: 'hold', process, deadline: { termAtMs: nowMs, killAtMs: nowMs + 1_500 } })}\n`,
      )
    expect(await told).toContain('SIGTERM')
    // The guard may be writing there.
    fs.rmSync(bench.runsDirectory, { recursive: true, maxRetries: 20, retryDelay: 10 })
    const ended = exitOf(deaf)
    agent.destroy()
    expect(await exitOf(child)).toBe(0)
    await ended
    fs.mkdirSync(bench.runsDirectory)
  })

  test('leaves a place to the one that guards it already', async () => {
    await startGuard(60_000)
    expect(await startGuard(60_000)).toMatchObject({ isReady: false, code: 0 })
    await connect()
  })

  test('takes the place of one that was killed', async () => {
    const { child } = await startGuard(60_000)
    child.kill('SIGKILL')
    await exitOf(child)
    expect(fs.existsSync(socketPath)).toBe(true)
    expect(await startGuard(60_000)).toMatchObject({ isReady: true })
    await connect()
  })

  test('hangs up on whoever speaks another language, and guards on', async () => {
    await startGuard(60_000)
    const agent = await connect()
    agent.write(hold('run', (readUptimeMs('/proc') ?? 0) + 60_000))
    await new Promise((resolve) => agent.once('data', resolve))
    const stranger = await connect()
    stranger.write('GET / HTTP/1.1\n')
    await closed(stranger)
    const next = await connect()
    next.write(`${JSON.stringify({ kind: 'keep', process: 'run' })}\n`)
    const told = await new Promise((resolve) => next.once('data', (data: Buffer) => resolve(String(data))))
    expect(told).toContain('"held"')
    expect(told).not.toContain('"killAtMs":0')
  })
})
