// Edits that people ask for and that are not made yet: they wait until a majority has told the
// time, by which they are dated, but not for long; then whoever asked is told so.

import { catalogLimits } from '../base/document-limits.ts'
import type { ConfigCommand } from './config-command.ts'

export type AskedEdit = { readonly askId: number; readonly command: ConfigCommand; readonly user: string }

export class EditQueue {
  #waiting: { readonly edit: AskedEdit; readonly untilMs: number }[] = []

  add(edit: AskedEdit, nowMs: number): void {
    const isFull = this.#waiting.length >= catalogLimits.editsWaiting
    this.#waiting.push({ edit, untilMs: isFull ? nowMs : nowMs + catalogLimits.editWaitsMs })
  }

  /** Those to be made now, or else those that have waited for too long. */
  take(
    isTimeKnown: boolean,
    nowMs: number,
  ): { readonly ready: readonly AskedEdit[]; readonly late: readonly AskedEdit[] } {
    const taken = this.#waiting.filter(({ untilMs }) => isTimeKnown || nowMs >= untilMs)
    if (taken.length > 0) this.#waiting = this.#waiting.filter((one) => !taken.includes(one))
    const edits = taken.map(({ edit }) => edit)
    return isTimeKnown ? { ready: edits, late: [] } : { ready: [], late: edits }
  }
}
