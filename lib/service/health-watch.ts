// The health of one instance, beyond its process: asks at its interval, one question at a time, by a command or over
// HTTP; so many bad answers in a row condemn the instance, and none is as bad an answer as any.

import type { HealthCheck } from '../definition/service-definition.ts'
import type { ProcessEvent } from '../run/event.ts'
import { faultOf, healthProcess } from './held-instance.ts'
import type { Instance } from './instance.ts'
import { placeOf } from './instance-plan.ts'
import { withDeath } from './restart-delay.ts'

export class HealthWatch {
  readonly #instance: Instance
  /** The instance is to be stopped, and perhaps started again. */
  readonly #onCondemned: () => void
  #asked: { readonly id: number; readonly giveUpAtMs: number } | null = null
  #nextAtMs: number | null = null
  #failures = 0
  #lastId = 0
  /** Whether it was well since it started. */
  isWell = false

  constructor(instance: Instance, onCondemned: () => void) {
    this.#instance = instance
    this.#onCondemned = onCondemned
  }

  /** A new life: nothing is known of it. */
  reset(): void {
    this.#asked = null
    this.#nextAtMs = null
    this.#failures = 0
    this.isWell = false
  }

  nextAtMs(): number {
    if (this.#checkToAsk() === null) return Infinity
    return this.#asked?.giveUpAtMs ?? this.#nextAtMs ?? Infinity
  }

  /** Asks when it is time; an answer that did not come in time is a bad one. */
  settle(): void {
    const check = this.#checkToAsk()
    if (check === null) return
    const { nowMs } = this.#instance.host.clock()
    this.#nextAtMs ??= nowMs
    if (this.#asked === null && nowMs >= this.#nextAtMs) return this.#ask(check, nowMs)
    if (this.#asked === null || nowMs < this.#asked.giveUpAtMs) return
    const process = healthProcess(this.#instance.held, this.#asked.id)
    if (check.kind === 'command') this.#instance.host.effect({ kind: 'signal', process, signal: 'SIGKILL' })
    this.onAnswer(this.#asked.id, `it gave no answer for ${check.timeoutMs / 1000} s`)
  }

  onCommand(event: ProcessEvent): void {
    const fault = faultOf(event)
    if (fault === undefined) return
    this.#instance.host.effect({ kind: 'remove-output', process: event.process })
    this.onAnswer(Number(/\d+$/.exec(event.process)?.[0]), fault === null ? null : `its check ${fault}`)
  }

  /** Null: all is well. */
  onAnswer(id: number, fault: string | null): void {
    const { health } = this.#instance.held.plan
    if (health === null || this.#asked?.id !== id) return
    this.#asked = null
    this.#nextAtMs = this.#instance.host.clock().nowMs + health.intervalMs
    if (fault === null) this.#onWell()
    else this.#onBad(health, `not well: ${fault}`)
  }

  /** Null while there is nothing to be asked. */
  #checkToAsk(): HealthCheck | null {
    const { plan, identity, state } = this.#instance.held
    return identity === null || state === 'down' || state === 'stopping' ? null : plan.health
  }

  #ask({ kind, target, timeoutMs }: HealthCheck, nowMs: number): void {
    const { host, held, key } = this.#instance
    // Names a process on this node for ever, also after a restart of the agent.
    const id = Math.max(Math.round(host.clock().instantMs), this.#lastId + 1)
    this.#lastId = id
    this.#asked = { id, giveUpAtMs: nowMs + timeoutMs }
    if (kind === 'http')
      return host.effect({ kind: 'ask-health', instance: key, lookId: id, url: target, timeoutMs })
    const { environment } = held.plan
    const process = healthProcess(held, id)
    const asked = { process, command: target, environment, startByMs: null, lease: null }
    host.effect({ kind: 'spawn', ...asked, ...placeOf(held.plan) })
  }

  #onWell(): void {
    const { state, isCondemned } = this.#instance.held
    this.isWell = true
    this.#failures = 0
    if (state === 'starting' || (state === 'failed' && isCondemned))
      this.#instance.move('up', '', { text: 'up, and well', change: { isCondemned: false } })
  }

  #onBad(health: HealthCheck, why: string): void {
    const { isCondemned, crashes, state } = this.#instance.held
    this.#failures++
    if (this.#failures < health.failures) return this.#instance.note(why)
    if (isCondemned) return
    const death = { wasUp: state === 'up', atMs: this.#instance.host.clock().instantMs }
    const change = { isCondemned: true, crashes: withDeath(crashes, death) }
    if (this.#instance.move('give-up', why, { change })) this.#onCondemned()
  }
}
