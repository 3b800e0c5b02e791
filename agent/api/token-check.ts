// Who may change something: whoever shows the token of the data directory. Compared in constant time, and looked at
// before the body of a request is read.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './problem-answer.ts'
import type { Need } from './route.ts'

/** Answers 401 to whoever needs the token and does not know it. */
export function tokenCheck(token: string) {
  const wanted = digest(token)
  return async (need: Need, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (need === 'nobody') return
    const shown = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (shown !== undefined && timingSafeEqual(digest(shown), wanted)) return
    await sendProblem(reply.header('www-authenticate', 'Bearer realm="hocket"'), {
      status: 401,
      title: 'Token needed',
      detail: `Cannot do that for everybody: the token is ${shown === undefined ? 'missing' : 'wrong'}, expected the header "Authorization: Bearer TOKEN"`,
      remedy:
        'The token is the file "token" in the data directory of this agent, for its user alone; the command line finds it by itself.',
    })
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The name that the caller goes by, for the history; who shows the token is believed. */
export function userOf(request: FastifyRequest): string {
  const said = request.headers['hocket-user']
  if (typeof said !== 'string') return 'API'
  try {
    const name = decodeURIComponent(said)
      .replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '')
      .trim()
    return name === '' ? 'API' : name.slice(0, userCharactersMax)
  } catch {
    return 'API'
  }
}

/** The longest name of a user on common systems is 256 characters. */
const userCharactersMax = 256
