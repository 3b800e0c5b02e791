// The process that starts runs for the agent: small, so that its forks are cheap, and alone,
// so that no fork stops the agent's event loop. It keeps a few workers (worker-script.ts)
// waiting, hands each run to one, and forks more as they are needed. It decides nothing and
// remembers nothing: when the agent goes it goes too, and the workers finish what they have.
//
//     node launcher-child.js RUNS-DIRECTORY WORKER-SHELL PROC-DIRECTORY

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { Socket } from 'node:net'
import path from 'node:path'
import { cgroupMembers, cgroupOf, openCgroups, removeCgroup, sweepCgroups } from './cgroups.ts'
import { closeInherited } from './close-inherited.ts'
import { splitLines } from './split-lines.ts'
import type { LauncherMessage, LauncherRequest } from './launcher-message.ts'
import { processLimits } from './limits.ts'
import { parseStartRecord } from './run-record.ts'
import { sessionMakers, workerScript } from './worker-script.ts'

type Worker = { readonly line: Socket; directory: string | null; cgroup: string | null }

const [runsDirectory = '', workerShell = '', procDirectory = ''] = process.argv.slice(2)
const workersAtStart = 2
const idle: Worker[] = []
const cgroups = openCgroups(runsDirectory, procDirectory)
/** Of this launcher, those that have not ended. */
const workers = new Set<Worker>()

function startRun({ directory, request, stdin, secrets }: LauncherRequest): void {
  const place = path.join(runsDirectory, directory)
  try {
    // An agent that has begun to look for this run has made the directory: then it must not start any more.
    fs.mkdirSync(place, { mode: 0o700 })
    fs.writeFileSync(path.join(place, 'request'), request, { mode: 0o600 })
    // Its user may open it anew by /dev/stdin; the directory keeps others out.
    if (stdin !== '') fs.writeFileSync(path.join(place, 'stdin'), stdin, { mode: 0o644 })
    if (secrets !== '') fs.writeFileSync(path.join(place, 'secrets'), secrets, { mode: 0o600 })
    const worker = idle.pop() ?? forkWorker()
    worker.directory = directory
    worker.line.write(`${directory}\n`)
  } catch (error) {
    refuse(directory, error)
  }
}

function forkWorker(): Worker {
  const sessionMaker = sessionMakers.find((program) => fs.existsSync(program))
  if (sessionMaker === undefined)
    throw new Error(`there is none of ${sessionMakers.join(', ')}, expected one`)
  const words = [
    '-c',
    workerScript(sessionMaker),
    'hocket-worker',
    runsDirectory,
    procDirectory,
    cgroups ?? '',
  ]
  const child = spawn(workerShell, words, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    cwd: '/',
    env: {},
    detached: true,
  })
  const line = child.stdio[3]
  if (!(line instanceof Socket))
    throw new Error(`${workerShell} could not be given a socket, expected a free descriptor`)
  const worker: Worker = { line, directory: null, cgroup: null }
  workers.add(worker)
  child.on('error', (error) => {
    if (worker.directory !== null) refuse(worker.directory, error)
    worker.directory = null
  })
  child.on('exit', () => {
    forget(worker)
    workers.delete(worker)
    if (worker.cgroup !== null) removeCgroup(worker.cgroup)
    if (worker.directory !== null) tell({ kind: 'lost', directory: worker.directory })
  })
  // A worker that is gone says so by its exit.
  line.on('error', () => forget(worker))
  line.on(
    'data',
    splitLines((text) => hear(worker, text)),
  )
  return worker
}

function hear(worker: Worker, text: string): void {
  const { directory } = worker
  if (directory === null) return
  const atMs = Date.now()
  if (text !== 'ended') {
    stamp(path.join(runsDirectory, directory, 'started'), atMs)
    const wrapper = parseStartRecord(text)?.wrapper
    if (cgroups !== null && wrapper !== undefined) worker.cgroup = cgroupOf(cgroups, wrapper)
    tell({ kind: 'started', directory, record: text, atMs })
    return
  }
  stamp(path.join(runsDirectory, directory, 'exit'), atMs)
  worker.directory = null
  const count = worker.cgroup === null ? 0 : cgroupMembers(worker.cgroup).length
  tell({ kind: 'ended', directory, isAlone: count === 1 })
  // What a command left running must not be taken for a part of the next one.
  if (count <= 1 && idle.length < processLimits.idleWorkers) idle.push(worker)
  else worker.line.end()
}

/** A file's own time is as coarse as the kernel's tick: 4 ms or 10, and so before the slot that it follows. */
function stamp(file: string, atMs: number): void {
  try {
    fs.utimesSync(file, atMs / 1_000, atMs / 1_000)
  } catch {
    // The coarse time stands, or there is no file: the agent reads which.
  }
}

function forget(worker: Worker): void {
  const at = idle.indexOf(worker)
  if (at >= 0) idle.splice(at, 1)
}

function refuse(directory: string, error: unknown): void {
  tell({ kind: 'refused', directory, reason: error instanceof Error ? error.message : String(error) })
}

function tell(message: LauncherMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

/** Idle workers go, and with them their cgroups; those that have a run stay until it has ended. */
function leave(): void {
  const leaving = new Set(idle.splice(0))
  const timer = setTimeout(() => process.exit(0), processLimits.launcherLeavesMs)
  const look = () => {
    if ([...leaving].some((worker) => workers.has(worker))) return setTimeout(look, 5)
    clearTimeout(timer)
    if (cgroups !== null) {
      sweepCgroups(cgroups)
      removeCgroup(cgroups)
    }
    return process.exit(0)
  }
  for (const { line } of leaving) line.end()
  look()
}

closeInherited()
if (cgroups !== null) sweepCgroups(cgroups)
process.stdin.on(
  'data',
  splitLines((text) => startRun(JSON.parse(text) as LauncherRequest)),
)
process.stdin.on('end', leave)
process.stdout.on('error', () => process.exit(0))
try {
  for (let i = 0; i < workersAtStart; i++) idle.push(forkWorker())
} catch {
  // Whoever asks for a run is told.
}
