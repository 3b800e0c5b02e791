// The ids of requests by hand. Each begins with its instant, so that registers can forget the old ones. A caller's
// idempotency key stands for one request of that caller also on another agent, or after a restart: the register knows the
// requests that wait, the holder of a run those about it, and what has begun says so in the ledger, and is found again.

import { createHash, randomUUID } from 'node:crypto'
import { isSameRequest, requestIdOfKey } from '../../lib/base/request-id.ts'
import type { Core } from './core.ts'
import type { Call } from './route.ts'
import { told } from './told.ts'

/** Nobody sends a request again after so many runs. */
const runsLookedAt = 200

export function newRequestId(): string {
  return `${Date.now()}-${randomUUID()}`
}

type Wanted = {
  /** Of which its runs tell. */
  readonly job: string
  /** What is wanted: `start JOB`, `retry RUN/ACTION`. */
  readonly what: string
}

/** Of a request for a run of a job, or about a run of it. */
export async function requestIdOf(
  core: Core,
  { job, what }: Wanted,
  { idempotencyKey, caller, user }: Pick<Call<object, object, object>, 'idempotencyKey' | 'caller' | 'user'>,
): Promise<string> {
  if (idempotencyKey === null) return newRequestId()
  const said = JSON.stringify([caller?.tokenId ?? null, user, what, idempotencyKey])
  const mark = createHash('sha256').update(said).digest('hex').slice(0, 40)
  const { runs } = told(await core.ask({ kind: 'runs', job, limit: runsLookedAt }), 'runs')
  const own = requestIdOfKey(Date.now(), mark)
  const known = runs.find((run) => run.requestId !== null && isSameRequest(run.requestId, own))
  return known?.requestId ?? own
}
