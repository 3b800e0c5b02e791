// Runs as short lines: state, job, when, where, and
// why when there is something to say.

import type { JSX } from 'preact'
import type { RunView } from '../../lib/view/run-view.ts'
import { pathOf } from '../route.ts'
import { Link } from './link.tsx'
import { State } from './state.tsx'
import { Waiting } from './trouble.tsx'
import { visible } from './visible.ts'
import { Duration, When } from './when.tsx'

export type RunRowsProps = {
  readonly runs: readonly RunView[] | null
  /** What is said when there is none. */
  readonly empty: string
}

export function RunRows({ runs, empty }: RunRowsProps): JSX.Element {
  if (runs === null) return <Waiting />
  if (runs.length === 0) return <p class="empty">{empty}</p>
  return (
    <ul class="rows">
      {runs.map((run) => (
        <li key={keyOf(run)}>
          <State state={run.state} why={run.why} />
          {run.id === null ? (
            <Link to={pathOf('jobs', run.job)}>{run.job}</Link>
          ) : (
            <Link to={pathOf('runs', run.id)}>{run.id}</Link>
          )}
          <span class="aside">
            {run.node === null ? '' : `${run.node}, `}
            {run.startedAt === null || run.endedAt === null ? null : (
              <>
                took <Duration from={run.startedAt} to={run.endedAt} />,{' '}
              </>
            )}
            <When at={run.startedAt ?? run.slot} />
          </span>
          {run.why === '' ? null : <span class="why">{whyOf(run)}</span>}
        </li>
      ))}
    </ul>
  )
}

/** Of slots that did not run it is a word of the API's, and they may be many. */
function whyOf({ id, why, range }: RunView): string {
  if (id !== null) return visible(why)
  const many = range?.count ?? 1
  return `${why.replaceAll('-', ' ')}${many > 1 ? `, ${many.toLocaleString()} slots` : ''}`
}

export function keyOf(run: RunView): string {
  return `${run.job} ${run.id ?? run.why} ${run.slot} ${run.attempt}`
}
