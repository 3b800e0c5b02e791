// Work on a run's files that must be done in the end, whatever the system refuses meanwhile
// (no descriptor left, no space): a run whose state cannot be read would be running for ever.

import { setTimeout as delay } from 'node:timers/promises'
import { processLimits } from './limits.ts'

/** Tries until it succeeds or isOver says that it no longer matters; tells every failure. */
export async function insist(
  work: () => Promise<void>,
  options: { readonly onFault: (error: unknown) => void; readonly isOver: () => boolean },
): Promise<void> {
  while (!options.isOver()) {
    try {
      return await work()
    } catch (error) {
      options.onFault(error)
    }
    await delay(processLimits.insistEveryMs)
  }
}
