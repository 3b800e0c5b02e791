// The routes of jobs and of their runs: what is scheduled, and what ran. What changes them is with the part that does
// it.

import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { Core } from './core.ts'
import { route, type Route } from './route.ts'
import { integer, list, object, oneOf, optional, text } from './shape.ts'
import { told } from './told.ts'
import { jobShape, runShape, runStates } from './view-shapes.ts'

const runsDefault = 50
const runsMax = 1000
const name = text({ minLength: 1, maxLength: 1024 })

export function jobRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/jobs',
      group: 'jobs',
      summary: 'What is scheduled',
      needs: 'nobody',
      answer: object({ jobs: list(jobShape) }),
      handle: async () => ({ jobs: told(await core.ask({ kind: 'jobs' }), 'jobs').jobs }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/jobs/:job',
      group: 'jobs',
      summary: 'One job and its latest runs',
      needs: 'nobody',
      answer: object<{ readonly job: JobView; readonly runs: readonly RunView[] }>({
        job: jobShape,
        runs: list(runShape),
      }),
      handle: async ({ params }) => {
        const { job, runs } = told(await core.ask({ kind: 'job', name: params.job }), 'job')
        return { job, runs }
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
  ]
}
