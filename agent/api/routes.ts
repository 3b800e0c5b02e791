// The routes of the API: those that ask are here, each a question to the core; those that change something are in files
// of their own. A name of a job is escaped in the path as in any URL. What is asked is checked by a schema; what is
// answered is lib/view's, unchanged.

import type { FastifyInstance } from 'fastify'
import { addConfigRoutes } from './config-routes.ts'
import type { Core } from './core.ts'
import { addCronqChanges, addCronqQuestions } from './cronq-routes.ts'
import { addNodeRoutes } from './node-routes.ts'
import { sendAnswer } from './send-answer.ts'
import { tokenCheck } from './token-check.ts'

type RunsQuery = {
  readonly job?: string
  readonly state?: string
  readonly node?: string
  readonly limit: number
}

/** More is a reader's program; it gets pages when there are pages. */
const runsDefault = 50
const runsMax = 1000

const noQuery = { type: 'object', additionalProperties: false } as const
const runsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    job: { type: 'string', minLength: 1 },
    state: {
      type: 'string',
      enum: ['running', 'succeeded', 'failed', 'unknown', 'lost', 'missed', 'skipped'],
    },
    node: { type: 'string', minLength: 1 },
    limit: { type: 'integer', minimum: 1, maximum: runsMax, default: runsDefault },
  },
} as const

/** Status is for everybody on this host; what changes something, and the texts of definitions, want the token. */
export async function addRoutes(server: FastifyInstance, core: Core, token: string): Promise<void> {
  addQuestions(server, core)
  addCronqQuestions(server, core)
  await server.register(async (closed) => {
    closed.addHook('onRequest', tokenCheck(token))
    addConfigRoutes(closed, core)
    addNodeRoutes(closed, core)
    addCronqChanges(closed, core)
  })
}

function addQuestions(server: FastifyInstance, core: Core): void {
  const simple = { schema: { querystring: noQuery } }
  server.get('/healthz', simple, async (_, reply) => {
    const answer = await core.ask({ kind: 'status' })
    await reply.send(answer.kind === 'status' ? { ok: true, state: answer.status.state } : { ok: false })
  })
  server.get('/api/v1/status', simple, async (_, reply) =>
    sendAnswer(reply, await core.ask({ kind: 'status' })),
  )
  server.get('/api/v1/jobs', simple, async (_, reply) => sendAnswer(reply, await core.ask({ kind: 'jobs' })))
  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job', simple, async (request, reply) =>
    sendAnswer(reply, await core.ask({ kind: 'job', name: request.params.job })),
  )
  server.get<{ Querystring: RunsQuery }>(
    '/api/v1/runs',
    { schema: { querystring: runsQuery } },
    async ({ query }, reply) =>
      sendAnswer(
        reply,
        await core.ask({
          kind: 'runs',
          job: query.job ?? null,
          state: query.state ?? null,
          node: query.node ?? null,
          limit: query.limit,
        }),
      ),
  )
  server.get('/api/v1/nodes', simple, async (_, reply) =>
    sendAnswer(reply, await core.ask({ kind: 'nodes' })),
  )
  server.get('/api/v1/witnesses', simple, async (_, reply) =>
    sendAnswer(reply, await core.ask({ kind: 'witnesses' })),
  )
  server.get('/api/v1/config', simple, async (_, reply) =>
    sendAnswer(reply, await core.ask({ kind: 'config-status' })),
  )
}
