// The routes of definitions: a category's text and history, and what changes them. A text may be of any kind that the
// watched directory takes; If-Match names the revision that the caller knew; dry_run answers what would change.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { category as toCategory, nameFault, type Category } from '../../lib/base/ids.ts'
import { categoryOfFileName } from '../../lib/definition/parse-category.ts'
import type { Core } from './core.ts'
import { ApiRefusal } from './problem-answer.ts'
import { bodyOf, fieldsOf } from './request-body.ts'
import { sendAnswer } from './send-answer.ts'
import { userOf } from './token-check.ts'

type OfCategory = { readonly category: string }
type ChangeQuery = { readonly dry_run?: string; readonly file?: string }

/** As many bytes as the longest text that is read may have, in a script of three bytes a character. */
const textBytesMax = 24_000_000

const changeQuery = {
  type: 'object',
  additionalProperties: false,
  // Also bare, as `?dry_run`.
  properties: { dry_run: { type: 'string', enum: ['', 'true', 'false', '1', '0'] } },
} as const
const applyQuery = {
  ...changeQuery,
  properties: { ...changeQuery.properties, file: { type: 'string', minLength: 1, maxLength: 300 } },
} as const
const textQuery = {
  type: 'object',
  additionalProperties: false,
  properties: { revision: { type: 'string', minLength: 1, maxLength: 300 } },
} as const
const noQuery = { type: 'object', additionalProperties: false } as const

/** All of them want the token. */
export function addConfigRoutes(server: FastifyInstance, core: Core): void {
  server.get<{ Params: OfCategory; Querystring: { readonly revision?: string } }>(
    '/api/v1/config/:category',
    { schema: { querystring: textQuery } },
    async ({ params, query }, reply) => {
      const { category } = params
      return sendAnswer(
        reply,
        await core.ask({ kind: 'config-text', category, revision: query.revision ?? null }),
      )
    },
  )
  server.get<{ Params: OfCategory }>(
    '/api/v1/config/:category/history',
    { schema: { querystring: noQuery } },
    async ({ params: { category } }, reply) =>
      sendAnswer(reply, await core.ask({ kind: 'config-history', category })),
  )
  server.put<{ Params: OfCategory; Querystring: ChangeQuery }>(
    '/api/v1/config/:category',
    { schema: { querystring: applyQuery }, bodyLimit: textBytesMax },
    async (request, reply) => {
      const category = categoryOf(request.params.category)
      const { ending, text } = bodyOf(request)
      const fileName = fileNameOf(request.query.file ?? `${category}.${ending}`, category)
      const known = knownBy(request)
      return sendAnswer(
        reply,
        await core.command({ kind: 'apply-category', category, fileName, text, ...known }, userOf(request)),
      )
    },
  )
  server.delete<{ Params: OfCategory; Querystring: ChangeQuery }>(
    '/api/v1/config/:category',
    { schema: { querystring: changeQuery } },
    async (request, reply) => {
      fieldsOf(request, [])
      const category = categoryOf(request.params.category)
      const known = knownBy(request)
      return sendAnswer(
        reply,
        await core.command({ kind: 'delete-category', category, ...known }, userOf(request)),
      )
    },
  )
  server.post<{ Params: OfCategory; Querystring: ChangeQuery }>(
    '/api/v1/config/:category/rollback',
    { schema: { querystring: changeQuery } },
    async (request, reply) => {
      const category = categoryOf(request.params.category)
      const { to = null } = fieldsOf(request, ['to'])
      const known = knownBy(request)
      return sendAnswer(
        reply,
        await core.command({ kind: 'roll-back-category', category, to, ...known }, userOf(request)),
      )
    },
  )
  server.post<{ Params: OfCategory; Querystring: ChangeQuery }>(
    '/api/v1/config/:category/resolve',
    { schema: { querystring: changeQuery } },
    async (request, reply) => {
      const category = categoryOf(request.params.category)
      const { keep = 'current' } = fieldsOf(request, ['keep'])
      const known = knownBy(request)
      return sendAnswer(
        reply,
        await core.command({ kind: 'resolve-category', category, keep, ...known }, userOf(request)),
      )
    },
  )
  for (const [word, isEnabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    server.post<{ Params: { readonly job: string } }>(
      `/api/v1/jobs/:job/${word}`,
      { schema: { querystring: noQuery } },
      async (request, reply) => {
        fieldsOf(request, [])
        const { job } = request.params
        return sendAnswer(reply, await core.command({ kind: 'switch-job', job, isEnabled }, userOf(request)))
      },
    )
}

export function categoryOf(name: string): Category {
  const fault = nameFault(name)
  if (fault === null) return toCategory(name)
  throw new ApiRefusal({
    status: 400,
    title: 'Bad name',
    detail: `Cannot use category "${name.slice(0, 300)}": its name ${fault}`,
    remedy: 'Choose another name.',
  })
}

function fileNameOf(fileName: string, category: Category): string {
  const named = categoryOfFileName(fileName)
  if ('category' in named && named.category === category) return fileName
  const why = 'ignored' in named ? named.ignored : `it is the file of category "${named.category}"`
  throw new ApiRefusal({
    status: 400,
    title: 'Bad file name',
    detail: `Cannot use file name "${fileName}" for category "${category}": ${why}, expected such as ${category}.yaml`,
    remedy: 'Leave "file" out, or name a file of this category.',
  })
}

/** `If-Match: "REVISION"` or `*`, `If-None-Match: *`, and `?dry_run`. */
function knownBy(request: FastifyRequest): { readonly knows: string | null; readonly isDryRun: boolean } {
  const match = request.headers['if-match']
  const noneMatch = request.headers['if-none-match']
  const asked = (request.query as ChangeQuery).dry_run
  const isDryRun = asked !== undefined && asked !== 'false' && asked !== '0'
  if (match === undefined && noneMatch === undefined) return { knows: null, isDryRun }
  if (match === undefined && noneMatch === '*') return { knows: '', isDryRun }
  const tag = /^ *(?:"([^"]+)"|(\*)) *$/.exec(noneMatch === undefined ? (match ?? '') : '')
  if (tag === null)
    throw new ApiRefusal({
      status: 400,
      title: 'Bad condition',
      detail:
        'Cannot use the condition of the request: it is none of those known here, expected If-Match: "REVISION", If-Match: * or If-None-Match: *',
      remedy: 'The ETag of an answer is the revision to name.',
    })
  return { knows: tag[1] ?? '*', isDryRun }
}
