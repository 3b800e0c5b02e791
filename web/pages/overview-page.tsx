// Is all well? What is wrong comes first, in sentences with a remedy; then who is there, what runs now, what failed
// lately and what comes next; and the score of the last hour, each slot in the line of the node that ran it.

import type { JSX } from 'preact'
import type { JobView, NodeView, StatusView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { ScoreView } from '../../lib/view/score.ts'
import { useResource } from '../live/resource.ts'
import { Link } from '../parts/link.tsx'
import { RunRows } from '../parts/run-rows.tsx'
import { Score } from '../parts/score.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

export function OverviewPage(): JSX.Element {
  const status = useResource<StatusView>('/api/v1/status', ['runs', 'nodes', 'config'])
  const nodes = useResource<{ nodes: readonly NodeView[] }>('/api/v1/nodes', ['nodes'])
  const running = useResource<{ runs: readonly RunView[] }>('/api/v1/runs?state=running&limit=8', ['runs'])
  const troubled = useResource<{ runs: readonly RunView[] }>('/api/v1/runs?state=failed&limit=8', ['runs'])
  const next = useResource<{ jobs: readonly JobView[] }>('/api/v1/jobs?sort=next&limit=8', ['runs', 'config'])
  const score = useResource<ScoreView>('/api/v1/score', ['runs'])
  if (status.body === null)
    return status.failure === null ? <Waiting /> : <Trouble failure={status.failure} />
  return (
    <>
      <Verdict status={status.body} failed={troubled.body?.runs ?? []} />
      <section aria-labelledby="score-title">
        <h2 id="score-title">The last hour</h2>
        {score.body === null ? <Waiting /> : <Score score={score.body} />}
      </section>
      <div class="columns">
        <section aria-labelledby="running-title">
          <h2 id="running-title">
            Running now <span class="count">{status.body.running}</span>
          </h2>
          <RunRows runs={running.body?.runs ?? null} empty="Nothing runs at this moment." />
        </section>
        <section aria-labelledby="failed-title">
          <h2 id="failed-title">
            <Link to="/runs?state=failed">Failed lately</Link>
          </h2>
          <RunRows runs={troubled.body?.runs ?? null} empty="Nothing failed." />
        </section>
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
      </div>
    </>
  )
}

function Verdict({
  status,
  failed,
}: {
  readonly status: StatusView
  readonly failed: readonly RunView[]
}): JSX.Element {
  const { complaints, nodes, witnesses, jobs } = status
  const isWell = complaints.length === 0 && status.state === 'ready'
  const reachable = witnesses.members.filter((member) => member.isReachable).length
  const absent = nodes.known - nodes.live
  return (
    <section class={`verdict ${isWell ? 'is-well' : 'is-troubled'}`}>
      <h1>
        {isWell
          ? failed.length === 0 && absent === 0
            ? 'All is well'
            : 'The cluster is well'
          : words(status.state)}
      </h1>
      <p>
        {count(jobs, 'job')} on {count(nodes.live, 'node')}
        {absent > 0 ? `, ${absent} absent` : ''}; {reachable} of{' '}
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
    </section>
  )
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

function NodeList({ nodes }: { readonly nodes: readonly NodeView[] | null }): JSX.Element {
  if (nodes === null) return <Waiting />
  return (
    <ul class="rows">
      {nodes.map((node) => (
        <li key={node.nodeId}>
          <State state={node.state === 'absent' ? 'lost' : node.duty === 'active' ? 'live' : node.duty} />
          <span>{node.name}</span>
          <span class="aside">{node.isWitness ? 'witness' : ''}</span>
        </li>
      ))}
    </ul>
  )
}
