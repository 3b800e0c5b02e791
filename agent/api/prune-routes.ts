// The route that takes away what commands wrote long ago, on all hosts or on one, before the retention of their jobs
// does; tried first, it says what that would free.

import type { NodeId } from '../../lib/base/ids.ts'
import type { Auditing } from './auditing.ts'
import type { Core } from './core.ts'
import { ApiRefusal } from './problem-answer.ts'
import { route, type Route } from './route.ts'
import { flag, instant, integer, list, object, optional, text } from './shape.ts'
import { told } from './told.ts'

export type AskPrune = (
  node: NodeId,
  question: { readonly kind: 'prune-outputs'; readonly beforeMs: number; readonly isDryRun: boolean },
) => Promise<{ readonly kind: string; readonly runs?: number; readonly bytes?: number } | null>

export type Pruned = { readonly node: string; readonly runs: number; readonly bytes: number }
export type PruneReport = { readonly nodes: readonly Pruned[]; readonly away: readonly string[] }
type PruneAsked = { readonly before: string; readonly node?: string; readonly isDryRun?: boolean }

export function pruneRoutes(core: Core, askHost: AskPrune, auditing: Auditing): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/prune',
      group: 'nodes',
      summary: 'Take away what commands wrote that ended before an instant; their runs stay',
      needs: 'admin',
      body: object<PruneAsked>({
        before: instant,
        node: optional(text({ minLength: 1, maxLength: 255, description: 'Only there; everywhere' })),
        isDryRun: optional(flag),
      }),
      answer: object<PruneReport>({
        nodes: list(object<Pruned>({ node: text(), runs: integer(), bytes: integer() })),
        away: list(text()),
      }),
      handle: async ({ body: { before, node, isDryRun = false } }) => {
        const known = told(await core.ask({ kind: 'nodes' }), 'nodes').nodes
        const wanted = known.filter(({ name, nodeId }) => node === undefined || [name, nodeId].includes(node))
        if (wanted.length === 0) throw new ApiRefusal(noNode(node ?? ''))
        const question = { kind: 'prune-outputs', beforeMs: Date.parse(before), isDryRun } as const
        const answers = await Promise.all(
          wanted.map(async ({ name, nodeId }) => ({
            name,
            answer: await askHost(nodeId as NodeId, question),
          })),
        )
        const nodes = answers.flatMap(({ name, answer }) =>
          answer?.runs === undefined ? [] : [{ node: name, runs: answer.runs, bytes: answer.bytes ?? 0 }],
        )
        const away = answers.filter(({ answer }) => answer?.runs === undefined).map(({ name }) => name)
        const runs = nodes.reduce((sum, one) => sum + one.runs, 0)
        auditing.noteChange({
          text: `the output of ${runs} runs was taken away`,
          before: null,
          after: { before, nodes },
          isTried: isDryRun,
        })
        return { nodes, away }
      },
    }),
  ]
}

function noNode(node: string) {
  return {
    status: 404,
    title: 'Not found',
    detail: `Cannot find node "${node}": there is none, expected one of this cluster`,
    remedy: 'hocket nodes lists them.',
  }
}
