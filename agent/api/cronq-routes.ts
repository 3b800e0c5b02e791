// The routes that cronq has, for what was written for it: a category is replaced by cronq's body, and categories and
// jobs are listed in its shapes. Names stand where it has numbers; times are UTC without a zone, as it writes them.
// Source: cronq 0.27.0, web.py, backends/mysql.py.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cronqFileText } from '../../lib/definition/cronq-file.ts'
import { parseCategory } from '../../lib/definition/parse-category.ts'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { categoryOf } from './config-routes.ts'
import type { Core } from './core.ts'
import { ApiRefusal } from './problem-answer.ts'
import { bodyOf } from './request-body.ts'
import { sendAnswer } from './send-answer.ts'
import { userOf } from './token-check.ts'

type JobsQuery = {
  readonly id?: string
  readonly 'category.id'?: string
  readonly 'category.name'?: string
  readonly page: number
  readonly per_page: number
  readonly sort: string
}

const text = { type: 'string' } as const
const noQuery = { schema: { querystring: { type: 'object', additionalProperties: false } } } as const
const categoriesQuery = { type: 'object', additionalProperties: false, properties: { id: text } } as const
const jobsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    id: text,
    'category.id': text,
    'category.name': text,
    page: { type: 'integer', minimum: 0, default: 0 },
    per_page: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
    sort: { type: 'string', pattern: '^(id|name|category_id)\\.(asc|desc)$', default: 'id.asc' },
  },
} as const

/** Wants the token. */
export function addCronqChanges(server: FastifyInstance, core: Core): void {
  const replace = async (
    request: FastifyRequest<{ Params: { readonly name: string } }>,
    reply: FastifyReply,
  ): Promise<void> => {
    const category = categoryOf(request.params.name)
    const fileName = `${category}.json`
    const body = bodyOf(request)
    const file = body.ending === 'json' ? cronqFileText(category, body.text) : null
    if (file === null)
      throw new ApiRefusal({
        status: 400,
        title: 'Bad body',
        detail: 'Cannot read the body of the request: it is no JSON object, expected {"jobs": [...]}',
        remedy: `For other kinds of files: PUT /api/v1/config/${encodeURIComponent(category)}`,
      })
    const source = {
      category,
      fileName,
      droppedBy: { nodeName: 'localhost', timeZone: 'UTC' },
      master: null,
    } as const
    // Of the text that was sent, so that the places of problems are places in it.
    const { problems } = parseCategory({ ...source, text: body.text, form: 'cronq-put' })
    if (problems.length > 0) return sendAnswer(reply, { kind: 'config-refused', category, problems })
    const answer = await core.command(
      { kind: 'apply-category', category, fileName, text: file, knows: null, isDryRun: false },
      userOf(request),
    )
    if (answer.kind !== 'config-changed') return sendAnswer(reply, answer)
    await reply.header('etag', `"${answer.change.revision}"`).send({ status: 'success' })
  }
  server.put('/api/category/:name', { ...noQuery, bodyLimit }, replace)
  server.post('/api/category/:name', { ...noQuery, bodyLimit }, replace)
}

/** A body of 20,000 jobs has some 4 MB. */
const bodyLimit = 24_000_000

export function addCronqQuestions(server: FastifyInstance, core: Core): void {
  const categories = async (): Promise<string[]> => {
    const answer = await core.ask({ kind: 'config-status' })
    const known = answer.kind === 'config-status' ? answer.categories : []
    return known
      .filter(({ revision, state }) => revision !== '' && state !== 'deleted')
      .map(({ category }) => category)
  }
  server.get<{ Querystring: { readonly id?: string } }>(
    '/api/categories',
    { schema: { querystring: categoriesQuery } },
    async ({ query: { id } }, reply) => {
      const names = (await categories()).filter((name) => id === undefined || name === id)
      await reply.send({ data: { categories: names.map(categoryDocument) } })
    },
  )
  server.get<{ Params: { readonly name: string } }>(
    '/api/categories/:name',
    noQuery,
    async ({ params: { name } }, reply) => {
      if ((await categories()).includes(name))
        await reply.send({ data: { category: categoryDocument(name) } })
      else await sendMissing(reply, `Category not found for name ${name}`)
    },
  )
  server.get<{ Querystring: JobsQuery }>(
    '/api/jobs',
    { schema: { querystring: jobsQuery } },
    async ({ query }, reply) => {
      const answer = await core.ask({ kind: 'jobs' })
      const jobs = answer.kind === 'jobs' ? answer.jobs : []
      const category = query['category.id'] ?? query['category.name']
      const wanted = jobs.filter(
        (job) =>
          (query.id === undefined || job.name === query.id) &&
          (category === undefined || job.category === category),
      )
      const page = sorted(wanted, query.sort)
        .slice(query.page * query.per_page)
        .slice(0, query.per_page)
      const documents = page.map((job) => jobDocument(job, job.lastRun === null ? [] : [job.lastRun]))
      await reply.send({ data: { jobs: documents } })
    },
  )
  server.get<{ Params: { readonly id: string } }>(
    '/api/jobs/:id',
    noQuery,
    async ({ params: { id } }, reply) => {
      const answer = await core.ask({ kind: 'job', name: id })
      if (answer.kind === 'job') await reply.send({ data: { job: jobDocument(answer.job, answer.runs) } })
      else await sendMissing(reply, `Job not found for id ${id}`)
    },
  )
}

async function sendMissing(reply: FastifyReply, message: string): Promise<void> {
  await reply.code(404).send({ error: { message } })
}

function sorted(jobs: readonly JobView[], sort: string): readonly JobView[] {
  const [field, order] = sort.split('.')
  const keyOf = (job: JobView) =>
    field === 'name' ? shortName(job) : field === 'category_id' ? job.category : job.name
  const sign = order === 'desc' ? -1 : 1
  return jobs.toSorted(
    (left, right) => sign * compare(keyOf(left), keyOf(right)) || compare(left.name, right.name),
  )
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function categoryDocument(name: string) {
  return { id: name, name }
}

function jobDocument(job: JobView, runs: readonly RunView[]) {
  const [last] = runs.filter(({ id }) => id !== null)
  const status = last === undefined ? 'none' : statusOf(last)
  return {
    id: job.name,
    category_id: job.category,
    category: categoryDocument(job.category),
    name: shortName(job),
    interval: job.intervalMs === null ? null : job.intervalMs / 1000,
    next_run: bareTime(job.nextSlot),
    last_run_start: bareTime(last?.startedAt ?? null),
    last_run_stop: bareTime(last?.endedAt ?? null),
    last_run_status: status === 'none' || status === 'started' ? null : status,
    last_run_text: lastRunTexts[status],
    current_status: status,
    routing_key: job.pool,
    command: job.actions.map(({ command }) => command).join(' && '),
    locked_by: last?.state === 'running' ? last.node : null,
    runs: runs.filter(({ id }) => id !== null).map((run) => runDocument(job.name, run)),
  }
}

const lastRunTexts = {
  none: 'Waiting...',
  started: 'Running now',
  succeeded: 'Last run succeeded',
  failed: 'Last run failed',
} as const

function runDocument(job: string, run: RunView) {
  return {
    id: run.id,
    job_id: job,
    status: statusOf(run),
    started_at: bareTime(run.startedAt),
    completed_at: bareTime(run.endedAt),
    started_event_id: null,
    completed_event_id: null,
    return_code: run.state === 'succeeded' ? 0 : null,
    host: run.node,
  }
}

function statusOf(run: RunView): 'started' | 'succeeded' | 'failed' {
  return run.state === 'running' ? 'started' : run.state === 'succeeded' ? 'succeeded' : 'failed'
}

function shortName(job: JobView): string {
  return job.name.slice(job.category.length + 1)
}

/** `2026-11-21T12:00:00`, as Python writes a time without a zone. */
function bareTime(instant: string | null): string | null {
  return instant === null ? null : instant.replace(/Z$/, '')
}
