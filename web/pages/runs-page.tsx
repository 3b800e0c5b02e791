// Runs of all jobs, newest first, by job, state and
// node; the filters stand in the address.

import type { JSX } from 'preact'
import type { RunView } from '../../lib/view/run-view.ts'
import { useResource } from '../live/resource.ts'
import { Pager, usePager } from '../parts/pager.tsx'
import { RunRows } from '../parts/run-rows.tsx'
import { Search } from '../parts/search.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { place, setQuery } from '../route.ts'

const states = ['', 'running', 'succeeded', 'failed', 'lost', 'unknown', 'missed', 'skipped'] as const
const filters = ['job', 'state', 'node'] as const

export function RunsPage(): JSX.Element {
  const { query } = place.value
  const asked = new URLSearchParams({ limit: '100' })
  for (const name of filters) {
    const value = query.get(name)
    if (value !== null) asked.set(name, value)
  }
  const pager = usePager(asked.toString())
  if (pager.cursor !== null) asked.set('cursor', pager.cursor)
  const runs = useResource<{ runs: readonly RunView[]; nextCursor: string | null }>(`/api/v1/runs?${asked}`, [
    'runs',
  ])
  return (
    <>
      <div class="head">
        <h1>Runs</h1>
        <div class="row">
          <label class="inline">
            State{' '}
            <select
              value={query.get('state') ?? ''}
              onChange={(event) => setQuery({ state: event.currentTarget.value })}
            >
              {states.map((state) => (
                <option key={state} value={state}>
                  {state === '' ? 'any' : state}
                </option>
              ))}
            </select>
          </label>
          <Search name="job" label="Job" value={query.get('job') ?? ''} />
        </div>
      </div>
      {runs.failure !== null && runs.body === null ? (
        <Trouble failure={runs.failure} />
      ) : (
        <RunRows runs={runs.body?.runs ?? null} empty="No run is like that." />
      )}
      <Pager pager={pager} next={runs.body?.nextCursor ?? null} />
    </>
  )
}
