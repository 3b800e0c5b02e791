// How much of what ran is kept, from what the jobs' definitions ask for: how many runs of a job are listed, and how long;
// and how long a whole document is kept, in which the runs of many jobs stand.

import { ledgerLimits } from '../base/document-limits.ts'
import type { JobName } from '../base/ids.ts'
import type { JobDefinition } from '../definition/job-definition.ts'

export type Retention = {
  /** How many runs of a job are listed. */
  recordsMost(job: JobName): number
  /** How long a run of it is listed, and keeps its output. */
  keepMs(job: JobName): number
  /** How long any job wants its runs to be kept; null while that is not known. */
  longestMs(): number | null
}

/** What the catalog knows of jobs. */
export type RetentionSource = {
  isLoaded(): boolean
  definition(job: JobName): JobDefinition | undefined
  definitions(): Iterable<JobDefinition>
}

export function retentionOf(source: RetentionSource): Retention {
  const keptMs = (definition: JobDefinition | undefined) => definition?.keepRunsForMs ?? ledgerLimits.keepMs
  return {
    recordsMost: (job) => source.definition(job)?.runsListed ?? ledgerLimits.recordsPerJob,
    keepMs: (job) => keptMs(source.definition(job)),
    longestMs: () => {
      // Jobs that are gone are listed on for as long as is usual.
      let longestMs: number | null = null
      if (!source.isLoaded()) return null
      for (const definition of source.definitions())
        longestMs = Math.max(longestMs ?? ledgerLimits.keepMs, keptMs(definition))
      return longestMs
    },
  }
}
