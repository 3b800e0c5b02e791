// I20: nothing grows without bound: registers, journals and what an agent has to write stay below what the number of
// jobs explains.

import { journalLimits, registerLimits } from '../../../lib/base/limits.ts'
import type { Judge } from './judge.ts'

/** What one register may hold waiting: all that catch-up owes, and a minute of a per-second job. */
const waitingMax = 200
/** Sessions last a while: runs of a node that vanished stay live until its session is certified dead. */
const liveMax = 400

export function checkBounded(judge: Judge): void {
  judge.history.onChosen(({ key, value }) => {
    const { pending, live, untold, manual } = value
    if (pending.length > waitingMax) judge.violated('I20', `${key}: ${pending.length} entries are pending`)
    if (live.length > liveMax) judge.violated('I20', `${key}: ${live.length} entries are live`)
    if (untold.length > registerLimits.untold + waitingMax)
      judge.violated('I20', `${key}: ${untold.length} decisions are untold`)
    if (manual.recent.length > registerLimits.requestsRemembered)
      judge.violated('I20', `${key}: ${manual.recent.length} requests are remembered`)
  })
  const sample = () => {
    for (const [node, host] of judge.world.hosts) {
      const bytes = host.disk.read('journal')?.length ?? 0
      const max = journalLimits.rewriteMinBytes + (journalLimits.rewriteFactor + 1) * 1_000_000
      if (bytes > max) judge.violated('I20', `the journal of ${node} has ${bytes} bytes`)
    }
    judge.world.timeline.after(10_000, sample)
  }
  judge.world.timeline.after(10_000, sample)
}
