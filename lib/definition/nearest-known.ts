// The known name that a person most likely meant, looked for among a bounded number: a remedy is
// not worth minutes in a file with a hundred thousand names.

import { nearestName } from '../base/problem.ts'

const LOOKED_AT_MAX = 1_000

/** A hint, or '' when no name is near. */
export function didYouMean(word: string, ...known: readonly Iterable<string>[]): string {
  const nearest = word.length > 300 ? null : nearestName(word, firstOf(known))
  return nearest === null ? '' : `did you mean "${nearest}"?`
}

function* firstOf(lists: readonly Iterable<string>[]): Iterable<string> {
  let count = 0
  for (const list of lists)
    for (const name of list) {
      if (count++ >= LOOKED_AT_MAX) return
      yield name
    }
}
