// The routes that cronq has, for what was written for it: a category is replaced by cronq's body, and categories and
// jobs are listed in its shapes. Names stand where it has numbers; times are UTC without a zone, as it writes them.
// Source: cronq 0.27.0, web.py, backends/mysql.py.

import { cronqFileText } from '../../lib/definition/cronq-file.ts'
import { parseCategory } from '../../lib/definition/parse-category.ts'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { categoryOf } from './config-routes.ts'
import type { Core } from './core.ts'
import {
  cronqCategoryShape,
  cronqErrorShape,
  cronqJobShape,
  type CronqCategory,
  type CronqJob,
  type CronqRun,
} from './cronq-shapes.ts'
import { ForeignRefusal } from './foreign-refusal.ts'
import { ApiRefusal } from './problem-answer.ts'
import { fileOf } from './request-body.ts'
import { requestIdOf } from './request-id.ts'
import { fileRoute, route, type Route } from './route.ts'
import { integer, list, object, optional, text, type Members, type Shape } from './shape.ts'
import { jobShownTo } from './shown-to.ts'
import { told } from './told.ts'

/** A body of 20,000 jobs has some 4 MB. */
const bodyBytesMax = 24_000_000
const name = text({ maxLength: 1024 })

export function cronqRoutes(core: Core): readonly Route[] {
  return [
    replacing(core, 'PUT'),
    replacing(core, 'POST'),
    ...categoryQuestions(core),
    ...jobQuestions(core),
    runNow(core),
  ]
}

function replacing(core: Core, method: 'PUT' | 'POST'): Route {
  return fileRoute({
    method,
    path: '/api/category/:name',
    group: 'cronq',
    summary: 'Replace a category, in the shape of cronq',
    needs: 'operator',
    bodyBytesMax,
    answer: object<{ readonly status: string }>({ status: text() }),
    handle: async ({ params, body, user, setTag }) => {
      const category = categoryOf(params.name)
      const fileName = `${category}.json`
      const sent = fileOf(body)
      const file = sent.ending === 'json' ? cronqFileText(category, sent.text) : null
      if (file === null)
        throw new ApiRefusal({
          status: 400,
          title: 'Bad body',
          detail: 'Cannot read the body of the request: it is no JSON object, expected {"jobs": [...]}',
          remedy: `For other kinds of files: PUT /api/v1/config/${encodeURIComponent(category)}`,
        })
      const droppedBy = { nodeName: 'localhost', timeZone: 'UTC' } as const
      const source = { category, fileName, droppedBy, master: null } as const
      // Of the text that was sent, so that the places of problems are places in it.
      const { problems } = parseCategory({ ...source, text: sent.text, form: 'cronq-put' })
      if (problems.length > 0) told({ kind: 'config-refused', category, problems }, 'config-changed')
      const answer = await core.command(
        { kind: 'apply-category', category, fileName, text: file, knows: null, isDryRun: false },
        user,
      )
      setTag(told(answer, 'config-changed').change.revision ?? '')
      return { status: 'success' }
    },
  })
}

const question = { method: 'GET', group: 'cronq', needs: 'nobody' } as const
const orMissing = { foreignAnswers: { 404: cronqErrorShape } } as const

function categoryQuestions(core: Core): readonly Route[] {
  const categories = async (): Promise<string[]> => {
    const known = told(await core.ask({ kind: 'config-status' }), 'config-status').categories
    return known
      .filter(({ revision, state }) => revision !== '' && state !== 'deleted')
      .map(({ category }) => category)
  }
  return [
    route({
      ...question,
      path: '/api/categories',
      summary: 'The categories, in the shape of cronq',
      query: { id: optional(name) },
      answer: data(object({ categories: list(cronqCategoryShape) })),
      handle: async ({ query: { id } }) => {
        const names = (await categories()).filter((one) => id === undefined || one === id)
        return { data: { categories: names.map(categoryDocument) } }
      },
    }),
    route({
      ...question,
      ...orMissing,
      path: '/api/categories/:name',
      summary: 'One category, in the shape of cronq',
      answer: data(object({ category: cronqCategoryShape })),
      handle: async ({ params }) => {
        if ((await categories()).includes(params.name))
          return { data: { category: categoryDocument(params.name) } }
        throw missing(`Category not found for name ${params.name}`)
      },
    }),
  ]
}

function jobQuestions(core: Core): readonly Route[] {
  return [
    route({
      ...question,
      path: '/api/jobs',
      summary: 'The jobs, in the shape of cronq',
      query: {
        id: optional(name),
        'category.id': optional(name),
        'category.name': optional(name),
        page: integer({ minimum: 0, maximum: 1_000_000, default: 0 }),
        per_page: integer({ minimum: 1, maximum: 100, default: 10 }),
        sort: text({ pattern: '^(id|name|category_id)\\.(asc|desc)$', default: 'id.asc' }),
      },
      answer: data(object({ jobs: list(cronqJobShape) })),
      handle: async ({ query, caller }) => {
        const { jobs } = told(await core.ask({ kind: 'jobs' }), 'jobs')
        const category = query['category.id'] ?? query['category.name']
        const wanted = jobs.filter(
          (job) =>
            (query.id === undefined || job.name === query.id) &&
            (category === undefined || job.category === category),
        )
        const page = sorted(wanted, query.sort)
          .slice(query.page * query.per_page)
          .slice(0, query.per_page)
        const documents = page.map((job) =>
          jobDocument(jobShownTo(caller, job), job.lastRun === null ? [] : [job.lastRun]),
        )
        return { data: { jobs: documents } }
      },
    }),
    route({
      ...question,
      ...orMissing,
      path: '/api/jobs/:id',
      summary: 'One job, in the shape of cronq',
      answer: data(object({ job: cronqJobShape })),
      handle: async ({ params: { id }, caller }) => {
        const answer = await core.ask({ kind: 'job', name: id })
        if (answer.kind === 'not-found') throw missing(`Job not found for id ${id}`)
        const { job, runs } = told(answer, 'job')
        return { data: { job: jobDocument(jobShownTo(caller, job), runs) } }
      },
    }),
  ]
}

function runNow(core: Core): Route {
  return route({
    method: 'POST',
    path: '/api/jobs/:id/run',
    group: 'cronq',
    summary: 'One run of a job now, in the shape of cronq',
    needs: 'operator',
    ...orMissing,
    answer: object<{ readonly status: string }>({ status: text() }),
    handle: async ({ params: { id }, user, ...call }) => {
      const requestId = await requestIdOf(core, { job: id, what: `start ${id}` }, { user, ...call })
      const start = { kind: 'start-job', forSlotMs: null, variables: {}, isForced: false } as const
      const answer = await core.command({ ...start, job: id, requestId }, user)
      if (answer.kind === 'not-found') throw missing(`Job not found for id ${id}`)
      told(answer, 'done')
      return { status: 'success' }
    },
  })
}

function data<Value>(shape: Shape<Value>) {
  return object<{ readonly data: Value }>({ data: shape } as Members<{ readonly data: Value }>)
}

function missing(message: string): ForeignRefusal {
  return new ForeignRefusal(404, { error: { message } })
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

function categoryDocument(category: string): CronqCategory {
  return { id: category, name: category }
}

function jobDocument(job: JobView, runs: readonly RunView[]): CronqJob {
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
    command: job.actions
      .map(({ command }) => command)
      .filter((command) => command !== '')
      .join(' && '),
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

function runDocument(job: string, run: RunView): CronqRun {
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
