// A service and its instances as people and the viewer see them, by any agent: what is wished from the catalog, what is
// from the instances' own nodes. Of a node that is gone nobody can say what its instances do: they count as down.

import type { Catalog } from '../catalog/catalog.ts'
import type { CatalogService } from '../catalog/category-services.ts'
import { switchOfInstance } from '../catalog/category-services.ts'
import type { InstanceLedger, InstanceRecord } from '../ledger/instance-ledger.ts'
import type { Roster } from '../membership/roster.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { findInstance } from '../service/service-command.ts'
import type { InstanceState } from '../service/instance-state.ts'
import { serviceState, type ServiceState } from '../service/service-state.ts'

export type InstanceView = {
  /** `category.service.NUMBER`, as commands take it; of a service on all nodes `category.service.NODE`. */
  readonly name: string
  readonly number: number
  /** Null while nobody holds it. */
  readonly node: string | null
  readonly state: InstanceState
  readonly why: string
  /** False: it is not to run, and is still there. */
  readonly isWanted: boolean
  readonly since: string | null
  readonly startedAt: string | null
  readonly pid: number | null
  readonly starts: number
  /** The last words of a start that failed. */
  readonly output: string
  /** The newest first. */
  readonly events: readonly { readonly at: string; readonly state: InstanceState; readonly text: string }[]
}

export type ServiceView = {
  readonly name: string
  readonly category: string
  readonly state: ServiceState
  readonly isEnabled: boolean
  readonly count: number | 'all'
  /** Instances that are up, and that are to be. */
  readonly up: number
  readonly wanted: number
  readonly pool: string
  readonly command: string
  readonly pidFile: string | null
  readonly isForeground: boolean
  readonly monitorIntervalMs: number | null
  readonly restartDelayMs: number | null
  readonly failover: 'none' | 'spread'
  readonly update: 'rolling' | 'all' | 'none'
  readonly health: string | null
  readonly owner: string
  readonly summary: string
  readonly notes: string
  readonly revision: string
  readonly instances: readonly InstanceView[]
}

export type ServiceSources = {
  readonly roster: Roster
  readonly instanceLedger: InstanceLedger
  readonly clock: { readonly nowMs: number }
}

export function serviceView(service: CatalogService, sources: ServiceSources): ServiceView {
  const { definition, whole, revision, name } = service
  const { command, pidFile, isForeground, monitorIntervalMs, restartDelayMs, failover, update } = definition
  const { category, count, pool, owner, summary, notes, health } = definition
  const instances = count === 'all' ? onAllNodes(service, sources) : byNumber(service, count, sources)
  const wanted = instances.filter(({ isWanted }) => isWanted)
  return {
    name,
    category,
    state: serviceState(instances),
    isEnabled: whole.isEnabled,
    count,
    up: wanted.filter(({ state }) => state === 'up').length,
    wanted: wanted.length,
    pool,
    command,
    pidFile,
    isForeground,
    monitorIntervalMs,
    restartDelayMs,
    failover,
    update,
    health: health?.target ?? null,
    owner,
    summary,
    notes,
    revision,
    instances,
  }
}

/** What everybody on an agent's host may see: names, states and times. */
export function publicService(service: ServiceView): ServiceView {
  const instances = service.instances.map((instance) => ({ ...instance, output: '' }))
  return { ...service, command: '', pidFile: null, health: null, instances }
}

/** By its name, or that of an instance: `shop.web`, `shop.web.1`, or of one on each node `shop.web.alpha`. */
export function findServiceOf(
  name: string,
  catalog: Pick<Catalog, 'findService'>,
): CatalogService | undefined {
  const found = findInstance(name, catalog)?.service
  if (found !== undefined) return found
  const ofAll = catalog.findService(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
  return ofAll?.definition.count === 'all' ? ofAll : undefined
}

/** The newest word about each instance that some node held, by its name for people. */
export function instanceRecords(
  { name, definition: { count } }: CatalogService,
  { roster, instanceLedger }: Pick<ServiceSources, 'roster' | 'instanceLedger'>,
): (InstanceRecord & { readonly name: string })[] {
  return instanceLedger
    .instances(name)
    .filter(({ isLocal }) => isLocal === (count === 'all'))
    .map((record) => ({
      ...record,
      name: `${name}.${record.isLocal ? roster.nameOf(record.node) : record.number}`,
    }))
}

function byNumber(service: CatalogService, count: number, sources: ServiceSources): InstanceView[] {
  const records = sources.instanceLedger.instances(service.name).filter(({ isLocal }) => !isLocal)
  const known = new Map(records.map((record) => [record.number, record]))
  const wanted = Array.from({ length: count }, (_, number) => {
    const { isEnabled } = switchOfInstance(service, number)
    const record = known.get(number)
    if (record !== undefined) return instanceView(`${service.name}.${number}`, record, isEnabled, sources)
    return notHeld(service, number, isEnabled, sources)
  })
  const others = records.filter(({ number, state }) => number >= count && state !== 'down')
  return [
    ...wanted,
    ...others.map((record) => instanceView(`${service.name}.${record.number}`, record, false, sources)),
  ]
}

function onAllNodes(service: CatalogService, sources: ServiceSources): InstanceView[] {
  const { roster, instanceLedger } = sources
  const known = new Map(
    instanceLedger
      .instances(service.name)
      .filter(({ isLocal }) => isLocal)
      .map((record) => [record.node, record]),
  )
  const { isEnabled } = service.whole
  const nodes = roster.eligible(service.definition.nodes)
  const rest = [...known.values()].filter(({ node, state }) => !nodes.includes(node) && state !== 'down')
  return [
    ...nodes.map((node) => {
      const name = `${service.name}.${roster.nameOf(node)}`
      const record = known.get(node)
      if (record !== undefined) return instanceView(name, record, isEnabled, sources)
      const state = isEnabled && roster.isLive(node, sources.clock.nowMs) ? 'starting' : 'down'
      return { ...blank, name, number: 0, node: roster.nameOf(node), state, isWanted: isEnabled } as const
    }),
    ...rest.map((record) =>
      instanceView(`${service.name}.${roster.nameOf(record.node)}`, record, false, sources),
    ),
  ]
}

const blank = { why: '', since: null, startedAt: null, pid: null, starts: 0, output: '', events: [] } as const

function notHeld(
  service: CatalogService,
  number: number,
  isWanted: boolean,
  { roster, clock }: ServiceSources,
): InstanceView {
  const nodes = roster.eligible(service.definition.nodes)
  const canStart = nodes.some((node) => roster.isLive(node, clock.nowMs))
  const state = isWanted && canStart ? 'starting' : 'down'
  const why = !isWanted ? '' : canStart ? 'a node is about to take it' : 'no node that may run it is there'
  return { ...blank, name: `${service.name}.${number}`, number, node: null, state, why, isWanted }
}

function instanceView(
  name: string,
  record: InstanceRecord,
  isWanted: boolean,
  { roster, clock }: ServiceSources,
): InstanceView {
  const isAway = !roster.isLive(record.node, clock.nowMs)
  const node = roster.nameOf(record.node)
  const { number, pid, starts, output, events } = record
  return {
    name,
    number,
    node,
    state: isAway ? 'down' : record.state,
    why: isAway ? `node "${node}" is away; it was ${record.state} when last heard of` : record.why,
    isWanted,
    since: instant(record.sinceMs),
    startedAt: record.startedAtMs === null ? null : instant(record.startedAtMs),
    pid: isAway ? null : pid,
    starts,
    output,
    events: events.toReversed().map(({ atMs, ...event }) => ({ at: instant(atMs), ...event })),
  }
}

const instant = (atMs: number): string => formatInstant(Math.round(atMs))
