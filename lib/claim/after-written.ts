// What is done only when all that this agent has written so far is on disk. The order law keeps every message behind what
// was to be persisted before it, also one to oneself: so it is said to oneself, and done when it is heard. Who dies
// before finds in its journal what is still to be done.

export type AfterWritten = (action: () => void) => void

export class WrittenWaits {
  readonly #tellSelf: (waitNo: number) => void
  readonly #actions = new Map<number, () => void>()
  #waits = 0

  constructor(tellSelf: (waitNo: number) => void) {
    this.#tellSelf = tellSelf
  }

  add(action: () => void): void {
    this.#actions.set(++this.#waits, action)
    this.#tellSelf(this.#waits)
  }

  onWritten(waitNo: number): void {
    const action = this.#actions.get(waitNo)
    this.#actions.delete(waitNo)
    action?.()
  }
}
