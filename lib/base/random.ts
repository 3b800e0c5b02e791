// Randomness for the core: seeded from outside, so that a run can be replayed.
// Source: sfc32 (Chris Doty-Humphrey, PractRand; public domain).

import { hash53 } from './hash.ts'

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string) {
    const first = hash53(seed, 1)
    const second = hash53(seed, 2)
    this.#a = first | 0
    this.#b = (first / 4294967296) | 0
    this.#c = second | 0
    for (let i = 0; i < 12; i++) this.uint32()
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + sum) | 0
    return sum >>> 0
  }

  /** From 0 up to, but not including, 1. */
  fraction(): number {
    return this.uint32() / 4294967296
  }

  /** An integer from low up to, but not including, high. */
  between(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low))
  }

  /** Sixteen hexadecimal digits. */
  hex16(): string {
    return this.uint32().toString(16).padStart(8, '0') + this.uint32().toString(16).padStart(8, '0')
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length)]!
  }
}
