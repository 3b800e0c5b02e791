// Control groups of Linux (v2): whoever was started in one stays in it, whatever it does to its session, its group and
// its environment. Each worker (worker-script.ts) lives in one of its own with all that it ever started, so that a run
// costs nothing more, and a kill reaches what left the run's process group too. Where none can be had, for want of
// rights or of the system, a kill reaches the process group.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { ProcessIdentity } from './process-table.ts'

/** The directory below which the workers of this runs directory make theirs; null where none can be had. */
export function openCgroups(runsDirectory: string, procDirectory: string): string | null {
  try {
    const mounts = fs.readFileSync(path.join(procDirectory, 'self/mountinfo'), 'latin1').split('\n')
    const place = mounts.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4]
    const own = /^0::(\/.*)$/m.exec(fs.readFileSync(path.join(procDirectory, 'self/cgroup'), 'latin1'))?.[1]
    if (place === undefined || own === undefined) return null
    const name = createHash('sha256').update(fs.realpathSync(runsDirectory)).digest('hex').slice(0, 12)
    const directory = path.join(place, own, `hocket-${name}`)
    fs.mkdirSync(directory, { recursive: true })
    fs.accessSync(path.join(directory, 'cgroup.procs'), fs.constants.W_OK)
    return directory
  } catch {
    // Whatever forbids it: then there is none.
    return null
  }
}

/** What a kill reaches here: all that a run ever started, or what stayed in its process group. */
export function killingMeans(runsDirectory: string): 'cgroups' | 'process group' {
  return openCgroups(runsDirectory, '/proc') === null ? 'process group' : 'cgroups'
}

/** That of one worker. */
export function cgroupOf(directory: string, { pid, start }: ProcessIdentity): string {
  return path.join(directory, `${pid}-${start}`)
}

/** Who lives in it; nobody in one that is gone. A zombie lives nowhere. */
export function cgroupMembers(cgroup: string): number[] {
  try {
    const text = fs.readFileSync(path.join(cgroup, 'cgroup.procs'), 'latin1')
    return text
      .split('\n')
      .map(Number)
      .filter((pid) => Number.isSafeInteger(pid) && pid > 1)
  } catch {
    return []
  }
}

/** Removes those in which nobody lives. */
export function sweepCgroups(directory: string): void {
  for (const name of namesIn(directory)) removeCgroup(path.join(directory, name))
}

export function removeCgroup(cgroup: string): void {
  try {
    fs.rmdirSync(cgroup)
  } catch {
    // Somebody lives there, or it is gone.
  }
}

function namesIn(directory: string): string[] {
  try {
    const entries = fs.readdirSync(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}
