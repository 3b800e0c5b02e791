// What people ask to be done to definitions: apply a text, delete a category, go back to an earlier revision, settle a
// conflict, switch a job on or off. Each is checked against the revision that the person knew, may be only tried, and
// is answered with what it changed or why it cannot be.

import { contentHash } from '../base/hash.ts'
import { category as toCategory, type Category, type JobName } from '../base/ids.ts'
import { nearestName, type Problem } from '../base/problem.ts'
import type { Catalog, EditAuthor } from './catalog.ts'
import type { CategoryHistory } from './category-history.ts'
import type { CatalogJob } from './category-jobs.ts'
import type { EditPlan, EditWish } from './edit-plan.ts'
import type { Revision } from './revision-record.ts'

/** What the person knew: a revision, '' = that there is no such category, '*' = that there is one, null = nothing. */
type Known = { readonly knows: string | null; readonly isDryRun: boolean }

export type ConfigCommand =
  | (Known & {
      readonly kind: 'apply-category'
      readonly category: Category
      /** Its ending tells what the text is. */
      readonly fileName: string
      readonly text: string
    })
  | (Known & { readonly kind: 'delete-category'; readonly category: Category })
  | (Known & {
      readonly kind: 'roll-back-category'
      readonly category: Category
      /** A revision or its counter; null = the last one with another text. */
      readonly to: string | null
    })
  /** Of edits made at once: the one that stands from now on; the others are settled. */
  | (Known & { readonly kind: 'resolve-category'; readonly category: Category; readonly keep: string })
  | { readonly kind: 'switch-job'; readonly job: string; readonly isEnabled: boolean }

const kinds: ReadonlySet<string> = new Set<ConfigCommand['kind']>([
  'apply-category',
  'delete-category',
  'roll-back-category',
  'resolve-category',
  'switch-job',
])

/** Whether it is for the catalog, and for no other stage. */
export function isConfigCommand(command: { readonly kind: string }): command is ConfigCommand {
  return kinds.has(command.kind)
}

export type ConfigOutcome =
  | {
      readonly kind: 'category-changed'
      readonly category: Category
      readonly revision: string
      readonly isDryRun: boolean
      readonly before: ReadonlyMap<JobName, CatalogJob>
      readonly after: ReadonlyMap<JobName, CatalogJob>
      readonly services: EditPlan['services']
      readonly notes: readonly Problem[]
    }
  | { readonly kind: 'category-unchanged'; readonly category: Category; readonly revision: string }
  | {
      readonly kind: 'job-switched'
      readonly job: JobName
      readonly isEnabled: boolean
      readonly isNews: boolean
    }
  | { readonly kind: 'category-refused'; readonly category: Category; readonly problems: readonly Problem[] }
  /** Another revision is current than the one that the person knew. */
  | { readonly kind: 'revision-differs'; readonly category: Category; readonly current: string | null }
  | { readonly kind: 'not-found'; readonly what: string; readonly nearest: string | null }
  /** The category is still being read from disk. */
  | { readonly kind: 'not-ready'; readonly category: Category }

export function carryOutConfigCommand(
  command: ConfigCommand,
  catalog: Catalog,
  author: EditAuthor,
): ConfigOutcome {
  if (command.kind === 'switch-job') return switchJob(command, catalog, author)
  const { category, knows, isDryRun } = command
  const history = catalog.history(category)
  if (history === null) return { kind: 'not-ready', category }
  const current = history.current?.state === 'present' ? history.current.id : null
  if (knows !== null && !matches(knows, history)) return { kind: 'revision-differs', category, current }
  const wish = wishOf(command, history, author)
  if (wish === 'same') return { kind: 'category-unchanged', category, revision: current ?? '' }
  if (wish === 'no-category') {
    const names = [...catalog.categories()].filter(({ state }) => state === 'present')
    const nearest = nearestName(
      category,
      names.map((status) => status.category),
    )
    return { kind: 'not-found', what: `category "${category}"`, nearest }
  }
  if ('missing' in wish)
    return { kind: 'not-found', what: `${wish.missing} of category "${category}"`, nearest: null }
  const plan = catalog.plan({ ...wish, category }, author)
  if (plan.kind === 'refused') return { kind: 'category-refused', category, problems: plan.problems }
  if (!isDryRun) catalog.commit(plan)
  const { revision, before, after, services, notes } = plan
  return { kind: 'category-changed', category, revision, isDryRun, before, after, services, notes }
}

type Wish = Omit<EditWish, 'category' | 'author' | 'atMs'>
/** Nothing to do, or something that it needs is not there. */
type NoWish = 'same' | 'no-category' | { readonly missing: string }

function matches(knows: string, { current }: CategoryHistory): boolean {
  const isPresent = current?.state === 'present'
  if (knows === '*') return isPresent
  return knows === '' ? !isPresent : current?.id === knows
}

function wishOf(
  command: Exclude<ConfigCommand, { kind: 'switch-job' }>,
  history: CategoryHistory,
  author: EditAuthor,
): Wish | NoWish {
  const { current } = history
  switch (command.kind) {
    case 'apply-category': {
      const { fileName, text } = command
      const isSame =
        current?.state === 'present' &&
        current.textHash === contentHash(text) &&
        endingOf(history.sourceOf(current).fileName) === endingOf(fileName)
      return isSame ? 'same' : { file: { fileName, text } }
    }
    case 'delete-category':
      return current?.state === 'present' ? { file: null } : 'no-category'
    case 'roll-back-category': {
      if (current === undefined) return 'no-category'
      const target = command.to === null ? previousText(history) : history.named(command.to)
      const isSame = target?.state === current.state && target.textHash === current.textHash
      if (isSame) return 'same'
      const missing = command.to === null ? 'another revision' : `revision "${command.to}"`
      return again(target, history, author.user ?? '') ?? { missing }
    }
    case 'resolve-category': {
      if (current === undefined) return 'no-category'
      const conflicts = history.conflicts()
      const isCurrent = command.keep === 'current' || command.keep === current.id
      const kept = isCurrent ? current : conflicts.find(({ id }) => id === command.keep)
      if (isCurrent && conflicts.length === 0) return 'same'
      // The current one stays its bringer's: with his file it goes.
      const wish = again(kept, history, isCurrent ? history.bringerOf(current).user : (author.user ?? ''))
      if (wish === null) return { missing: `revision "${command.keep}"` }
      return { ...wish, resolves: conflicts.map(({ id }) => id) }
    }
  }
}

/**
 * What an earlier revision said, said again; null when its text is kept no longer. Whose text it was stays known, for
 * `localhost` in it means his host.
 */
function again(
  revision: Revision | undefined,
  history: CategoryHistory,
  user: string | undefined,
): Wish | null {
  if (revision === undefined) return null
  if (revision.state === 'deleted') return { file: null }
  const text = history.textOf(revision)
  if (text === undefined) return null
  const { fileName } = history.sourceOf(revision)
  const { node, nodeName, timeZone } = history.bringerOf(revision)
  return {
    file: { fileName, text },
    broughtBy: { node, nodeName, timeZone, ...(user !== undefined && { user }) },
  }
}

function previousText({ current, revisions }: CategoryHistory): Revision | undefined {
  return revisions.find(
    ({ textHash, state }) =>
      state === 'present' && (current?.state === 'deleted' || textHash !== current?.textHash),
  )
}

function endingOf(fileName: string): string {
  const ending = fileName.slice(fileName.lastIndexOf('.') + 1)
  return ending === 'yml' ? 'yaml' : ending
}

function switchJob(
  { job: name, isEnabled }: Extract<ConfigCommand, { kind: 'switch-job' }>,
  catalog: Catalog,
  author: EditAuthor,
): ConfigOutcome {
  const job = catalog.findJob(name)
  if (job === undefined)
    return { kind: 'not-found', what: `job "${name}"`, nearest: nearestName(name, catalog.jobNames()) }
  const category = toCategory(job.definition.category)
  if (catalog.history(category) === null) return { kind: 'not-ready', category }
  const isNews = job.isEnabled !== isEnabled
  if (isNews) catalog.setEnabled(job.name, isEnabled, author)
  return { kind: 'job-switched', job: job.name, isEnabled, isNews }
}
