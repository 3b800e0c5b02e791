// How long the newest runs of a job took, the oldest left: a bar for each in the colour of how it ended, and a line at
// the median, so that one that took longer than usual is seen.

import type { JSX } from 'preact'
import type { RunView } from '../../lib/view/run-view.ts'
import { goTo, pathOf } from '../route.ts'
import { keyOf } from './run-rows.tsx'
import { toneOf } from './state.tsx'
import { clockWords, durationWords } from './when.tsx'

const width = 1100
const left = 110
const height = 130
const ground = height - 6
const barWidthMax = 26

export function DurationChart({ runs }: { readonly runs: readonly RunView[] }): JSX.Element | null {
  const ended = runs
    .flatMap((run) =>
      run.startedAt === null || run.endedAt === null
        ? []
        : [{ run, tookMs: Math.max(0, Date.parse(run.endedAt) - Date.parse(run.startedAt)) }],
    )
    .toReversed()
  if (ended.length < 2) return null
  const sorted = ended.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other)
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0
  const longestMs = Math.max(1, sorted.at(-1) ?? 1)
  const y = (ms: number) => ground - (ms / longestMs) * (ground - 14)
  const step = Math.min(barWidthMax, (width - left) / ended.length)
  // Where both would be written over each other, the median alone says it.
  const isTopShown = y(medianMs) - y(longestMs) > 16
  return (
    <section aria-labelledby="durations-title">
      <h2 id="durations-title">Durations</h2>
      <div class="wide" tabIndex={0}>
        <svg
          class="durations"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`How long the last ${ended.length} runs took: ${durationWords(medianMs)} in the median, ${durationWords(longestMs)} at most`}
        >
          {isTopShown ? (
            <text x={left - 10} y={y(longestMs) + 4} class="tick" text-anchor="end">
              {durationWords(longestMs)}
            </text>
          ) : null}
          {ended.map(({ run, tookMs }, at) => (
            <rect
              key={keyOf(run)}
              x={left + at * step}
              y={Math.min(y(tookMs), ground - 2)}
              width={step - 3}
              height={Math.max(2, ground - y(tookMs))}
              class={`tone-${toneOf(run.state)} can-open`}
              onClick={() => run.id !== null && goTo(pathOf('runs', run.id))}
            >
              <title>{`${run.id ?? run.slot} ${run.state} after ${durationWords(tookMs)}\n${clockWords(Date.parse(run.startedAt ?? run.slot))}`}</title>
            </rect>
          ))}
          <line x1={left} x2={width} y1={y(medianMs)} y2={y(medianMs)} class="median" />
          <text x={left - 10} y={y(medianMs) + 4} class="tick" text-anchor="end">
            median {durationWords(medianMs)}
          </text>
          <line x1={left} x2={width} y1={ground} y2={ground} class="stave" />
        </svg>
      </div>
    </section>
  )
}
