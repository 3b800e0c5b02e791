// Whether a process is still the one that it was: a number is given again to another, but
// number and start together are not. On Linux both stand in /proc; elsewhere `ps` tells the
// start, to the second. A zombie has ended: only its parent has not yet looked.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import type { Identity } from '../../lib/service/event.ts'
import { readUptimeMs } from './uptime.ts'

/** In which /proc counts, on every Linux. */
const ticksPerSecond = 100

/** A process as a record names it; `start` in the unit of where it was read: ticks since boot, or ps's date. */
export type ProcessIdentity = { readonly pid: number; readonly start: string }

export class ProcessTable {
  readonly #procDirectory: string
  readonly #hasProc: boolean
  /** Names this run of the machine: after another one no process can be the same. `-` where the system tells none. */
  readonly bootId: string

  constructor(procDirectory: string) {
    this.#procDirectory = procDirectory
    this.#hasProc = readText(path.join(procDirectory, 'self/stat')) !== null
    this.bootId = readText(path.join(procDirectory, 'sys/kernel/random/boot_id'))?.trim() ?? '-'
  }

  isAlive(identity: ProcessIdentity): boolean {
    return this.#startOf(identity.pid) === identity.start
  }

  /** Surely not alive: throws where the system does not let it be looked at now, for want of a descriptor perhaps. */
  isGone(identity: ProcessIdentity): boolean {
    if (!this.#hasProc) return !this.isAlive(identity)
    try {
      const stat = fs.readFileSync(this.#statFile(identity.pid), 'latin1')
      return fieldsOf(stat)?.[19] !== identity.start
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes(errorCode(error))) return true
      throw error
    }
  }

  #statFile(pid: number): string {
    return path.join(this.#procDirectory, String(pid), 'stat')
  }

  /** The process that bears the number now, named for ever; null when there is none. */
  identify(pid: number): Identity | null {
    const start = this.#startOf(pid)
    return start === null ? null : { pid, start: `${this.bootId}/${start}` }
  }

  /** Whether the process that was named so is alive. */
  isSame({ pid, start }: Identity): boolean {
    return this.identify(pid)?.start === start
  }

  isOfThisBoot({ start }: Identity): boolean {
    return start.startsWith(`${this.bootId}/`)
  }

  /** By the wall clock as it is now; null where the system does not tell, or there is no such process. */
  startedAtMs(pid: number): number | null {
    const ticks = this.#hasProc ? Number(this.#statOf(pid)?.[19] ?? Number.NaN) : Number.NaN
    const uptimeMs = this.#hasProc ? readUptimeMs(this.#procDirectory) : null
    return Number.isNaN(ticks) || uptimeMs === null
      ? null
      : Date.now() - uptimeMs + (ticks * 1000) / ticksPerSecond
  }

  /** Whether whoever owns a file may speak in it for this process: root and the agent's own user for every one. */
  maySpeakFor(pid: number, user: number): boolean {
    if (user === 0 || user === process.getuid?.()) return true
    const status = readText(path.join(this.#procDirectory, String(pid), 'status'))
    const users = /^Uid:\s+(.*)$/m.exec(status ?? '')?.[1]?.split(/\s+/)
    return users === undefined || users.includes(String(user))
  }

  /** True when another process bears the number by now; its group is then not the recorded one's either. */
  isReused(identity: ProcessIdentity): boolean {
    const start = this.#startOf(identity.pid)
    return start !== null && start !== identity.start
  }

  /** The process group of a process that is alive; null for none. */
  groupOf(pid: number): number | null {
    const fields = this.#statOf(pid)
    return fields === null ? null : Number(fields[2])
  }

  /** Whether anybody of this process group is alive; the system itself counts zombies, for which nobody may look. */
  isGroupAlive(group: number): boolean {
    try {
      process.kill(-group, 0)
    } catch (error) {
      if (errorCode(error) === 'ESRCH') return false
    }
    if (!this.#hasProc) return groupsFromPs().includes(group)
    const pids = fs.readdirSync(this.#procDirectory).filter((name) => /^\d+$/.test(name))
    return pids.some((pid) => this.groupOf(Number(pid)) === group)
  }

  /** Null when there is no such process, or only a zombie. */
  #startOf(pid: number): string | null {
    return this.#hasProc ? (this.#statOf(pid)?.[19] ?? null) : startFromPs(pid)
  }

  /** What /proc says behind the program's name, from its state on. */
  #statOf(pid: number): string[] | null {
    const stat = readText(this.#statFile(pid))
    return stat === null ? null : fieldsOf(stat)
  }
}

/** From the state on; null for a zombie. The second field is the program's name in parentheses, and may hold anything. */
function fieldsOf(stat: string): string[] | null {
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
  const [state = ''] = fields
  return 'ZXx'.includes(state) ? null : fields
}

function startFromPs(pid: number): string | null {
  try {
    const text = execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: {},
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [state = '', ...start] = text.trim().split(/\s+/)
    return start.length === 0 || state.startsWith('Z') ? null : start.join('_')
  } catch {
    // ps says by its status that it found no process.
    return null
  }
}

function groupsFromPs(): number[] {
  const text = execFileSync('/bin/ps', ['-A', '-o', 'stat=,pgid='], { encoding: 'utf8', env: {} })
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  return lines.filter(([state = 'Z']) => !state.startsWith('Z')).map(([, group]) => Number(group))
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1')
  } catch {
    // A process that is gone, or a system without the file.
    return null
  }
}
