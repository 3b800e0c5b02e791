// All jobs: filtered by a word, sorted by name, next slot or last run, a page at a time so that ten thousand are as
// quick as ten. The filter and the sorting stand in the address.

import type { JSX } from 'preact'
import type { JobView } from '../../lib/view/question.ts'
import { useResource } from '../live/resource.ts'
import { Link } from '../parts/link.tsx'
import { Pager, usePager } from '../parts/pager.tsx'
import { Search } from '../parts/search.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { When } from '../parts/when.tsx'
import { pathOf, place, setQuery } from '../route.ts'

type JobsAnswer = {
  readonly jobs: readonly JobView[]
  readonly total: number
  readonly nextCursor: string | null
}

const sorts = [
  { sort: 'name', words: 'Job' },
  { sort: 'next', words: 'Next slot' },
  { sort: 'last', words: 'Last run' },
] as const

export function JobsPage(): JSX.Element {
  const { query } = place.value
  const filter = query.get('filter') ?? ''
  const sort = query.get('sort') ?? 'name'
  const pager = usePager(`${filter} ${sort}`)
  const asked = new URLSearchParams({ limit: '100', sort })
  if (filter !== '') asked.set('filter', filter)
  if (pager.cursor !== null) asked.set('cursor', pager.cursor)
  const jobs = useResource<JobsAnswer>(`/api/v1/jobs?${asked}`, ['runs', 'config'])
  return (
    <>
      <div class="head">
        <h1>
          Jobs {jobs.body === null ? null : <span class="count">{jobs.body.total.toLocaleString()}</span>}
        </h1>
        <Search name="filter" label="Filter jobs" value={filter} />
      </div>
      {jobs.body === null ? (
        jobs.failure === null ? (
          <Waiting />
        ) : (
          <Trouble failure={jobs.failure} />
        )
      ) : (
        <>
          <table class="list is-stacked">
            <thead>
              <tr>
                {sorts.slice(0, 1).map((one) => (
                  <SortHead key={one.sort} {...one} isOn={sort === one.sort} />
                ))}
                <th class="wide-only">Schedule</th>
                {sorts.slice(1).map((one) => (
                  <SortHead key={one.sort} {...one} isOn={sort === one.sort} />
                ))}
                <th class="wide-only">Recent runs</th>
              </tr>
            </thead>
            <tbody>
              {jobs.body.jobs.map((job) => (
                <JobRow key={job.name} job={job} />
              ))}
            </tbody>
          </table>
          {jobs.body.jobs.length > 0 ? null : <p class="empty">No job has that in its name or schedule.</p>}
          <Pager pager={pager} next={jobs.body.nextCursor} />
        </>
      )}
    </>
  )
}

function SortHead({
  sort,
  words,
  isOn,
}: {
  readonly sort: string
  readonly words: string
  readonly isOn: boolean
}): JSX.Element {
  return (
    <th aria-sort={isOn ? 'ascending' : undefined}>
      <button type="button" class="sort" onClick={() => setQuery({ sort })}>
        {words}
        {isOn ? ' ▾' : ''}
      </button>
    </th>
  )
}

function JobRow({ job }: { readonly job: JobView }): JSX.Element {
  return (
    <tr>
      <td>
        <Link to={pathOf('jobs', job.name)}>{job.name}</Link>
        {job.isEnabled ? null : <State state="disabled" />}
      </td>
      <td class="wide-only">
        <code>{job.schedule === '' ? 'by hand' : job.schedule}</code>
      </td>
      <td>
        <When at={job.nextSlot} /> <span class="aside">{job.nextNode ?? ''}</span>
      </td>
      <td>
        {job.lastRun === null ? (
          <span class="none">none yet</span>
        ) : (
          <>
            <State state={job.lastRun.state} why={job.lastRun.why} />{' '}
            <When at={job.lastRun.startedAt ?? job.lastRun.slot} />
          </>
        )}
      </td>
      <td class="wide-only">
        <Sparkline runs={job.recent} />
      </td>
    </tr>
  )
}
