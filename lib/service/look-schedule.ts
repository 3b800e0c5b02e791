// When an instance is looked at next: one look at a time, at the earliest of the instants that were asked for. A look
// that was given up may be answered later, and then says nothing.

export class LookSchedule {
  #underWay: { readonly id: number; readonly atMs: number } | null = null
  #count = 0
  #nextMs = Infinity

  /** Nothing is under way, and nothing is to come. */
  get isIdle(): boolean {
    return this.#underWay === null && this.#nextMs === Infinity
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null
  }

  get nextMs(): number {
    return this.#nextMs
  }

  at(atMs: number): void {
    this.#nextMs = Math.min(atMs, this.#nextMs)
  }

  /** Now, whatever is under way: its answer may be older than what was just learned. */
  anew(nowMs: number): void {
    this.#underWay = null
    this.#nextMs = nowMs
  }

  /** Names the look that begins. */
  begin(nowMs: number): number {
    this.#nextMs = Infinity
    this.#underWay = { id: ++this.#count, atMs: nowMs }
    return this.#count
  }

  /** Whether this look was waited for. */
  isAnswer(id: number): boolean {
    if (this.#underWay?.id !== id) return false
    this.#underWay = null
    return true
  }

  /** Whether the look that is under way was given up now. */
  hasHung(nowMs: number, patienceMs: number): boolean {
    if (nowMs < this.giveUpAtMs(patienceMs)) return false
    this.#underWay = null
    return true
  }

  giveUpAtMs(patienceMs: number): number {
    return this.#underWay === null ? Infinity : this.#underWay.atMs + patienceMs
  }
}
