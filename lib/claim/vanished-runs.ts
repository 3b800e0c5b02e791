// Runs that stand as running in the ledger although no register has them any more (I17). Whoever ran them told the
// witnesses how they ended, and was lost before anybody else had its record; or it died between two of its logs, and the
// one has the start that the other has not. A witness that misses one in its registers for long, and its node too, asks
// what is chosen, and so does a node that knows nothing of a run of its own; what that does not hold either is over, and
// nobody knows how.

import { voteLimits } from '../base/limits.ts'
import type { JobName, NodeId } from '../base/ids.ts'
import type { Register } from './register.ts'
import type { Witness } from './witness.ts'

/** As the ledger has it. */
export type RunningRecord = {
  readonly subject: string
  readonly job: JobName
  /** Who tells that it runs. */
  readonly node: NodeId
  readonly run: number
  readonly attempt: number
  readonly token: number
}

export type VanishedRunsOptions = {
  readonly self: NodeId
  readonly witness: Pick<Witness, 'isMember' | 'value'>
  readonly running: () => Iterable<RunningRecord>
  readonly isLive: (node: NodeId) => boolean
  /** Whether this agent holds this run of its own. */
  readonly knowsRun: (record: RunningRecord) => boolean
  readonly turnDelayMs: (record: RunningRecord) => number
}

export class VanishedRuns {
  readonly #options: VanishedRunsOptions
  /** By their subjects. */
  #missedSinceMs = new Map<string, number>()
  readonly #soughtOf = new Map<string, readonly RunningRecord[]>()
  #scannedAtMs = -Infinity

  constructor(options: VanishedRunsOptions) {
    this.#options = options
  }

  /** Each second while there is a majority: the registers that are to be asked for. */
  scan(nowMs: number): string[] {
    // What came while nobody looked is not here yet.
    const before =
      nowMs - this.#scannedAtMs > voteLimits.vanishedGapMs ? new Map<string, number>() : this.#missedSinceMs
    this.#scannedAtMs = nowMs
    const sinceMs = new Map<string, number>()
    const missed = new Map<string, RunningRecord[]>()
    for (const record of this.#options.running()) {
      if (!this.#isMissed(record)) continue
      const since = before.get(record.subject) ?? nowMs
      sinceMs.set(record.subject, since)
      if (nowMs < since + voteLimits.vanishedAfterMs + this.#options.turnDelayMs(record)) continue
      missed.set(record.job, [...(missed.get(record.job) ?? []), record])
    }
    this.#missedSinceMs = sinceMs
    const asked = [...missed].slice(0, voteLimits.looksPerScan)
    for (const [key, records] of asked) this.#soughtOf.set(key, records)
    return asked.map(([key]) => key)
  }

  /** What is chosen of this register was read: those of the runs that were asked for, and that it does not hold. */
  looked(key: string, value: Register): RunningRecord[] {
    const sought = this.#soughtOf.get(key) ?? []
    this.#soughtOf.delete(key)
    // What it holds is not asked for again at once.
    for (const { subject } of sought) this.#missedSinceMs.delete(subject)
    return sought.filter((record) => !holds(value, record))
  }

  #isMissed(record: RunningRecord): boolean {
    const { self, witness, isLive, knowsRun } = this.#options
    if (record.node === self) return !knowsRun(record)
    if (!witness.isMember || isLive(record.node)) return false
    const value = witness.value(record.job)
    return value !== null && !holds(value, record)
  }
}

/** A register that has not given out the run's number yet is older than the run. */
function holds({ token, live, pending }: Register, { run, attempt }: RunningRecord): boolean {
  return token < run || [...live, ...pending].some((entry) => entry.run === run && entry.attempt === attempt)
}
