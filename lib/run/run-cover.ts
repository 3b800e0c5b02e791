// Whether something of a run may start now under its node's session (S6), and until when what
// is leased may live (S5). Asks for the entry to be adopted where it is still that of an
// earlier session.

import { assert } from '../base/assert.ts'
import type { JobName } from '../base/ids.ts'
import { runLimits } from '../base/limits.ts'
import type { Change } from '../claim/change.ts'
import { isLocalEntry } from '../claim/local-registers.ts'
import type { SessionHolder } from '../claim/session-holder.ts'
import type { ProcessEffect, Spawn } from './effect.ts'
import { isUntouched, startedProcesses, type HeldRun } from './held-run.ts'
import { deadlineOf } from './lease.ts'

export type RunClock = { readonly nowMs: number; readonly clusterMs: number | null; readonly wallMs: number }

/** Cluster time; before any majority told it, the wall clock is all there is. */
export function instantOf(clock: RunClock): number {
  return clock.clusterMs ?? clock.wallMs
}

/** Until when a process may start, and live. */
type StartLimits = Pick<Spawn, 'startByMs' | 'lease'>

export const noLimits: StartLimits = { startByMs: null, lease: null }

export type RunCoverHost = {
  readonly session: SessionHolder
  propose(job: JobName, change: Change, isLocal: boolean): void
  effect(effect: ProcessEffect): void
}

export class RunCover {
  readonly #host: RunCoverHost

  constructor(host: RunCoverHost) {
    this.#host = host
  }

  /** S6: the session is the entry's and lasts; what is leased must also have time before its end. */
  isCovered(run: HeldRun, { nowMs }: RunClock): boolean {
    const { session } = this.#host
    const { validUntilMs } = session
    if (isLocalEntry(run.entry)) return true
    if (validUntilMs === null || !session.isValid(nowMs, runLimits.sessionSpareMs)) return false
    if (run.entry.session !== session.session) {
      this.adopt(run)
      return false
    }
    return !run.isLeased || nowMs < deadlineOf(validUntilMs, session).termAtMs
  }

  /** Asks for the run's entry to be moved into the present session, where it is not. */
  adopt(run: HeldRun): void {
    const { session } = this.#host.session
    if (run.entry.session === session || isLocalEntry(run.entry)) return
    this.#host.propose(run.job, { kind: 'adopt', token: run.entry.token, session }, false)
  }

  /** S5: only in the session that the entry has by a definite answer, and only as long as that is known to last. */
  extend(runs: readonly HeldRun[]): void {
    const { session } = this.#host
    const processes = runs
      .filter((run) => run.isLeased && run.phase === 'running' && run.entry.session === session.session)
      .flatMap((run) => startedProcesses(run))
    if (processes.length === 0 || session.validUntilMs === null) return
    const deadline = deadlineOf(session.validUntilMs, session)
    this.#host.effect({ kind: 'extend-lease', processes, deadline })
  }

  /** Only a run's first actions can be too late for its slot, and not where they wait for an event. */
  limitsOf(run: HeldRun, clock: RunClock): StartLimits {
    const { session } = this.#host
    const mayBeLate = isUntouched(run) && run.waitsSinceMs === undefined
    const startByMs = mayBeLate ? clock.nowMs + run.entry.startByMs - instantOf(clock) : null
    if (!run.isLeased) return { startByMs, lease: null }
    assert(session.validUntilMs !== null, 'a leased process starts in a session')
    return { startByMs, lease: { deadline: deadlineOf(session.validUntilMs, session) } }
  }
}
