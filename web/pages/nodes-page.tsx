// The nodes of the cluster: who is there and who is away, who votes and whether a majority can be had, how far their
// clocks are from cluster time, and how much each carries now.

import type { JSX } from 'preact'
import type { NodeView, StatusView, WitnessesView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { ServiceView } from '../../lib/view/service-view.ts'
import { useResource } from '../live/resource.ts'
import { Fact, LabelFact } from '../parts/fact.tsx'
import { Link } from '../parts/link.tsx'
import { NodeState } from '../parts/node-state.tsx'
import { Orders, type Order } from '../parts/orders.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

type Load = { readonly running: number; readonly instances: number }

const pause: Order = {
  verb: 'pause',
  words: 'Pause the cluster',
  title: 'Let no slot of any job start, anywhere; what runs goes on',
}
const resume: Order = {
  verb: 'resume',
  words: 'Resume the cluster',
  title: 'Let slots start again',
  isLoud: true,
}

export function NodesPage(): JSX.Element {
  const nodes = useResource<{ nodes: readonly NodeView[] }>('/api/v1/nodes', ['nodes'])
  const witnesses = useResource<WitnessesView>('/api/v1/witnesses', ['nodes'])
  const status = useResource<StatusView>('/api/v1/status', ['nodes'])
  const running = useResource<{ runs: readonly RunView[] }>('/api/v1/runs?state=running&limit=1000', ['runs'])
  const services = useResource<{ services: readonly ServiceView[] }>('/api/v1/services', [
    'services',
    'nodes',
  ])
  if (nodes.body === null) return nodes.failure === null ? <Waiting /> : <Trouble failure={nodes.failure} />
  const all = nodes.body.nodes
  const loadOf = ({ name }: NodeView): Load => ({
    running: (running.body?.runs ?? []).filter(({ node }) => node === name).length,
    instances: (services.body?.services ?? [])
      .flatMap(({ instances }) => instances)
      .filter(({ node, state }) => node === name && state === 'up').length,
  })
  const away = all.filter(({ state }) => state === 'absent')
  return (
    <>
      <div class="head">
        <h1>
          Nodes <span class="count">{all.length}</span>
        </h1>
        {status.body === null ? null : (
          <Orders
            path="/api/v1"
            orders={[status.body.pause === null ? pause : resume]}
            onDone={status.reload}
          />
        )}
      </div>
      <Witnesses witnesses={witnesses.body} status={status.body} />
      <div class="cards">
        {all
          .filter(({ state }) => state === 'live')
          .map((node) => (
            <NodeCard key={node.nodeId} node={node} load={loadOf(node)} witnesses={witnesses.body} />
          ))}
      </div>
      {away.length === 0 ? null : (
        <section aria-labelledby="away-title">
          <h2 id="away-title">Away</h2>
          <div class="cards">
            {away.map((node) => (
              <NodeCard key={node.nodeId} node={node} load={loadOf(node)} witnesses={witnesses.body} />
            ))}
          </div>
        </section>
      )}
    </>
  )
}

function Witnesses({
  witnesses,
  status,
}: {
  readonly witnesses: WitnessesView | null
  readonly status: StatusView | null
}): JSX.Element | null {
  if (witnesses === null) return null
  const reachable = witnesses.members.filter((member) => member.isReachable).length
  return (
    <>
      <p>
        {reachable} of {witnesses.members.length} {witnesses.members.length === 1 ? 'witness' : 'witnesses'}{' '}
        can be reached; {witnesses.majority} must answer for a claim
        {witnesses.epoch === null ? '' : ` (epoch ${witnesses.epoch})`}.
      </p>
      {status === null ? null : (
        <p class="aside">
          You look at {status.node}: its session {status.session.id.split(':').slice(-2).join('.')} is{' '}
          {status.session.isValid ? 'renewed by a majority' : 'not renewed by a majority'}.
        </p>
      )}
    </>
  )
}

function NodeCard({
  node,
  load,
  witnesses,
}: {
  readonly node: NodeView
  readonly load: Load
  readonly witnesses: WitnessesView | null
}): JSX.Element {
  const offsetMs = witnesses?.members.find(({ nodeId }) => nodeId === node.nodeId)?.clockOffsetMs ?? null
  return (
    <section class="card" aria-label={`Node ${node.name}`}>
      <h2>
        <Link to={pathOf('nodes', node.name)}>{node.name}</Link> <NodeState node={node} />
      </h2>
      <p class="aside">
        {load.running} running, {load.instances} {load.instances === 1 ? 'instance' : 'instances'} up
        {node.isSelf ? '; this one shows you this page' : ''}
      </p>
      <dl class="facts">
        <Fact name="Host">{node.hostname}</Fact>
        <Fact name="Started">
          <When at={node.startedAt} />
        </Fact>
        <Fact name="Version">{node.version}</Fact>
        <Fact name="Zone data">{node.zoneData}</Fact>
        {offsetMs === null ? null : <Fact name="Clock">{offsetWords(offsetMs)}</Fact>}
        <LabelFact labels={node.labels} />
      </dl>
    </section>
  )
}

function offsetWords(offsetMs: number): string {
  if (Math.abs(offsetMs) < 2) return 'right'
  const words =
    Math.abs(offsetMs) < 1000 ? `${Math.abs(offsetMs)} ms` : `${(Math.abs(offsetMs) / 1000).toFixed(1)} s`
  return `${words} ${offsetMs > 0 ? 'ahead' : 'behind'}`
}
