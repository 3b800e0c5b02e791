// Puts exit records on the disk before what they say is reported, a few beside one another: the votes' syncs need the
// other threads of the pool.

import { processLimits } from './limits.ts'
import { syncExit } from './run-record.ts'

export class ExitSync {
  readonly #lanes: Promise<void>[] = Array.from({ length: processLimits.exitSyncs }, () => Promise.resolve())
  #count = 0

  /** Reports in any case: a disk that cannot sync a record fails the agent's own logs too. */
  sync(
    directory: string,
    then: { onFault: (error: unknown) => void; report: () => Promise<void> | void },
  ): void {
    const lane = this.#count++ % this.#lanes.length
    this.#lanes[lane] = (this.#lanes[lane] ?? Promise.resolve())
      .then(() => syncExit(directory))
      .catch(then.onFault)
      .then(then.report)
  }

  async finish(): Promise<void> {
    await Promise.all(this.#lanes)
  }
}
