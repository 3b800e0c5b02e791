// How many wrong tokens an address may show: a few at once, then one every few seconds. What is beyond is answered
// without a line in the log for each, so that nobody fills a disk by guessing. Right tokens are never held up.

import { isIPv6 } from 'node:net'

const burst = 20
const refillMs = 3_000
const addressesMax = 10_000

type Bucket = { left: number; atMs: number; silenced: number }

export class FailureLimit {
  readonly #buckets = new Map<string, Bucket>()

  /** False when there were too many; else how many were silenced since the last that was let through. */
  take(address: string, nowMs: number): { readonly silenced: number } | false {
    const name = isIPv6(address) ? address.split(':').slice(0, 4).join(':') : address
    const bucket = this.#buckets.get(name) ?? { left: burst, atMs: nowMs, silenced: 0 }
    bucket.left = Math.min(burst, bucket.left + (nowMs - bucket.atMs) / refillMs)
    bucket.atMs = nowMs
    this.#buckets.delete(name)
    this.#buckets.set(name, bucket)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > addressesMax && oldest !== undefined) this.#buckets.delete(oldest)
    if (bucket.left < 1) {
      bucket.silenced++
      return false
    }
    bucket.left--
    const { silenced } = bucket
    bucket.silenced = 0
    return { silenced }
  }
}
