// Which registers a witness tells everyone of in its next digest: those that changed, and
// from time to time again those with work that waits, because whoever may take it was away
// or did not hear of it (P9). What does not fit waits for the digest after; when work that
// waited may begin, the digest does not wait for its beat (P6).

import { voteLimits } from '../base/limits.ts'
import type { PendingNews, RegisterNews } from './message.ts'
import type { PendingEntry, Register } from './register.ts'

export class Announcements {
  readonly #value: (key: string) => Register | null
  readonly #changed = new Set<string>()
  /** Told again in this round, after what changed. */
  #again: string[] = []
  #roundAtMs = -Infinity
  #isUrgent = false

  constructor(value: (key: string) => Register | null) {
    this.#value = value
  }

  /** A register changed from this value. */
  note(key: string, before: Register | null): void {
    this.#changed.add(key)
    const value = this.#value(key)
    if (value !== null && before !== null && value.live.length < before.live.length)
      this.#isUrgent ||= value.pending.length > 0
  }

  /** Somebody has not heard of this register. */
  ask(key: string): void {
    this.#changed.add(key)
    this.#isUrgent = true
  }

  /** Whether somebody waits for these news. */
  get isUrgent(): boolean {
    return this.#isUrgent
  }

  clear(): void {
    this.#changed.clear()
    this.#isUrgent = false
  }

  /** The next digest's news; `waiting` are the registers that may have work that waits. */
  take(waiting: Iterable<string>, nowMs: number): RegisterNews[] {
    this.#isUrgent = false
    if (this.#again.length === 0 && nowMs - this.#roundAtMs >= voteLimits.pendingAgainMs) {
      this.#again = [...waiting].filter((key) => (this.#value(key)?.pending.length ?? 0) > 0)
      this.#roundAtMs = nowMs
    }
    const news: RegisterNews[] = []
    let characters = 0
    const hasTold = (key: string): boolean => {
      const value = this.#value(key)
      if (value === null) return true
      const one = registerNewsOf(key, value)
      const more = JSON.stringify(one).length
      if (news.length > 0 && characters + more > voteLimits.newsCharactersPerDigest) return false
      characters += more
      news.push(one)
      return true
    }
    for (const key of this.#changed) {
      if (!hasTold(key)) return news
      this.#changed.delete(key)
    }
    while (this.#again.length > 0 && hasTold(this.#again[0]!)) this.#again.shift()
    return news
  }
}

export function registerNewsOf(key: string, value: Register): RegisterNews {
  return {
    key,
    version: value.version,
    cursor: value.cursor,
    liveCount: value.live.length,
    pending: value.pending.map(pendingNewsOf),
    ...(value.holder !== undefined && { holder: value.holder }),
  }
}

function pendingNewsOf(entry: PendingEntry): PendingNews {
  const { incarnation: _incarnation, attempt: _attempt, run: _run, order: _order, ...news } = entry
  return news
}
