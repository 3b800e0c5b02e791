// The routes that change who takes part and who votes: draining, activating and removing nodes, leaving, replacing a
// witness. Each is a command to the core; what it led to is the answer.

import type { FastifyInstance } from 'fastify'
import type { Core } from './core.ts'
import { fieldsOf } from './request-body.ts'
import { sendAnswer } from './send-answer.ts'
import { userOf } from './token-check.ts'

type OfNode = { readonly node: string }

const noQuery = { schema: { querystring: { type: 'object', additionalProperties: false } } } as const

const commands = [
  ['/api/v1/nodes/:node/drain', 'drain-node'],
  ['/api/v1/nodes/:node/activate', 'activate-node'],
  ['/api/v1/nodes/:node/remove', 'remove-node'],
  ['/api/v1/witnesses/:node/replace', 'replace-witness'],
] as const

/** All of them want the token. */
export function addNodeRoutes(server: FastifyInstance, core: Core): void {
  for (const [path, kind] of commands)
    server.post<{ Params: OfNode }>(path, noQuery, async (request, reply) => {
      fieldsOf(request, [])
      const { node } = request.params
      return sendAnswer(reply, await core.command({ kind, node }, userOf(request)))
    })
  server.post('/api/v1/leave', noQuery, async (request, reply) => {
    fieldsOf(request, [])
    return sendAnswer(reply, await core.command({ kind: 'leave' }, userOf(request)))
  })
  server.post('/api/v1/witnesses/recover', noQuery, async (request, reply) => {
    const { confirm } = fieldsOf(request, ['confirm'])
    const isConfirmed = confirm === 'yes'
    return sendAnswer(reply, await core.command({ kind: 'recover-witnesses', isConfirmed }, userOf(request)))
  })
}
