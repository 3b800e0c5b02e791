// Timers are data: a binary heap of what to do when. Nothing is cancelled; whoever gets
// a timer back compares it with the state and ignores it when it is outdated.

export class Timers<Timer> {
  readonly #heap: { atMs: number; order: number; timer: Timer }[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  set(atMs: number, timer: Timer): void {
    const heap = this.#heap
    heap.push({ atMs, order: this.#order++, timer })
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** The instant of the earliest timer, or null. */
  nextAtMs(): number | null {
    return this.#heap[0]?.atMs ?? null
  }

  /** Removes and returns the earliest timer that is due, or null. Equal instants come in the order they were set. */
  takeDue(nowMs: number): Timer | null {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.atMs > nowMs) return null
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first.timer
  }

  #sink(): void {
    let parent = 0
    for (;;) {
      let smallest = parent
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < this.#heap.length && this.#before(child, smallest)) smallest = child
      if (smallest === parent) return
      this.#swap(parent, smallest)
      parent = smallest
    }
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left]!
    const b = this.#heap[right]!
    return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs
  }

  #swap(left: number, right: number): void {
    const held = this.#heap[left]!
    this.#heap[left] = this.#heap[right]!
    this.#heap[right] = held
  }
}
