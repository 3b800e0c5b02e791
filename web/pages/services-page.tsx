// The services: how many instances of each are up, on which nodes, how they stood over time, and what can be done with
// all of them; a filter that stands in the address.

import type { JSX } from 'preact'
import type { InstanceView, ServiceView } from '../../lib/view/service-view.ts'
import { useResource } from '../live/resource.ts'
import { InstanceBand } from '../parts/instance-band.tsx'
import { Link } from '../parts/link.tsx'
import { Search } from '../parts/search.tsx'
import { State } from '../parts/state.tsx'
import { Trouble, Waiting } from '../parts/trouble.tsx'
import { visible } from '../parts/visible.ts'
import { pathOf, place } from '../route.ts'

const shownMax = 200

export function ServicesPage(): JSX.Element {
  const filter = place.value.query.get('filter') ?? ''
  const answer = useResource<{ services: readonly ServiceView[] }>('/api/v1/services', [
    'services',
    'config',
    'nodes',
  ])
  if (answer.body === null)
    return answer.failure === null ? <Waiting /> : <Trouble failure={answer.failure} />
  const { services } = answer.body
  const found = services.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()))
  return (
    <>
      <div class="head">
        <h1>
          Services <span class="count">{services.length.toLocaleString()}</span>
        </h1>
        <Search name="filter" label="Filter services" value={filter} />
      </div>
      {services.length === 0 ? (
        <p class="empty">
          No service is defined: a config file has them under <code>services</code>, beside its jobs.
        </p>
      ) : null}
      <div class="services">
        {found.slice(0, shownMax).map((service) => (
          <Service key={service.name} service={service} />
        ))}
      </div>
      {found.length > shownMax ? (
        <p class="empty">{(found.length - shownMax).toLocaleString()} more: filter them.</p>
      ) : null}
    </>
  )
}

function Service({ service }: { readonly service: ServiceView }): JSX.Element {
  const troubled = service.instances.find(({ why, isWanted }) => isWanted && why !== '')
  return (
    <section class="card" aria-label={`Service ${service.name}`}>
      <h2>
        <Link to={pathOf('services', service.name)}>{service.name}</Link> <State state={service.state} />
      </h2>
      <p class="aside">
        {service.up} of {service.wanted} up{placesOf(service.instances)}
      </p>
      {service.summary === '' ? null : <p class="summary">{visible(service.summary)}</p>}
      <div class="bands">
        {service.instances.map((instance) => (
          <InstanceBand key={instance.name} instance={instance} />
        ))}
      </div>
      {troubled === undefined ? null : <p class="why">{visible(troubled.why)}</p>}
    </section>
  )
}

/** `: alpha 2, beta 1`. */
function placesOf(instances: readonly InstanceView[]): string {
  const counts = new Map<string, number>()
  for (const { node, state } of instances)
    if (node !== null && state === 'up') counts.set(node, (counts.get(node) ?? 0) + 1)
  if (counts.size === 0) return ''
  const words = [...counts]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([node, many]) => (many === 1 ? node : `${node} (${many})`))
  return ` on ${words.join(', ')}`
}
