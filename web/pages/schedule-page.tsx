// The coming 24 hours as a picture: how many slots come in each quarter of an hour, where the crowd is, and below it
// the jobs one by one with their slots and who is first to run them. Changes of the clocks are marked.

import type { JSX } from 'preact'
import type { DayView } from '../../lib/view/day.ts'
import { useResource } from '../live/resource.ts'
import { Link } from '../parts/link.tsx'
import { Search } from '../parts/search.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { visible } from '../parts/visible.ts'
import { clockWords, minuteWords } from '../parts/when.tsx'
import { pathOf, place } from '../route.ts'

const nameWidth = 190
const width = 1060
const crowdHeight = 90
const rowHeight = 20

export function SchedulePage(): JSX.Element {
  const filter = place.value.query.get('filter') ?? ''
  const asked = new URLSearchParams(filter === '' ? {} : { filter })
  const day = useResource<DayView>(`/api/v1/day?${asked}`, ['config'])
  return (
    <>
      <div class="head">
        <h1>The coming 24 hours</h1>
        <Search name="filter" label="Filter jobs" value={filter} />
      </div>
      {day.body === null ? (
        day.failure === null ? (
          <Waiting />
        ) : (
          <Trouble failure={day.failure} />
        )
      ) : (
        <Day day={day.body} />
      )}
    </>
  )
}

function Day({ day }: { readonly day: DayView }): JSX.Element {
  const fromMs = Date.parse(day.from)
  const highest = Math.max(1, ...day.crowd)
  const columnWidth = (width - nameWidth) / day.crowd.length
  const busiest = day.crowd.indexOf(Math.max(...day.crowd))
  const total = day.crowd.reduce((sum, many) => sum + many, 0)
  const height = crowdHeight + 24 + day.rows.length * rowHeight
  const at = (column: number) => nameWidth + column * columnWidth
  return (
    <>
      <p>
        {total === 0
          ? 'Nothing is scheduled.'
          : `${day.isEstimated ? 'About ' : ''}${Math.round(total).toLocaleString()} slots of ${day.jobs.toLocaleString()} ${day.jobs === 1 ? 'job' : 'jobs'}; the most, ${Math.round(highest).toLocaleString()}, in the quarter of an hour from ${minuteWords(fromMs + busiest * day.columnMs)}.`}
      </p>
      {day.clockChanges.map((change) => (
        <p key={`${change.zone} ${change.at}`} class="banner">
          The clocks of {change.zone} change at {clockWords(Date.parse(change.at))}: {change.words}.
        </p>
      ))}
      <div class="wide" tabIndex={0}>
        <svg
          class="day"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`The coming day: ${Math.round(total)} slots`}
        >
          {day.crowd.map((many, column) => {
            const tall = many === 0 ? 0 : 2 + (many / highest) * (crowdHeight - 8)
            return (
              <rect
                key={column}
                x={at(column)}
                y={crowdHeight - tall}
                width={columnWidth - 1}
                height={tall}
                class="crowd"
              >
                <title>{`${minuteWords(fromMs + column * day.columnMs)}: ${Math.round(many)} slots`}</title>
              </rect>
            )
          })}
          {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
            <g key={hour}>
              <text x={at((hour * day.crowd.length) / 24)} y={crowdHeight + 15} class="tick">
                {minuteWords(fromMs + hour * 3_600_000)}
              </text>
              <line
                x1={at((hour * day.crowd.length) / 24)}
                x2={at((hour * day.crowd.length) / 24)}
                y1={crowdHeight + 20}
                y2={height}
                class="stave"
              />
            </g>
          ))}
          {day.rows.map((row, line) => (
            <g key={row.job} transform={`translate(0 ${crowdHeight + 24 + line * rowHeight})`}>
              <text x={0} y={14} class="label">
                {shorten(visible(row.job))}
              </text>
              {row.slots.map((slot) => (
                <rect
                  key={slot.at}
                  x={
                    nameWidth +
                    ((Date.parse(slot.at) - fromMs) / (day.crowd.length * day.columnMs)) * (width - nameWidth)
                  }
                  y={4}
                  width={4}
                  height={rowHeight - 8}
                  rx={2}
                  class="slot"
                >
                  <title>{`${row.job} at ${clockWords(Date.parse(slot.at))}${slot.node === null ? ', no eligible node' : ` on ${slot.node}`}`}</title>
                </rect>
              ))}
              {row.every === null ? null : (
                <rect x={nameWidth} y={8} width={width - nameWidth} height={rowHeight - 16} class="often">
                  <title>{`${row.job}: ${row.every}`}</title>
                </rect>
              )}
            </g>
          ))}
        </svg>
      </div>
      <details>
        <summary>The same as a list</summary>
        <ul class="rows">
          {day.rows.map((row) => (
            <li key={row.job}>
              <Link to={pathOf('jobs', row.job)}>{row.job}</Link>{' '}
              <span class="aside">
                {row.every ?? row.slots.map((slot) => minuteWords(Date.parse(slot.at))).join(', ')}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

function shorten(name: string): string {
  return name.length > 26 ? `${name.slice(0, 25)}…` : name
}
