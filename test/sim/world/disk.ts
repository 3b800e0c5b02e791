// A simulated disk of named logs. What was synced survives a crash; of what was only written, each log keeps a
// random part from its beginning, and the last piece may be torn. A rewrite is whole or not there at all.

import { assert, unreachable } from '../../../lib/base/assert.ts'
import type { StoreEffect } from '../../../lib/base/effect.ts'
import type { Random } from '../../../lib/base/random.ts'

type Log = {
  /** Null: no such log. */
  durable: string | null
  readonly written: StoreEffect[]
}

/** A disk's content at one moment. */
export type DiskImage = ReadonlyMap<string, string>

export class Disk {
  readonly #logs = new Map<string, Log>()
  readonly #isForgetful: boolean

  /** A forgetful one is for simulations in which nobody reads what was written: large ones. */
  constructor(options: { readonly isForgetful: boolean } = { isForgetful: false }) {
    this.#isForgetful = options.isForgetful
  }

  /** What its own agent reads: what is written counts, synced or not. Null: no such log. */
  read(name: string): string | null {
    const log = this.#logs.get(name)
    return log === undefined ? null : log.written.reduce<string | null>(applied, log.durable)
  }

  /** The logs that are there, in the order of their names. */
  names(prefix: string): string[] {
    return [...this.#logs.keys()]
      .filter((name) => name.startsWith(prefix) && this.read(name) !== null)
      .toSorted()
  }

  write(effect: StoreEffect): void {
    if (this.#isForgetful) return
    let log = this.#logs.get(effect.log)
    if (log === undefined) {
      log = { durable: null, written: [] }
      this.#logs.set(effect.log, log)
    }
    log.written.push(effect)
  }

  /** All that was written is durable. */
  sync(): void {
    for (const [name, log] of this.#logs) {
      log.durable = log.written.reduce<string | null>(applied, log.durable)
      log.written.length = 0
      if (log.durable === null) this.#logs.delete(name)
    }
  }

  /** The power goes: of what was not synced, each log keeps a random part. */
  crash(random: Random): void {
    for (const log of this.#logs.values()) {
      const kept = random.between(0, log.written.length + 1)
      const torn = log.written[kept]
      log.written.length = kept
      if (torn?.kind === 'persist' && torn.lines.length > 1 && random.chance(0.5))
        log.written.push({ ...torn, lines: torn.lines.slice(0, random.between(1, torn.lines.length)) })
    }
    this.sync()
  }

  image(): DiskImage {
    return new Map(this.names('').map((name) => [name, this.read(name)!]))
  }

  /** The disk is what it was then: a restored backup, or with an empty image a new disk. */
  restore(image: DiskImage): void {
    this.#logs.clear()
    for (const [name, content] of image) this.#logs.set(name, { durable: content, written: [] })
  }
}

function applied(content: string | null, effect: StoreEffect): string | null {
  switch (effect.kind) {
    case 'persist':
      return (content ?? '') + effect.lines
    case 'rewrite':
      return effect.lines
    case 'remove':
      return null
    case 'truncate':
      assert(effect.lengthBytes <= (content ?? '').length, `a log is cut back, not stretched (${effect.log})`)
      return (content ?? '').slice(0, effect.lengthBytes)
    default:
      return unreachable(effect)
  }
}
