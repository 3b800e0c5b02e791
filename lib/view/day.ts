// The coming 24 hours: how many slots come in each quarter of an hour, the first jobs one by one with the node that is
// first to run each slot, and the changes of the clocks that touch a schedule. Slots are counted one by one while they
// are few; a job that runs often is spread evenly over the day, and the whole is then called an estimate.

import type { NodeId } from '../base/ids.ts'
import { viewLimits } from '../base/limits.ts'
import { slotsOf, type ScheduledJob } from '../claim/scheduled-job.ts'
import { formatInstant } from '../schedule/calendar.ts'
import { clockChangesTouching } from '../schedule/explain.ts'

export type DayView = {
  readonly from: string
  readonly columnMs: number
  /** Slots of all jobs asked for, in each column. */
  readonly crowd: readonly number[]
  readonly isEstimated: boolean
  /** How many jobs have a slot in these hours. */
  readonly jobs: number
  /** The first of these jobs, by their next slot. */
  readonly rows: readonly DayRow[]
  readonly clockChanges: readonly { readonly zone: string; readonly at: string; readonly words: string }[]
}

export type DayRow = {
  readonly job: string
  /** Empty when they are too many to show one by one: `every` says it then. */
  readonly slots: readonly { readonly at: string; readonly node: string | null }[]
  readonly every: string | null
}

const columnMs = 15 * 60_000
const columns = 96
const dayMs = columns * columnMs

export type DayAsked = {
  readonly nowMs: number
  readonly ranking: (job: ScheduledJob, slotMs: number) => readonly NodeId[]
  readonly nameOf: (id: NodeId) => string
}

export function dayView(jobs: Iterable<ScheduledJob>, asked: DayAsked): DayView {
  const fromMs = Math.floor(asked.nowMs / columnMs) * columnMs
  const toMs = fromMs + dayMs
  const crowd = Array.from({ length: columns }, () => 0)
  const due: { job: ScheduledJob; firstMs: number }[] = []
  const changes = new Map<string, DayView['clockChanges'][number]>()
  let isEstimated = false
  let budget = viewLimits.daySlots
  for (const job of jobs) {
    const most = budget > viewLimits.daySlotsOfJob ? viewLimits.daySlotsOfJob : 2
    const slots = slotsOf(job, asked.nowMs, toMs - 1, most)
    budget -= slots.length
    const first = slots[0]
    if (first === undefined) continue
    due.push({ job, firstMs: first.slotMs })
    if (slots.length < most)
      for (const { slotMs } of slots) crowd[Math.floor((slotMs - fromMs) / columnMs)]! += 1
    else {
      isEstimated = true
      spread(crowd, {
        fromMs,
        firstMs: first.slotMs,
        gapMs: (slots.at(-1)!.slotMs - first.slotMs) / (most - 1),
      })
    }
  }
  const shown = due.toSorted((left, right) => left.firstMs - right.firstMs).slice(0, viewLimits.dayRows)
  for (const { job } of shown)
    for (const change of clockChangesTouching(job.definition.schedule!, asked.nowMs, toMs))
      changes.set(`${change.timeZone} ${change.atMs}`, {
        zone: change.timeZone,
        at: formatInstant(change.atMs),
        words: `${change.fromLocal} to ${change.toLocal} ${change.kind === 'gap' ? 'does not come' : 'comes twice'}`,
      })
  return {
    from: formatInstant(fromMs),
    columnMs,
    crowd,
    isEstimated,
    jobs: due.length,
    rows: shown.map(({ job }) => dayRow(job, { ...asked, toMs })),
    clockChanges: [...changes.values()].toSorted((left, right) => (left.at < right.at ? -1 : 1)),
  }
}

/** The rest of the day at the distance that the first slots have. */
function spread(crowd: number[], at: { fromMs: number; firstMs: number; gapMs: number }): void {
  const gapMs = Math.max(1000, at.gapMs)
  for (let column = 0; column < columns; column++) {
    const startMs = Math.max(at.firstMs, at.fromMs + column * columnMs)
    const endMs = at.fromMs + (column + 1) * columnMs
    const many = Math.ceil((endMs - at.firstMs) / gapMs) - Math.ceil((startMs - at.firstMs) / gapMs)
    if (endMs > at.firstMs) crowd[column]! += many
  }
}

function dayRow(job: ScheduledJob, asked: DayAsked & { readonly toMs: number }): DayRow {
  const slots = slotsOf(job, asked.nowMs, asked.toMs - 1, viewLimits.dayRowSlots + 1)
  if (slots.length > viewLimits.dayRowSlots)
    return { job: job.name, slots: [], every: job.definition.scheduleText }
  return {
    job: job.name,
    every: null,
    slots: slots.map(({ slotMs }) => {
      const first = asked.ranking(job, slotMs)[0]
      return { at: formatInstant(slotMs), node: first === undefined ? null : asked.nameOf(first) }
    }),
  }
}
