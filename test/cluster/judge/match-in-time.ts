// The oracle that believes no name: whether each slot that is demanded can be given a start of its own within its window,
// by time alone. After the checker of Jepsen's test of Chronos, whose own cases it is tested on.

export type Target = { readonly fromMs: number; readonly toMs: number }

export type Matching = {
  /** For each target the index of its start, or null. */
  readonly assignment: readonly (number | null)[]
  /** Starts that no target needs. */
  readonly extra: readonly number[]
}

/** As many targets as can be matched are: each start goes to the open target that ends first. */
export function matchInTime(targets: readonly Target[], startsMs: readonly number[]): Matching {
  const assignment: (number | null)[] = targets.map(() => null)
  const extra: number[] = []
  const order = startsMs
    .map((atMs, index) => ({ atMs, index }))
    .toSorted((left, right) => left.atMs - right.atMs)
  const byEnd = targets.map((target, index) => ({ ...target, index })).toSorted((a, b) => a.toMs - b.toMs)
  const open = new Set(byEnd)
  for (const { atMs, index } of order) {
    let found: (typeof byEnd)[number] | undefined
    for (const target of open) {
      if (target.toMs < atMs) open.delete(target)
      else if (target.fromMs <= atMs) {
        found = target
        break
      }
    }
    if (found === undefined) extra.push(index)
    else {
      open.delete(found)
      assignment[found.index] = index
    }
  }
  return { assignment, extra: extra.toSorted((left, right) => left - right) }
}

/** The slots that must have begun by the time of reading: those whose window and run are over. */
export function isDemanded(
  slotMs: number,
  { startDeadlineMs, durationMs }: { readonly startDeadlineMs: number; readonly durationMs: number },
  readAtMs: number,
): boolean {
  return slotMs < readAtMs - startDeadlineMs - durationMs
}
