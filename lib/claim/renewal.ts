// Keeps this agent's session alive: when to ask the witnesses for a renewal, and what their
// answers mean. One renewal per agent, not per run (S1).

import { voteLimits } from '../base/limits.ts'
import type { Configuration } from './configuration.ts'
import type { Renew, Renewed } from './message.ts'
import type { SessionHolder } from './session-holder.ts'

export type RenewTimer = { readonly kind: 'renew'; readonly renewNo: number }

export type RenewalHost = {
  readonly session: SessionHolder
  setTimer(atMs: number, timer: RenewTimer): void
  ask(renewal: Pick<Renew, 'session' | 'sentAtMs'>): void
  /** A session is valid that was not before. */
  began(): void
  /** The session is valid for longer than before. */
  extended(): void
}

export class Renewal {
  readonly #host: RenewalHost
  #renewNo = 0

  constructor(host: RenewalHost) {
    this.#host = host
  }

  /** Whether a majority answered of late: without one nothing is claimed. */
  hasMajority(nowMs: number): boolean {
    const lastMs = this.#host.session.lastMajorityMs
    return lastMs !== null && nowMs - lastMs < Math.max(voteLimits.partitionedAfterMs, this.#everyMs() * 2)
  }

  /** Outdates the timer that was set before: there is always one. */
  at(atMs: number): void {
    this.#host.setTimer(atMs, { kind: 'renew', renewNo: ++this.#renewNo })
  }

  onTimer(timer: RenewTimer, nowMs: number): void {
    if (timer.renewNo !== this.#renewNo) return
    const { session } = this.#host
    const isValid = session.isValid(nowMs)
    session.beginRenewal(nowMs)
    this.#host.ask({ session: session.session, sentAtMs: nowMs })
    this.at(nowMs + (isValid ? this.#everyMs() : Math.min(this.#everyMs(), voteLimits.backoffHighMs)))
  }

  onRenewed(answer: Renewed, at: { readonly nowMs: number; readonly configuration: Configuration }): void {
    const change = this.#host.session.onRenewed(answer, at)
    if (change === 'valid') {
      this.#host.began()
      this.at(at.nowMs + this.#everyMs())
    } else if (change === 'ended') this.at(at.nowMs)
    else if (change === 'extended') this.#host.extended()
  }

  #everyMs(): number {
    return this.#host.session.ttlMs / 4
  }
}
