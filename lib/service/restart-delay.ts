// How long a dead instance waits before it is started again: its restart_delay, and longer while it crashes again and
// again, doubling up to a bound. A crash is a start that never came up; deaths of what was up count only when there
// are very many, so that a service that is killed by something else comes back as fast as was promised.

import { serviceLimits } from '../base/limits.ts'
import { formatDuration } from '../schedule/duration.ts'

export type Crashes = {
  /** Starts in a row that never came up. */
  readonly failedStarts: number
  /** The instants of the last deaths. */
  readonly deathsAtMs: readonly number[]
}

export const noCrashes: Crashes = { failedStarts: 0, deathsAtMs: [] }

export function withDeath(
  crashes: Crashes,
  death: { readonly wasUp: boolean; readonly atMs: number },
): Crashes {
  const deathsAtMs = [...crashes.deathsAtMs, death.atMs].slice(-serviceLimits.deathsFree - maxDoublings)
  return { failedStarts: death.wasUp ? 0 : crashes.failedStarts + 1, deathsAtMs }
}

/** Null when it is never started again. */
export function restartDelayMs(
  restartDelay: number | null,
  { failedStarts, deathsAtMs }: Crashes,
  nowMs: number,
): number | null {
  if (restartDelay === null) return null
  const recent = deathsAtMs.filter((atMs) => atMs > nowMs - serviceLimits.deathsWindowMs).length
  const tooMany = Math.max(failedStarts - serviceLimits.failedStartsFree, recent - serviceLimits.deathsFree)
  if (tooMany <= 0) return restartDelay
  const first = Math.max(restartDelay, serviceLimits.backoffFirstMs)
  const longest = Math.max(restartDelay, serviceLimits.backoffMostMs)
  return Math.min(longest, first * 2 ** Math.min(tooMany - 1, maxDoublings))
}

/** For people: what comes after a death. */
export function restartText(delayMs: number | null): string {
  if (delayMs === null) return 'it has no restart_delay, and is not started again'
  return delayMs === 0 ? 'it is started again' : `it is started again in ${formatDuration(delayMs)}`
}

/** Beyond the longest wait from the shortest first one. */
const maxDoublings = 10
