// A place for runs, and processes whose events can be waited for: what the tests of agent/process stand on.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { SteadyClock } from '../../../agent/clock.ts'
import { ProcessTable } from '../../../agent/process/process-table.ts'
import { Processes, type ProcessesOptions } from '../../../agent/process/processes.ts'
import { parseStartRecord, type StartRecord } from '../../../agent/process/run-record.ts'
import { errorCode } from '../../../lib/base/error-code.ts'
import type { OutputQuery } from '../../../lib/run/output.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'

type Options = Partial<Pick<ProcessesOptions, 'workerShell' | 'procDirectory' | 'secrets'>>
type Waiting = {
  readonly isIt: (event: ProcessEvent) => boolean
  readonly resolve: (event: ProcessEvent) => void
}

/** The events that end a run: it has exactly one of them. */
export function isEnd(event: ProcessEvent): boolean {
  return event.kind === 'child-exited' || event.kind === 'child-gone' || event.kind === 'spawn-failed'
}

export class ProcessBench {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hocket-process-'))
  readonly runsDirectory = path.join(this.directory, 'runs')
  readonly events: ProcessEvent[] = []
  readonly warnings: unknown[] = []
  readonly #opened: Processes[] = []
  #waiting: Waiting[] = []

  constructor() {
    fs.mkdirSync(this.runsDirectory)
  }

  open(options: Options = {}): Processes {
    const processes = new Processes({
      ...options,
      clock: new SteadyClock(),
      runsDirectory: this.runsDirectory,
      log: { warn: (...words: unknown[]) => void this.warnings.push(words) },
      onEvent: (event) => this.#hear(event),
    })
    this.#opened.push(processes)
    return processes
  }

  /** Closes all, kills what still runs, and removes the place. */
  async end(): Promise<void> {
    for (const processes of this.#opened.splice(0)) await processes.close()
    for (const name of fs.readdirSync(this.runsDirectory)) this.#killWhatRuns(name)
    fs.rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  /** The event, past or to come. */
  waitFor(isIt: (event: ProcessEvent) => boolean): Promise<ProcessEvent> {
    const past = this.events.find(isIt)
    if (past !== undefined) return Promise.resolve(past)
    return new Promise((resolve) => this.#waiting.push({ isIt, resolve }))
  }

  kind(process: string, kind: ProcessEvent['kind']): Promise<ProcessEvent> {
    return this.waitFor((event) => event.process === process && event.kind === kind)
  }

  /** How a run ended, whichever way. */
  endOf(process: string): Promise<ProcessEvent> {
    return this.waitFor((event) => event.process === process && isEnd(event))
  }

  endsOf(process: string): ProcessEvent[] {
    return this.events.filter((event) => event.process === process && isEnd(event))
  }

  read(name: string, file: string): string {
    return fs.readFileSync(path.join(this.runsDirectory, name, file), 'latin1')
  }

  /** What the run's record says of its processes; null when there is none. */
  recordOf(name: string): StartRecord | null {
    const file = path.join(this.runsDirectory, name, 'started')
    return fs.existsSync(file) ? parseStartRecord(fs.readFileSync(file, 'latin1')) : null
  }

  /** The number of the command's process, which must have started. */
  pidOf(name: string): number {
    const record = this.recordOf(name)
    if (record === null) throw new Error(`${name} has not started`)
    return record.command.pid
  }

  #killWhatRuns(name: string): void {
    const command = this.recordOf(name)?.command
    if (command === undefined) return
    // A start that ps told is a date.
    const proc = command.start.includes('_') ? '/nonexistent' : '/proc'
    if (new ProcessTable(proc).isAlive(command)) killGroup(command.pid)
  }

  #hear(event: ProcessEvent): void {
    this.events.push(event)
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ isIt }) => !isIt(event))
    for (const { isIt, resolve } of waiting) if (isIt(event)) resolve(event)
  }
}

/** Refuses the numbers that mean everybody: a test that kills the machine tests nothing. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new Error(`${pid} is not the number of one process`)
  process.kill(pid, signal)
}

export function killGroup(pid: number): void {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new Error(`${pid} is not the number of one group`)
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing is left of it.
  }
}

/** False for a zombie too: what takes over orphans may be slow to look, or never do it (a container without init). */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch (error) {
    // Of no such process; or it went between the two; or there is no /proc here.
    return errorCode(error) === 'ENOENT' && !fs.existsSync('/proc/self')
  }
}

/** All of it that there is, from this byte on, a part after the other. */
export async function readBytes(
  processes: Processes,
  which: Pick<OutputQuery, 'process' | 'stream'>,
  fromByte = 0,
): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let byte = fromByte; ; byte += parts.at(-1)?.length ?? 0) {
    const { base64 } = await processes.readOutput({ ...which, from: { byte } })
    if (base64 === '') return Buffer.concat(parts)
    parts.push(Buffer.from(base64, 'base64'))
  }
}

/** Waits for what nothing reports, such as the end of a process that is not ours. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
