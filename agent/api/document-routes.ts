// The routes that say what routes there are: the OpenAPI document for programs, and a page made of it for people. Both
// are made once, from the list of routes, when the agent starts.

import { openApiDocument } from './openapi.ts'
import { openApiPage } from './openapi-page.ts'
import { plainRoute, route, type Route } from './route.ts'
import type { JsonSchema, Shape } from './shape.ts'

/** The document is of these routes and of the two that are added. */
export function documentRoutes(others: readonly Route[], version: string): readonly Route[] {
  const anything: Shape<JsonSchema> = { schema: { type: 'object' }, parts: {} }
  const own: readonly Route[] = [
    route({
      method: 'GET',
      path: '/api/v1/openapi.json',
      group: 'agent',
      summary: 'This document: OpenAPI 3.1',
      needs: 'nobody',
      answer: anything,
      handle: async () => document,
    }),
    plainRoute({
      method: 'GET',
      path: '/api/v1/docs',
      group: 'agent',
      summary: 'This document as a page',
      needs: 'nobody',
      answer: { type: 'text/html; charset=utf-8', description: 'A page without scripts' },
      handle: async () => page,
    }),
  ]
  const document = openApiDocument([...others, ...own], version)
  const page = openApiPage([...others, ...own], version)
  return own
}
