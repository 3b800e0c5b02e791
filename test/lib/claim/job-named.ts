// One job as the claims see it, from a few words of its definition.

import { assert } from '../../../lib/base/assert.ts'
import { jobName } from '../../../lib/base/ids.ts'
import type { ScheduledJob } from '../../../lib/claim/scheduled-job.ts'
import { parsed } from '../definition/parsed.ts'

/** Ten in the morning, in UTC, of an ordinary day. */
export const TEN = Date.UTC(2026, 10, 21, 10)
export const HOUR = 3_600_000

/** `shop.report`, each hour unless the words say otherwise; its slots begin at nine. */
export function jobNamed(
  words: Readonly<Record<string, unknown>> = {},
  overrides: Partial<ScheduledJob> = {},
): ScheduledJob {
  const job = { name: 'report', schedule: '0 * * * *', actions: { a: { command: 'x' } }, ...words }
  const { jobs, problems } = parsed(JSON.stringify({ jobs: [job] }))
  assert(jobs.length === 1, JSON.stringify(problems))
  return {
    name: jobName('shop.report'),
    definition: jobs[0]!,
    incarnation: 1,
    revision: '1:a:x',
    effectiveFromMs: TEN - HOUR,
    acceptedMs: TEN - HOUR,
    isEnabled: true,
    ...overrides,
  }
}
