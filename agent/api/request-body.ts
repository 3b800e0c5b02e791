// The bodies that requests may have: JSON, YAML or a crontab, as text. A browser's form and other types are refused
// before they are read: no page of another origin can send one of these without asking first.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiRefusal } from './problem-answer.ts'

type Ending = 'json' | 'yaml' | 'crontab'

export type RequestBody = { readonly ending: Ending; readonly text: string }

const types: readonly (readonly [type: string, ending: Ending])[] = [
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  ['application/x-yaml', 'yaml'],
  ['text/yaml', 'yaml'],
  ['text/x-yaml', 'yaml'],
  ['text/x-crontab', 'crontab'],
  ['text/crontab', 'crontab'],
]

export const unknownBody = {
  status: 415,
  title: 'Unknown kind of body',
  remedy: `Send the header "Content-Type: application/yaml", or one of ${types
    .map(([type]) => type)
    .filter((type) => type !== 'application/yaml')
    .join(', ')}.`,
} as const

/** From now on a request's body is a RequestBody, or undefined. */
export function addBodyReaders(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  for (const [type, ending] of types)
    server.addContentTypeParser(type, { parseAs: 'buffer' }, async (_: FastifyRequest, bytes: Buffer) => {
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
        return { ending, text } satisfies RequestBody
      } catch {
        throw new ApiRefusal({
          status: 400,
          title: 'Bad body',
          detail: 'Cannot read the body of the request: it is not UTF-8, expected text',
          remedy: 'Save the file as UTF-8 and send it again.',
        })
      }
    })
}

/** The body of a request that must have one. */
export function bodyOf(request: FastifyRequest): RequestBody {
  const body = request.body as RequestBody | undefined
  if (body !== undefined) return body
  throw new ApiRefusal({
    status: 400,
    title: 'No body',
    detail: 'Cannot apply nothing: the request has no body, expected the text of a config file',
    remedy: 'curl -T shop.yaml -H "Content-Type: application/yaml" …',
  })
}

/** The members of a JSON object; none without a body. Only the keys named may be there, each with text. */
export function fieldsOf(request: FastifyRequest, keys: readonly string[]): Readonly<Record<string, string>> {
  const body = request.body as RequestBody | undefined
  if (body === undefined || body.text.trim() === '') return {}
  const refuse = (why: string): never => {
    throw new ApiRefusal({
      status: 400,
      title: 'Bad body',
      detail: `Cannot use the body of the request: ${why}, expected a JSON object with ${keys.length === 0 ? 'nothing in it' : `the text ${keys.map((key) => `"${key}"`).join(' or ')}, or nothing`}`,
      remedy: 'Correct the body, or send none.',
    })
  }
  if (body.ending !== 'json')
    throw new ApiRefusal({
      ...unknownBody,
      detail: 'Cannot use the body of the request: it is no JSON, expected a JSON object or no body',
      remedy: 'Send "Content-Type: application/json".',
    })
  const value = parseJson(body.text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('it is no object')
  const entries = Object.entries(value) as [string, unknown][]
  const strange = entries.find(([key]) => !keys.includes(key))
  if (strange !== undefined) return refuse(`it has "${strange[0].slice(0, 100)}"`)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return refuse('a member of it is no text')
  return Object.fromEntries(entries)
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
