// The newest runs of a job as small bars, oldest left: the height is the duration beside the longest of them, the
// colour the state.

import type { JSX } from 'preact'
import { toneOf } from './state.tsx'
import { durationWords } from './when.tsx'

export type SparkRun = { readonly state: string; readonly durationMs: number | null; readonly slot: string }

const height = 22
const barWidth = 6

export function Sparkline({ runs }: { readonly runs: readonly SparkRun[] }): JSX.Element | null {
  if (runs.length === 0) return null
  const longest = Math.max(1, ...runs.map((run) => run.durationMs ?? 0))
  const words = runs.map((run) => run.state).join(', ')
  return (
    <svg
      class="sparkline"
      width={runs.length * barWidth}
      height={height}
      role="img"
      aria-label={`The last runs: ${words}`}
    >
      {runs.map((run, at) => {
        const tall = 4 + ((run.durationMs ?? 0) / longest) * (height - 4)
        return (
          <rect
            key={run.slot}
            x={at * barWidth}
            y={height - tall}
            width={barWidth - 2}
            height={tall}
            class={`tone-${toneOf(run.state)}`}
          >
            <title>{`${run.slot} ${run.state}${run.durationMs === null ? '' : ` after ${durationWords(run.durationMs)}`}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}
