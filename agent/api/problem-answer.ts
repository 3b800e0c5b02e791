// Errors of the API, as RFC 9457 has them (`application/problem+json`): what is wrong, where, and what to do about
// it. Nothing of the agent's inside, no stack and no path, is in them.

import type { FastifyReply } from 'fastify'

export type ProblemAnswer = {
  readonly status: number
  /** What kind of error it is, the same for all of its kind. */
  readonly title: string
  /** What is wrong with this request: `Cannot …: …, expected …`. */
  readonly detail: string
  readonly remedy: string
}

export async function sendProblem(reply: FastifyReply, problem: ProblemAnswer): Promise<void> {
  await reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: 'about:blank', ...problem, instance: reply.request.url }))
}
