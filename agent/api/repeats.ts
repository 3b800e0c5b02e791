// Requests that change something and that a caller may send again, since the answer to the first was lost on the way:
// the same key and the same request get the first one's answer, and nothing is done twice. A key stands for one
// request of one caller. Kept in memory for a day at most; what must hold longer is idempotent by what it names.

import { ApiRefusal } from './problem-answer.ts'

const keptMax = 300
const keepMs = 24 * 3_600_000

export type RepeatKey = {
  readonly caller: string
  readonly key: string
  /** The same for the same request: method, path and body. */
  readonly fingerprint: string
}

type Kept<Outcome> = {
  readonly fingerprint: string
  readonly atMs: number
  readonly outcome: Promise<Outcome>
}

export class Repeats<Outcome> {
  readonly #kept = new Map<string, Kept<Outcome>>()

  /** Does it, or answers what came of it when it was done before. What fails may be tried again. */
  async once({ caller, key, fingerprint }: RepeatKey, act: () => Promise<Outcome>): Promise<Outcome> {
    const name = JSON.stringify([caller, key])
    const known = this.#kept.get(name)
    if (known !== undefined && Date.now() - known.atMs < keepMs) {
      if (known.fingerprint === fingerprint) return known.outcome
      throw new ApiRefusal({
        status: 422,
        title: 'Key used before',
        detail: `Cannot use idempotency key "${key.slice(0, 100)}": it was sent with another request, expected a new key for each request`,
        remedy: 'Send the same request again, or choose a new key.',
      })
    }
    const outcome = act()
    this.#kept.delete(name)
    this.#kept.set(name, { fingerprint, atMs: Date.now(), outcome })
    outcome.catch(() => this.#kept.delete(name))
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > keptMax && oldest !== undefined) this.#kept.delete(oldest)
    return outcome
  }
}
