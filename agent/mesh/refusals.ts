// Says each refusal once a minute and place, however often it happens: a stranger that knocks each second must
// not fill the log.

import { meshLimits } from './limits.ts'

const silentMs = 60_000

export class Refusals {
  readonly #toldAtMs = new Map<string, number>()
  readonly #tell: (refusal: { address: string; text: string }) => void

  constructor(tell: (refusal: { address: string; text: string }) => void) {
    this.#tell = tell
  }

  /** `place` is what counts as one address: an incoming connection has a new port each time. */
  told(refusal: { place: string; address: string; text: string }, nowMs: number): void {
    const key = `${refusal.place} ${refusal.text}`
    const lastMs = this.#toldAtMs.get(key)
    if (lastMs !== undefined && nowMs - lastMs < silentMs) return
    this.#toldAtMs.delete(key)
    this.#toldAtMs.set(key, nowMs)
    const oldest = this.#toldAtMs.keys().next()
    if (this.#toldAtMs.size > meshLimits.refusalsRememberedMax && !oldest.done)
      this.#toldAtMs.delete(oldest.value)
    this.#tell({ address: refusal.address, text: refusal.text })
  }
}
