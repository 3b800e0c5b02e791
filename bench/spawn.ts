// From the request to the started process's own first reading of a clock: through the launcher, from an agent that
// has grown to 250 MB, beside a bare child_process.spawn from the same process, in turns, in the same run; and how
// long each keeps the event loop from anything else. Then a burst of runs at once, both ways.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { SteadyClock } from '../agent/clock.ts'
import { Processes } from '../agent/process/processes.ts'

const singles = 200
const burst = 300
const betweenMs = 25
const grownMb = 250
const command = 'date +%s%N'
const environment = { PATH: '/usr/bin:/bin' }

type Sample = { readonly latenciesMs: number[]; blockedMs: number }
type Way = { readonly sample: Sample; start(): Promise<string> }

export async function benchSpawn(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-bench-'))
  const ballast: Buffer[] = []
  while (process.memoryUsage.rss() < grownMb * 1e6) ballast.push(Buffer.alloc(1e6, 1))
  const launched = new Map<string, (output: string) => void>()
  const processes = new Processes({
    clock: new SteadyClock(),
    runsDirectory: directory,
    log: console,
    onEvent: (event) => {
      if (event.kind === 'spawned') return
      if (event.kind !== 'child-exited') throw new Error(`${event.process}: ${event.kind}`)
      launched.get(event.process)?.(fs.readFileSync(path.join(directory, event.process, 'stdout'), 'latin1'))
    },
  })
  const ours: Way = { sample: { latenciesMs: [], blockedMs: 0 }, start: () => start(processes, launched) }
  const bare: Way = { sample: { latenciesMs: [], blockedMs: 0 }, start: startBare }
  try {
    for (const way of [ours, bare]) await once(way, false)
    for (let i = 0; i < singles; i++) {
      for (const way of i % 2 === 0 ? [ours, bare] : [bare, ours]) {
        await once(way, true)
        await new Promise((resolve) => setTimeout(resolve, betweenMs))
      }
    }
    console.log(
      `${singles} single starts from a process of ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
    )
    for (const [name, way] of Object.entries({ 'child_process.spawn': bare, launcher: ours })) {
      console.log(line(name, way.sample, bare.sample))
    }
    for (const [name, way] of Object.entries({ 'child_process.spawn': bare, launcher: ours })) {
      console.log(`${burst} at once by ${name}: ${await measureBurst(way)}`)
    }
  } finally {
    await processes.close()
    fs.rmSync(directory, { recursive: true })
    ballast.length = 0
  }
}

let count = 0
function start(processes: Processes, launched: Map<string, (output: string) => void>): Promise<string> {
  const key = `run${count++}`
  processes.spawn({ process: key, command, environment })
  return new Promise((resolve) => launched.set(key, resolve))
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
  const done = way.start()
  const blockedMs = performance.timeOrigin + performance.now() - askedAtMs
  const readAtMs = Number(await done) / 1e6
  if (!isCounted) return
  way.sample.latenciesMs.push(readAtMs - askedAtMs)
  way.sample.blockedMs += blockedMs
}

async function measureBurst(way: Way): Promise<string> {
  const askedAtMs = performance.timeOrigin + performance.now()
  const done = Array.from({ length: burst }, () => way.start())
  const blockedMs = performance.timeOrigin + performance.now() - askedAtMs
  const sorted = (await Promise.all(done))
    .map((text) => Number(text) / 1e6 - askedAtMs)
    .toSorted((a, b) => a - b)
  const endedMs = performance.timeOrigin + performance.now() - askedAtMs
  return (
    `first after ${fixed(sorted[0])} ms, half after ${fixed(sorted[burst >> 1])} ms, ` +
    `last after ${fixed(sorted.at(-1))} ms, all ended and known after ${fixed(endedMs)} ms, ` +
    `the loop blocked for ${fixed(blockedMs)} ms`
  )
}

function line(name: string, sample: Sample, bare: Sample): string {
  const at = (of: Sample, share: number): number =>
    of.latenciesMs.toSorted((left, right) => left - right)[Math.floor(of.latenciesMs.length * share)] ?? 0
  const ratio = (share: number): string => (at(sample, share) / at(bare, share)).toFixed(2)
  return (
    `${name.padEnd(20)} p50 ${fixed(at(sample, 0.5))} ms (${ratio(0.5)} × bare)  ` +
    `p99 ${fixed(at(sample, 0.99))} ms (${ratio(0.99)} × bare)  ` +
    `loop blocked ${(sample.blockedMs / sample.latenciesMs.length).toFixed(2)} ms a start`
  )
}

function fixed(valueMs: number | undefined): string {
  return (valueMs ?? 0).toFixed(1)
}

if (process.argv[1] === import.meta.filename) await benchSpawn()
