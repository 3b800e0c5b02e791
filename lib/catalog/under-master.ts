// What an edit of MASTER does to the other categories, whose jobs see its nodes, pools,
// context and time zone: which of them could not be read any more, and which have jobs
// whose slots are others from now on. Those get a revision of their own, so that the
// instant from which the new slots count stands in their documents like every other.

import type { Category, JobName } from '../base/ids.ts'
import type { Problem } from '../base/problem.ts'
import { jobsOf, nextLives, shortName, type CatalogJob } from './category-jobs.ts'
import type { CategoryHistory } from './category-history.ts'
import type { Write } from './document.ts'
import type { Master, ParseCache } from './parse-cache.ts'
import { lifeOf, livesOf, type Author } from './revision-record.ts'

export type UnderMaster = {
  readonly category: Category
  /** Why the category could not be read any more; empty when it can. */
  readonly problems: readonly Problem[]
  /** Empty when its slots stay. */
  readonly writes: readonly Write[]
  /** Its jobs, with the instants from which their slots count still as they were. */
  readonly before: ReadonlyMap<JobName, CatalogJob>
  readonly after: ReadonlyMap<JobName, CatalogJob>
}

export function underMaster(
  of: { readonly category: Category; readonly history: CategoryHistory; readonly cache: ParseCache },
  change: {
    readonly before: Master
    readonly after: Master
    readonly author: Author
    readonly atMs: number
  },
): UnderMaster {
  const { category, history, cache } = of
  const { author, atMs } = change
  const before = jobsOf(history, { category, cache, master: change.before })
  const after = jobsOf(history, { category, cache, master: change.after })
  const { current } = history
  const jobs = { before: before.jobs, after: after.jobs }
  const isNews = after.problems.length > 0 && before.problems.length === 0
  if (current?.state !== 'present' || after.problems.length > 0)
    return { category, problems: isNews ? after.problems : [], writes: [], ...jobs }
  const definitions = [...after.jobs.values()].map(({ definition }) => definition)
  const lives = nextLives(before, definitions, { counter: current.counter + 1, atMs })
  const isSame = [...before.jobs].every(([name, { effectiveFromMs }]) => {
    const [, fromMs] = lives.get(shortName(name)) ?? lifeOf(current.lives, shortName(name))
    return fromMs === effectiveFromMs
  })
  if (isSame && before.jobs.size === after.jobs.size) return { category, problems: [], writes: [], ...jobs }
  const { fileName } = current
  const edit = { author, atMs, state: 'present', fileName, text: null, resolves: [] } as const
  const { writes } = history.write({ ...edit, lives: () => livesOf(lives) })
  return { category, problems: [], writes, ...jobs }
}
