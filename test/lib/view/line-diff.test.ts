// The difference of two texts, as patch understands it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineDiff } from '../../../lib/view/line-diff.ts'

const diff = (before: string, after: string) => lineDiff(before, after, ['a', 'b'])

/** Carries a unified diff out: the only proof that it says what it must. */
function patched(before: string, patch: string): string {
  if (patch === '') return before
  const source = before.split('\n')
  const result: string[] = []
  let at = 0
  for (const line of patch.split('\n').slice(2, -1)) {
    const hunk = /^@@ -(\d+),(\d+) \+\d+,\d+ @@$/.exec(line)
    if (hunk !== null) {
      const start = Number(hunk[1]) - (Number(hunk[2]) === 0 ? 0 : 1)
      while (at < start) result.push(source[at++] ?? '')
    } else if (line.startsWith(' ')) result.push(source[at++] ?? '')
    else if (line.startsWith('-')) at++
    else result.push(line.slice(1))
  }
  while (at < source.length) result.push(source[at++] ?? '')
  return result.join('\n')
}

describe('a difference', () => {
  test('of equal texts is empty', () => {
    expect(diff('a\nb\n', 'a\nb\n')).toBe('')
  })

  test('shows three lines around what differs, and where it stands in both', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`)
    const after = lines.toSpliced(9, 1, 'ten', 'and a half')
    expect(diff(`${lines.join('\n')}\n`, `${after.join('\n')}\n`)).toBe(
      [
        '--- a',
        '+++ b',
        '@@ -7,7 +7,8 @@',
        ' line 7',
        ' line 8',
        ' line 9',
        '-line 10',
        '+ten',
        '+and a half',
        ' line 11',
        ' line 12',
        ' line 13',
        '',
      ].join('\n'),
    )
  })

  test('of places far apart has a part for each', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`)
    const after = lines.with(2, 'x').with(30, 'y')
    expect(diff(`${lines.join('\n')}\n`, `${after.join('\n')}\n`).match(/^@@/gm)).toHaveLength(2)
  })

  test('from and to nothing', () => {
    expect(diff('', 'a\nb\n')).toBe('--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+b\n')
    expect(diff('a\n', '')).toBe('--- a\n+++ b\n@@ -1,1 +0,0 @@\n-a\n')
  })

  test('of a missing line end is said', () => {
    expect(diff('a\n', 'a')).toBe('--- a\n+++ b\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n')
  })

  test('carried out makes the one text from the other', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f g'), { maxLength: 30 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(patched(before, diff(before, after))).toBe(after)
      }),
      { numRuns: 500 },
    )
  })

  test('of very different texts is bounded in time, and still right', () => {
    const side = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}\n`).join('')
    const begunMs = performance.now()
    const patch = diff(side('a'), side('b'))
    expect(performance.now() - begunMs).toBeLessThan(5000)
    expect(patched(side('a'), patch)).toBe(side('b'))
  })
})
