// P10: a node holds no more runs at a time than it may, of a pool or of all, by the word of the processes themselves;
// and a slot is said to have found no room only where somebody bounds it.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { JobDefinition } from '../../../lib/definition/job-definition.ts'
import type { Evidence } from '../world/processes.ts'
import type { Judge } from './judge.ts'
import { startedRun } from './one-start.ts'

export function checkRoom(judge: Judge): void {
  const running = new Map<string, Evidence[]>()
  /** Actions on nodes of their own: their run holds its place elsewhere. */
  const ofOthers = new Set<string>()
  judge.history.onChosen(({ key, value }) => {
    for (const { token, child } of value.live) if (child !== undefined) ofOthers.add(`${key} ${token}`)
  })
  judge.observers.on('process-started', ({ evidence }) => {
    const { host } = evidence
    const { job, token } = startedRun(evidence)
    if (ofOthers.has(`${job} ${token}`)) return
    const all = [...(running.get(host) ?? []).filter(({ endMs }) => endMs === null), evidence]
    running.set(host, all)
    // What a disk had forgotten when it was put back goes on beside what it holds.
    if (judge.isForgetful(host)) return
    const { maxRunning } = judge.world.host(host as NodeId).plan
    checkCount(judge, all, { host, of: 'all', most: maxRunning })
    const bound = boundOf(judge, evidence)
    if (bound === null) return
    const ofPool = all.filter((one) => boundOf(judge, one)?.pool === bound.pool)
    checkCount(judge, ofPool, { host, of: bound.pool, most: bound.maxRunning })
  })
  judge.history.onChosen(({ key, value }) => {
    for (const decision of value.untold)
      if (decision.kind === 'not-run' && decision.why === 'node-full' && !isBounded(judge, key))
        judge.violated('P10', `${key}: a slot is said to have found no room, and nothing bounds it`)
  })
}

/** Whether anything bounds how many runs of this job a node holds. */
export function isBounded(judge: Judge, job: string): boolean {
  return isAnyHostBounded(judge) || judge.definitions.written(job).some(({ bound }) => bound !== null)
}

export function isAnyHostBounded(judge: Judge): boolean {
  return [...judge.world.hosts.values()].some(({ plan }) => plan.maxRunning !== null)
}

function boundOf(judge: Judge, evidence: Evidence): JobDefinition['bound'] {
  return judge.definitions.written(startedRun(evidence).job)[0]?.bound ?? null
}

function checkCount(
  judge: Judge,
  running: readonly Evidence[],
  { host, of, most }: { readonly host: string; readonly of: string; readonly most: number | null },
): void {
  const runs = new Set(running.map((one) => `${startedRun(one).job}.${startedRun(one).run}`))
  if (most !== null && runs.size > most)
    judge.violated('P10', `${host} runs ${[...runs].join(', ')} at a time, of ${of} ${most} may`)
}
