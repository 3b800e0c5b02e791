// One append-only log read as a map: the last line of a key is its value. It holds all
// that this agent must not forget: registers, promises, marks, boot number, runs. Lines
// gather during a step and leave as one effect, before anything that reveals them.

import type { StoreEffect } from './effect.ts'
import { journalLimits } from './limits.ts'
import { encodeLine, recoverLines } from './log-lines.ts'

type Line = { readonly k: string; readonly v: unknown }

export class Journal {
  readonly #log: string
  readonly #values = new Map<string, unknown>()
  #lines: string[] = []
  #cut: StoreEffect[] = []
  #logBytes = 0
  #rewrittenBytes = 0

  constructor(log: string) {
    this.#log = log
  }

  /**
   * At start, with the log's content; a torn end is cut off by the next effects. Of a damaged log nothing is
   * believed: false, and the journal is empty.
   */
  restore(content: string): boolean {
    const recovered = recoverLines(content)
    if (recovered.kind === 'damaged') return false
    for (const record of recovered.records) {
      const { k, v } = record as Line
      if (v === null) this.#values.delete(k)
      else this.#values.set(k, v)
    }
    const { lengthBytes } = recovered
    this.#logBytes = lengthBytes
    // What counts is what a rewrite would leave: else a log that is outdated in large part grows with each start.
    this.#rewrittenBytes = this.#whole().length
    if (recovered.kind === 'torn') this.#cut = [{ kind: 'truncate', log: this.#log, lengthBytes }]
    return true
  }

  get(key: string): unknown {
    return this.#values.get(key)
  }

  /** The entries whose key begins with the prefix, which is cut off. */
  *under(prefix: string): IterableIterator<[string, unknown]> {
    for (const [key, value] of this.#values)
      if (key.startsWith(prefix)) yield [key.slice(prefix.length), value]
  }

  put(key: string, value: unknown): void {
    this.#values.set(key, value)
    this.#write(key, value)
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#write(key, null)
  }

  /** What is to be written now: nothing, an append, or the whole log anew when most of it is outdated. */
  takeEffects(): StoreEffect[] {
    const cut = this.#cut
    this.#cut = []
    if (this.#lines.length === 0) return cut
    const lines = this.#lines.join('')
    this.#lines = []
    this.#logBytes += lines.length
    if (this.#logBytes < journalLimits.rewriteMinBytes + journalLimits.rewriteFactor * this.#rewrittenBytes)
      return [...cut, { kind: 'persist', log: this.#log, lines }]
    const whole = this.#whole()
    this.#logBytes = this.#rewrittenBytes = whole.length
    return [{ kind: 'rewrite', log: this.#log, lines: whole }]
  }

  #whole(): string {
    return [...this.#values].map(([k, v]) => encodeLine({ k, v } satisfies Line)).join('')
  }

  #write(key: string, value: unknown): void {
    this.#lines.push(encodeLine({ k: key, v: value } satisfies Line))
  }
}
