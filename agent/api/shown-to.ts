// What is left of a view for whoever may not read commands, output and configuration: names, states and times. The rest is
// empty for them, not missing, so that a view has one shape for everybody.

import type { CategoryView, JobView } from '../../lib/view/question.ts'
import { publicRun, type RunView } from '../../lib/view/run-view.ts'
import { publicService, type ServiceView } from '../../lib/view/service-view.ts'
import { mayRead, type Caller } from './caller.ts'

export function jobShownTo(caller: Caller | null, job: JobView): JobView {
  if (mayRead(caller, job.category)) return job
  const actions = job.actions.map((action) => ({ ...action, command: '' }))
  return { ...job, actions, lastRun: job.lastRun === null ? null : publicRun(job.lastRun) }
}

export function runShownTo(caller: Caller | null, run: RunView): RunView {
  return mayRead(caller, run.job) ? run : publicRun(run)
}

export function serviceShownTo(caller: Caller | null, service: ServiceView): ServiceView {
  return mayRead(caller, service.category) ? service : publicService(service)
}

/** Problems and notes quote what was written. */
export function categoryShownTo(caller: Caller | null, category: CategoryView): CategoryView {
  if (mayRead(caller, category.category)) return category
  return { ...category, author: '', problems: [], notes: [], conflicts: [], remedy: '' }
}
