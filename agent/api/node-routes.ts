// The routes of nodes and witnesses: who is there, who votes, and what changes that: draining, activating and removing
// nodes, leaving, replacing a witness. Each change is a command to the core; what it led to is the answer.

import type { NodeView } from '../../lib/view/question.ts'
import type { Core } from './core.ts'
import { doneShape } from './done-shape.ts'
import { pageOf, pageQuery } from './page.ts'
import { route, type Route } from './route.ts'
import { list, nullable, object, oneOf, optional, text, type Shape } from './shape.ts'
import { told } from './told.ts'
import { nodeShape, witnessesShape } from './view-shapes.ts'

const commands = [
  ['/api/v1/nodes/:node/drain', 'drain-node', 'Start nothing new on a node'],
  ['/api/v1/nodes/:node/activate', 'activate-node', 'Let a drained node take part again'],
  ['/api/v1/nodes/:node/remove', 'remove-node', 'Remove a node that will not come back'],
  ['/api/v1/witnesses/:node/replace', 'replace-witness', 'Let another node vote in the place of this one'],
] as const

export function nodeRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/nodes',
      group: 'nodes',
      summary: 'Who is there',
      needs: 'nobody',
      query: {
        ...pageQuery({ usual: 500, most: 1000 }),
        state: optional(oneOf(['live', 'absent', 'active', 'drained', 'leaving', 'removing'])),
        label: optional(text({ minLength: 1, maxLength: 1024, description: 'NAME=VALUE, or NAME' })),
      },
      answer: object<{ readonly nodes: readonly NodeView[]; readonly nextCursor: string | null }>({
        nodes: list(nodeShape),
        nextCursor: nullable(text()),
      }),
      handle: async ({ query }) => {
        const { nodes } = told(await core.ask({ kind: 'nodes' }), 'nodes')
        const wanted = nodes.filter((node) => fits(node, query))
        const { page, nextCursor } = pageOf(wanted, query, ({ name, nodeId }) => `${name} ${nodeId}`)
        return { nodes: page, nextCursor }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/witnesses',
      group: 'nodes',
      summary: 'Who votes',
      needs: 'nobody',
      answer: witnessesShape,
      handle: async () => told(await core.ask({ kind: 'witnesses' }), 'witnesses').witnesses,
    }),
    ...commands.map(([path, kind, summary]) =>
      route({
        method: 'POST',
        path,
        group: 'nodes',
        summary,
        needs: 'admin',
        answer: doneShape,
        handle: async ({ params: { node }, user }) => done(core, { kind, node }, user),
      }),
    ),
    ...(['pause', 'resume'] as const).map((word) =>
      route({
        method: 'POST',
        path: `/api/v1/${word}` as const,
        group: 'nodes',
        summary:
          word === 'pause'
            ? 'Let no slot of any job start, anywhere; what runs goes on'
            : 'Let slots start again; each job catches up what its policy says',
        needs: 'operator',
        answer: doneShape,
        handle: async ({ user }) => done(core, { kind: `${word}-cluster` }, user),
      }),
    ),
    route({
      method: 'POST',
      path: '/api/v1/leave',
      group: 'nodes',
      summary: 'Let this agent leave the cluster for good',
      needs: 'admin',
      answer: doneShape,
      handle: async ({ user }) => done(core, { kind: 'leave' }, user),
    }),
    route({
      method: 'POST',
      path: '/api/v1/witnesses/recover',
      group: 'nodes',
      summary: 'Vote anew when a majority of the witnesses is lost for good',
      needs: 'admin',
      body: confirmShape,
      answer: doneShape,
      handle: async ({ body: { confirm }, user }) =>
        done(core, { kind: 'recover-witnesses', isConfirmed: confirm === 'yes' }, user),
    }),
  ]
}

const confirmShape: Shape<{ readonly confirm?: string }> = object<{ readonly confirm?: string }>({
  confirm: optional(text({ maxLength: 10, description: '"yes": the person knows what it costs' })),
})

function fits(
  { state, duty, labels }: NodeView,
  wanted: { readonly state: string | undefined; readonly label: string | undefined },
): boolean {
  const isInState = [undefined, state, duty].includes(wanted.state as NodeView['state'] | undefined)
  if (!isInState || wanted.label === undefined) return isInState
  const [name = '', value] = wanted.label.split(/=(.*)/s, 2)
  return value === undefined ? labels[name] !== undefined : labels[name] === value
}

async function done(core: Core, command: Parameters<Core['command']>[0], user: string) {
  return { done: told(await core.command(command, user), 'done').what }
}
