// The OpenAPI 3.1 document of a list of routes: what each takes and answers, and who may use it. Schemas of 3.1 are
// JSON schemas, so those of the routes stand in it as they are.
// Source: https://spec.openapis.org/oas/v3.1.1.html

import { problemShape } from './problem-shape.ts'
import { fileTypes } from './request-body.ts'
import { paramNames, paramSchema, type Route } from './route.ts'
import type { AnyShape, JsonSchema } from './shape.ts'

const needTexts = {
  anybody: 'Anybody, from anywhere.',
  nobody: 'Anybody on this host; from elsewhere, whoever shows a token.',
  reader: 'Needs a token of a reader.',
  worker: 'Needs a token of a worker.',
  operator: 'Needs a token of an operator.',
  admin: 'Needs a token of an admin.',
} as const

/** The document as an object that JSON can hold. */
export function openApiDocument(routes: readonly Route[], version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const schemas: Record<string, JsonSchema> = { ...problemShape.parts }
  for (const route of routes) {
    const path = route.path.replaceAll(/:([a-z_]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
    for (const shape of shapesOf(route)) Object.assign(schemas, shape.parts)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hocket',
      version,
      description: 'The API of one agent. Every agent answers for the whole cluster.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function operationOf(route: Route): JsonSchema {
  const { method, path, group, summary, needs, takes } = route
  const isChange = method !== 'GET'
  return {
    operationId: operationName(route),
    tags: [group],
    summary,
    description: needTexts[needs],
    security: needs === 'nobody' || needs === 'anybody' ? [{}, { token: [] }] : [{ token: [] }],
    'x-needs': needs,
    parameters: [
      ...paramNames(path).map((name) => ({ name, in: 'path', required: true, schema: paramSchema })),
      ...Object.entries(route.query).map(([name, { schema }]) => ({
        name,
        in: 'query',
        required: false,
        schema,
      })),
      ...(isChange ? [keyParameter] : []),
    ],
    ...(takes !== null && { requestBody: bodyOf(takes) }),
    responses: {
      200: { description: 'What was asked for', content: contentOf(route.answers) },
      ...Object.fromEntries(
        Object.entries(route.foreignAnswers ?? {}).map(([status, { schema }]) => [
          status,
          { description: 'As the neighbour answers', content: { 'application/json': { schema } } },
        ]),
      ),
      default: {
        description: 'What is wrong, where, and what to do about it',
        content: { 'application/problem+json': { schema: problemShape.schema } },
      },
    },
  }
}

export const idempotencyHeader = 'idempotency-key'
export const idempotencyKeySchema = { type: 'string', minLength: 1, maxLength: 255 } as const

const keyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A name for this request: sent again with it, the request is not done twice',
  schema: idempotencyKeySchema,
}

function bodyOf(takes: NonNullable<Route['takes']>): JsonSchema {
  if (takes.kind === 'json')
    return { required: false, content: { 'application/json': { schema: takes.shape.schema } } }
  const content = fileTypes.map((type) => [type, { schema: { type: 'string' } }] as const)
  return { required: true, description: 'A config file', content: Object.fromEntries(content) }
}

function contentOf(answers: Route['answers']): JsonSchema {
  if (answers.kind === 'json') return { 'application/json': { schema: answers.shape.schema } }
  return {
    [answers.type.split(';', 1)[0] ?? '']: {
      schema: { type: 'string', description: answers.description },
      ...(answers.item !== undefined && { 'x-item': answers.item.schema }),
    },
  }
}

function shapesOf({ takes, answers, query, foreignAnswers = {} }: Route): readonly AnyShape[] {
  const taken = takes?.kind === 'json' ? [takes.shape] : []
  const answered = answers.kind === 'json' ? [answers.shape] : (answers.item ?? [])
  return [...taken, ...[answered].flat(), ...Object.values(query), ...Object.values(foreignAnswers)]
}

/** `GET /api/v1/jobs/:job` is `getJobsJob`: a name for the methods of generated clients. */
export function operationName({ method, path }: Pick<Route, 'path'> & { readonly method: string }): string {
  const words = path
    .replace(/^\/api\/v1/, '')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .split(' ')
  const camel = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  return method.toLowerCase() + camel
}
