// The health of one instance, beyond its process: asks at its interval, one question at a time, by a command or over
// HTTP; so many bad answers in a row condemn the instance, and none is as bad an answer as any.

import type { HealthCheck } from '../definition/service-definition.ts'
import type { ProcessEffect } from '../run/effect.ts'
import type { ServiceEffect } from './effect.ts'
import { healthProcess, instanceKey, type HeldInstance } from './held-instance.ts'
import { placeOf } from './instance-plan.ts'

type Asked = { readonly id: number; readonly giveUpAtMs: number }
export type Health = 'well' | 'bad' | 'condemned'

export class HealthWatch {
  #asked: Asked | null = null
  #nextAtMs: number | null = null
  #failures = 0
  #asks = 0
  /** Whether it was well since it started. */
  isWell = false
  /** What it last said when it was not. */
  fault = ''

  /** A new life: nothing is known of it. */
  reset(): void {
    this.#asked = null
    this.#nextAtMs = null
    this.#failures = 0
    this.isWell = false
  }

  nextAtMs(): number {
    return this.#asked?.giveUpAtMs ?? this.#nextAtMs ?? Infinity
  }

  /** To be asked from now on. */
  begin(nowMs: number): void {
    this.#nextAtMs ??= nowMs
  }

  /** What is to be done now; an answer that did not come in time is a bad one. */
  onDue(
    held: HeldInstance,
    health: HealthCheck,
    at: { readonly nowMs: number; readonly instantMs: number },
  ): { readonly effects: readonly (ProcessEffect | ServiceEffect)[]; readonly health: Health | null } {
    const { nowMs } = at
    if (this.#asked !== null) {
      if (nowMs < this.#asked.giveUpAtMs) return { effects: [], health: null }
      const process = healthProcess(held, String(this.#asked.id))
      const kill = { kind: 'signal', process, signal: 'SIGKILL' } as const
      const seconds = health.timeoutMs / 1000
      const answer = this.#answered(health, `it gave no answer for ${seconds} s`, nowMs)
      return { effects: health.kind === 'command' ? [kill] : [], health: answer }
    }
    if (this.#nextAtMs === null || nowMs < this.#nextAtMs) return { effects: [], health: null }
    // Names a process on this node for ever, also after a restart of the agent.
    const id = Math.max(Math.round(at.instantMs), this.#asks + 1)
    this.#asks = id
    this.#asked = { id, giveUpAtMs: nowMs + health.timeoutMs }
    return { effects: [this.#question(held, health, id)], health: null }
  }

  /** An answer to the question that is under way; null when it is one to another. */
  onAnswer(id: number, fault: string | null, health: HealthCheck, nowMs: number): Health | null {
    return this.#asked?.id === id ? this.#answered(health, fault, nowMs) : null
  }

  #question(held: HeldInstance, health: HealthCheck, id: number): ProcessEffect | ServiceEffect {
    const { target, timeoutMs, kind } = health
    if (kind === 'http')
      return { kind: 'ask-health', instance: instanceKey(held), lookId: id, url: target, timeoutMs }
    const { environment } = held.plan
    const process = healthProcess(held, String(id))
    return { kind: 'spawn', process, command: target, environment, lease: null, ...placeOf(held.plan) }
  }

  #answered(health: HealthCheck, fault: string | null, nowMs: number): Health {
    this.#asked = null
    this.#nextAtMs = nowMs + health.intervalMs
    this.fault = fault ?? ''
    if (fault === null) {
      this.isWell = true
      this.#failures = 0
      return 'well'
    }
    this.#failures++
    return this.#failures >= health.failures ? 'condemned' : 'bad'
  }
}
