// Ends what has been started of a process, and closes the gate (run-record.ts) before what has not: from then on
// nothing of it is executed any more. Used by the guard, and by the agent while it has none; so it waits for nothing,
// needs nothing but the files of the run, and ends also what a disk that cannot be written keeps from being noted.

import fs from 'node:fs'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import type { Ending } from '../../lib/run/guard.ts'
import { DaemonEnder, readDaemonRecord, type DaemonRecord } from './daemon-record.ts'
import { readExit } from './exit-status.ts'
import type { RunFamilies } from './run-families.ts'
import {
  guardNote,
  parseStartRecord,
  runDirectoryName,
  withdrawnText,
  type StartRecord,
} from './run-record.ts'

type Started = StartRecord | 'withdrawn' | 'unfinished' | null

/** `alive`: something of it may still run. `closed`: it never began, and its gate is closed. */
type Ended = 'alive' | 'closed' | 'over'

export class RunEnder {
  readonly #runsDirectory: string
  readonly #families: RunFamilies
  readonly #onFault: (text: string) => void
  /** Read once: what is known of a process must not depend on the disk when its time has come. */
  readonly #known = new Map<string, StartRecord>()
  readonly #knownDaemons = new Map<string, DaemonRecord>()
  readonly #told = new Set<string>()
  readonly #killed = new Set<string>()
  readonly #daemons: DaemonEnder

  constructor(options: {
    readonly runsDirectory: string
    readonly families: RunFamilies
    readonly onFault: (text: string) => void
  }) {
    this.#runsDirectory = options.runsDirectory
    this.#families = options.families
    this.#onFault = options.onFault
    this.#daemons = new DaemonEnder(options.families.table)
  }

  /** Finds out which process it is; false when there is none yet. */
  learn(process: string): boolean {
    try {
      const directory = this.#newest(process)
      const daemon = readDaemonRecord(directory)
      if (daemon !== null) {
        this.#knownDaemons.set(process, daemon)
        return true
      }
      this.#read(directory, process)
    } catch {
      // What cannot be read now is tried again, at the latest when it is needed.
    }
    return this.#known.has(process)
  }

  forget(process: string): void {
    this.#known.delete(process)
    this.#knownDaemons.delete(process)
    this.#told.delete(process)
    this.#killed.delete(process)
    this.#daemons.forget(process)
  }

  end({ process, signal }: Ending): Ended {
    try {
      return this.#end(process, signal)
    } catch (error) {
      this.#onFault(`Cannot end process "${process}" by its files: ${String(error)}`)
      const known = this.#known.get(process)
      if (known !== undefined) return this.#endKnown(known, process, signal)
      return this.isPlaceGone() ? 'over' : 'alive'
    }
  }

  /** Nothing is started any more where there is no directory for it. */
  isPlaceGone(): boolean {
    try {
      fs.realpathSync.native(this.#runsDirectory)
      return false
    } catch (error) {
      return errorCode(error) === 'ENOENT'
    }
  }

  /** Only the newest of its directories can hold anything: a further one is made when the one before is closed. */
  #end(process: string, signal: string): Ended {
    const directory = this.#newest(process)
    const daemon = readDaemonRecord(directory) ?? this.#knownDaemons.get(process)
    if (daemon !== undefined) return this.#endDaemon(daemon, process, signal)
    const started = this.#read(directory, process) ?? this.#withdraw(directory, process)
    if (started === 'withdrawn') return 'closed'
    if (started === 'unfinished') return 'alive'
    // A note would say of what ended by itself that it was ended; what it left behind is nobody's. What was told to
    // end, and did, may have left somebody behind who was told too.
    if (!this.#hasEnded(directory)) this.#note(directory, signal)
    else if (!this.#told.has(process)) return 'over'
    this.#told.add(process)
    return this.#endKnown(started, process, signal)
  }

  #endDaemon(record: DaemonRecord, process: string, signal: string): Ended {
    const how = this.#daemons.end(process, record, signal)
    if (how === 'over') fs.rmSync(this.#place(process, 1), { recursive: true, force: true })
    return how
  }

  /** What was killed twice is dead: a zombie that nobody looks after, or waiting in the kernel for its death. */
  #endKnown(record: StartRecord, process: string, signal: string): Ended {
    if (!this.#signal(record, signal)) return 'over'
    const isAgain = this.#killed.has(process)
    if (signal === 'SIGKILL') this.#killed.add(process)
    return isAgain ? 'over' : 'alive'
  }

  /** The first when there is none. */
  #newest(process: string): string {
    for (let generation = 1; ; generation++)
      if (!fs.existsSync(this.#place(process, generation + 1))) return this.#place(process, generation)
  }

  #place(process: string, generation: number): string {
    return path.join(this.#runsDirectory, runDirectoryName(process, generation))
  }

  /** Null when the gate is open. */
  #read(directory: string, process: string): Started {
    let text: string
    try {
      text = fs.readFileSync(path.join(directory, 'started'), 'latin1')
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null
      throw error
    }
    if (text === withdrawnText) return 'withdrawn'
    const record = text.endsWith('\n') ? parseStartRecord(text) : null
    if (record === null) return 'unfinished'
    this.#known.set(process, record)
    return record
  }

  #hasEnded(directory: string): boolean {
    try {
      return readExit(fs.readFileSync(path.join(directory, 'exit'), 'latin1'), []) !== null
    } catch {
      // Its worker could not write it, or it cannot be read: then the processes themselves are asked.
      return false
    }
  }

  #withdraw(directory: string, process: string): Exclude<Started, null> {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
    try {
      fs.writeFileSync(path.join(directory, 'started'), withdrawnText, { flag: 'wx', mode: 0o600 })
      return 'withdrawn'
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
      return this.#read(directory, process) ?? 'unfinished'
    }
  }

  #note(directory: string, signal: string): void {
    try {
      fs.appendFileSync(path.join(directory, 'signals'), `${signal}\n${guardNote}\n`, { mode: 0o600 })
    } catch (error) {
      // The note says why it ended; that it ends is what counts.
      this.#onFault(`Cannot note ${signal} in "${directory}": ${String(error)}`)
    }
  }

  /** False when there is nobody left to hear it. */
  #signal(record: StartRecord, signal: string): boolean {
    const heard = this.#families.signal(record, signal, 'also-alone')
    if (typeof heard !== 'object') return heard === 'sent'
    this.#onFault(`Cannot send ${signal} to process ${record.command.pid}: ${String(heard.error)}`)
    return true
  }
}
