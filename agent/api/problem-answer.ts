// Errors of the API, as RFC 9457 has them (`application/problem+json`): what is wrong, where, and what to do about
// it. Nothing of the agent's inside, no stack and no path, is in them.

import type { FastifyReply } from 'fastify'
import type { Problem } from '../../lib/base/problem.ts'
import type { Caller } from './caller.ts'

export type ProblemAnswer = {
  readonly status: number
  /** What kind of error it is, the same for all of its kind. */
  readonly title: string
  /** What is wrong with this request: `Cannot …: …, expected …`. */
  readonly detail: string
  readonly remedy: string
  readonly headers?: Readonly<Record<string, string>>
  /** What is wrong with the text that was sent, each with its place in it. */
  readonly problems?: readonly Problem[]
}

/** A request that cannot be answered, where it is found out. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly problem: ProblemAnswer
  /** Who was refused, where that is known. */
  readonly caller: Caller | null

  constructor(problem: ProblemAnswer, caller: Caller | null = null) {
    super(problem.detail)
    this.problem = problem
    this.caller = caller
  }
}

export async function sendProblem(reply: FastifyReply, answer: ProblemAnswer): Promise<void> {
  const { headers = {}, ...problem } = answer
  await reply
    .code(problem.status)
    .headers(headers)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: 'about:blank', ...problem, instance: reply.request.url }))
}
