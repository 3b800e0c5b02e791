// The name that somebody who is believed says of himself: the command line says who typed it, in the header
// hocket-user.

import type { FastifyRequest } from 'fastify'

/** For the history; whoever shows the data directory's token is believed. */
export function saidUserOf(request: FastifyRequest): string {
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
