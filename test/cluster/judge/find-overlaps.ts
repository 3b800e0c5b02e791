// Runs of one job that lay over each other in time although the job does not allow it. An exclusive job never does,
// whatever happens. Of the others only a run whose node was not heard of, so that it was declared lost, may go on beside
// the next one.
import type { EvidenceLine, Fault, History, JudgedJob } from './history.ts'

export function findOverlaps(history: History, job: JudgedJob, starts: readonly EvidenceLine[]): string[] {
  if (job.overlap === 'allow' && !job.isExclusive) return []
  const runs = starts
    .map((start) => ({ start, endMs: endOf(history, job, start) }))
    .toSorted((left, right) => left.start.atMs - right.start.atMs)
  const found: string[] = []
  for (const [i, later] of runs.entries())
    for (const earlier of runs.slice(0, i)) {
      const byMs = earlier.endMs - later.start.atMs
      if (byMs <= 0) continue
      if (!job.isExclusive && wasCutOff(history.faults, earlier.start, later.start.atMs)) continue
      found.push(
        `the runs of slots ${new Date(earlier.start.slotMs).toISOString()} on ${earlier.start.host} and ` +
          `${new Date(later.start.slotMs).toISOString()} on ${later.start.host} overlapped by ${byMs} ms`,
      )
    }
  return found
}

/** Its last sign of life: one that was ended by force leaves no end behind. */
function endOf({ lines }: History, job: JudgedJob, start: EvidenceLine): number {
  const own = lines.filter(
    ({ job: name, slotMs, attempt, host }) =>
      name === job.name && slotMs === start.slotMs && attempt === start.attempt && host === start.host,
  )
  return Math.max(...own.map(({ atMs }) => atMs))
}

function wasCutOff(faults: readonly Fault[], run: EvidenceLine, untilMs: number): boolean {
  return faults.some((fault) => {
    const hits = fault.kind === 'lost-link' ? [fault.from, fault.to] : [fault.host]
    return hits.includes(run.host) && fault.fromMs < untilMs && fault.toMs > run.atMs
  })
}
