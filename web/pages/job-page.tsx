// One job: what it is, when it comes next in the job's zone and the viewer's, the graph of its actions in the colours
// of the newest run, its runs over time, and what can be done with it.

import type { JSX } from 'preact'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { useResource } from '../live/resource.ts'
import { ActionGraph } from '../parts/action-graph.tsx'
import { BackfillPlace } from '../parts/backfill-place.tsx'
import { DurationChart } from '../parts/duration-chart.tsx'
import { Fact } from '../parts/fact.tsx'
import { Link } from '../parts/link.tsx'
import { Orders, type Order } from '../parts/orders.tsx'
import { Revisions } from '../parts/revisions.tsx'
import { RunRows } from '../parts/run-rows.tsx'
import { RunTimeline } from '../parts/run-timeline.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { visible } from '../parts/visible.ts'
import { clockWords, When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

type JobAnswer = {
  readonly job: JobView
  readonly runs: readonly RunView[]
  readonly upcoming: readonly string[]
}

const slotsShown = 6
const zoneHere = Intl.DateTimeFormat().resolvedOptions().timeZone

export function JobPage({ name }: { readonly name: string }): JSX.Element {
  const path = `/api/v1${pathOf('jobs', name)}`
  const answer = useResource<JobAnswer>(path, ['runs', 'config'], { job: name })
  if (answer.body === null)
    return answer.failure === null ? <Waiting /> : <Trouble failure={answer.failure} />
  const { job, runs, upcoming } = answer.body
  const newest = runs.find((run) => run.actions.length > 0)
  return (
    <>
      <div class="head">
        <h1>
          {visible(job.name)} {job.isEnabled ? null : <State state="disabled" />}
        </h1>
        <Orders path={path} orders={ordersOf(job)} onDone={answer.reload} />
      </div>
      {job.summary === '' ? null : <p class="summary">{visible(job.summary)}</p>}
      <Facts job={job} />
      <section aria-labelledby="actions-title">
        <h2 id="actions-title">Actions</h2>
        <ActionGraph actions={job.actions} states={newest?.actions ?? []} />
      </section>
      <section aria-labelledby="runs-title">
        <h2 id="runs-title">
          <Link to={`/runs?job=${encodeURIComponent(job.name)}`}>Runs</Link>
        </h2>
        <RunTimeline runs={runs} />
        <RunRows runs={runs.slice(0, 8)} empty="It did not run yet." />
      </section>
      <DurationChart runs={runs} />
      <section aria-labelledby="next-title">
        <h2 id="next-title">Next slots</h2>
        <NextSlots upcoming={upcoming} zone={job.timeZone} />
      </section>
      {job.schedule === '' ? null : (
        <section aria-labelledby="backfill-title">
          <h2 id="backfill-title">Backfill</h2>
          <BackfillPlace job={job.name} intervalMs={job.intervalMs} />
        </section>
      )}
      <section aria-labelledby="history-title">
        <h2 id="history-title">
          Revisions of category <Link to={pathOf('config', job.category)}>{job.category}</Link>
        </h2>
        <Revisions category={job.category} />
      </section>
    </>
  )
}

function ordersOf({ isEnabled }: JobView): readonly Order[] {
  const run: Order = { verb: 'start', words: 'Run now', title: 'One run now, by hand', isLoud: true }
  return [
    run,
    isEnabled
      ? { verb: 'disable', words: 'Disable', title: 'Let it be scheduled no more' }
      : { verb: 'enable', words: 'Enable', title: 'Let it be scheduled again' },
  ]
}

function Facts({ job }: { readonly job: JobView }): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Schedule">
        <code>{job.schedule === '' ? 'by hand or by trigger' : job.schedule}</code>
      </Fact>
      <Fact name="Time zone">{job.timeZone}</Fact>
      <Fact name="Pool">{job.pool === '' ? 'any node' : job.pool}</Fact>
      <Fact name="Next slot">
        <When at={job.nextSlot} none="none" />
        {job.nextNode === null ? null : ` on ${job.nextNode}`}
        {job.nextNodes > 1 ? ` and ${job.nextNodes - 1} more` : null}
      </Fact>
      {job.owner === '' ? null : <Fact name="Owner">{visible(job.owner)}</Fact>}
      <Fact name="Category">
        <Link to={pathOf('config', job.category)}>{job.category}</Link>
      </Fact>
    </dl>
  )
}

function NextSlots({
  upcoming,
  zone,
}: {
  readonly upcoming: readonly string[]
  readonly zone: string
}): JSX.Element {
  if (upcoming.length === 0) return <p class="empty">None is to come.</p>
  return (
    <table class="list narrow">
      <thead>
        <tr>
          <th>{zone}</th>
          {zone === zoneHere ? null : <th>Here, {zoneHere}</th>}
          <th>In</th>
        </tr>
      </thead>
      <tbody>
        {upcoming.slice(0, slotsShown).map((slot) => (
          <tr key={slot}>
            <td title={slot}>{clockWords(Date.parse(slot), zone)}</td>
            {zone === zoneHere ? null : <td title={slot}>{clockWords(Date.parse(slot))}</td>}
            <td>
              <When at={slot} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
