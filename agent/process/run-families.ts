// All that belongs to a started run: its process group, and where there is a cgroup, whoever left the group. Signals
// reach all of it, and never a group or a process that is another's by now.

import { errorCode } from '../../lib/base/error-code.ts'
import { cgroupMembers, cgroupOf, openCgroups } from './cgroups.ts'
import type { ProcessTable } from './process-table.ts'
import type { StartRecord } from './run-record.ts'

/** `nobody`: nothing is left to hear the signal. */
type Heard = 'sent' | 'nobody' | { readonly error: unknown }

export class RunFamilies {
  readonly table: ProcessTable
  readonly #cgroups: string | null

  constructor(table: ProcessTable, runsDirectory: string, procDirectory: string) {
    this.table = table
    this.#cgroups = openCgroups(runsDirectory, procDirectory)
  }

  /** A command that has not left its worker's group for its own yet is alone, and hears it only when that is asked. */
  signal(started: StartRecord, signal: string, alone?: 'also-alone'): Heard {
    const { command, bootId } = started
    // To the kernel, -1 is everybody and 0 is ourselves: no record, however damaged, may lead there.
    if (!Number.isSafeInteger(command.pid) || command.pid <= 1 || bootId !== this.table.bootId)
      return 'nobody'
    // A worker that lives longer than its command may have another by now.
    const isMeant = this.table.isAlive(command) || !this.table.isAlive(started.wrapper)
    const outside = isMeant ? this.#outside(started) : []
    // A number that another process bears by now says that nothing of the group is left.
    let group = this.table.isReused(command) ? 'nobody' : send(-command.pid, signal)
    if (group === 'nobody' && alone !== undefined && this.table.isAlive(command))
      group = send(command.pid, signal)
    const heard = [group, ...outside.map((pid) => send(pid, signal))]
    return heard.find((one) => typeof one === 'object') ?? heard.find((one) => one === 'sent') ?? 'nobody'
  }

  /** Nobody is alive of a run whose command has ended, and whose worker, if it is not alone, takes no other run. */
  isGone(started: StartRecord): boolean {
    const { command, bootId } = started
    if (bootId !== this.table.bootId) return true
    if (this.#outside(started).length > 0) return false
    return this.table.isReused(command) || !this.table.isGroupAlive(command.pid)
  }

  /** Those who left the group, as far as they can be found. */
  #outside({ command, wrapper }: StartRecord): number[] {
    if (this.#cgroups === null) return []
    const members = cgroupMembers(cgroupOf(this.#cgroups, wrapper))
    const others = members.filter((pid) => pid !== wrapper.pid && pid !== command.pid)
    return others.filter((pid) => this.table.groupOf(pid) !== command.pid)
  }
}

function send(to: number, signal: string): Heard {
  try {
    process.kill(to, signal)
    return 'sent'
  } catch (error) {
    return errorCode(error) === 'ESRCH' ? 'nobody' : { error }
  }
}
