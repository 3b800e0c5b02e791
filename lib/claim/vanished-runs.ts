// Runs that stand as running in the ledger although no register has them any more (I17): whoever ran them told the
// witnesses how they ended, and was lost before anybody else had its record. A witness that misses one in its registers
// for long, and its node too, asks what is chosen; what that does not hold either is over, and nobody knows how.

import { voteLimits } from '../base/limits.ts'
import type { JobName, NodeId } from '../base/ids.ts'
import type { Register } from './register.ts'

/** As the ledger has it. */
export type RunningRecord = {
  readonly subject: string
  readonly job: JobName
  /** Who tells that it runs. */
  readonly node: NodeId
  readonly run: number
  readonly attempt: number
}

export class VanishedRuns {
  /** By their subjects. */
  readonly #missedSinceMs = new Map<string, number>()
  readonly #soughtOf = new Map<JobName, readonly RunningRecord[]>()
  #scannedAtMs = -Infinity

  /** Each second: the jobs whose registers are to be asked for. */
  scan(
    running: Iterable<RunningRecord>,
    at: {
      readonly nowMs: number
      readonly isAway: (node: NodeId) => boolean
      readonly valueOf: (job: JobName) => Register | null
      readonly turnDelayMs: (record: RunningRecord) => number
    },
  ): JobName[] {
    // What came while nobody looked is not here yet.
    if (at.nowMs - this.#scannedAtMs > voteLimits.vanishedGapMs) this.#missedSinceMs.clear()
    this.#scannedAtMs = at.nowMs
    const missed = new Map<JobName, RunningRecord[]>()
    const sinceMs = new Map<string, number>()
    for (const record of running) {
      const value = at.isAway(record.node) ? at.valueOf(record.job) : null
      if (value === null || holds(value, record)) continue
      const since = this.#missedSinceMs.get(record.subject) ?? at.nowMs
      sinceMs.set(record.subject, since)
      if (at.nowMs < since + voteLimits.vanishedAfterMs + at.turnDelayMs(record)) continue
      missed.set(record.job, [...(missed.get(record.job) ?? []), record])
    }
    this.#missedSinceMs.clear()
    for (const [subject, since] of sinceMs) this.#missedSinceMs.set(subject, since)
    const asked = [...missed].slice(0, voteLimits.looksPerScan)
    for (const [job, records] of asked) this.#soughtOf.set(job, records)
    return asked.map(([job]) => job)
  }

  /** What is chosen was asked for: those of the runs that it does not hold. */
  looked(job: JobName, value: Register): RunningRecord[] {
    const sought = this.#soughtOf.get(job) ?? []
    this.#soughtOf.delete(job)
    return sought.filter((record) => !holds(value, record))
  }
}

/** A register that has not given out the run's number yet is older than the run. */
function holds({ token, live, pending }: Register, { run, attempt }: RunningRecord): boolean {
  return token < run || [...live, ...pending].some((entry) => entry.run === run && entry.attempt === attempt)
}
