// A key that stands twice in one map. The same value twice is harmless (Tron takes the last); two
// values are somebody's mistake, and both places are named.

import type { LocatedEntry } from './located.ts'
import type { ProblemList } from './problem-list.ts'

export function sayDoubleKey(
  key: string,
  entries: { readonly first: LocatedEntry; readonly second: LocatedEntry },
  problems: ProblemList,
): void {
  const { first, second } = entries
  const where = problems.lineText(first.keyOffset)
  const isSame =
    first.value.kind === 'scalar' &&
    second.value.kind === 'scalar' &&
    first.value.value === second.value.value
  const offset = second.keyOffset
  if (isSame)
    problems.note({ offset, message: `Key "${key}" stands here again, with the same value as on ${where}` })
  else
    problems.error({
      offset,
      message: `Cannot use key "${key}" twice: it is on ${where} too, expected it once`,
    })
}
