// Agents with leased runs as processes of their own, so that they can be stopped and killed, and a look at the guard
// that they leave behind.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { parseStartRecord } from '../../../agent/process/run-record.ts'
import { splitLines } from '../../../agent/process/split-lines.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import type { LeaseOrder } from './lease-agent.ts'
import { isThere, kill, killGroup, until } from './process-bench.ts'

export type Told =
  ProcessEvent | { readonly kind: 'launcher'; readonly process: string; readonly pid: number }

const agentFile = path.join(import.meta.dirname, 'lease-agent.ts')

export class LeaseAgent {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly told: Told[] = []
  #waiting: (() => void)[] = []
  warnings = ''

  constructor(runsDirectory: string) {
    this.child = spawn(process.execPath, [agentFile, runsDirectory], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.warnings += text))
    this.child.stdout.on(
      'data',
      splitLines((line) => {
        this.told.push(JSON.parse(line) as Told)
        for (const look of this.#waiting) look()
      }),
    )
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the agent did not start')
    return this.child.pid
  }

  order(order: LeaseOrder): void {
    this.child.stdin.write(`${JSON.stringify(order)}\n`)
  }

  /** What was told of a process, past or to come; the nth of its kind. */
  hears<Kind extends Told['kind']>(process: string, kind: Kind, nth = 1): Promise<Told & { kind: Kind }> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.told.filter((one) => one.process === process && one.kind === kind)[nth - 1]
        if (found === undefined) return
        this.#waiting = this.#waiting.filter((other) => other !== look)
        resolve(found as Told & { kind: Kind })
      }
      this.#waiting.push(look)
      look()
    })
  }

  async killed(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    await gone
  }
}

export class GuardBench {
  readonly directory: string
  readonly runsDirectory: string
  readonly #agents: LeaseAgent[] = []

  constructor(name = 'runs') {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-guard-'))
    this.runsDirectory = path.join(this.directory, name)
    fs.mkdirSync(this.runsDirectory)
  }

  /** One that has a launcher and a guard already: how long they take to start is no test's business. */
  async agent(): Promise<LeaseAgent> {
    const agent = new LeaseAgent(this.runsDirectory)
    this.#agents.push(agent)
    const process = `warm${this.#agents.length}`
    agent.order({
      kind: 'spawn',
      process,
      command: 'true',
      termInMs: 60_000,
      killInMs: 60_000,
      startInMs: null,
    })
    await agent.hears(process, 'child-exited')
    return agent
  }

  /** The guards of this place: those that run in its directory. */
  guards(): number[] {
    return fs
      .readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && isGuardIn(pid, this.runsDirectory))
  }

  async guard(): Promise<number> {
    await until(() => this.guards().length === 1)
    return this.guards()[0]!
  }

  read(name: string, file: string): string {
    return fs.readFileSync(path.join(this.runsDirectory, name, file), 'latin1')
  }

  has(name: string, file = ''): boolean {
    return fs.existsSync(path.join(this.runsDirectory, name, file))
  }

  commandOf(name: string): number {
    const record = parseStartRecord(this.read(name, 'started'))
    if (record === null) throw new Error(`${name} has not started`)
    return record.command.pid
  }

  /** Ends agents, guards and commands, and removes the place. */
  async end(): Promise<void> {
    for (const agent of this.#agents) {
      if (isThere(agent.pid)) agent.child.kill('SIGCONT')
      await (agent.child.exitCode === null && agent.child.signalCode === null ? agent.killed() : undefined)
    }
    for (const pid of this.guards()) kill(pid, 'SIGKILL')
    for (const name of fs.readdirSync(this.runsDirectory)) {
      if (!this.has(name, 'started')) continue
      const record = parseStartRecord(this.read(name, 'started'))
      if (record !== null && isThere(record.command.pid)) killGroup(record.command.pid)
    }
    fs.rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

function isGuardIn(pid: number, runsDirectory: string): boolean {
  try {
    const isGuard = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('guard-child')
    return isGuard && isThere(pid) && fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(runsDirectory)
  } catch {
    // It ended between two looks, or is another's.
    return false
  }
}
