// Errors of requests as problems: what the caller did wrong, in its words; a fault of ours only as that, with the reason
// in the agent's own log.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { ForeignRefusal } from './foreign-refusal.ts'
import { ApiRefusal, sendProblem, type ProblemAnswer } from './problem-answer.ts'
import { CoreSilent } from './questions.ts'
import { unknownBody } from './request-body.ts'

export async function sendError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): Promise<void> {
  if (error.validation !== undefined) return sendProblem(reply, misfit(error, request.url))
  if (error instanceof ForeignRefusal) return void (await reply.code(error.status).send(error.body))
  if (error instanceof ApiRefusal) return sendProblem(reply, error.problem)
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const type = request.headers['content-type'] ?? ''
    const detail = `Cannot read the body of the request: its type is "${type.slice(0, 100)}", expected JSON, YAML or a crontab`
    return sendProblem(reply, { ...unknownBody, detail })
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return sendProblem(reply, {
      status: 413,
      title: 'Body too large',
      detail: `Cannot read the body of the request: it is longer than ${request.routeOptions.bodyLimit} bytes, expected less`,
      remedy: request.url.includes('/config') ? 'Divide the file into several categories.' : 'Send less.',
    })
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    await sendProblem(reply, {
      status: error.statusCode,
      title: 'Bad request',
      detail: error.message,
      remedy: 'Correct the request and send it again.',
    })
    return
  }
  const isSilent = error instanceof CoreSilent
  if (!isSilent) log.error({ err: error, url: request.url }, 'the API failed')
  await sendProblem(reply, {
    status: isSilent ? 503 : 500,
    title: isSilent ? 'No answer' : 'Internal error',
    detail: isSilent ? error.message : 'Cannot answer: this agent failed at it, expected an answer',
    remedy: isSilent ? 'Ask again in a few seconds, or ask another agent.' : 'The log of the agent says why.',
  })
}

const parts: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

/** What does not fit the schemas of the route, all of it. */
function misfit({ validation = [], validationContext = 'body' }: FastifyError, url: string): ProblemAnswer {
  const part = parts[validationContext] ?? validationContext
  const faults = validation.map(({ instancePath, message = '', params }) => {
    const { additionalProperty, allowedValues } = params as Readonly<Record<string, unknown>>
    const name = typeof additionalProperty === 'string' ? ` ("${additionalProperty.slice(0, 100)}")` : ''
    const words = Array.isArray(allowedValues) ? ` (${allowedValues.join(', ').slice(0, 300)})` : ''
    return `${instancePath.slice(1) || part} ${message}${name}${words}`
  })
  return {
    status: 400,
    title: `Bad ${part}`,
    detail: `Cannot use the ${part} of the request to "${url.slice(0, 200)}": ${faults.join('; ').slice(0, 1000)}`,
    remedy: `Correct what the detail names, or leave it out; GET /api/v1/docs says what each request takes.`,
  }
}
