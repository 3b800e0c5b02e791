// A file's own nodes, pools, calendars and variables, checked: names are unique, pools hold
// nodes.

import type { Category } from '../base/ids.ts'
import { parseExclusion, type Exclusion } from '../schedule/exclusion.ts'
import { findZone } from '../schedule/zone.ts'
import type { RawFile, RawNode, RawPool } from './file-keys.ts'
import type { NodeChoice } from './job-definition.ts'
import type { Path } from './located.ts'
import type { PlaceReport } from './place-report.ts'
import type { MasterScope, PoolDefinition, Scope } from './scope.ts'

export type ScopeSource = {
  readonly category: Category
  readonly file: RawFile
  readonly report: PlaceReport
  readonly master: MasterScope | null
  /** The agent where the file was dropped: what localhost means. */
  readonly localNode: string
  readonly isTron: boolean
}

export function readScope(source: ScopeSource): Scope {
  const { file, report } = source
  const seen = new Map<string, Path>()
  const nodes = new Map<string, readonly string[]>()
  for (const [i, node] of (file.nodes ?? []).entries()) readNode(node, ['nodes', i], { source, nodes, seen })
  const pools = new Map<string, PoolDefinition>()
  for (const [i, pool] of (file.node_pools ?? []).entries())
    readPool(pool, ['node_pools', i], { source, nodes, pools, seen })
  if (file.time_zone !== undefined) checkZone(file.time_zone, ['time_zone'], report)
  return {
    nodes,
    pools,
    calendars: readCalendars(file, report),
    commandContext: file.command_context ?? {},
    timeZone: file.time_zone ?? null,
    isTron: source.isTron,
  }
}

export function checkZone(zone: string, path: Path, report: PlaceReport): boolean {
  if (findZone(zone) !== null) return true
  report.error({
    path,
    message: `Cannot use time zone "${zone}": it is not known here, expected a name such as Europe/Berlin or UTC`,
  })
  return false
}

type Reading = {
  readonly source: ScopeSource
  readonly nodes: Map<string, readonly string[]>
  readonly seen: Map<string, Path>
}

function readNode(node: RawNode, path: Path, { source, nodes, seen }: Reading): void {
  const name = node.name ?? node.hostname
  if (name === undefined) {
    source.report.error({
      path,
      message: 'Cannot read node: it has no name and no hostname, expected one of them',
    })
    return
  }
  if (!claimName('node', name, path, source.report, seen)) return
  nodes.set(name, agentsOf(name, node.hostname ?? name, source.localNode))
}

/** Both are kept: an agent is known by its own name and by its host's. */
function agentsOf(name: string, hostname: string, localNode: string): readonly string[] {
  if (hostname === 'localhost') return [localNode]
  return name === hostname ? [name] : [name, hostname]
}

function readPool(
  pool: RawPool,
  path: Path,
  reading: Reading & { readonly pools: Map<string, PoolDefinition> },
): void {
  const { source, pools, seen } = reading
  const { report } = source
  const name = pool.name ?? (pool.nodes ?? []).join('_')
  const refuse = (message: string) =>
    report.error({ path, message: `Cannot read pool "${name}": ${message}` })
  if (pool.labels !== undefined && pool.nodes !== undefined)
    refuse('it has both nodes and labels, expected one of them')
  else if (pool.labels === undefined && (pool.nodes ?? []).length === 0)
    refuse('it has no nodes, expected nodes or labels')
  else if (claimName('pool', name, path, report, seen))
    pools.set(name, {
      name,
      nodes: poolNodes(pool, [...path, 'nodes'], reading),
      bound:
        pool.max_running === undefined
          ? null
          : { pool: `${source.category}.${name}`, maxRunning: pool.max_running },
    })
}

function poolNodes(
  pool: RawPool,
  path: Path,
  reading: Reading & { readonly pools: Map<string, PoolDefinition> },
): NodeChoice {
  if (pool.labels !== undefined) return { kind: 'labels', labels: pool.labels }
  const { source, nodes, pools } = reading
  const members = pool.nodes ?? []
  const names: string[] = []
  for (const [i, member] of members.entries()) {
    const agents = nodes.get(member) ?? source.master?.nodes.get(member)
    if (agents === undefined && (pools.has(member) || source.master?.pools.has(member) === true))
      source.report.error({
        path: [...path, i],
        message: `Cannot use "${member}" in pool "${pool.name ?? ''}": it is a pool, expected the name of a node`,
      })
    names.push(...(agents ?? (member === 'localhost' ? [source.localNode] : [member])))
  }
  if (new Set(members).size < members.length)
    source.report.note({
      path,
      message: 'A node stands here more than once: that has no weight, each node of a pool is ranked alike',
    })
  return { kind: 'nodes', names: [...new Set(names)] }
}

function claimName(
  noun: string,
  name: string,
  path: Path,
  report: PlaceReport,
  seen: Map<string, Path>,
): boolean {
  const first = seen.get(name)
  seen.set(name, first ?? path)
  if (first === undefined) return true
  report.error({
    path,
    message: `Cannot use name "${name}" for a ${noun}: it stands on ${report.lineText(first)} too, expected names of nodes and pools to be unique`,
  })
  return false
}

function readCalendars(file: RawFile, report: PlaceReport): ReadonlyMap<string, readonly Exclusion[]> {
  const calendars = new Map<string, readonly Exclusion[]>()
  for (const [i, calendar] of (file.calendars ?? []).entries()) {
    if (calendars.has(calendar.name))
      report.error({
        path: ['calendars', i],
        message: `Cannot use calendar "${calendar.name}" twice: it stands above too, expected it once`,
      })
    const exclusions: Exclusion[] = []
    for (const [j, text] of calendar.dates.entries()) {
      const read = parseExclusion(text)
      if (read.ok) exclusions.push(read.exclusion)
      else report.error({ path: ['calendars', i, 'dates', j], message: read.problem })
    }
    calendars.set(calendar.name, exclusions)
  }
  return calendars
}
