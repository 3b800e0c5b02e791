// Processes that must not outlive their node's session, for the room's other parts: from the core's instants, which
// only this agent's clock knows, to those of the uptime, which its guard and the shims know too; and no start before
// the guard has it.

import type { Reading } from '../../lib/base/clock.ts'
import type { Deadline, Lease } from '../../lib/run/lease.ts'
import { GuardLink, type GuardLinkOptions } from './guard-link.ts'
import type { SpawnRequest } from './request-text.ts'
import { readUptimeMs } from './uptime.ts'

export type LeasesOptions = GuardLinkOptions & { readonly clock: { read(): Reading } }

/** From when on a shim executes nothing; null when it is too late already. */
type NotAfter = NonNullable<SpawnRequest['notAfter']>

export class Leases {
  readonly #options: LeasesOptions
  readonly #link: GuardLink
  readonly #leased = new Set<string>()

  constructor(options: LeasesOptions) {
    this.#options = options
    this.#link = new GuardLink(options)
  }

  /** Whether this system has a clock for it. */
  get isPossible(): boolean {
    return readUptimeMs(this.#options.procDirectory) !== null
  }

  has(process: string): boolean {
    return this.#leased.has(process)
  }

  /** Once the guard has it; null when the time was over before. */
  async hold(process: string, { deadline }: Lease, startByMs: number | null): Promise<NotAfter | null> {
    this.#leased.add(process)
    const notAfter = {
      sessionMs: this.#toUptimeMs(deadline.termAtMs),
      slotMs: startByMs === null ? null : this.#toUptimeMs(startByMs),
    }
    const leftMs = Math.min(notAfter.sessionMs, notAfter.slotMs ?? Infinity) - this.#uptimeMs()
    const timer = setTimeout(() => this.#link.forget(process), Math.max(0, leftMs))
    const isHeld = await this.#link.hold(process, this.#toUptime(deadline))
    clearTimeout(timer)
    return isHeld ? notAfter : null
  }

  /** Of an earlier agent: its guard knows until when. */
  keep(process: string): void {
    this.#leased.add(process)
    this.#link.keep(process)
  }

  extend(processes: readonly string[], deadline: Deadline): void {
    const leased = processes.filter((process) => this.#leased.has(process))
    if (leased.length > 0) this.#link.extend(leased, this.#toUptime(deadline))
  }

  forget(process: string): void {
    if (this.#leased.delete(process)) this.#link.forget(process)
  }

  close(): void {
    this.#link.close()
  }

  #toUptime({ termAtMs, killAtMs }: Deadline): Deadline {
    return { termAtMs: this.#toUptimeMs(termAtMs), killAtMs: this.#toUptimeMs(killAtMs) }
  }

  /** The uptime is read first: a pause between the two readings makes the deadline earlier, never later. */
  #toUptimeMs(steadyMs: number): number {
    const uptimeMs = this.#uptimeMs()
    return Math.floor(uptimeMs + steadyMs - this.#options.clock.read().steadyMs)
  }

  #uptimeMs(): number {
    return readUptimeMs(this.#options.procDirectory) ?? Infinity
  }
}
