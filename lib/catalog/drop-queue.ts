// Files that were dropped and not yet taken: they wait until the documents are read, and
// those that lay there when the agent started also until it could learn what it missed, so
// that an old file is not mistaken for an edit.

import type { Catalog, EditAuthor } from './catalog.ts'
import type { DroppedFile, DropOutcome } from './drop-outcome.ts'

export class DropQueue {
  #waiting: DroppedFile[] = []

  add(file: DroppedFile): void {
    this.remove(file.fileName)
    this.#waiting.push(file)
  }

  /** The file is gone before it was taken. */
  remove(fileName: string): void {
    this.#waiting = this.#waiting.filter((file) => file.fileName !== fileName)
  }

  /** Drops what may be dropped now, and says what came of it. */
  take(
    catalog: Catalog,
    at: { readonly isCaughtUp: boolean; readonly author: EditAuthor },
  ): { readonly fileName: string; readonly outcome: DropOutcome }[] {
    const taken = this.#waiting.filter((file) => !file.isStartup || at.isCaughtUp)
    this.#waiting = this.#waiting.filter((file) => !taken.includes(file))
    return taken.flatMap((file) => {
      const outcome = catalog.dropFile(file, at.author)
      if (outcome.kind !== 'not-ready') return [{ fileName: file.fileName, outcome }]
      this.#waiting.push(file)
      return []
    })
  }
}
