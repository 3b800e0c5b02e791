// What a lease costs: from the request to the process's own first reading of a clock, for leased runs beside the same
// without a lease and a bare child_process.spawn, in turns, in the same run. Then what a guard of a thousand
// processes takes of the machine, how long the agent's loop is kept by extending them all, and how late it kills.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { SteadyClock } from '../agent/clock.ts'
import { guardSocket } from '../agent/process/guard-message.ts'
import { GuardLink } from '../agent/process/guard-link.ts'
import { ProcessTable } from '../agent/process/process-table.ts'
import { RunFamilies } from '../agent/process/run-families.ts'
import { Processes } from '../agent/process/processes.ts'
import { runDirectoryName } from '../agent/process/run-record.ts'
import { readUptimeMs } from '../agent/process/uptime.ts'

const singles = 200
const betweenMs = 15
const burst = 1_000
const guarded = 1_000
const guardedForMs = 10_000
const kills = 100
const command = 'date +%s%N'
const environment = { PATH: '/usr/bin:/bin' }
const farMs = 3_600_000

type Way = { readonly name: string; readonly latenciesMs: number[]; start(): Promise<string> }

export async function benchGuard(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-bench-'))
  const runsDirectory = path.join(directory, 'runs')
  fs.mkdirSync(runsDirectory)
  const outputs = new Map<string, (output: string) => void>()
  const clock = new SteadyClock()
  const processes = new Processes({
    runsDirectory,
    clock,
    log: console,
    onEvent: (event) => {
      if (event.kind === 'spawned') return
      if (event.kind !== 'child-exited') throw new Error(`${event.process}: ${event.kind}`)
      outputs.get(event.process)?.(
        fs.readFileSync(path.join(runsDirectory, event.process, 'stdout'), 'latin1'),
      )
    },
  })
  let count = 0
  const run = (isLeased: boolean): Promise<string> => {
    const key = `run${count++}`
    const untilMs = clock.read().steadyMs + farMs
    const lease = { deadline: { termAtMs: untilMs, killAtMs: untilMs }, startByMs: untilMs }
    const output = new Promise<string>((resolve) => outputs.set(key, resolve))
    processes.spawn({ process: key, command, environment }, isLeased ? lease : null)
    return output
  }
  const ways: readonly Way[] = [
    { name: 'child_process.spawn', latenciesMs: [], start: startBare },
    { name: 'launcher', latenciesMs: [], start: () => run(false) },
    { name: 'launcher, leased', latenciesMs: [], start: () => run(true) },
  ]
  try {
    const firstAtMs = performance.now()
    await run(true)
    console.log(
      `the first leased run, which starts the guard: ${(performance.now() - firstAtMs).toFixed(0)} ms to its end`,
    )
    for (const way of ways) await once(way, false)
    for (let i = 0; i < singles; i++)
      for (const at of [0, 1, 2]) {
        await once(ways[(at + i) % ways.length]!, true)
        await new Promise((resolve) => setTimeout(resolve, betweenMs))
      }
    console.log(`${singles} single starts`)
    for (const way of ways) console.log(line(way, ways[1]!))
    for (const isLeased of [false, true, false, true]) {
      const fromMs = performance.now()
      await Promise.all(Array.from({ length: burst }, () => run(isLeased)))
      const tookMs = performance.now() - fromMs
      console.log(
        `${burst} at once, ${isLeased ? 'leased' : 'without a lease'}: all known to have ended after ${tookMs.toFixed(0)} ms`,
      )
    }
    await benchGuarding(directory)
    await benchKills(directory)
  } finally {
    await processes.close()
    fs.rmSync(directory, { recursive: true })
  }
}

/** A guard of many, none of which has to be ended: what holding, extending and watching them takes. */
async function benchGuarding(directory: string): Promise<void> {
  const { link, guard, runsDirectory } = await openLink(directory, 'many')
  const deadline = { termAtMs: uptimeMs() + farMs, killAtMs: uptimeMs() + farMs }
  const names = Array.from({ length: guarded }, (_, i) => `category.a-job-of-usual-length.${i}.action.1`)
  const fromMs = performance.now()
  await Promise.all(names.map((name) => link.hold(name, deadline)))
  console.log(`${guarded} held by the guard after ${(performance.now() - fromMs).toFixed(1)} ms`)
  for (const name of names) {
    const place = path.join(runsDirectory, runDirectoryName(name, 1))
    fs.mkdirSync(place)
    fs.writeFileSync(path.join(place, 'started'), 'started 4000000 1 4000000 1 none\n')
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const before = cpuMsOf(guard)
  const extends_: number[] = []
  const everyMs = 500
  for (let atMs = 0; atMs < guardedForMs; atMs += everyMs) {
    const extendMs = performance.now()
    link.extend(names, { termAtMs: uptimeMs() + farMs, killAtMs: uptimeMs() + farMs })
    extends_.push(performance.now() - extendMs)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  const share = (cpuMsOf(guard) - before) / guardedForMs
  const status = fs.readFileSync(`/proc/${guard}/status`, 'latin1')
  console.log(
    `a guard of ${guarded}, extended twice a second: ${(share * 100).toFixed(1)} % of a core, ` +
      `${(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1_000).toFixed(0)} MB of its own; ` +
      `an extension keeps the agent's loop for ${median(extends_).toFixed(2)} ms`,
  )
  for (const name of names) link.forget(name)
  link.close()
  process.kill(guard, 'SIGKILL')
}

/** Real processes with deadlines beside one another: from the deadline to the end of the process. */
async function benchKills(directory: string): Promise<void> {
  const { link, guard, runsDirectory } = await openLink(directory, 'kills')
  const boot = new ProcessTable('/proc').bootId
  const latesMs: number[] = []
  const ended: Promise<void>[] = []
  for (let i = 0; i < kills; i++) {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    const place = path.join(runsDirectory, `p${i}`)
    fs.mkdirSync(place)
    const start = fs.readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19]
    fs.writeFileSync(
      path.join(place, 'started'),
      `started ${child.pid} ${start} ${child.pid} ${start} ${boot}\n`,
    )
    const killAtMs = uptimeMs() + 1_000
    const dueMs = performance.now() + 1_000
    ended.push(
      new Promise((resolve) =>
        child.on('exit', () => {
          latesMs.push(performance.now() - dueMs)
          resolve()
        }),
      ),
    )
    await link.hold(`p${i}`, { termAtMs: killAtMs, killAtMs })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await Promise.all(ended)
  const sorted = latesMs.toSorted((left, right) => left - right)
  console.log(
    `${kills} kills: half within ${fixed(sorted[kills >> 1])} ms of the deadline, the last after ${fixed(sorted.at(-1))} ms`,
  )
  link.close()
  process.kill(guard, 'SIGKILL')
}

async function openLink(directory: string, name: string) {
  const runsDirectory = path.join(directory, name)
  fs.mkdirSync(runsDirectory)
  const link = new GuardLink({
    runsDirectory,
    procDirectory: '/proc',
    families: new RunFamilies(new ProcessTable('/proc'), runsDirectory, '/proc'),
    log: { warn: () => undefined },
  })
  await link.hold('first', { termAtMs: uptimeMs() + farMs, killAtMs: uptimeMs() + farMs })
  const socket = path.join(runsDirectory, guardSocket)
  if (!fs.existsSync(socket)) throw new Error('the guard has no socket')
  return { link, runsDirectory, guard: guardIn(runsDirectory) }
}

function guardIn(runsDirectory: string): number {
  for (const pid of fs.readdirSync('/proc').map(Number)) {
    try {
      const isGuard = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('guard-child')
      if (isGuard && fs.readlinkSync(`/proc/${pid}/cwd`) === runsDirectory) return pid
    } catch {
      // Gone by now, or no process.
    }
  }
  throw new Error('there is no guard')
}

function cpuMsOf(pid: number): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function startBare(): Promise<string> {
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment,
    detached: true,
  })
  let output = ''
  child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text))
  return new Promise((resolve) => child.on('close', () => resolve(output)))
}

async function once(way: Way, isCounted: boolean): Promise<void> {
  const askedAtMs = performance.timeOrigin + performance.now()
  const readAtMs = Number(await way.start()) / 1e6
  if (isCounted) way.latenciesMs.push(readAtMs - askedAtMs)
}

function line(way: Way, base: Way): string {
  const at = (of: Way, share: number): number =>
    of.latenciesMs.toSorted((left, right) => left - right)[Math.floor(of.latenciesMs.length * share)] ?? 0
  const ratio = (share: number): string => (at(way, share) / at(base, share)).toFixed(2)
  return (
    `${way.name.padEnd(20)} p50 ${fixed(at(way, 0.5))} ms (${ratio(0.5)} × launcher)  ` +
    `p99 ${fixed(at(way, 0.99))} ms (${ratio(0.99)} × launcher)`
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0
}

function uptimeMs(): number {
  return readUptimeMs('/proc') ?? NaN
}

function fixed(valueMs: number | undefined): string {
  return (valueMs ?? 0).toFixed(1)
}

if (process.argv[1] === import.meta.filename) await benchGuard()
