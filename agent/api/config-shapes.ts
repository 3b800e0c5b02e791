// The shapes of definitions as people see them: categories, their revisions and texts, and what an edit changes, each
// held to its view in lib/view by the compiler.

import type { Problem } from '../../lib/base/problem.ts'
import type { ConfigChangeView, JobChangeView, ServiceChangeView } from '../../lib/view/config-change-view.ts'
import type { KeyChange } from '../../lib/view/definition-changes.ts'
import type { CategoryView, ConfigText, RevisionView } from '../../lib/view/question.ts'
import { problemPlaceShape } from './problem-shape.ts'
import { flag, instant, integer, list, named, nullable, object, oneOf, text, type Shape } from './shape.ts'

const problems: Shape<readonly Problem[]> = list(problemPlaceShape)

const revisionShape = named(
  'Revision',
  object<RevisionView>({
    revision: text(),
    isCurrent: flag,
    state: oneOf(['present', 'deleted']),
    at: instant,
    node: text(),
    user: nullable(text({ description: 'null: a file was dropped' })),
    fileName: text(),
    hasOwnText: flag,
    isConflict: flag,
  }),
)

export const categoryStates = ['applied', 'refused', 'stale', 'conflict', 'deleted'] as const

export const categoryShape = named(
  'Category',
  object<CategoryView>({
    category: text(),
    revision: text(),
    state: oneOf(categoryStates),
    author: text(),
    at: text({ description: 'An instant; empty when nothing of it was ever in force' }),
    jobs: integer(),
    services: integer(),
    problems,
    notes: problems,
    conflicts: list(revisionShape),
    remedy: text(),
  }),
)

export const configTextShape = named(
  'ConfigText',
  object<ConfigText>({ category: text(), revision: text(), fileName: text(), text: text() }),
)

export const historyShape = object<{
  readonly category: string
  readonly revisions: readonly RevisionView[]
}>({ category: text(), revisions: list(revisionShape) })

const jobChange = object<JobChangeView>({
  job: text(),
  change: oneOf(['created', 'changed', 'removed']),
  keys: list(object<KeyChange>({ key: text(), before: text(), after: text() })),
  nextBefore: list(instant),
  nextAfter: list(instant),
})

const serviceChange = object<ServiceChangeView>({
  service: text(),
  change: oneOf(['created', 'changed', 'removed']),
  keys: list(object<KeyChange>({ key: text(), before: text(), after: text() })),
})

export const configChangeShape = named(
  'ConfigChange',
  object<ConfigChangeView>({
    category: text(),
    revision: nullable(text({ description: 'null when it was only tried' })),
    isNews: flag,
    created: integer(),
    changed: integer(),
    removed: integer(),
    unchanged: integer(),
    jobs: list(jobChange),
    services: list(serviceChange),
    notes: problems,
  }),
)
