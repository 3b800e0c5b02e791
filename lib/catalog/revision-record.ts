// One edit of a category as its document keeps it. A revision's name is
// `counter:author:hash`, totally ordered by base/revision.ts; the greatest is current
// everywhere. Its text stands in an entry of its own, so that enabling a job does not
// repeat megabytes of text.

import { contentHash } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'

export type Author = {
  readonly node: NodeId
  readonly nodeName: string
  /** Of its host: crontabs are read in it. */
  readonly timeZone: string
  /** Who asked on the command line; absent for a dropped file. */
  readonly user?: string
}

/**
 * Since when a job lives: its incarnation, the instant at and before which it has no slots, and where that is another
 * one the instant at which these slots were accepted.
 */
export type Life = readonly [incarnation: number, effectiveFromMs: number, acceptedMs?: number]

/**
 * The lives of a category's jobs. An incarnation is the counter of
 * the revision that created the job: it is higher after each deletion, without a memory of what was deleted. Most
 * jobs of a file were created together, so only the others are named.
 */
export type Lives = { readonly most: Life; readonly others: Readonly<Record<string, Life>> }

export type RevisionRecord = {
  readonly counter: number
  readonly author: Author
  readonly atMs: number
  /** The revision that it replaced; empty for the first. */
  readonly parent: string
  /** Revisions beside its line that its author knew of; the incarnations of their jobs are accounted for. */
  readonly knows: readonly string[]
  /** Conflicts that a person settled with it. */
  readonly resolves: readonly string[]
  readonly state: 'present' | 'deleted'
  readonly fileName: string
  readonly textHash: string
  /** The revision whose text it has; null for its own. */
  readonly textOf: string | null
  readonly lives: Lives
  /** Whose text it is, when it is an old one that was brought again; absent when it is the author's own. */
  readonly broughtBy?: Author
}

export type Revision = RevisionRecord & { readonly id: string }

/**
 * What a person decided about one job, service or instance (`service.0`) over what its file says; kept when the file
 * changes.
 */
export type Override = {
  readonly isEnabled: boolean
  /** Of a service: what runs is to end at once. */
  readonly isKill?: boolean
  readonly author: Author
  readonly atMs: number
  /** The revision that it came with; the greatest of a job's overrides counts. */
  readonly revision: string
}

const REVISION = 'revision/'
const TEXT = 'text/'
const OVERRIDE = 'override/'
const PAST = 'past/'

export const revisionKey = (id: string): string => REVISION + id
export const textKey = (id: string): string => TEXT + id
export const overrideKey = (job: string, node: NodeId): string => `${OVERRIDE}${job}/${node}`
/** A text that the category had and has moved on from; its value is the counter of the revision. */
export const pastKey = (textHash: string): string => PAST + textHash

export type CategoryKey =
  | { readonly kind: 'revision' | 'text'; readonly id: string }
  | { readonly kind: 'override'; readonly job: string }
  | { readonly kind: 'past'; readonly textHash: string }

/** Null for a key of a later version of hocket. */
export function parseCategoryKey(key: string): CategoryKey | null {
  if (key.startsWith(REVISION)) return { kind: 'revision', id: key.slice(REVISION.length) }
  if (key.startsWith(TEXT)) return { kind: 'text', id: key.slice(TEXT.length) }
  if (key.startsWith(PAST)) return { kind: 'past', textHash: key.slice(PAST.length) }
  if (!key.startsWith(OVERRIDE)) return null
  return { kind: 'override', job: key.slice(OVERRIDE.length, key.indexOf('/', OVERRIDE.length)) }
}

export function revisionIdOf(record: RevisionRecord): string {
  return `${record.counter}:${record.author.node}:${contentHash(JSON.stringify(record))}`
}

export function lifeOf(lives: Lives, job: string): Life {
  return Object.hasOwn(lives.others, job) ? lives.others[job]! : lives.most
}

export function livesOf(jobs: ReadonlyMap<string, Life>): Lives {
  const counts = new Map<string, { readonly life: Life; count: number }>()
  for (const life of jobs.values()) {
    const entry = counts.get(life.join()) ?? { life, count: 0 }
    entry.count++
    counts.set(life.join(), entry)
  }
  let most: { readonly life: Life; readonly count: number } = { life: [0, 0], count: 0 }
  for (const entry of counts.values()) if (entry.count > most.count) most = entry
  const others = [...jobs].filter(([, life]) => life.join() !== most.life.join())
  return { most: most.life, others: Object.fromEntries(others) }
}
