// The routes of jobs and of their runs: what is scheduled, and what ran. What changes them is with the part that does
// it.

import type { RunFound } from '../../lib/view/find-run.ts'
import type { JobsPage } from '../../lib/view/job-view.ts'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { Core } from './core.ts'
import { route, type Route } from './route.ts'
import { instant, integer, list, nullable, object, oneOf, optional, text } from './shape.ts'
import { told } from './told.ts'
import { jobShape, runShape, runStates } from './view-shapes.ts'

type JobAnswer = {
  readonly job: JobView
  readonly runs: readonly RunView[]
  readonly upcoming: readonly string[]
}

/** All that one agent is meant to know. */
const jobsMax = 100_000
const runsDefault = 50
const runsMax = 1000
const name = text({ minLength: 1, maxLength: 1024 })

export function jobRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/jobs',
      group: 'jobs',
      summary: 'What is scheduled, all at once or by pages',
      needs: 'nobody',
      query: {
        filter: text({ maxLength: 1024, default: '', description: 'A part of the name or the schedule' }),
        sort: oneOf(['name', 'next', 'last'], { default: 'name' }),
        limit: integer({ minimum: 1, maximum: jobsMax, default: jobsMax }),
        cursor: optional(text({ maxLength: 1100, description: 'Of the page before' })),
      },
      answer: object<JobsPage>({ jobs: list(jobShape), total: integer(), nextCursor: nullable(text()) }),
      handle: async ({ query: { filter, sort, limit, cursor = null } }) =>
        told(await core.ask({ kind: 'jobs-page', filter, sort, limit, cursor }), 'jobs-page').page,
    }),
    route({
      method: 'GET',
      path: '/api/v1/jobs/:job',
      group: 'jobs',
      summary: 'One job and its latest runs',
      needs: 'nobody',
      answer: object<JobAnswer>({ job: jobShape, runs: list(runShape), upcoming: list(instant) }),
      handle: async ({ params }) => {
        const { job, runs, upcoming } = told(await core.ask({ kind: 'job', name: params.job }), 'job')
        return { job, runs, upcoming }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/runs',
      group: 'runs',
      summary: 'What ran and what did not, the newest slot first',
      needs: 'nobody',
      query: {
        job: optional(name),
        state: optional(oneOf(runStates)),
        node: optional(name),
        limit: integer({ minimum: 1, maximum: runsMax, default: runsDefault }),
      },
      answer: object({ runs: list(runShape) }),
      handle: async ({ query: { job = null, state = null, node = null, limit } }) => ({
        runs: told(await core.ask({ kind: 'runs', job, state, node, limit }), 'runs').runs,
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/runs/:run',
      group: 'runs',
      summary: 'One run with all its attempts; RUN is JOB.number, or JOB.-1 or JOB.HEAD for the newest',
      needs: 'nobody',
      answer: object<RunFound>({ run: runShape, attempts: list(runShape) }),
      handle: async ({ params }) => told(await core.ask({ kind: 'run', run: params.run }), 'run').found,
    }),
  ]
}
