// What a route is: who may use it, what it takes and answers, each with its shape, and what it does. Everything about a
// route stands in one place: the server, the OpenAPI document, the checks of tokens and the sweeping tests are made
// from the list of routes, so that none can be forgotten.

import type { Readable } from 'node:stream'
import type { Caller, Need } from './caller.ts'
import type { RequestBody } from './request-body.ts'
import { object, type AnyShape, type JsonSchema, type Shape, type ValueOf } from './shape.ts'

export type RouteGroup =
  'status' | 'jobs' | 'runs' | 'services' | 'nodes' | 'config' | 'access' | 'agent' | 'cronq'

export type Call<Params, Query, Body> = {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Who asks; null for whoever needs no token and showed none. */
  readonly caller: Caller | null
  /** From which address. */
  readonly address: string
  /** Who asks, for the history. */
  readonly user: string
  /** What the caller named the request by, to be able to send it again: once done, it is not done twice. */
  readonly idempotencyKey: string | null
  readonly header: (name: string) => string | undefined
  /** Names the revision of what is answered, as its ETag. */
  readonly setTag: (revision: string) => void
}

type PathNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never
type ParamsOf<Path extends string> = { readonly [Name in PathNames<Path>]: string }

/** A config file in any of the languages that the watched directory takes. */
type FileTaken = { readonly kind: 'file' }
type JsonTaken = { readonly kind: 'json'; readonly shape: AnyShape }

/** An answer that is no JSON: text, or text that goes on and on. */
type Plain = {
  readonly kind: 'plain'
  readonly type: string
  readonly description: string
  /** Of each of the things that it is made of. */
  readonly item?: AnyShape
}

type Fixed = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly group: RouteGroup
  readonly summary: string
  readonly needs: Need
  /** Of the body; without it, 16 KB. */
  readonly bodyBytesMax?: number
  /** What it answers besides 200 and a problem, in the shape of a neighbour's API. */
  readonly foreignAnswers?: Readonly<Record<number, AnyShape>>
}

export type Route = Fixed & {
  readonly path: string
  readonly query: Readonly<Record<string, AnyShape>>
  readonly takes: JsonTaken | FileTaken | null
  readonly answers: { readonly kind: 'json'; readonly shape: AnyShape } | Plain
  // A method, so that a handler may expect what its own shapes promise.
  handle(
    call: Call<Readonly<Record<string, string>>, Readonly<Record<string, unknown>>, unknown>,
  ): Promise<unknown>
}

type Shapes = Readonly<Record<string, AnyShape>>

type JsonSpec<Path extends string, Query, Body, Value> = Fixed & {
  readonly path: Path
  readonly query?: Query
  /** Without it a request that changes something takes an empty object or nothing. */
  readonly body?: Shape<Body>
  readonly answer: Shape<Value>
  readonly handle: (call: Call<ParamsOf<Path>, ValueOf<Query>, Body>) => Promise<Value>
}

/** A route that takes and answers JSON. */
export function route<const Path extends string, Value, Query = object, Body = object>(
  spec: JsonSpec<Path, Query, Body, Value>,
): Route {
  const { query = {}, body = object<object>({}), answer, handle, ...rest } = spec
  return {
    ...rest,
    query: query as Shapes,
    takes: rest.method === 'GET' ? null : { kind: 'json', shape: body },
    answers: { kind: 'json', shape: answer },
    handle,
  }
}

type FileSpec<Path extends string, Query, Value> = Omit<
  JsonSpec<Path, Query, RequestBody | undefined, Value>,
  'body'
>

/** A route that takes a config file, and answers JSON. */
export function fileRoute<const Path extends string, Value, Query = object>(
  spec: FileSpec<Path, Query, Value>,
): Route {
  const { query = {}, answer, handle, ...rest } = spec
  return {
    ...rest,
    query: query as Shapes,
    takes: { kind: 'file' },
    answers: { kind: 'json', shape: answer },
    handle,
  }
}

type PlainSpec<Path extends string, Query> = Fixed & {
  readonly path: Path
  readonly query?: Query
  readonly answer: Omit<Plain, 'kind'>
  readonly handle: (
    call: Call<ParamsOf<Path>, ValueOf<Query>, undefined>,
  ) => Promise<string | Buffer | Readable>
}

/** A route that answers text, whole or as a stream. */
export function plainRoute<const Path extends string, Query = object>(spec: PlainSpec<Path, Query>): Route {
  const { query = {}, answer, handle, ...rest } = spec
  return {
    ...rest,
    query: query as Shapes,
    takes: null,
    answers: { kind: 'plain', ...answer },
    handle,
  }
}

/** The names of a path's parameters: `/api/v1/jobs/:job` has `job`. */
export function paramNames(path: string): readonly string[] {
  return [...path.matchAll(/:([a-z_]+)/g)].map(([, name]) => name ?? '')
}

/** Any name of ours has at most 511 characters: a category's, a job's and a dot. */
export const paramSchema: JsonSchema = { type: 'string', minLength: 1, maxLength: 1024 }
