// The slots of a job between two instants by its definition as it is now, whatever became of them and also before it
// was accepted: what a backfill is chosen from.

import { viewLimits } from '../base/limits.ts'
import { nearestName } from '../base/problem.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { slotsBetween } from '../schedule/schedule.ts'
import type { Sources } from './answer-question.ts'
import type { Answer } from './question.ts'

export type JobSlots = {
  readonly job: string
  /** The oldest first. */
  readonly slots: readonly string[]
  /** There are more of them than are told. */
  readonly isCut: boolean
}

export function jobSlots(
  asked: { readonly job: string; readonly fromMs: number; readonly toMs: number },
  { catalog }: Pick<Sources, 'catalog'>,
): Answer {
  const job = catalog.findJob(asked.job)
  if (job === undefined)
    return {
      kind: 'not-found',
      what: `job "${asked.job}"`,
      nearest: nearestName(asked.job, [...catalog.jobNames()]),
    }
  const { schedule } = job.definition
  if (schedule === null) return { kind: 'slots', slots: { job: job.name, slots: [], isCut: false } }
  const found = slotsBetween(schedule, asked.fromMs - 1, asked.toMs, viewLimits.slotsOfJob)
  const slots = found.slots.map(({ slotMs }) => formatInstant(slotMs))
  return { kind: 'slots', slots: { job: job.name, slots, isCut: found.truncated } }
}
