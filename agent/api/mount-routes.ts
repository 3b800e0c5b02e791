// Makes a server answer a list of routes: each with its schemas, its check of who asks, and its changes done once
// however often they are sent. A route's own code sees only what fits its shapes.

import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { masterCategory } from '../../lib/catalog/parse-cache.ts'
import type { Access, Shown } from './access.ts'
import type { Auditing } from './auditing.ts'
import type { Caller } from './caller.ts'
import { idempotencyHeader, idempotencyKeySchema } from './openapi.ts'
import { ApiRefusal } from './problem-answer.ts'
import { Repeats } from './repeats.ts'
import { paramNames, paramSchema, type Route } from './route.ts'
import { saidUserOf } from './said-user.ts'
import { validatorCompiler } from './validator.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly takesFile?: boolean
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

export type MountOptions = {
  readonly access: Access
  readonly auditing: Auditing
}

/** What a route's code led to: it can be answered more than once. */
type Outcome = { readonly value: unknown; readonly revision: string | null }

export function mountRoutes(server: FastifyInstance, routes: readonly Route[], options: MountOptions): void {
  const repeats = new Repeats<Outcome>()
  // What is answered is what the route's code gives: its shape holds by the compiler, and tests compare.
  server.decorateRequest('caller', null)
  server.setSerializerCompiler(() => (value) => JSON.stringify(value))
  server.setValidatorCompiler(validatorCompiler())
  for (const route of routes) mount(server, route, { ...options, repeats })
}

function mount(
  server: FastifyInstance,
  route: Route,
  { access, auditing, repeats }: MountOptions & { readonly repeats: Repeats<Outcome> },
): void {
  const { method, path, needs, takes, bodyBytesMax } = route
  const takesFile = takes?.kind === 'file'
  server.route({
    method,
    url: path,
    schema: schemaOf(route),
    config: { takesFile },
    ...(bodyBytesMax !== undefined && { bodyLimit: bodyBytesMax }),
    exposeHeadRoute: method === 'GET' && route.answers.kind === 'json',
    // Before the body is read.
    onRequest: async (request) => {
      try {
        request.caller = await access.callerOf(needs, shownBy(request))
      } catch (error) {
        if (error instanceof ApiRefusal) request.caller = error.caller
        throw error
      }
    },
    preValidation: async (request) => {
      if (takes?.kind === 'json' && request.body === undefined) request.body = {}
    },
    handler: async (request, reply) => {
      let hasActed = false
      const act = async () => {
        hasActed = true
        return auditing.during(request, async () => outcomeOf(route, request))
      }
      const key = request.headers[idempotencyHeader]
      const outcome =
        method === 'GET' || typeof key !== 'string'
          ? await act()
          : await repeats.once({ caller: callerText(request), key, fingerprint: fingerprintOf(request) }, act)
      if (!hasActed) await auditing.during(request, async () => auditing.noteChange(sentAgain))
      return send(route, outcome, request, reply)
    },
  })
}

const sentAgain = {
  text: 'it was sent again with its idempotency key: answered as before, and nothing was done',
  before: null,
  after: null,
  isTried: false,
}

function schemaOf({ method, path, query, takes, answers }: Route): object {
  const object = (properties: object) => ({ type: 'object', additionalProperties: false, properties })
  const schemas = Object.fromEntries(Object.entries(query).map(([name, { schema }]) => [name, schema]))
  const params = paramNames(path)
  return {
    querystring: object(schemas),
    ...(params.length > 0 && {
      params: object(Object.fromEntries(params.map((name) => [name, paramSchema]))),
    }),
    ...(takes?.kind === 'json' && { body: takes.shape.schema }),
    ...(answers.kind === 'json' && { response: { 200: answers.shape.schema } }),
    ...(method !== 'GET' && {
      headers: { type: 'object', properties: { [idempotencyHeader]: idempotencyKeySchema } },
    }),
  }
}

/** Parameters of paths that name a category or what belongs to one. */
const ofCategories: readonly string[] = ['category', 'job', 'run', 'service', 'instance', 'name', 'id']

/** What is MASTER's may be named without it, and is no other category's for that. */
const partsOfName: Readonly<Record<string, number>> = { job: 2, service: 2, instance: 3 }

function wholeName([name, value]: [string, string]): string {
  return value.split('.').length < (partsOfName[name] ?? 1) ? `${masterCategory}.${value}` : value
}

function shownBy(request: FastifyRequest): Shown {
  const { method, routeOptions, headers, ip } = request
  const params = Object.entries(request.params as Readonly<Record<string, string>>)
  return {
    authorization: headers.authorization,
    saidUser: saidUserOf(request),
    address: ip,
    what: `${method} ${routeOptions.url ?? ''}`,
    names: params.filter(([name]) => ofCategories.includes(name)).map(wholeName),
  }
}

function callerText({ caller }: FastifyRequest): string {
  return JSON.stringify([caller?.tokenId ?? null, caller?.user ?? null])
}

async function outcomeOf(route: Route, request: FastifyRequest): Promise<Outcome> {
  let revision: string | null = null
  const key = request.headers[idempotencyHeader]
  const value = await route.handle({
    params: request.params as Readonly<Record<string, string>>,
    query: request.query as Readonly<Record<string, unknown>>,
    body: request.body,
    caller: request.caller,
    address: request.ip,
    user: request.caller?.user ?? 'nobody',
    idempotencyKey: typeof key === 'string' ? key : null,
    header: (name) => {
      const said = request.headers[name]
      return typeof said === 'string' ? said : undefined
    },
    setTag: (tag) => (revision = tag),
  })
  return { value, revision }
}

async function send(
  { answers, method }: Route,
  { value, revision }: Outcome,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const tag = revision === null || revision === '' ? null : `"${revision}"`
  if (tag !== null) {
    void reply.header('etag', tag)
    if (method === 'GET' && isKnown(tag, request.headers['if-none-match'])) return reply.code(304).send()
  }
  void reply.type(answers.kind === 'json' ? 'application/json; charset=utf-8' : answers.type)
  return reply.send(value)
}

/** Whether the caller has it already (RFC 9110, 13.1.2). */
function isKnown(tag: string, condition: string | undefined): boolean {
  const tags = (condition ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}

function fingerprintOf({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest('base64')
}
