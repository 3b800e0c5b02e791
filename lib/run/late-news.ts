// Whether all that may have happened to a run is known, so that it may be judged by the time: what waited in vain, what
// lasts too long, what was told to end and did not. By the clock of a host that is an hour ahead a run of a minute is long
// over; and that a process ended in time, while its agent was dead or stood still, is heard a moment after the timers.

import { timeLimits } from '../base/limits.ts'
import { processOf } from './action-state.ts'
import { processKey, startedActions, startedProcesses, type HeldRun } from './held-run.ts'
import { instantOf, type RunClock } from './run-cover.ts'
import type { RunHost } from './run-host.ts'
import { isTimeAwaited } from './unjudged-events.ts'

export class LateNews {
  readonly #host: Pick<RunHost, 'effect'>
  /** Of earlier starts of this agent, until each said what became of it. */
  readonly #unheard = new Set<string>()
  #startedAtMs = -Infinity
  #lastTickMs: number | null = null
  /** When it went on after it stood still. */
  #wentOnAtMs = -Infinity
  /** What is taken for the time, ahead of the steady clock, at the last tick. */
  #aheadMs: number | null = null

  constructor(host: Pick<RunHost, 'effect'>) {
    this.#host = host
  }

  /** At the start of an agent that may hold runs of an earlier one. */
  begin(nowMs: number): void {
    this.#startedAtMs = nowMs
  }

  /** Asks what became of the processes that an earlier start of this agent left. */
  askFor(run: HeldRun): void {
    for (const { name, http } of startedActions(run)) {
      const process = processKey(run, name)
      this.#unheard.add(process)
      const what = { process, isLeased: run.isLeased, ...(http !== undefined && { isRequest: true }) }
      this.#host.effect({ kind: 'adopt', ...what })
    }
  }

  heard(process: string): void {
    this.#unheard.delete(process)
  }

  /** True when the time is another one than the steady clock had let expect: it was told at last, or was set. */
  onTick(clock: RunClock): boolean {
    const { nowMs } = clock
    if (this.#stoodStill(nowMs)) this.#wentOnAtMs = nowMs
    this.#lastTickMs = nowMs
    const aheadMs = instantOf(clock) - nowMs
    const hasJumped = Math.abs(aheadMs - (this.#aheadMs ?? aheadMs)) > timeLimits.clockOffsetWarnMs
    this.#aheadMs = aheadMs
    return hasJumped
  }

  /** Nothing of an earlier start is judged, nor goes on, before anybody had the time to tell it. */
  isTimeAwaited(clock: RunClock): boolean {
    return isTimeAwaited(clock, this.#startedAtMs)
  }

  isHeard(process: string): boolean {
    return !this.#unheard.has(process)
  }

  isAwaited(run: HeldRun, clock: RunClock): boolean {
    const { nowMs } = clock
    if (this.isTimeAwaited(clock) || this.#stoodStill(nowMs)) return true
    if (nowMs < this.#wentOnAtMs + timeLimits.listenMs) return true
    const backAtMs = Math.max(this.#startedAtMs, this.#wentOnAtMs)
    if (nowMs < backAtMs + timeLimits.catchUpMs && waitsForOthers(run)) return true
    return this.#unheard.size > 0 && startedProcesses(run).some((process) => !this.isHeard(process))
  }

  #stoodStill(nowMs: number): boolean {
    return this.#lastTickMs !== null && nowMs - this.#lastTickMs > timeLimits.stoodStillMs
  }
}

/** For an event, or for what a node of an action's own does. */
function waitsForOthers({ plan, actions }: HeldRun): boolean {
  return plan.some(({ name, triggers }) => {
    const state = actions[name]
    return (triggers !== undefined && state?.kind === 'waiting') || processOf(state)?.elsewhere !== undefined
  })
}
