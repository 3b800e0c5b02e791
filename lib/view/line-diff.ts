// Two texts as a unified diff, line by line (Myers, "An O(ND) difference algorithm", 1986). Texts with more
// differences than the bound are shown as one replaced by the other: the time stays bounded.

const contextLines = 3
/** The work grows with its square: a thousand is some ten milliseconds. */
const differencesMax = 1500

type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string }

/** Empty when the texts are equal. */
export function lineDiff(
  before: string,
  after: string,
  names: readonly [before: string, after: string],
): string {
  if (before === after) return ''
  const edits = editsOf(linesOf(before), linesOf(after))
  return [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunksOf(edits)].map((line) => `${line}\n`).join('')
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else if (text !== '') lines[lines.length - 1] += '\n\\ No newline at end of file'
  return lines
}

function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++
  const same = (lines: readonly string[]) => lines.map((line): Edit => ({ sign: ' ', line }))
  return [
    ...same(before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ]
}

function middle(before: readonly string[], after: readonly string[]): Edit[] {
  const trace = search(before, after)
  if (trace === null)
    return [
      ...before.map((line): Edit => ({ sign: '-', line })),
      ...after.map((line): Edit => ({ sign: '+', line })),
    ]
  const edits: Edit[] = []
  let x = before.length
  let y = after.length
  for (let d = trace.length - 1; d >= 0; d--) {
    const reached = trace[d] ?? new Map<number, number>()
    const k = x - y
    const isDown = k === -d || (k !== d && at(reached, k - 1) < at(reached, k + 1))
    const previousK = isDown ? k + 1 : k - 1
    const previousX = d === 0 ? 0 : at(reached, previousK)
    const previousY = d === 0 ? 0 : previousX - previousK
    while (x > previousX && y > previousY) {
      edits.push({ sign: ' ', line: before[x - 1] ?? '' })
      x--
      y--
    }
    if (d > 0)
      edits.push(isDown ? { sign: '+', line: after[y - 1] ?? '' } : { sign: '-', line: before[x - 1] ?? '' })
    x = previousX
    y = previousY
  }
  return edits.reverse()
}

/** How far each diagonal reached before each step; null beyond the bound. */
function search(before: readonly string[], after: readonly string[]): Map<number, number>[] | null {
  const furthest = new Map<number, number>([[1, 0]])
  const trace: Map<number, number>[] = []
  const most = Math.min(before.length + after.length, differencesMax)
  for (let d = 0; d <= most; d++) {
    trace.push(new Map(furthest))
    for (let k = -d; k <= d; k += 2) {
      const isDown = k === -d || (k !== d && at(furthest, k - 1) < at(furthest, k + 1))
      let x = isDown ? at(furthest, k + 1) : at(furthest, k - 1) + 1
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++
      furthest.set(k, x)
      if (x >= before.length && x - k >= after.length) return trace
    }
  }
  return null
}

function at(reached: ReadonlyMap<number, number>, k: number): number {
  return reached.get(k) ?? -1
}

/** Runs of edits with a few lines around them, each under its place in both texts. */
function hunksOf(edits: readonly Edit[]): string[] {
  const lines: string[] = []
  let oldLine = 1
  let newLine = 1
  for (let i = 0; i < edits.length;) {
    let next = i
    while (next < edits.length && edits[next]?.sign === ' ') next++
    if (next === edits.length) break
    const from = Math.max(i, next - contextLines)
    let to = next
    for (let j = next; j < edits.length && j <= to + 2 * contextLines; j++) if (edits[j]?.sign !== ' ') to = j
    const skipped = from - i
    const hunk = edits.slice(from, Math.min(edits.length, to + 1 + contextLines))
    const oldCount = hunk.filter(({ sign }) => sign !== '+').length
    const newCount = hunk.filter(({ sign }) => sign !== '-').length
    oldLine += skipped
    newLine += skipped
    lines.push(`@@ -${place(oldLine, oldCount)} +${place(newLine, newCount)} @@`)
    lines.push(...hunk.map(({ sign, line }) => sign + line))
    oldLine += oldCount
    newLine += newCount
    i = from + hunk.length
  }
  return lines
}

/** Of no lines the place before them. */
function place(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`
}
