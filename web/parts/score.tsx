// The last hour as a score: a line for each node, a mark for each minute in which it ran something, coloured by the
// worst state in it; the lowest line has the slots that no node ran. Each slot is in one line only: that is a hocket.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { ScoreView } from '../../lib/view/score.ts'
import { toneOf } from './state.tsx'
import { visible } from './visible.ts'
import { clockWords, minuteWords } from './when.tsx'

const lineHeight = 22
const nameWidth = 118
const markWidth = 12

const narrow = matchMedia('(max-width: 720px)')
const isNarrow = signal(narrow.matches)
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches
})

type Cell = ScoreView['lines'][number]['cells'][number]

export function Score({ score }: { readonly score: ScoreView }): JSX.Element {
  const { lines, columns, columnMs } = score
  const fromMs = Date.parse(score.from)
  const width = nameWidth + columns * markWidth
  const height = lines.length * lineHeight + 18
  // Where the window is narrow the names stay while the hour is scrolled.
  const size = isNarrow.value
    ? { viewBox: `${nameWidth} 0 ${width - nameWidth} ${height}`, style: { width: `${width - nameWidth}px` } }
    : { viewBox: `0 0 ${width} ${height}` }
  return (
    <div class="score-place">
      {isNarrow.value ? (
        <div class="score-names" aria-hidden="true">
          {lines.map(({ node }) => (
            <span key={node ?? ''}>{node === null ? 'not run' : visible(node)}</span>
          ))}
        </div>
      ) : null}
      <div class="wide" tabIndex={0} ref={showNewest}>
        <svg class="score" {...size} role="img" aria-label={spoken(score)}>
          {lines.map((line, row) => (
            <g key={line.node ?? ''} transform={`translate(0 ${row * lineHeight})`}>
              <text
                x={nameWidth - 10}
                y={lineHeight / 2 + 4}
                class={line.node === null ? 'label none' : 'label'}
              >
                {shorten(visible(line.node ?? 'not run'))}
              </text>
              <line x1={nameWidth} x2={width} y1={lineHeight / 2} y2={lineHeight / 2} class="stave" />
              {line.cells.map((cell) => (
                <Mark key={cell.column} cell={cell} atMs={fromMs + cell.column * columnMs} />
              ))}
            </g>
          ))}
          {[0, 1, 2, 3].map((quarter) => (
            <text
              key={quarter}
              x={nameWidth + (quarter * columns * markWidth) / 4}
              y={height - 3}
              class="tick"
            >
              {minuteWords(fromMs + (quarter * columns * columnMs) / 4)}
            </text>
          ))}
        </svg>
      </div>
    </div>
  )
}

function Mark({ cell, atMs }: { readonly cell: Cell; readonly atMs: number }): JSX.Element {
  const { total, worst, states } = cell
  const size = Math.min(9, 4 + Math.log2(total + 1))
  const words = Object.entries(states).map(([state, many]) => `${many} ${state}`)
  return (
    <circle
      cx={nameWidth + cell.column * markWidth + markWidth / 2}
      cy={lineHeight / 2}
      r={size / 2}
      class={`tone-${toneOf(worst)}`}
    >
      <title>{`${clockWords(atMs)}: ${words.join(', ')}`}</title>
    </circle>
  )
}

/** Where the window is narrower than the hour, its end is what is looked for. */
function showNewest(box: HTMLDivElement | null): void {
  if (box !== null) box.scrollLeft = box.scrollWidth
}

function shorten(name: string): string {
  return name.length > 16 ? `${name.slice(0, 15)}…` : name
}

function spoken(score: ScoreView): string {
  const lines = score.lines.map(({ node, cells }) => {
    const total = cells.reduce((sum, cell) => sum + cell.total, 0)
    return node === null ? `${total} slots were not run` : `${node} ran ${total} slots`
  })
  return `The last hour: ${lines.join(', ')}`
}
