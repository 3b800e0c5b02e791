// Is all well? What is wrong comes first, in sentences with a remedy; then who is there, what runs now, what failed
// lately and what comes next; and the score of the last hour, each slot in the line of the node that ran it.

import type { JSX } from 'preact'
import type { JobView, NodeView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { ScoreView } from '../../lib/view/score.ts'
import type { ServiceView } from '../../lib/view/service-view.ts'
import { useResource } from '../live/resource.ts'
import { Link } from '../parts/link.tsx'
import { Orders, type Order } from '../parts/orders.tsx'
import { RunRows } from '../parts/run-rows.tsx'
import { Score } from '../parts/score.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

const listed = 8
const failedShown = 6

const lateMs = 24 * 3_600_000

export function OverviewPage(): JSX.Element {
  // To the hour, so that what is asked for stays the same for a while.
  const from = new Date(Math.floor((Date.now() - lateMs) / 3_600_000) * 3_600_000).toISOString()
  const lately = new URLSearchParams({ limit: String(listed), from })
  const status = useResource<StatusView>('/api/v1/status', ['runs', 'nodes', 'config'])
  const nodes = useResource<{ nodes: readonly NodeView[] }>('/api/v1/nodes', ['nodes'])
  const running = useResource<{ runs: readonly RunView[] }>('/api/v1/runs?state=running&limit=8', ['runs'])
  const troubled = useResource<{ runs: readonly RunView[] }>(`/api/v1/runs?state=failed&${lately}`, ['runs'])
  const next = useResource<{ jobs: readonly JobView[] }>(
    '/api/v1/jobs?sort=next&limit=8',
    ['runs', 'config'],
    {
      restMs: 1000,
    },
  )
  const score = useResource<ScoreView>('/api/v1/score', ['runs', 'nodes'], { restMs: 2000 })
  const lost = useResource<{ runs: readonly RunView[] }>(`/api/v1/runs?state=lost&${lately}`, ['runs'])
  const services = useResource<{ services: readonly ServiceView[] }>('/api/v1/services', [
    'services',
    'config',
    'nodes',
  ])
  if (status.body === null)
    return status.failure === null ? <Waiting /> : <Trouble failure={status.failure} />
  const bad =
    troubled.body === null
      ? null
      : [...troubled.body.runs, ...(lost.body?.runs ?? [])]
          .toSorted((one, other) => other.slot.localeCompare(one.slot))
          .slice(0, failedShown)
  return (
    <>
      <Verdict
        status={status.body}
        failed={bad ?? []}
        services={services.body?.services ?? []}
        onDone={status.reload}
      />
      <section aria-labelledby="score-title">
        <h2 id="score-title">The last hour</h2>
        {score.body === null ? <Waiting /> : <Score score={score.body} />}
      </section>
      <div class="columns">
        <div>
          <section aria-labelledby="running-title">
            <h2 id="running-title">
              <Link to="/runs?state=running">Running now</Link>
            </h2>
            <RunRows runs={running.body?.runs ?? null} empty="Nothing runs at this moment." />
          </section>
          <section aria-labelledby="failed-title">
            <h2 id="failed-title">
              <Link to="/runs?state=failed">Failed lately</Link>
            </h2>
            <RunRows runs={bad} empty="Nothing failed." />
          </section>
        </div>
        <div>
          <section aria-labelledby="next-title">
            <h2 id="next-title">
              <Link to="/schedule">Next</Link>
            </h2>
            <Upcoming jobs={next.body?.jobs ?? null} />
          </section>
          <section aria-labelledby="nodes-title">
            <h2 id="nodes-title">
              <Link to="/nodes">Nodes</Link> <span class="count">{status.body.nodes.live}</span>
            </h2>
            <NodeList nodes={nodes.body?.nodes ?? null} />
          </section>
          {services.body === null || services.body.services.length === 0 ? null : (
            <section aria-labelledby="services-title">
              <h2 id="services-title">
                <Link to="/services">Services</Link>{' '}
                <span class="count">{services.body.services.length.toLocaleString()}</span>
              </h2>
              <ServiceList services={services.body.services} />
            </section>
          )}
        </div>
      </div>
    </>
  )
}

function Verdict({
  status,
  failed,
  services,
  onDone,
}: {
  readonly status: StatusView
  readonly failed: readonly RunView[]
  readonly services: readonly ServiceView[]
  readonly onDone: () => void
}): JSX.Element {
  const { complaints, nodes, witnesses, jobs } = status
  const isWell = complaints.length === 0 && status.state === 'ready'
  const reachable = witnesses.members.filter((member) => member.isReachable).length
  const absent = nodes.known - nodes.live
  const troubled = services.filter(({ state, isEnabled }) => isEnabled && state !== 'UP')
  const up = services.filter(({ state }) => state === 'UP').length
  const but = [
    ...(troubled.length > 0 ? [`${count(troubled.length, 'service is', 'services are')} not up`] : []),
    ...(absent > 0 ? [`${count(absent, 'node is', 'nodes are')} away`] : []),
    ...(failed.length > 0 ? ['runs failed lately'] : []),
  ]
  return (
    <section class={`verdict ${!isWell ? 'is-troubled' : but.length > 0 ? 'is-odd' : 'is-well'}`}>
      <h1>
        {status.pause !== null
          ? 'The cluster is paused'
          : !isWell
            ? words(status.state)
            : but.length === 0
              ? 'All is well'
              : `The cluster is well, but ${joined(but)}`}
      </h1>
      <p>
        {count(jobs, 'job')} on {count(nodes.live, 'node')}
        {absent > 0 ? `, ${absent} away` : ''}
        {services.length === 0 ? '' : `; ${up} of ${count(services.length, 'service')} up`}; {reachable} of{' '}
        {count(witnesses.members.length, 'witness', 'witnesses')} reachable. You look at{' '}
        <strong>{status.node}</strong>.
      </p>
      {complaints.length === 0 ? null : (
        <ul>
          {complaints.map((complaint) => (
            <li key={complaint}>{complaint}</li>
          ))}
        </ul>
      )}
      {status.pause === null ? null : <Orders path="/api/v1" orders={[resume]} onDone={onDone} />}
    </section>
  )
}

const resume: Order = {
  verb: 'resume',
  words: 'Resume',
  title: 'Let slots start again; each job catches up what its policy says',
  isLoud: true,
}

function words(state: StatusView['state']): string {
  const all = {
    founding: 'The cluster is being founded',
    joining: 'Joining the cluster',
    ready: 'Something needs a look',
    'no-majority': 'No majority of the witnesses answers',
    stopping: 'This agent is stopping',
    degraded: 'This agent does not vote',
  } as const
  return all[state]
}

function joined(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter(Boolean).join(' and ')
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`
}

function Upcoming({ jobs }: { readonly jobs: readonly JobView[] | null }): JSX.Element {
  if (jobs === null) return <Waiting />
  const due = jobs.filter((job) => job.nextSlot !== null)
  if (due.length === 0) return <p class="empty">Nothing is scheduled.</p>
  return (
    <ul class="rows">
      {due.map((job) => (
        <li key={job.name}>
          <When at={job.nextSlot} />
          <Link to={pathOf('jobs', job.name)}>{job.name}</Link>
          <span class="aside">{job.nextNode ?? 'no eligible node'}</span>
        </li>
      ))}
    </ul>
  )
}

/** Those that are not up come first. */
function ServiceList({ services }: { readonly services: readonly ServiceView[] }): JSX.Element {
  const shown = services
    .toSorted((one, other) => Number(one.state === 'UP') - Number(other.state === 'UP'))
    .slice(0, listed)
  return (
    <ul class="rows">
      {shown.map(({ name, state, up, wanted }) => (
        <li key={name}>
          <State state={state} />
          <Link to={pathOf('services', name)}>{name}</Link>
          <span class="aside">
            {up} of {wanted} up
          </span>
        </li>
      ))}
    </ul>
  )
}

function NodeList({ nodes }: { readonly nodes: readonly NodeView[] | null }): JSX.Element {
  if (nodes === null) return <Waiting />
  return (
    <ul class="rows">
      {nodes.map((node) => (
        <li key={node.nodeId}>
          <State state={node.state === 'absent' ? 'away' : node.duty === 'active' ? 'live' : node.duty} />
          <Link to={pathOf('nodes', node.name)}>{node.name}</Link>
          <span class="aside">{node.isWitness ? 'witness' : ''}</span>
        </li>
      ))}
    </ul>
  )
}
