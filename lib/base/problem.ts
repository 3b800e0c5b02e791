// A problem is what we tell a person about text they wrote: where it is, what is wrong,
// and what to do about it. All problems of a text are collected and shown at once.

export type Problem = {
  /** The file's name as the person knows it; empty when the text came from no file. */
  readonly file: string
  /** 1-based line and column; 0 when the place is not known. */
  readonly line: number
  readonly column: number
  /** Dotted path within the text, such as `jobs.backup.actions.dump.command`. */
  readonly path: string
  readonly message: string
  /** The remedy; empty when the message says it all. */
  readonly hint: string
}

/** One line for a terminal or a log: `file:line:column: message (hint)`. */
export function problemText(problem: Problem): string {
  const place =
    problem.line > 0
      ? `${problem.file}:${problem.line}:${problem.column}: `
      : problem.file && `${problem.file}: `
  return `${place}${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`
}

/** The candidate that a person most likely meant, or null when none is near (Levenshtein ≤ a third of the word). */
export function nearestName(word: string, candidates: Iterable<string>): string | null {
  const all = [...candidates]
  const behindDot = all.filter((candidate) => candidate.endsWith(`.${word}`))
  if (behindDot.length === 1) return behindDot[0]!
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of all) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Letters put in, left out, replaced, or two of them the wrong way round: each is one slip. */
function editDistance(left: string, right: string): number {
  let before: readonly number[] = []
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const substitution = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      const swap = isSwapped ? before[j - 2]! + 1 : Infinity
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1, swap))
    }
    before = row
    row = next
  }
  return row[right.length]!
}
