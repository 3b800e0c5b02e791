// One service: what it is, its instances with their nodes and states over time, what can be done with it and with each
// of them, what happened lately, and what a start that failed said last.

import type { JSX } from 'preact'
import type { InstanceView, ServiceView } from '../../lib/view/service-view.ts'
import { useResource } from '../live/resource.ts'
import { Fact } from '../parts/fact.tsx'
import { InstanceBand } from '../parts/instance-band.tsx'
import { Link } from '../parts/link.tsx'
import { Orders, type Order } from '../parts/orders.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { visible } from '../parts/visible.ts'
import { clockWords, Duration, durationWords, When } from '../parts/when.tsx'
import { pathOf } from '../route.ts'

const eventsShown = 30

export function ServicePage({ name }: { readonly name: string }): JSX.Element {
  const path = `/api/v1${pathOf('services', name)}`
  const answer = useResource<ServiceView>(path, ['services', 'config', 'nodes'])
  if (answer.body === null)
    return answer.failure === null ? <Waiting /> : <Trouble failure={answer.failure} />
  const service = answer.body
  const events = service.instances
    .flatMap((instance) => instance.events.map((event) => ({ ...event, of: instance.name })))
    .toSorted((left, right) => right.at.localeCompare(left.at))
    .slice(0, eventsShown)
  return (
    <>
      <div class="head">
        <h1>
          {visible(service.name)} <State state={service.state} />
        </h1>
        <Orders path={path} orders={ordersOf(service)} onDone={answer.reload} />
      </div>
      {service.summary === '' ? null : <p class="summary">{visible(service.summary)}</p>}
      <Facts service={service} />
      <section aria-labelledby="instances-title">
        <h2 id="instances-title">Instances</h2>
        <div class="instances">
          {service.instances.map((instance) => (
            <Instance key={instance.name} instance={instance} onDone={answer.reload} />
          ))}
        </div>
      </section>
      <section aria-labelledby="events-title">
        <h2 id="events-title">What happened</h2>
        {events.length === 0 ? <p class="empty">Nothing yet.</p> : null}
        <ul class="rows">
          {events.map(({ at, of, state, text }, line) => (
            <li key={`${at} ${of} ${line}`}>
              <State state={state} />
              <span>{visible(of)}</span>
              <span>{visible(text)}</span>
              <span class="aside" title={at}>
                {clockWords(Date.parse(at))}, <When at={at} />
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}

const start: Order = { verb: 'start', words: 'Start', title: 'Start it; it stays so' }
const whenUp: readonly Order[] = [
  { verb: 'restart', words: 'Restart', title: 'Stop what runs of it, and start it' },
  { verb: 'stop', words: 'Stop', title: 'Stop it; it stays so' },
  { verb: 'kill', words: 'Kill', title: 'Stop it with SIGKILL; it stays so' },
]

function ordersOf({ isEnabled }: ServiceView): readonly Order[] {
  return isEnabled ? whenUp : [{ ...start, isLoud: true }]
}

function Facts({ service }: { readonly service: ServiceView }): JSX.Element {
  const { command, pool, count, up, wanted, failover, update, health } = service
  const { monitorIntervalMs, restartDelayMs, pidFile, owner } = service
  return (
    <dl class="facts">
      <Fact name="Up">
        {up} of {wanted}
      </Fact>
      <Fact name="Pool">{pool === '' ? 'any node' : pool}</Fact>
      <Fact name="Count">{count === 'all' ? 'one on each node' : count}</Fact>
      <Fact name="Checked">
        {monitorIntervalMs === null ? 'never' : `every ${durationWords(monitorIntervalMs)}`}
        {health === null ? '' : `, ${visible(health)}`}
      </Fact>
      <Fact name="Restarted">
        {restartDelayMs === null ? 'never' : `after ${durationWords(restartDelayMs)}`}
      </Fact>
      <Fact name="Failover">{failover}</Fact>
      <Fact name="Update">{update}</Fact>
      {owner === '' ? null : <Fact name="Owner">{visible(owner)}</Fact>}
      <Fact name="Category">
        <Link to={pathOf('config', service.category)}>{service.category}</Link>
      </Fact>
      {command === '' ? null : (
        <Fact name="Command">
          <code>{visible(command)}</code>
        </Fact>
      )}
      {pidFile === null ? null : (
        <Fact name="Pid file">
          <code>{visible(pidFile)}</code>
        </Fact>
      )}
    </dl>
  )
}

function Instance({
  instance,
  onDone,
}: {
  readonly instance: InstanceView
  readonly onDone: () => void
}): JSX.Element {
  const { name, state, node, since, pid, starts, why, output, isWanted } = instance
  return (
    <section class="card instance" aria-label={`Instance ${name}`}>
      <div class="head">
        <h3>
          {visible(name)} <State state={state} why={why} />
        </h3>
        <Orders
          path={`/api/v1${pathOf('services', name)}`}
          orders={isWanted ? whenUp : [start]}
          of={name}
          onDone={onDone}
        />
      </div>
      <p class="aside">
        {node === null ? 'on no node' : `on ${node}`}
        {pid === null ? '' : `, process ${pid}`}
        {since === null ? null : (
          <>
            , for <Duration from={since} to={null} />
          </>
        )}
        {starts > 1 ? `, started ${starts} times` : ''}
      </p>
      <InstanceBand instance={instance} />
      {why === '' ? null : <p class="why">{visible(why)}</p>}
      {output === '' ? null : (
        <pre tabIndex={0} dir="ltr" aria-label={`What ${name} said last`}>
          {visible(output)}
        </pre>
      )}
    </section>
  )
}
