// What a guard must know of a daemon, which it did not start and which left the session of the command that did: where
// its pid file is, and which process was found there. It lies in a directory of its own among those of the runs; a
// guard that finds it there ends the daemon in place of a run.

import fs from 'node:fs'
import path from 'node:path'
import type { Identity } from '../../lib/service/event.ts'
import { parsePid } from '../../lib/service/pid-file.ts'
import { laterMs } from './pid-file.ts'
import type { ProcessTable } from './process-table.ts'
import { signalProcess } from './signal-process.ts'

const recordName = 'daemon'
/** A daemon that was forked a moment before its end may not have written its pid file yet. */
const watchedOnMs = 5_000

export type DaemonRecord = {
  readonly pidFile: string
  readonly identity: Identity | null
  /** Whoever stands in the pid file and began before this was begun is another's. */
  readonly sinceMs: number
  /** Nothing of it outlives the boot of its machine. */
  readonly bootId: string
}

export function writeDaemonRecord(directory: string, record: DaemonRecord): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = path.join(directory, recordName)
  fs.writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  fs.renameSync(`${file}.new`, file)
}

/** Null for the directory of a run. */
export function readDaemonRecord(directory: string): DaemonRecord | null {
  try {
    return JSON.parse(fs.readFileSync(path.join(directory, recordName), 'utf8')) as DaemonRecord
  } catch {
    return null
  }
}

export class DaemonEnder {
  readonly #table: ProcessTable
  readonly #overSinceMs = new Map<string, number>()

  constructor(table: ProcessTable) {
    this.#table = table
  }

  forget(process: string): void {
    this.#overSinceMs.delete(process)
  }

  /** Signals the daemon; `over` when there has been none for a while. */
  end(process: string, record: DaemonRecord, signal: string): 'alive' | 'over' {
    const found = this.#find(record)
    for (const identity of found)
      signalProcess(this.#table, identity, { signal, isForGroup: signal === 'SIGKILL' })
    if (found.length > 0) {
      this.#overSinceMs.delete(process)
      return 'alive'
    }
    const sinceMs = this.#overSinceMs.get(process) ?? performance.now()
    this.#overSinceMs.set(process, sinceMs)
    return performance.now() - sinceMs >= watchedOnMs ? 'over' : 'alive'
  }

  #find({ pidFile, identity, sinceMs, bootId }: DaemonRecord): Identity[] {
    if (bootId !== this.#table.bootId) return []
    const known = identity !== null && this.#table.isSame(identity) ? [identity] : []
    const file = readPidFile(pidFile)
    const named = file === null ? null : this.#table.identify(file.pid)
    // The number that it had may be another's by now.
    if (file === null || named === null || identity?.pid === file.pid) return known
    const startedAtMs = this.#table.startedAtMs(file.pid)
    const isOfItsTime =
      startedAtMs !== null && startedAtMs >= sinceMs && startedAtMs <= file.changedAtMs + laterMs
    return isOfItsTime && this.#table.maySpeakFor(file.pid, file.user) ? [...known, named] : known
  }
}

/** Null for none, or for one that cannot be read: then there is only the process that was found before. */
function readPidFile(
  file: string,
): { readonly pid: number; readonly changedAtMs: number; readonly user: number } | null {
  try {
    const pid = parsePid(fs.readFileSync(file, 'latin1').slice(0, 256))
    const { mtimeMs, uid } = fs.statSync(file)
    return pid === null ? null : { pid, changedAtMs: mtimeMs, user: uid }
  } catch {
    return null
  }
}
