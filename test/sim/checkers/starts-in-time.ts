// I15: no start before its slot less the bound on clocks, and none after its startBy, but for one pause between the
// last check and the start. I16: no cursor further ahead of the clocks of a majority of witnesses than the bound.

import { voteLimits } from '../../../lib/base/limits.ts'
import type { LiveEntry } from '../../../lib/claim/register.ts'
import { startedRun } from './one-start.ts'
import type { Judge } from './judge.ts'

/** What cluster time may be off while a session lasts: drift since the renewal, half a round trip, a slow answer. */
const clusterSlackMs = 1_500
/** From the last check to the process's first own line, without a pause. */
const spawnSlackMs = 500

export function checkStartsInTime(judge: Judge): void {
  const grants = new Map<string, LiveEntry>()
  judge.history.onChosen(({ key, value }) => {
    for (const entry of value.live) grants.set(`${key} ${entry.token}`, entry)
  })
  judge.observers.on('process-started', ({ evidence }) => {
    const { job, token, action, tried } = startedRun(evidence)
    const grant = grants.get(`${job} ${token}`)
    if (grant === undefined) return
    const boundMs = clusterSlackMs + judge.witnessClockErrorMs()
    const earlyMs = grant.slotMs - evidence.startMs
    if (grant.unit.startsWith('s') && earlyMs > boundMs)
      judge.violated('I15', `${job} ${grant.unit} started ${Math.round(earlyMs)} ms before its slot`)
    // Later actions and tries of a run start when the earlier ones are over.
    const isFirst = grant.child !== undefined || (action === 'step1' && tried === 1)
    const lateMs =
      evidence.startMs - grant.startByMs - judge.stoodStillMs(grant.node, evidence.startMs - 60_000)
    if (isFirst && lateMs > boundMs + spawnSlackMs)
      judge.violated('I15', `${job} ${grant.unit} started ${Math.round(lateMs)} ms after its startBy`)
  })
}

export function checkCursorNotAhead(judge: Judge): void {
  judge.history.onChosen(({ key, value }, before) => {
    const aheadMs = value.cursor.slotMs - judge.nowMs
    const boundMs =
      judge.plan.settings.claimAheadMs + voteLimits.clockAheadSlackMs + judge.witnessClockErrorMs()
    const isMoved = before === null || before.value.cursor.slotMs !== value.cursor.slotMs
    if (isMoved && aheadMs > boundMs)
      judge.violated(
        'I16',
        `${key}: the cursor is ${Math.round(aheadMs)} ms ahead, ${boundMs} at most expected`,
      )
  })
}
