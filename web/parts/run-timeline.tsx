// A job's runs over time: a line for each node that ran them, a bar from start to end in the colour of how it ended.
// Slots that were not run stand in a line of their own.

import type { JSX } from 'preact'
import type { RunView } from '../../lib/view/run-view.ts'
import { goTo, pathOf } from '../route.ts'
import { keyOf } from './run-rows.tsx'
import { toneOf } from './state.tsx'
import { clockWords, durationWords, nowMs } from './when.tsx'

const width = 1100
const nameWidth = 110
const lineHeight = 24
const barWidthMin = 4

type Bar = { readonly run: RunView; readonly startMs: number; readonly endMs: number }

export function RunTimeline({ runs }: { readonly runs: readonly RunView[] }): JSX.Element | null {
  if (runs.length === 0) return null
  const bars = runs.map(barOf)
  const firstMs = Math.min(...bars.map((bar) => bar.startMs))
  const lastMs = Math.max(...bars.map((bar) => bar.endMs), firstMs + 1000)
  const x = (ms: number) => nameWidth + ((ms - firstMs) / (lastMs - firstMs)) * (width - nameWidth - 8)
  const lines = [...new Set(bars.map(lineOf))].toSorted((left, right) =>
    left === '' ? 1 : right === '' ? -1 : left.localeCompare(right),
  )
  const height = lines.length * lineHeight + 18
  return (
    <div class="wide" tabIndex={0}>
      <svg class="timeline" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={spoken(bars)}>
        {lines.map((line, row) => (
          <g key={line} transform={`translate(0 ${row * lineHeight})`}>
            <text x={nameWidth - 10} y={lineHeight / 2 + 4} class={line === '' ? 'label none' : 'label'}>
              {line === '' ? 'not run' : line.length > 15 ? `${line.slice(0, 14)}…` : line}
            </text>
            <line x1={nameWidth} x2={width} y1={lineHeight / 2} y2={lineHeight / 2} class="stave" />
            {bars
              .filter((bar) => lineOf(bar) === line)
              .map(({ run, startMs, endMs }) => (
                <rect
                  key={keyOf(run)}
                  x={x(startMs)}
                  y={5}
                  width={Math.max(barWidthMin, x(endMs) - x(startMs))}
                  height={lineHeight - 10}
                  rx={2}
                  class={`tone-${toneOf(run.state)}${run.id === null ? '' : ' can-open'}`}
                  onClick={() => run.id !== null && goTo(pathOf('runs', run.id))}
                >
                  <title>{`${run.id ?? run.slot} ${run.state}${run.why === '' ? '' : `, ${run.why}`}\n${clockWords(startMs)}, ${durationWords(endMs - startMs)}`}</title>
                </rect>
              ))}
          </g>
        ))}
        <text x={nameWidth} y={height - 3} class="tick">
          {clockWords(firstMs)}
        </text>
        <text x={(nameWidth + width) / 2} y={height - 3} class="tick" text-anchor="middle">
          {clockWords((firstMs + lastMs) / 2)}
        </text>
        <text x={width - 4} y={height - 3} class="tick" text-anchor="end">
          {clockWords(lastMs)}
        </text>
      </svg>
    </div>
  )
}

function barOf(run: RunView): Bar {
  const startMs = Date.parse(run.startedAt ?? run.slot)
  const endMs =
    run.endedAt === null ? (run.state === 'running' ? nowMs.value : startMs) : Date.parse(run.endedAt)
  return { run, startMs, endMs: Math.max(startMs, endMs) }
}

/** The name of a node; empty for slots that none ran. */
function lineOf({ run }: Bar): string {
  return run.id === null ? '' : (run.node ?? '')
}

function spoken(bars: readonly Bar[]): string {
  return `${bars.length} runs over time, by node. The list below has each.`
}
