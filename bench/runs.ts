// What a run costs the machine: the processor's time of everything that takes part in it, and the memory of everything
// that is there while it runs; through the launcher, beside a bare child_process.spawn with pipes for its output, in
// turns, in the same run, with a thousand runs at once. Linux: read from /proc. The figures stand in bench/README.md.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { SteadyClock } from '../agent/clock.ts'
import { Processes } from '../agent/process/processes.ts'

const burst = 300
const atOnce = 1_000
const rounds = 3
const environment = { PATH: '/usr/bin:/bin' }
/** Hundredths of a second, as /proc counts. */
const tickMs = 10

type Way = {
  readonly name: string
  readonly cpuMs: number[]
  memoryMb: number
  /** Resolves when the command has ended. */
  start(command: string): Promise<void>
}

export async function benchRuns(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-bench-'))
  const ended = new Map<string, () => void>()
  const processes = new Processes({
    clock: new SteadyClock(),
    runsDirectory: directory,
    log: console,
    onEvent: (event) => {
      if (event.kind === 'spawned') return
      if (event.kind !== 'child-exited') throw new Error(`${event.process}: ${event.kind}`)
      ended.get(event.process)?.()
    },
  })
  let count = 0
  const launched = (command: string): Promise<void> => {
    const key = `run${count++}`
    processes.spawn({ process: key, command, environment })
    return new Promise((resolve) => ended.set(key, resolve))
  }
  const ways: readonly Way[] = [
    { name: 'child_process.spawn', cpuMs: [], memoryMb: 0, start: startBare },
    { name: 'launcher', cpuMs: [], memoryMb: 0, start: launched },
  ]
  try {
    for (const way of ways) await way.start('true')
    for (let round = 0; round < rounds; round++)
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) await measureCpu(way)
    for (const way of ways) await measureMemory(way, path.join(directory, `go-${way.name}`))
    const [bare] = ways
    for (const way of ways) console.log(line(way, bare!))
  } finally {
    await processes.close()
    fs.rmSync(directory, { recursive: true })
  }
}

async function measureCpu(way: Way): Promise<void> {
  const before = cpuMsOf()
  await Promise.all(Array.from({ length: burst }, () => way.start('true')))
  way.cpuMs.push((cpuMsOf() - before) / burst)
}

function cpuMsOf(): number {
  return sum(treeOf(process.pid).map(({ cpuMs }) => cpuMs))
}

async function measureMemory(way: Way, go: string): Promise<void> {
  const before = memoryMb()
  const there = `${go}.there`
  fs.writeFileSync(there, '')
  const command = `echo >>'${there}'; while [ ! -e '${go}' ]; do sleep 1; done`
  const done = Array.from({ length: atOnce }, () => way.start(command))
  while (fs.statSync(there).size < atOnce) await new Promise((resolve) => setTimeout(resolve, 500))
  way.memoryMb = (memoryMb() - before) / atOnce
  fs.writeFileSync(go, '')
  await Promise.all(done)
}

function startBare(command: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
    detached: true,
  })
  child.stdout.resume()
  child.stderr.resume()
  return new Promise((resolve) => child.on('close', () => resolve()))
}

/** This process and all below it, each with its own time and that of those which it has waited for. */
function treeOf(root: number): { readonly pid: number; readonly cpuMs: number }[] {
  const children = new Map<number, number[]>()
  const cpuMs = new Map<number, number>()
  for (const name of fs.readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(name) : null
    if (fields === null) continue
    const parent = Number(fields[1])
    cpuMs.set(Number(name), sum(fields.slice(11, 15)) * tickMs)
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  for (const waiting = [root]; waiting.length > 0;) {
    const pid = waiting.pop()!
    found.push(pid)
    waiting.push(...(children.get(pid) ?? []))
  }
  return found.map((pid) => ({ pid, cpuMs: cpuMs.get(pid) ?? 0 }))
}

/** From the state on: what comes before it may hold spaces. */
function statOf(pid: string): string[] | null {
  try {
    return fs
      .readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return null
  }
}

/** Of the whole tree, each page divided among those who share it. */
function memoryMb(): number {
  const kilobytes = treeOf(process.pid).map(({ pid }) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
    } catch {
      return 0
    }
  })
  return sum(kilobytes) / 1_024
}

function line(way: Way, bare: Way): string {
  const median = ({ cpuMs }: Way): number => cpuMs.toSorted((left, right) => left - right)[rounds >> 1] ?? 0
  return (
    `${way.name.padEnd(20)} ${median(way).toFixed(2)} ms of processor a run (${(median(way) / median(bare)).toFixed(2)} × bare)  ` +
    `${way.memoryMb.toFixed(2)} MB while it runs (${(way.memoryMb / bare.memoryMb).toFixed(2)} × bare)`
  )
}

function sum(values: readonly (number | string)[]): number {
  return values.reduce<number>((total, value) => total + Number(value), 0)
}
