// How many runs this node may hold at a time, of each pool and of all: max_running. What it holds and what it has asked
// for count alike, so that what is asked for in one moment does not go beyond. A full node does not ask: another may,
// and what nobody could take until its startBy is missed. It tells the witnesses that it is full, so that whoever
// writes the missed slot down knows why. An action on a node of its own is of a run that holds its place already: it
// needs none, so that no run waits for itself.

import type { JobName } from '../base/ids.ts'
import { voteLimits } from '../base/limits.ts'
import type { Unit } from './register.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
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
  /** When there was room for a run of this job, and when there was none, the last time. */
  readonly #begunAtMs = new Map<string, number>()
  readonly #waitingAtMs = new Map<string, number>()

  constructor(host: CapacityHost) {
    this.#host = host
  }

  /** What is held may change from here on. */
  recount(): void {
    this.#counts = null
  }

  /** Whether there is no room for a run of this job: what others wait for, who were given room longer ago, is theirs. */
  isFull(job: ScheduledJob, nowMs: number): boolean {
    const { bound } = job.definition
    const { maxRunning } = this.#host
    if (bound === null && maxRunning === null) return false
    this.#counts ??= this.#count()
    const room = (maxRunning ?? Infinity) - this.#counts.all
    const roomInPool = roomOf(bound, this.#counts)
    if (room <= 0 || roomInPool <= 0) return true
    // Who waits for a pool that is full leaves the rest of the node to others.
    const before = this.#waitingBefore(job, nowMs).map((key) => this.#host.job(key)?.definition.bound ?? null)
    const ofPool = before.filter((other) => other?.pool === bound?.pool)
    return (
      before.filter((other) => roomOf(other, this.#counts!) > 0).length >= room || ofPool.length >= roomInPool
    )
  }

  /** Whether a run of this job is held here. */
  holds(job: JobName): boolean {
    for (const key of this.#host.heldJobs()) if (key === job) return true
    return false
  }

  /** The jobs that wait for room and come first; one that has not asked again of late waits no more. */
  #waitingBefore({ name }: ScheduledJob, nowMs: number): string[] {
    const mineMs = this.#begunAtMs.get(name) ?? -Infinity
    const isWaiting = (sinceMs: number) => nowMs - sinceMs <= 2 * voteLimits.fullAgainMs
    return [...this.#waitingAtMs]
      .filter(([key, sinceMs]) => isWaiting(sinceMs) && (this.#begunAtMs.get(key) ?? -Infinity) < mineMs)
      .map(([key]) => key)
  }

  begin(key: string, unit: Unit, nowMs: number): void {
    this.#begunAtMs.delete(key)
    this.#begunAtMs.set(key, nowMs)
    const [longestAgo = ''] = this.#begunAtMs.keys()
    if (this.#begunAtMs.size > voteLimits.fullKnownMax) this.#begunAtMs.delete(longestAgo)
    this.#waitingAtMs.delete(key)
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
    this.#waitingAtMs.set(key, nowMs)
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
    for (const [key, atMs] of this.#waitingAtMs)
      if (nowMs - atMs > voteLimits.fullKnownMs) this.#waitingAtMs.delete(key)
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

function roomOf(bound: JobDefinition['bound'], { pools }: Counts): number {
  return bound === null ? Infinity : bound.maxRunning - (pools.get(bound.pool) ?? 0)
}
