// The routes of the API, each a question to the core. A name of a job is escaped in the path as in any URL. What is
// asked is checked here by a schema; what is answered is lib/view's, unchanged.

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Answer, Question } from '../../lib/view/question.ts'
import { sendProblem } from './problem-answer.ts'

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

export function addRoutes(server: FastifyInstance, ask: (question: Question) => Promise<Answer>): void {
  const simple = { schema: { querystring: noQuery } }
  server.get('/healthz', simple, async (_, reply) => {
    const answer = await ask({ kind: 'status' })
    await reply.send(answer.kind === 'status' ? { ok: true, state: answer.status.state } : { ok: false })
  })
  server.get('/api/v1/status', simple, async (_, reply) => sendAnswer(reply, await ask({ kind: 'status' })))
  server.get('/api/v1/jobs', simple, async (_, reply) => sendAnswer(reply, await ask({ kind: 'jobs' })))
  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job', simple, async (request, reply) =>
    sendAnswer(reply, await ask({ kind: 'job', name: request.params.job })),
  )
  server.get<{ Querystring: RunsQuery }>(
    '/api/v1/runs',
    { schema: { querystring: runsQuery } },
    async ({ query }, reply) =>
      sendAnswer(
        reply,
        await ask({
          kind: 'runs',
          job: query.job ?? null,
          state: query.state ?? null,
          node: query.node ?? null,
          limit: query.limit,
        }),
      ),
  )
  server.get('/api/v1/nodes', simple, async (_, reply) => sendAnswer(reply, await ask({ kind: 'nodes' })))
  server.get('/api/v1/config', simple, async (_, reply) =>
    sendAnswer(reply, await ask({ kind: 'config-status' })),
  )
}

async function sendAnswer(reply: FastifyReply, answer: Answer): Promise<void> {
  switch (answer.kind) {
    case 'status':
      await reply.send(answer.status)
      break
    case 'jobs':
      await reply.send({ jobs: answer.jobs })
      break
    case 'job':
      await reply.send({ job: answer.job, runs: answer.runs })
      break
    case 'runs':
      await reply.send({ runs: answer.runs })
      break
    case 'nodes':
      await reply.send({ nodes: answer.nodes })
      break
    case 'config-status':
      await reply.send({ categories: answer.categories })
      break
    case 'done':
    case 'refused':
      throw new Error(`the core answered a question with "${answer.kind}", expected what was asked for`)
    case 'not-found':
      await sendProblem(reply, {
        status: 404,
        title: 'Not found',
        detail: `Cannot find ${answer.what}: there is none, expected one that this cluster knows`,
        remedy:
          answer.nearest === null ? 'See the list for what there is.' : `Did you mean "${answer.nearest}"?`,
      })
      break
  }
}
