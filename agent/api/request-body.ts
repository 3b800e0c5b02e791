// The bodies that requests may have: JSON, and where a config file is taken also YAML or a crontab, as text. A browser's
// form and other types are refused before they are read: no page of another origin can send one of these without
// asking first.

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

/** The types of config files. */
export const fileTypes = types.map(([type]) => type)

export const unknownBody = {
  status: 415,
  title: 'Unknown kind of body',
  remedy: `Send the header "Content-Type: application/yaml", or one of ${types
    .map(([type]) => type)
    .filter((type) => type !== 'application/yaml')
    .join(', ')}.`,
} as const

/** From now on a request's body is a RequestBody where the route takes a file, and else what the JSON says. */
export function addBodyReaders(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  for (const [type, ending] of types)
    server.addContentTypeParser(
      type,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, bytes: Buffer) => {
        const text = decode(bytes)
        if (request.routeOptions.config.takesFile === true) return { ending, text } satisfies RequestBody
        if (ending === 'json') return text.trim() === '' ? {} : parse(text)
        throw new ApiRefusal({
          ...unknownBody,
          detail: 'Cannot use the body of the request: it is no JSON, expected a JSON object or no body',
          remedy: 'Send "Content-Type: application/json".',
        })
      },
    )
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ApiRefusal({
      status: 400,
      title: 'Bad body',
      detail: 'Cannot read the body of the request: it is not UTF-8, expected text',
      remedy: 'Save the file as UTF-8 and send it again.',
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : ''
    throw new ApiRefusal({
      status: 400,
      title: 'Bad body',
      detail: `Cannot use the body of the request: it is not JSON (${why}), expected a JSON object`,
      remedy: 'Correct the body, or send none.',
    })
  }
}

/** The file of a request that must have one. */
export function fileOf(body: RequestBody | undefined): RequestBody {
  if (body !== undefined) return body
  throw new ApiRefusal({
    status: 400,
    title: 'No body',
    detail: 'Cannot apply nothing: the request has no body, expected the text of a config file',
    remedy: 'curl -T shop.yaml -H "Content-Type: application/yaml" …',
  })
}
