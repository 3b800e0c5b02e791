// What an edit of definitions changes: job by job, with the next slots before and after it, and service by service; the
// same for an edit that was only tried.

import { unreachable } from '../base/assert.ts'
import type { JobName } from '../base/ids.ts'
import { viewLimits } from '../base/limits.ts'
import type { Problem } from '../base/problem.ts'
import type { Catalog, EditAuthor } from '../catalog/catalog.ts'
import { differingJobs, type CatalogJob } from '../catalog/category-jobs.ts'
import { carryOutConfigCommand, type ConfigCommand, type ConfigOutcome } from '../catalog/config-command.ts'
import { slotsOf } from '../claim/scheduled-job.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { definitionChanges, serviceChanges, type KeyChange } from './definition-changes.ts'

export type JobChangeView = {
  readonly job: string
  readonly change: 'created' | 'changed' | 'removed'
  /** What is different; of a job that is created or removed nothing. */
  readonly keys: readonly KeyChange[]
  /** The next slots as they were, and as they will be. */
  readonly nextBefore: readonly string[]
  readonly nextAfter: readonly string[]
}

export type ServiceChangeView = {
  readonly service: string
  readonly change: JobChangeView['change']
  readonly keys: readonly KeyChange[]
}

export type ConfigChangeView = {
  readonly category: string
  /** Null when it was only tried. */
  readonly revision: string | null
  /** False when all was so already. */
  readonly isNews: boolean
  /** Of jobs. */
  readonly created: number
  readonly changed: number
  readonly removed: number
  readonly unchanged: number
  /** The first of them, when there are very many. */
  readonly jobs: readonly JobChangeView[]
  /** Those that are other than they were. */
  readonly services: readonly ServiceChangeView[]
  readonly notes: readonly Problem[]
}

export type ConfigAnswer =
  | { readonly kind: 'config-changed'; readonly change: ConfigChangeView }
  | {
      readonly kind: 'job-switched'
      readonly job: string
      readonly isEnabled: boolean
      readonly isNews: boolean
    }
  | { readonly kind: 'config-refused'; readonly category: string; readonly problems: readonly Problem[] }
  | { readonly kind: 'revision-differs'; readonly category: string; readonly current: string | null }
  | { readonly kind: 'not-ready'; readonly what: string }
  /** No majority has told the time by which an edit is dated. */
  | { readonly kind: 'no-time' }
  | { readonly kind: 'not-found'; readonly what: string; readonly nearest: string | null }

export function answerConfigCommand(
  command: ConfigCommand,
  catalog: Catalog,
  author: EditAuthor,
): ConfigAnswer {
  return configAnswer(carryOutConfigCommand(command, catalog, author), author.atMs)
}

function configAnswer(outcome: ConfigOutcome, nowMs: number): ConfigAnswer {
  switch (outcome.kind) {
    case 'category-changed':
      return { kind: 'config-changed', change: changeView(outcome, nowMs) }
    case 'category-unchanged': {
      const { category, revision } = outcome
      const none = {
        isNews: false,
        created: 0,
        changed: 0,
        removed: 0,
        unchanged: 0,
        jobs: [],
        services: [],
        notes: [],
      }
      return { kind: 'config-changed', change: { category, revision, ...none } }
    }
    case 'category-refused':
      return { kind: 'config-refused', category: outcome.category, problems: outcome.problems }
    case 'not-ready':
      return { kind: 'not-ready', what: `category "${outcome.category}"` }
    case 'job-switched':
    case 'revision-differs':
    case 'not-found':
      return outcome
    default:
      return unreachable(outcome)
  }
}

function changeView(
  {
    category,
    revision,
    isDryRun,
    before,
    after,
    services,
    notes,
  }: Extract<ConfigOutcome, { kind: 'category-changed' }>,
  nowMs: number,
): ConfigChangeView {
  const { created, changed, removed } = differingJobs({ before, after })
  // Someone who looks wants to see first what is lost or other.
  const names: readonly (readonly [JobChangeView['change'], JobName])[] = [
    ...removed.map((name) => ['removed', name] as const),
    ...changed.map((name) => ['changed', name] as const),
    ...created.map((name) => ['created', name] as const),
  ]
  return {
    category,
    revision: isDryRun ? null : revision,
    isNews: true,
    created: created.length,
    changed: changed.length,
    removed: removed.length,
    unchanged: after.size - created.length - changed.length,
    jobs: names.slice(0, viewLimits.jobChanges).map(([change, name]) => {
      const [left, right] = [before.get(name), after.get(name)]
      return {
        job: name,
        change,
        keys: change === 'changed' ? keysOf(left!, right!) : [],
        nextBefore: left === undefined ? [] : slotTexts(left, nowMs),
        nextAfter: right === undefined ? [] : slotTexts(right, nowMs),
      }
    }),
    services: servicesOf(services).slice(0, viewLimits.jobChanges),
    notes,
  }
}

function servicesOf({
  before,
  after,
}: Extract<ConfigOutcome, { kind: 'category-changed' }>['services']): ServiceChangeView[] {
  const removed = [...before.keys()].filter((service) => !after.has(service))
  return [
    ...removed.map((service) => ({ service, change: 'removed', keys: [] }) as const),
    ...[...after.values()].flatMap(({ name: service, definition }): ServiceChangeView[] => {
      const known = before.get(service)
      if (known === undefined) return [{ service, change: 'created', keys: [] }]
      const keys = serviceChanges(known.definition, definition)
      return keys.length === 0 ? [] : [{ service, change: 'changed', keys }]
    }),
  ]
}

function keysOf(before: CatalogJob, after: CatalogJob): readonly KeyChange[] {
  const keys = definitionChanges(before.definition, after.definition)
  if (before.isEnabled === after.isEnabled || keys.some(({ key }) => key === 'enabled')) return keys
  return [...keys, { key: 'enabled', before: String(before.isEnabled), after: String(after.isEnabled) }]
}

function slotTexts(job: CatalogJob, nowMs: number): string[] {
  return slotsOf(job, nowMs, Infinity, viewLimits.nextSlots).map(({ slotMs }) => formatInstant(slotMs))
}
