// The routes of jobs and of their runs: what is scheduled, and what ran. What changes them is with the part that does
// it.

import type { RunFound } from '../../lib/view/find-run.ts'
import type { JobSlots } from '../../lib/view/job-slots.ts'
import type { JobsPage } from '../../lib/view/job-view.ts'
import { logUrl } from '../../lib/view/log-url.ts'
import type { JobView } from '../../lib/view/question.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import type { SlotStory } from '../../lib/view/slot-story.ts'
import type { Caller } from './caller.ts'
import type { Core } from './core.ts'
import { badCursor, cursorOf, pageQuery, placeOf } from './page.ts'
import { route, type Route } from './route.ts'
import { flag, instant, integer, list, nullable, object, oneOf, optional, text } from './shape.ts'
import { jobShownTo, runShownTo } from './shown-to.ts'
import { told } from './told.ts'
import { jobShape, runShape, runStates } from './view-shapes.ts'

type JobAnswer = {
  readonly job: JobView
  readonly runs: readonly RunView[]
  readonly upcoming: readonly string[]
}

/** All that one agent is meant to know. */
const jobsMax = 100_000
const name = text({ minLength: 1, maxLength: 1024 })
const storyShape = object<SlotStory>({
  job: text(),
  run: nullable(text()),
  slot: nullable(instant),
  lines: list(text()),
})
const label = text({ minLength: 1, maxLength: 1024, description: 'NAME=VALUE, or NAME whatever its value' })

export function jobRoutes(core: Core, logUrlTemplate: string | null): readonly Route[] {
  const linked = (run: RunView): RunView =>
    logUrlTemplate === null || run.id === null
      ? run
      : { ...run, logUrl: logUrl(logUrlTemplate, run, Date.now()) }
  const shown = (caller: Caller | null) => (run: RunView) => linked(runShownTo(caller, run))
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
        ...pageQuery({ usual: jobsMax, most: jobsMax }),
        category: optional(name),
        pool: optional(name),
        state: optional(
          oneOf(['enabled', 'disabled', ...runStates], { description: 'Its own, or that of its last run' }),
        ),
        node: optional(text({ minLength: 1, maxLength: 1024, description: 'That may run it' })),
        label: optional(label),
      },
      answer: object<JobsPage>({ jobs: list(jobShape), total: integer(), nextCursor: nullable(text()) }),
      handle: async ({ query: { cursor, ...query }, caller }) => {
        const question = { kind: 'jobs-page', ...query, cursor: placeOf(cursor) } as const
        const { page } = told(await core.ask(question), 'jobs-page')
        return {
          ...page,
          jobs: page.jobs.map((job) => jobShownTo(caller, job)),
          nextCursor: cursorOf(page.nextCursor),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/jobs/:job',
      group: 'jobs',
      summary: 'One job and its latest runs',
      needs: 'nobody',
      answer: object<JobAnswer>({ job: jobShape, runs: list(runShape), upcoming: list(instant) }),
      handle: async ({ params, caller }) => {
        const { job, runs, upcoming } = told(await core.ask({ kind: 'job', name: params.job }), 'job')
        return { job: jobShownTo(caller, job), runs: runs.map(shown(caller)), upcoming }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/jobs/:job/why',
      group: 'jobs',
      summary:
        'The story of one slot, from records: why it ran where it did, or why not; of the newest if none is named',
      needs: 'nobody',
      query: { slot: optional(instant) },
      answer: storyShape,
      handle: async ({ params, query: { slot } }) => {
        const slotMs = slot === undefined ? null : Date.parse(slot)
        return told(await core.ask({ kind: 'why', job: params.job, slotMs }), 'why').story
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/runs/:run/why',
      group: 'runs',
      summary: 'The story of one run, from records: why it ran where it did, and what became of it',
      needs: 'nobody',
      answer: storyShape,
      handle: async ({ params: { run } }) => told(await core.ask({ kind: 'why-run', run }), 'why').story,
    }),
    route({
      method: 'GET',
      path: '/api/v1/jobs/:job/slots',
      group: 'jobs',
      summary: 'The slots between two instants by the definition as it is now, such as a backfill runs',
      needs: 'nobody',
      query: { from: instant, to: instant },
      answer: object<JobSlots>({ job: text(), slots: list(instant), isCut: flag }),
      handle: async ({ params: { job }, query: { from, to } }) => {
        const question = { kind: 'slots', job, fromMs: Date.parse(from), toMs: Date.parse(to) } as const
        return told(await core.ask(question), 'slots').slots
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/runs',
      group: 'runs',
      summary: 'What ran and what did not, the newest slot first',
      needs: 'nobody',
      query: {
        ...pageQuery({ usual: 50, most: 1000 }),
        job: optional(name),
        state: optional(oneOf(runStates)),
        node: optional(name),
        label: optional(label),
        from: optional(instant),
        to: optional(instant),
      },
      answer: object<RunPage>({ runs: list(runShape), nextCursor: nullable(text()) }),
      handle: async ({ query: { cursor, from, to, ...filter }, caller }) => {
        const { runs, next } = told(
          await core.ask({
            kind: 'runs',
            ...filter,
            ...(from !== undefined && { fromMs: Date.parse(from) }),
            ...(to !== undefined && { toMs: Date.parse(to) }),
            after: listPlaceOf(cursor),
          }),
          'runs',
        )
        return {
          runs: runs.map(shown(caller)),
          nextCursor: cursorOf(next === null ? null : `${next.slotMs} ${next.name}`),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/runs/:run',
      group: 'runs',
      summary:
        'One run with all its attempts; RUN is JOB.number, or JOB.-1 or JOB.HEAD for the newest; .ACTION may follow',
      needs: 'nobody',
      answer: object<RunFound>({ run: runShape, attempts: list(runShape), action: optional(text()) }),
      handle: async ({ params, caller }) => {
        const { found } = told(await core.ask({ kind: 'run', run: params.run }), 'run')
        const show = shown(caller)
        return { ...found, run: show(found.run), attempts: found.attempts.map(show) }
      },
    }),
  ]
}

type RunPage = { readonly runs: readonly RunView[]; readonly nextCursor: string | null }

function listPlaceOf(cursor: string | undefined): { readonly slotMs: number; readonly name: string } | null {
  const place = placeOf(cursor)
  if (place === null) return null
  const [, slotMs, subject] = /^(-?\d{1,16}) (.+)$/s.exec(place) ?? []
  if (slotMs === undefined || subject === undefined) throw badCursor(cursor ?? '')
  return { slotMs: Number(slotMs), name: subject }
}
