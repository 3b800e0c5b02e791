// The documents of cronq's API: categories, jobs and runs as its clients know them.
// Source: cronq 0.27.0, backends/mysql.py.

import { integer, list, named, nullable, number, object, oneOf, text, type Shape } from './shape.ts'

export type CronqCategory = { readonly id: string; readonly name: string }

export type CronqRun = {
  readonly id: string | null
  readonly job_id: string
  readonly status: 'started' | 'succeeded' | 'failed'
  readonly started_at: string | null
  readonly completed_at: string | null
  readonly started_event_id: null
  readonly completed_event_id: null
  readonly return_code: number | null
  readonly host: string | null
}

export type CronqJob = {
  readonly id: string
  readonly category_id: string
  readonly category: CronqCategory
  readonly name: string
  readonly interval: number | null
  readonly next_run: string | null
  readonly last_run_start: string | null
  readonly last_run_stop: string | null
  readonly last_run_status: 'succeeded' | 'failed' | null
  readonly last_run_text: string
  readonly current_status: 'none' | 'started' | 'succeeded' | 'failed'
  readonly routing_key: string
  readonly command: string
  readonly locked_by: string | null
  readonly runs: readonly CronqRun[]
}

/** A time without a zone, which is UTC. */
const bareTime = nullable(text())
const nothing: Shape<null> = { schema: { type: 'null' }, parts: {} }

export const cronqCategoryShape = named('CronqCategory', object<CronqCategory>({ id: text(), name: text() }))

const cronqRunShape = named(
  'CronqRun',
  object<CronqRun>({
    id: nullable(text()),
    job_id: text(),
    status: oneOf(['started', 'succeeded', 'failed']),
    started_at: bareTime,
    completed_at: bareTime,
    started_event_id: nothing,
    completed_event_id: nothing,
    return_code: nullable(integer()),
    host: nullable(text()),
  }),
)

export const cronqJobShape = named(
  'CronqJob',
  object<CronqJob>({
    id: text(),
    category_id: text(),
    category: cronqCategoryShape,
    name: text(),
    interval: nullable(number),
    next_run: bareTime,
    last_run_start: bareTime,
    last_run_stop: bareTime,
    last_run_status: nullable(oneOf(['succeeded', 'failed'])),
    last_run_text: text(),
    current_status: oneOf(['none', 'started', 'succeeded', 'failed']),
    routing_key: text(),
    command: text(),
    locked_by: nullable(text()),
    runs: list(cronqRunShape),
  }),
)

type CronqError = { readonly error: { readonly message: string } }

export const cronqErrorShape = object<CronqError>({
  error: object<CronqError['error']>({ message: text() }),
})
