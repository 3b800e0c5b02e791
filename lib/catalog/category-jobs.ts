// From a category's history to its jobs: the current text parsed, with the incarnation and
// the first instant of each, and what people decided over the file.
//
// Incarnations never fall. When two sides of a cut network edited one category, the winner
// may know a job by a lower incarnation than the loser had given it, and the job's register
// may have seen the higher one; so the greatest that any revision beside the line gave to
// the job counts, until the next edit takes it over.

import { contentHash } from '../base/hash.ts'
import type { Category, JobName } from '../base/ids.ts'
import type { Problem } from '../base/problem.ts'
import { revisionCounter } from '../base/revision.ts'
import type { JobDefinition } from '../definition/job-definition.ts'
import type { Scope } from '../definition/scope.ts'
import { resolveEvents } from '../schedule/resolve-events.ts'
import { hasSlots, nextSlot, previousSlot, type Schedule } from '../schedule/schedule.ts'
import type { CategoryHistory } from './category-history.ts'
import { servicesOf, type CatalogService } from './category-services.ts'
import type { Master, ParseCache, Parsed } from './parse-cache.ts'
import { lifeOf, type Life, type Revision } from './revision-record.ts'

/** A job of the catalog, as placement and claims see it. */
export type CatalogJob = {
  readonly name: JobName
  readonly definition: JobDefinition
  readonly incarnation: number
  /** Slots at or before it do not exist. */
  readonly effectiveFromMs: number
  /** When these slots were accepted: those before it are not started, and delays count from it. */
  readonly acceptedMs: number
  /** Of its category; comparable by compareRevisions. */
  readonly revision: string
  readonly isEnabled: boolean
}

export type CategoryJobs = {
  readonly revision: string
  readonly jobs: ReadonlyMap<JobName, CatalogJob>
  readonly services: ReadonlyMap<string, CatalogService>
  /** The names that the file defines. */
  readonly scope: Scope | null
  /** Why the current text cannot be used here: only after MASTER changed under it. */
  readonly problems: readonly Problem[]
  readonly notes: readonly Problem[]
}

export const noJobs: CategoryJobs = {
  revision: '',
  jobs: new Map(),
  services: new Map(),
  scope: null,
  problems: [],
  notes: [],
}

/** A job's name within its category. */
export function shortName(job: JobName): string {
  return job.slice(job.indexOf('.') + 1)
}

export function parsedOf(
  history: CategoryHistory,
  revision: Revision,
  from: { readonly category: Category; readonly cache: ParseCache; readonly master: Master },
): Parsed | null {
  const text = revision.state === 'present' ? history.textOf(revision) : undefined
  if (text === undefined) return null
  const { fileName } = history.sourceOf(revision)
  const { nodeName, timeZone } = history.bringerOf(revision)
  return from.cache.parse({ category: from.category, fileName, text, nodeName, timeZone }, from.master)
}

export function jobsOf(
  history: CategoryHistory,
  from: { readonly category: Category; readonly cache: ParseCache; readonly master: Master },
): CategoryJobs {
  const { current } = history
  if (current === undefined) return noJobs
  const parsed = parsedOf(history, current, from)?.parsed
  if (parsed === undefined) return { ...noJobs, revision: current.id }
  const lives = livesIn(history, parsed.jobs, from)
  const jobs = new Map(
    parsed.jobs.map((definition): [JobName, CatalogJob] => {
      const short = shortName(definition.name)
      const [incarnation, fromMs, acceptedMs = fromMs] = lives.get(short)!
      const override = history.overrides.get(short)
      // An override of an earlier life of the name says nothing about this one.
      const counts = override !== undefined && revisionCounter(override.revision) >= incarnation
      const isEnabled = counts ? override.isEnabled : definition.enabled
      const effectiveFromMs = counts && isEnabled ? Math.max(fromMs, override.atMs) : fromMs
      const { name } = definition
      const { id: revision } = current
      return [name, { name, definition, incarnation, effectiveFromMs, acceptedMs, revision, isEnabled }]
    }),
  )
  const services = servicesOf(parsed.services, history, current.id)
  const { scope, problems, notes } = parsed
  return { revision: current.id, jobs, services, scope, problems, notes }
}

/** A job's definition as this revision had it; undefined when that is not kept any more, or had no such job. */
export function definitionIn(
  history: CategoryHistory,
  job: { readonly name: JobName; readonly revision: string },
  from: { readonly category: Category; readonly cache: ParseCache; readonly master: Master },
): JobDefinition | undefined {
  const revision = history.find(job.revision)
  const parsed = revision === undefined ? null : parsedOf(history, revision, from)
  return parsed?.parsed.jobs.find(({ name }) => name === job.name)
}

/** The life of each job of the current revision, by its short name. */
function livesIn(
  history: CategoryHistory,
  definitions: readonly JobDefinition[],
  from: { readonly category: Category; readonly cache: ParseCache; readonly master: Master },
): ReadonlyMap<string, Life> {
  const { lives } = history.current!
  const result = new Map(
    definitions.map(({ name }): [string, Life] => [shortName(name), lifeOf(lives, shortName(name))]),
  )
  for (const stranger of history.strangers()) {
    for (const { name } of parsedOf(history, stranger, from)?.parsed.jobs ?? []) {
      const short = shortName(name)
      const known = result.get(short)
      const [incarnation] = lifeOf(stranger.lives, short)
      if (known !== undefined && incarnation > known[0])
        result.set(short, lifeSince(incarnation, known[1], known[2] ?? known[1]))
    }
  }
  return result
}

/** The lives of a new text's jobs: those that stay keep theirs, unless their slots change. */
export function nextLives(
  before: CategoryJobs,
  definitions: readonly JobDefinition[],
  edit: { readonly counter: number; readonly atMs: number },
): Map<string, Life> {
  const lives = new Map<string, Life>()
  for (const definition of definitions) {
    const short = shortName(definition.name)
    const known = before.jobs.get(definition.name)
    const startMs = Math.max(edit.atMs, (definition.startsAtMs ?? 0) - 1)
    if (known === undefined) {
      const fromMs = Math.min(startMs, (lastPastSlot(definition, startMs, edit.atMs) ?? Infinity) - 1)
      lives.set(short, lifeSince(edit.counter, fromMs, edit.atMs))
    } else if (slotsFingerprint(known.definition) === slotsFingerprint(definition))
      lives.set(short, lifeSince(known.incarnation, known.effectiveFromMs, known.acceptedMs))
    else lives.set(short, lifeSince(known.incarnation, Math.max(known.effectiveFromMs, startMs), edit.atMs))
  }
  return lives
}

function lifeSince(incarnation: number, fromMs: number, acceptedMs: number): Life {
  return fromMs === acceptedMs ? [incarnation, fromMs] : [incarnation, fromMs, acceptedMs]
}

/**
 * Of a new job that comes too late for all its slots the last one: it exists, so that it is recorded as missed. Null
 * when a slot is to come, or there never was one.
 */
function lastPastSlot({ schedule }: JobDefinition, startMs: number, acceptedMs: number): number | null {
  const resolved = resolvedAt(schedule, acceptedMs)
  if (resolved === null || nextSlot(resolved, startMs) !== null) return null
  return previousSlot(resolved, startMs + 1)?.slotMs ?? null
}

/** Whether all slots of a schedule are past: none will come, and it waits for no event either. */
export function isOver(schedule: Schedule | null, afterMs: number, acceptedMs: number): boolean {
  const resolved = resolvedAt(schedule, acceptedMs)
  return resolved !== null && nextSlot(resolved, afterMs) === null
}

/** The schedule as it was accepted; null when it has no slots of the clock. */
function resolvedAt(schedule: Schedule | null, acceptedMs: number): Schedule | null {
  const events = { acceptedMs, againAtMs: null, bootAtMs: null }
  const resolved = schedule === null ? null : resolveEvents(schedule, events)
  return resolved !== null && hasSlots(resolved) ? resolved : null
}

/** Equal for definitions with the same slots, decided by the same registers: each node's own know nothing of a vote. */
function slotsFingerprint(definition: JobDefinition): string {
  const { schedule, startsAtMs, enabled, once, jitterMs, count } = definition
  return JSON.stringify({ schedule, startsAtMs, enabled, once, jitterMs, isOnAll: count === null })
}

/** Which jobs are new, other or gone. */
export function differingJobs({
  before,
  after,
}: {
  readonly before: ReadonlyMap<JobName, CatalogJob>
  readonly after: ReadonlyMap<JobName, CatalogJob>
}): { readonly created: JobName[]; readonly changed: JobName[]; readonly removed: JobName[] } {
  const created: JobName[] = []
  const changed: JobName[] = []
  for (const [name, job] of after) {
    const known = before.get(name)
    if (known === undefined || known.incarnation !== job.incarnation) created.push(name)
    else if (!isSameJob(known, job)) changed.push(name)
  }
  return { created, changed, removed: [...before.keys()].filter((name) => !after.has(name)) }
}

function isSameJob(left: CatalogJob, right: CatalogJob): boolean {
  return (
    left.isEnabled === right.isEnabled &&
    left.effectiveFromMs === right.effectiveFromMs &&
    (left.definition === right.definition || fingerprint(left.definition) === fingerprint(right.definition))
  )
}

const fingerprints = new WeakMap<JobDefinition, string>()
const contexts = new WeakMap<object, string>()

function fingerprint(definition: JobDefinition): string {
  const known = fingerprints.get(definition)
  if (known !== undefined) return known
  // One context may be shared by all jobs of a file: it is read once.
  const { commandContext, ...rest } = definition
  const context = contexts.get(commandContext) ?? contentHash(JSON.stringify(commandContext))
  contexts.set(commandContext, context)
  const print = contentHash(JSON.stringify(rest) + context)
  fingerprints.set(definition, print)
  return print
}
