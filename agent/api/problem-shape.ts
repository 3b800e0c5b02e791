// The shape of every error that the API answers, and of each problem of a text that was sent: what is wrong, where, and
// what to do about it.

import type { Problem } from '../../lib/base/problem.ts'
import { integer, list, named, object, optional, text } from './shape.ts'

export const problemPlaceShape = named(
  'ProblemPlace',
  object<Problem>({
    file: text(),
    line: integer({ description: '0 when the place is not known' }),
    column: integer(),
    path: text(),
    message: text(),
    hint: text(),
  }),
)

type ProblemBody = {
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly remedy: string
  readonly instance: string
  readonly problems?: readonly Problem[]
}

export const problemShape = named(
  'Problem',
  object<ProblemBody>(
    {
      type: text(),
      status: integer(),
      title: text({ description: 'The same for all errors of a kind' }),
      detail: text({ description: 'Cannot …: …, expected …' }),
      remedy: text({ description: 'What to do about it' }),
      instance: text({ description: 'The path that was asked' }),
      problems: optional(list(problemPlaceShape)),
    },
    { description: 'An error, as RFC 9457 has it' },
  ),
)
