// The ids of requests by hand. Each begins with its instant, so that registers can forget the old ones. A caller's
// idempotency key stands for one request of that caller also on another agent, or after a restart: a run of the job that
// was asked for with it says so in the ledger, and is found again.

import { createHash, randomUUID } from 'node:crypto'
import type { Core } from './core.ts'
import type { Call } from './route.ts'
import { told } from './told.ts'

/** Nobody sends a request again after so many runs. */
const runsLookedAt = 200

export function newRequestId(): string {
  return `${Date.now()}-${randomUUID()}`
}

/** Of a request for a run of this job. */
export async function requestIdOf(
  core: Core,
  job: string,
  { idempotencyKey, caller, user }: Pick<Call<object, object, object>, 'idempotencyKey' | 'caller' | 'user'>,
): Promise<string> {
  if (idempotencyKey === null) return newRequestId()
  const said = JSON.stringify([caller?.tokenId ?? null, user, job, idempotencyKey])
  const mark = createHash('sha256').update(said).digest('hex').slice(0, 40)
  const { runs } = told(await core.ask({ kind: 'runs', job, limit: runsLookedAt }), 'runs')
  const known = runs.find((run) => run.requestId?.endsWith(`-${mark}`) === true)
  return known?.requestId ?? `${Date.now()}-${mark}`
}
