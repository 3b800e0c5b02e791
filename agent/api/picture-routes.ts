// The routes of what is drawn: the last hour as
// a score, and the coming day.

import type { DayRow, DayView } from '../../lib/view/day.ts'
import type { ScoreCell, ScoreView } from '../../lib/view/score.ts'
import type { Core } from './core.ts'
import { route, type Route } from './route.ts'
import {
  flag,
  instant,
  integer,
  list,
  named,
  nullable,
  number,
  object,
  oneOf,
  record,
  text,
} from './shape.ts'
import { told } from './told.ts'
import { runStates } from './view-shapes.ts'

const score = named(
  'Score',
  object<ScoreView>({
    from: instant,
    columns: integer(),
    columnMs: integer(),
    lines: list(
      object<ScoreView['lines'][number]>({
        node: nullable(text()),
        cells: list(
          object<ScoreCell>({
            column: integer(),
            total: integer(),
            worst: oneOf(runStates),
            states: record(integer()),
          }),
        ),
      }),
    ),
  }),
)

const day = named(
  'Day',
  object<DayView>({
    from: instant,
    columnMs: integer(),
    crowd: list(number),
    isEstimated: flag,
    jobs: integer(),
    rows: list(
      object<DayRow>({
        job: text(),
        slots: list(object<DayRow['slots'][number]>({ at: instant, node: nullable(text()) })),
        every: nullable(text()),
      }),
    ),
    clockChanges: list(object<DayView['clockChanges'][number]>({ zone: text(), at: instant, words: text() })),
  }),
)

export function pictureRoutes(core: Core): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/score',
      group: 'runs',
      summary: 'The last hour: what each node ran in each minute',
      needs: 'nobody',
      answer: score,
      handle: async () => told(await core.ask({ kind: 'score' }), 'score').score,
    }),
    route({
      method: 'GET',
      path: '/api/v1/day',
      group: 'jobs',
      summary: 'The coming 24 hours: when slots come, and who is first to run them',
      needs: 'nobody',
      query: { filter: text({ maxLength: 1024, default: '' }) },
      answer: day,
      handle: async ({ query }) => told(await core.ask({ kind: 'day', filter: query.filter }), 'day').day,
    }),
  ]
}
