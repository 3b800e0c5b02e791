// A job's runs as bars over time: where a bar begins is when it started, its height is how long it took, its colour
// how it ended. Slots that were not run stand as marks on the ground line.

import type { JSX } from 'preact'
import type { RunView } from '../../lib/view/run-view.ts'
import { goTo, pathOf } from '../route.ts'
import { keyOf } from './run-rows.tsx'
import { toneOf } from './state.tsx'
import { clockWords, durationWords, nowMs } from './when.tsx'

const width = 900
const height = 120
const ground = height - 18
const barWidthMin = 4

export function RunTimeline({ runs }: { readonly runs: readonly RunView[] }): JSX.Element | null {
  if (runs.length === 0) return null
  const bars = runs.map((run) => {
    const startMs = Date.parse(run.startedAt ?? run.slot)
    const endMs =
      run.endedAt === null ? (run.state === 'running' ? nowMs.value : startMs) : Date.parse(run.endedAt)
    return { run, startMs, durationMs: Math.max(0, endMs - startMs) }
  })
  const firstMs = Math.min(...bars.map((bar) => bar.startMs))
  const lastMs = Math.max(...bars.map((bar) => bar.startMs + bar.durationMs), firstMs + 1000)
  const longestMs = Math.max(...bars.map((bar) => bar.durationMs), 1)
  const x = (ms: number) => 30 + ((ms - firstMs) / (lastMs - firstMs)) * (width - 50)
  return (
    <div class="wide" tabIndex={0}>
      <svg
        class="timeline"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={spoken(bars.length, longestMs)}
      >
        <line x1={0} x2={width} y1={ground} y2={ground} class="stave" />
        <text x={0} y={12} class="tick">
          {durationWords(longestMs)}
        </text>
        {bars.map(({ run, startMs, durationMs }) => {
          const tall = run.id === null ? 4 : 6 + (durationMs / longestMs) * (ground - 26)
          return (
            <rect
              key={keyOf(run)}
              x={x(startMs)}
              y={ground - tall}
              width={Math.max(barWidthMin, x(startMs + durationMs) - x(startMs))}
              height={tall}
              class={`tone-${toneOf(run.state)}${run.id === null ? '' : ' can-open'}`}
              onClick={() => run.id !== null && goTo(pathOf('runs', run.id))}
            >
              <title>{`${run.id ?? run.slot} ${run.state}${run.why === '' ? '' : `, ${run.why}`}\n${clockWords(startMs)}, ${durationWords(durationMs)}${run.node === null ? '' : ` on ${run.node}`}`}</title>
            </rect>
          )
        })}
        <text x={30} y={height - 3} class="tick">
          {clockWords(firstMs)}
        </text>
        <text x={width - 4} y={height - 3} class="tick" text-anchor="end">
          {clockWords(lastMs)}
        </text>
      </svg>
    </div>
  )
}

function spoken(many: number, longestMs: number): string {
  return `${many} runs over time; the longest took ${durationWords(longestMs)}. The list below has each.`
}
