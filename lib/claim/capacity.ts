// How many runs this node may hold at a time, of each pool and of all: max_running. What it holds and what it has asked
// for count alike, so that what is asked for in one moment does not go beyond. A full node does not ask: another may,
// and what nobody could take until its startBy is missed. It tells the witnesses that it is full, so that whoever
// writes the missed slot down knows why. An action on a node of its own is of a run that holds its place already: it
// needs none, so that no run waits for itself.

import { voteLimits } from '../base/limits.ts'
import type { Unit } from './register.ts'
import type { ScheduledJob } from './scheduled-job.ts'

export type CapacityHost = {
  /** Of all pools together; null for no bound. */
  readonly maxRunning: number | null
  job(key: string): ScheduledJob | undefined
  /** The job of each run that is held and has not ended. */
  heldJobs(): Iterable<string>
}

/** Work that a full node did not ask for. */
export type FullWork = { readonly key: string; readonly unit: Unit }

type Counts = { all: number; readonly pools: Map<string, number> }

export class Capacity {
  readonly #host: CapacityHost
  /** Asked for and not settled: the job of each. */
  readonly #asked = new Map<string, string>()
  /** How much is held and asked for, of all and of each bounded pool; null when it is to be counted anew. */
  #counts: Counts | null = null
  /** By the key of the job: for which of its work there was no room of late. */
  readonly #toldAtMs = new Map<string, Map<Unit, number>>()
  #untold: FullWork[] = []

  constructor(host: CapacityHost) {
    this.#host = host
  }

  /** What is held may change from here on. */
  recount(): void {
    this.#counts = null
  }

  isFull({ definition: { bound } }: ScheduledJob): boolean {
    const { maxRunning } = this.#host
    if (bound === null && maxRunning === null) return false
    this.#counts ??= this.#count()
    if (maxRunning !== null && this.#counts.all >= maxRunning) return true
    return bound !== null && (this.#counts.pools.get(bound.pool) ?? 0) >= bound.maxRunning
  }

  begin(key: string, unit: Unit): void {
    this.#asked.set(`${key} ${unit}`, key)
    if (this.#counts !== null) this.#add(this.#counts, key)
  }

  end(key: string, unit: Unit): void {
    this.#asked.delete(`${key} ${unit}`)
    this.recount()
  }

  /** There was no room for it: whoever passes it is to know, and is told again from time to time. */
  noteFull({ key, unit }: FullWork, nowMs: number): void {
    const units = this.#toldAtMs.get(key) ?? new Map<Unit, number>()
    this.#toldAtMs.set(key, units)
    if (nowMs - (units.get(unit) ?? -Infinity) < voteLimits.fullToldAgainMs) return
    units.set(unit, nowMs)
    this.#untold.push({ key, unit })
  }

  /** Whether there was no room here for a slot after this instant. */
  wasFull(key: string, afterMs: number): boolean {
    const units = [...(this.#toldAtMs.get(key)?.keys() ?? [])]
    return units.some((unit) => unit.startsWith('s') && Number(unit.slice(1)) > afterMs)
  }

  /** What is to be told now. */
  takeUntold(nowMs: number): readonly FullWork[] {
    if (this.#untold.length === 0) return []
    for (const [key, units] of this.#toldAtMs) {
      for (const [unit, atMs] of units) if (nowMs - atMs > voteLimits.fullKnownMs) units.delete(unit)
      if (units.size === 0) this.#toldAtMs.delete(key)
    }
    const untold = this.#untold
    this.#untold = []
    return untold
  }

  #count(): Counts {
    const counts: Counts = { all: 0, pools: new Map() }
    for (const keys of [this.#host.heldJobs(), this.#asked.values()])
      for (const key of keys) this.#add(counts, key)
    return counts
  }

  #add(counts: Counts, key: string): void {
    counts.all++
    const pool = this.#host.job(key)?.definition.bound?.pool
    if (pool !== undefined) counts.pools.set(pool, (counts.pools.get(pool) ?? 0) + 1)
  }
}
