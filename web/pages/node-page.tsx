// One node: what it is, what runs there now (runs and instances of services), what ran there lately, and what can be
// decided about its duty.

import type { JSX } from 'preact'
import type { NodeView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { ServiceView } from '../../lib/view/service-view.ts'
import { useResource } from '../live/resource.ts'
import { Fact, LabelFact } from '../parts/fact.tsx'
import { Link } from '../parts/link.tsx'
import { NodeState } from '../parts/node-state.tsx'
import { Orders, type Order } from '../parts/orders.tsx'
import { RunRows } from '../parts/run-rows.tsx'
import { RunTimeline } from '../parts/run-timeline.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

export function NodePage({ name }: { readonly name: string }): JSX.Element {
  const nodes = useResource<{ nodes: readonly NodeView[] }>('/api/v1/nodes', ['nodes'])
  const asked = new URLSearchParams({ node: name, limit: '50' })
  const runs = useResource<{ runs: readonly RunView[] }>(`/api/v1/runs?${asked}`, ['runs'])
  const running = useResource<{ runs: readonly RunView[] }>(`/api/v1/runs?${asked}&state=running`, ['runs'])
  const services = useResource<{ services: readonly ServiceView[] }>('/api/v1/services', [
    'services',
    'nodes',
  ])
  if (nodes.body === null) return nodes.failure === null ? <Waiting /> : <Trouble failure={nodes.failure} />
  const node = nodes.body.nodes.find((one) => one.name === name || one.nodeId === name)
  if (node === undefined)
    return (
      <section class="empty">
        <h1>No node is called {name}</h1>
        <p>
          <Link to="/nodes">All nodes</Link>
        </p>
      </section>
    )
  return (
    <>
      <div class="head">
        <h1>
          {node.name} <NodeState node={node} />
        </h1>
        <Orders path={`/api/v1${pathOf('nodes', node.name)}`} orders={ordersOf(node)} onDone={nodes.reload} />
      </div>
      <Facts node={node} />
      <section aria-labelledby="running-title">
        <h2 id="running-title">Running now</h2>
        <RunRows runs={running.body?.runs ?? null} empty="No run is on it." />
        <Instances node={node.name} services={services.body?.services ?? []} />
      </section>
      <section aria-labelledby="lately-title">
        <h2 id="lately-title">
          <Link to={`/runs?node=${encodeURIComponent(node.name)}`}>Lately</Link>
        </h2>
        <RunTimeline runs={runs.body?.runs ?? []} />
        <RunRows runs={runs.body?.runs.slice(0, 12) ?? null} empty="Nothing ran on it." />
      </section>
    </>
  )
}

function ordersOf({ duty, state }: NodeView): readonly Order[] {
  const remove: Order = {
    verb: 'remove',
    words: 'Remove',
    title: 'It does not come back: it no longer belongs to the cluster',
  }
  if (duty === 'removing') return []
  const duties: Order =
    duty === 'active'
      ? { verb: 'drain', words: 'Drain', title: 'Start nothing new on it' }
      : { verb: 'activate', words: 'Activate', title: 'Let it take part again' }
  return state === 'absent' ? [duties, remove] : [duties]
}

function Facts({ node }: { readonly node: NodeView }): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Host">{node.hostname}</Fact>
      <Fact name="Started">
        <When at={node.startedAt} />
      </Fact>
      <Fact name="Version">{node.version}</Fact>
      <Fact name="Zone data">{node.zoneData}</Fact>
      <Fact name="Connection">{node.isSelf ? 'this one' : node.isConnected ? 'connected' : 'none'}</Fact>
      <LabelFact labels={node.labels} />
      <Fact name="Addresses">
        <span class="small">{node.addresses.join(' ')}</span>
      </Fact>
      <Fact name="Id">
        <span class="small">{node.nodeId}</span>
      </Fact>
    </dl>
  )
}

function Instances({
  node,
  services,
}: {
  readonly node: string
  readonly services: readonly ServiceView[]
}): JSX.Element | null {
  const own = services.flatMap((service) =>
    service.instances
      .filter((instance) => instance.node === node && instance.state !== 'down')
      .map((instance) => ({ instance, service: service.name })),
  )
  if (own.length === 0) return null
  return (
    <ul class="rows">
      {own.map(({ instance, service }) => (
        <li key={instance.name}>
          <State state={instance.state} why={instance.why} />
          <Link to={pathOf('services', service)}>{instance.name}</Link>
          <span class="aside">
            <When at={instance.since} />
          </span>
        </li>
      ))}
    </ul>
  )
}
