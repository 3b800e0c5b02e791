// Whether a small history of one register is linearizable, by trying every order: the oracle of the quick checker.
// Source: Wing and Gong 1993, with the remembered dead ends of Lowe 2017.

export type Operation = {
  readonly invokedAt: number
  /** Infinity for one that was never answered: it may have happened, or not. */
  readonly returnedAt: number
  /** The value that it saw, and the one that it left. */
  readonly saw: string
  readonly left: string
}

/** Whether some order of all that was answered, and some of the rest, explains what each saw and left. */
export function isLinearizable(operations: readonly Operation[], beginning: string): boolean {
  const deadEnds = new Set<string>()
  const isExplained = (done: number, value: string): boolean => {
    const rest = operations.filter((_, index) => (done & (1 << index)) === 0)
    const firstReturn = Math.min(...rest.map((operation) => operation.returnedAt))
    if (firstReturn === Infinity) return true
    const name = `${done} ${value}`
    if (deadEnds.has(name)) return false
    deadEnds.add(name)
    // What began after another one had been answered cannot come before it.
    return operations.some(
      ({ invokedAt, saw, left }, index) =>
        (done & (1 << index)) === 0 &&
        invokedAt <= firstReturn &&
        saw === value &&
        isExplained(done | (1 << index), left),
    )
  }
  return isExplained(0, beginning)
}
