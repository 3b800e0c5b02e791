// What became of a process that an earlier agent was to start, from its directories alone: whether there is anything to
// follow, or that nothing was executed and nothing will be, or that nobody can say.

import path from 'node:path'
import type { ProcessTable } from './process-table.ts'
import {
  findRunDirectories,
  isClosed,
  isOfThisBoot,
  readRun,
  runDirectoryName,
  withdraw,
} from './run-record.ts'

export type Adopted =
  | { readonly kind: 'follow'; readonly directory: string }
  /** Not executed, and it may be started again. */
  | { readonly kind: 'not-started' | 'failed'; readonly reason: string }
  | { readonly kind: 'gone' }

export type Place = {
  readonly runsDirectory: string
  readonly table: ProcessTable
  readonly isLeased: boolean
}

export async function adoptRun(process: string, place: Place): Promise<Adopted> {
  const { runsDirectory, table, isLeased } = place
  const names = await findRunDirectories(runsDirectory, process)
  const directory = path.join(runsDirectory, names[0] ?? runDirectoryName(process, 1))
  const record = await readRun(directory, table)
  if (isLeased && isClosed(record)) return adoptClosed(process, names, place)
  // The launcher of the earlier agent may be on its way to this run: whoever makes the gate is first.
  if (record.kind !== 'unstarted' || (await withdraw(directory)) === 'started')
    return { kind: 'follow', directory }
  if (await isOfThisBoot(directory, table))
    return { kind: isLeased ? 'not-started' : 'failed', reason: 'its agent ended before it started' }
  // Never begun, or begun before a power cut that took its files.
  return { kind: 'gone' }
}

/** Not started, it may be started again, by us: so whoever is late with what it was told must find no way. */
async function adoptClosed(
  process: string,
  names: readonly string[],
  { runsDirectory, table }: Place,
): Promise<Adopted> {
  const next = path.join(runsDirectory, runDirectoryName(process, names.length + 1))
  const boots = await Promise.all(names.map((name) => isOfThisBoot(path.join(runsDirectory, name), table)))
  if ((await withdraw(next)) === 'started') return { kind: 'follow', directory: next }
  // A power cut may have taken a directory in which it was executed.
  if (!boots.includes(true)) return { kind: 'gone' }
  return { kind: 'not-started', reason: 'its time was over before it began' }
}
