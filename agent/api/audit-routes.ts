// The routes of the audit: what was changed and refused on every agent, and whether the logs that say so are whole. Nodes
// that do not answer are named, since what is missing may be what one looks for.

import type { NodeId } from '../../lib/base/ids.ts'
import type { AuditCheck, AuditFilter, AuditPage, AuditRecord, AuditVerdict } from '../../lib/view/audit.ts'
import type { AuditNotes } from './auditing.ts'
import type { Core } from './core.ts'
import { route, type Route } from './route.ts'
import { instant, integer, list, named, nullable, object, oneOf, optional, text } from './shape.ts'
import { told } from './told.ts'

export type Audit = AuditNotes & {
  read(
    nodes: readonly NodeId[],
    filter: AuditFilter,
  ): Promise<{ readonly records: readonly AuditRecord[]; readonly away: readonly NodeId[] }>
  verify(nodes: readonly NodeId[]): Promise<{
    readonly verdicts: readonly (Omit<AuditVerdict, 'node' | 'witnesses'> & {
      readonly node: NodeId
      readonly witnesses: readonly NodeId[]
    })[]
    readonly away: readonly NodeId[]
  }>
}

const outcome = oneOf(['ok', 'forbidden', 'unauthorized', 'error'])
const recordShape = named(
  'AuditRecord',
  object<AuditRecord>({
    seq: integer(),
    ts: text({ description: 'UTC' }),
    node_id: text(),
    action: text(),
    outcome,
    status: integer(),
    actor: text(),
    role: text(),
    tenant_id: nullable(text({ description: 'The category that it was about' })),
    reason: nullable(text({ description: 'JSON: from where, what, what came of it, before and after' })),
    prev_hash: text(),
    hash: text({ description: 'SHA-256 of the other members as JSON with sorted keys' }),
  }),
)
const verdictShape = named(
  'AuditVerdict',
  object<AuditVerdict>({
    node: text(),
    records: integer(),
    fault: nullable(text({ description: 'What is wrong; null when the log is whole' })),
    heads: integer({ description: 'Places of the log that other nodes remember' }),
    witnesses: list(text()),
  }),
)
const node = optional(text({ minLength: 1, maxLength: 255, description: 'Of one node; of all' }))
const away = list(text({ description: 'A node that does not answer' }))
const word = optional(text({ minLength: 1, maxLength: 300 }))

export function auditRoutes(core: Core, audit: Audit): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/audit',
      group: 'access',
      summary: 'The newest changes and refusals that fit, the oldest of them first',
      needs: 'admin',
      query: {
        node,
        actor: word,
        action: word,
        outcome: optional(outcome),
        category: word,
        from: optional(instant),
        to: optional(instant),
        limit: integer({ minimum: 1, maximum: 1000, default: 100 }),
      },
      answer: object<AuditPage>({ records: list(recordShape), away }),
      handle: async ({ query: { node: wanted, from, to, ...filter } }) => {
        const nodes = await nodesOf(core, wanted)
        const times = {
          ...(from !== undefined && { fromMs: Date.parse(from) }),
          ...(to !== undefined && { toMs: Date.parse(to) }),
        }
        const found = await audit.read([...nodes.keys()], { ...filter, ...times })
        return { records: found.records, away: found.away.map((id) => nodes.get(id) ?? id) }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/audit/verify',
      group: 'access',
      summary: 'Whether the audit logs are whole, and as other nodes remember them',
      needs: 'admin',
      query: { node },
      answer: object<AuditCheck>({ nodes: list(verdictShape), away }),
      handle: async ({ query }) => {
        const all = await nodesOf(core, undefined)
        const nodes = query.node === undefined ? all : await nodesOf(core, query.node)
        const nameOf = (id: NodeId) => all.get(id) ?? id
        const { verdicts, away: silent } = await audit.verify([...nodes.keys()])
        return {
          nodes: verdicts.map((one) => ({
            ...one,
            node: nameOf(one.node),
            witnesses: one.witnesses.map(nameOf),
          })),
          away: silent.map(nameOf),
        }
      },
    }),
  ]
}

/** Ids and names; throws ApiRefusal for a node that nobody knows. */
async function nodesOf(core: Core, wanted: string | undefined): Promise<ReadonlyMap<NodeId, string>> {
  const { nodes } = told(await core.ask({ kind: 'nodes' }), 'nodes')
  const found = nodes.filter(({ name, nodeId }) => wanted === undefined || [name, nodeId].includes(wanted))
  if (found.length === 0) told({ kind: 'not-found', what: `node "${wanted}"`, nearest: null }, 'nodes')
  return new Map(found.map(({ name, nodeId }) => [nodeId as NodeId, name]))
}
