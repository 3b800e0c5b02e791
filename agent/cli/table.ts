// Rows as aligned columns that fit the terminal: when they do not, the widest column that may shrink gives way, and
// its cells end in an ellipsis. Into a pipe or a file everything goes whole.

import { paint, type Tone } from './paint.ts'
import { plainText } from './plain-text.ts'

export type Cell = { readonly text: string; readonly tone?: Tone }

export type Column = {
  readonly title: string
  readonly align?: 'right'
  /** It may be cut to make the row fit; the others never are. */
  readonly shrinks?: boolean
  /** It is cut in its middle: its end is what tells it from others. */
  readonly keepsEnd?: boolean
}

const gap = '  '
const shrunkWidthMin = 8

/** The table with its end of line; without rows only the titles. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: { readonly columns: number | null; readonly isColoured: boolean },
): string {
  const titles = columns.map(({ title }): Cell => ({ text: title, tone: 'quiet' }))
  const widths = fit(
    columns,
    columns.map((_, i) =>
      Math.max(...[titles, ...rows].map((row) => displayWidth(plainText(row[i]?.text ?? '')))),
    ),
    screen.columns,
  )
  return [titles, ...rows].map((row) => line(row, columns, widths, screen.isColoured)).join('')
}

function line(
  row: readonly Cell[],
  columns: readonly Column[],
  widths: readonly number[],
  isColoured: boolean,
): string {
  const cells = columns.map((column, i) => {
    const width = widths[i] ?? 0
    const whole = plainText(row[i]?.text ?? '')
    const text = column.keepsEnd === true ? cutMiddle(whole, width) : cut(whole, width)
    const space = ' '.repeat(Math.max(0, width - displayWidth(text)))
    const painted = paint(row[i]?.tone ?? 'plain', text, isColoured)
    return column.align === 'right' ? space + painted : painted + space
  })
  return `${cells.join(gap).trimEnd()}\n`
}

function fit(columns: readonly Column[], widths: readonly number[], room: number | null): number[] {
  const fitted = [...widths]
  if (room === null) return fitted
  const total = () => fitted.reduce((sum, width) => sum + width, 0) + gap.length * (fitted.length - 1)
  while (total() > room) {
    const widest = fitted.reduce(
      (best, width, i) =>
        columns[i]?.shrinks === true && width > (best < 0 ? shrunkWidthMin : (fitted[best] ?? 0)) ? i : best,
      -1,
    )
    if (widest < 0) break
    fitted[widest] = Math.max(shrunkWidthMin, (fitted[widest] ?? 0) - (total() - room > 20 ? 8 : 1))
  }
  return fitted
}

const graphemes = new Intl.Segmenter()
const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u

/** Columns that a text takes on a terminal: East Asian characters and emoji take two. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  return [...graphemes.segment(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0)
}

/** So much of a text, with an ellipsis where something was left out. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (displayWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** As much of the beginning as there is room for beside the end, which is what follows the last dot. */
function cutMiddle(text: string, width: number): string {
  const end = /\.[^.]*$/.exec(text)?.[0] ?? ''
  if (displayWidth(text) <= width || displayWidth(end) > width - 2) return cut(text, width)
  return cut(text.slice(0, -end.length || undefined), width - displayWidth(end)) + end
}
