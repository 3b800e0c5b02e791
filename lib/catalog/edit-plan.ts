// What one edit of a category would write, and what its jobs would be then; or why it cannot be. Nothing is written
// here: whoever only wants to see what would change stops at the plan, and so sees what the edit does.

import type { Category, JobName } from '../base/ids.ts'
import type { Problem } from '../base/problem.ts'
import { CategoryHistory, overlaid, type Edit } from './category-history.ts'
import type { CatalogService } from './category-services.ts'
import { differingJobs, isOver, jobsOf, nextLives, shortName, type CatalogJob } from './category-jobs.ts'
import type { ReplicatedDocument, Write } from './document.ts'
import { masterCategory, noMaster, type Master, type ParseCache } from './parse-cache.ts'
import { livesOf, type Author } from './revision-record.ts'
import { underMaster, type UnderMaster } from './under-master.ts'

export type EditWish = {
  readonly category: Category
  /** Null deletes the category. */
  readonly file: { readonly fileName: string; readonly text: string } | null
  readonly author: Author
  readonly atMs: number
  /** Conflicts that it settles. */
  readonly resolves?: readonly string[]
  /** Who brought the text first, when it is an old one. */
  readonly broughtBy?: Author
}

export type EditPlan = {
  readonly kind: 'planned'
  readonly category: Category
  readonly revision: string
  readonly atMs: number
  /** By category: an edit of MASTER may move the slots of others. */
  readonly writes: readonly (readonly [Category, readonly Write[]])[]
  /** The jobs of the category, and those of others that it changes. */
  readonly before: ReadonlyMap<JobName, CatalogJob>
  readonly after: ReadonlyMap<JobName, CatalogJob>
  /** Of the category. */
  readonly services: {
    readonly before: ReadonlyMap<string, CatalogService>
    readonly after: ReadonlyMap<string, CatalogService>
  }
  readonly notes: readonly Problem[]
}

export type EditRefused = {
  readonly kind: 'refused'
  readonly category: Category
  readonly problems: readonly Problem[]
}

export type PlanSource = {
  readonly cache: ParseCache
  /** As it is now. */
  readonly master: Master
  /** All that there are. */
  readonly categories: readonly Category[]
  documentOf(category: Category): ReplicatedDocument | undefined
}

export function planEdit(wish: EditWish, source: PlanSource): EditPlan | EditRefused {
  const { category, file, author, atMs, resolves = [], broughtBy } = wish
  const { cache } = source
  const document = source.documentOf(category)
  const history = new CategoryHistory(document)
  const isMaster = category === masterCategory
  const master = isMaster ? noMaster : source.master
  const before = jobsOf(history, { category, cache, master })
  const common = { author, atMs, resolves, ...(broughtBy !== undefined && { broughtBy }) }
  let edit: Edit
  let after = noMaster
  let notes: readonly Problem[] = []
  if (file === null) {
    const { fileName, lives } = history.current!
    edit = { ...common, state: 'deleted', fileName, text: null, lives: () => lives }
  } else {
    const { nodeName, timeZone } = broughtBy ?? author
    const { key, parsed } = cache.parse({ category, ...file, nodeName, timeZone }, master)
    if (parsed.problems.length > 0) return { kind: 'refused', category, problems: parsed.problems }
    after = { key, scope: parsed.scope }
    notes = parsed.notes
    const lives = (counter: number) => livesOf(nextLives(before, parsed.jobs, { counter, atMs }))
    edit = { ...common, state: 'present', ...file, lives }
  }
  const others = isMaster ? othersUnder(after, wish, source) : []
  const broken = others.flatMap(({ problems }) => problems)
  if (broken.length > 0) return { kind: 'refused', category, problems: broken }
  const { id, writes } = history.write(edit)
  const jobs = jobsOf(new CategoryHistory(overlaid(document, writes)), { category, cache, master })
  return {
    kind: 'planned',
    category,
    revision: id,
    atMs,
    writes: [[category, writes], ...others.map((other) => [other.category, other.writes] as const)],
    before: new Map([...before.jobs, ...others.flatMap((other) => [...other.before])]),
    after: new Map([...jobs.jobs, ...others.flatMap((other) => [...other.after])]),
    services: { before: before.services, after: jobs.services },
    notes: [...notes, ...overNotes(before.jobs, jobs.jobs, atMs)],
  }
}

/** Said of new and changed jobs: their slots are all past. */
function overNotes(
  before: ReadonlyMap<JobName, CatalogJob>,
  after: ReadonlyMap<JobName, CatalogJob>,
  atMs: number,
): readonly Problem[] {
  const { created, changed } = differingJobs({ before, after })
  return [...created, ...changed].flatMap((name) => {
    const { definition, acceptedMs, effectiveFromMs, isEnabled } = after.get(name)!
    if (!isEnabled || !isOver(definition.schedule, Math.max(atMs, effectiveFromMs), acceptedMs)) return []
    const message = `Job "${name}" has no slot to come: those of "${definition.scheduleText}" are past`
    return [{ file: '', line: 0, column: 0, path: `jobs.${shortName(name)}.schedule`, message, hint: '' }]
  })
}

function othersUnder(after: Master, { author, atMs }: EditWish, source: PlanSource): UnderMaster[] {
  const { cache, master } = source
  const others = source.categories.filter((category) => category !== masterCategory)
  return others.map((category) =>
    underMaster(
      { category, history: new CategoryHistory(source.documentOf(category)), cache },
      { before: master, after, author, atMs },
    ),
  )
}
