// Which runs' output this node still keeps: the last ones of each job, so that a job that
// runs each second does not fill the disk, and none for longer than the job says. The list is in the journal; what falls off its
// end is removed. (An agent that dies between the two leaves one directory behind.)

import type { JobName } from '../base/ids.ts'
import { runLimits } from '../base/limits.ts'
import type { Journal } from '../base/journal.ts'
import { isLocalEntry } from '../claim/local-registers.ts'
import type { ProcessEffect } from './effect.ts'
import { processKey, runKey, tryOf, type HeldRun } from './held-run.ts'

const OUTPUT = 'output/'

type Kept = {
  readonly job: JobName
  readonly processes: readonly string[]
  /** When the run was over; not known of what an older version kept. */
  readonly atMs?: number
}

export type KeptOutputsHost = {
  readonly journal: Journal
  effect(effect: ProcessEffect): void
  /** How many runs of a job are to be kept. */
  runLimit(job: JobName): number
  /** How long. */
  keepMs(job: JobName): number
}

export class KeptOutputs {
  readonly #host: KeptOutputsHost
  #sweepAtMs = -Infinity
  /** By job, oldest first: the keys of the runs. */
  readonly #byJob = new Map<JobName, string[]>()

  constructor(host: KeptOutputsHost) {
    this.#host = host
    for (const [key, value] of host.journal.under(OUTPUT)) this.#listOf((value as Kept).job).push(key)
  }

  /** The run is over and told: its output stays for a while, that of the oldest goes. */
  keep(run: HeldRun, atMs: number): void {
    const { job, entry, plan } = run
    // Actions with claims of their own are of the same run.
    const key = runKey({ job, token: entry.run, isLocal: isLocalEntry(entry) })
    const known = this.#host.journal.get(OUTPUT + key) as Kept | undefined
    const own = plan.flatMap(({ name }) =>
      Array.from({ length: tryOf(run, name) }, (_, index) => processKey(run, name, index + 1)),
    )
    const processes = [...new Set([...(known?.processes ?? []), ...own])]
    this.#host.journal.put(OUTPUT + key, { job, processes, atMs } satisfies Kept)
    const list = this.#listOf(job)
    if (known !== undefined) list.splice(list.indexOf(key), 1)
    list.push(key)
    while (list.length > this.#host.runLimit(job)) this.#remove(list.shift()!)
  }

  /** What has been kept for as long as its job asks for goes. */
  sweep(nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return
    this.#sweepAtMs = nowMs + runLimits.outputSweepEveryMs
    for (const [job, list] of this.#byJob) {
      const sinceMs = nowMs - this.#host.keepMs(job)
      while (list.length > 0 && this.#keptAtMs(list[0]!) < sinceMs) this.#remove(list.shift()!)
      if (list.length === 0) this.#byJob.delete(job)
    }
  }

  #keptAtMs(key: string): number {
    return (this.#host.journal.get(OUTPUT + key) as Kept).atMs ?? Infinity
  }

  #remove(key: string): void {
    const kept = this.#host.journal.get(OUTPUT + key) as Kept
    this.#host.journal.delete(OUTPUT + key)
    for (const process of kept.processes) this.#host.effect({ kind: 'remove-output', process })
  }

  #listOf(job: JobName): string[] {
    const list = this.#byJob.get(job) ?? []
    this.#byJob.set(job, list)
    return list
  }
}
