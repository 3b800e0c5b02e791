// Runs that are no child of our launcher any more: nobody tells when they end, so their exit
// records are watched, and each is looked at in its turn, because a notice can be missing: a
// watch may be refused, and a process that is killed writes nothing. Only the one file is
// watched: a command that writes much must not keep the agent busy.

import fs from 'node:fs'
import path from 'node:path'
import { processLimits } from './limits.ts'

export class RunWatch {
  readonly #onLook: (directory: string, why: 'changed' | 'turn') => void
  /** In the order of the last look: a Map iterates as inserted. */
  readonly #watchers = new Map<string, fs.FSWatcher | null>()
  #timer: NodeJS.Timeout | null = null

  /** Calls back with a watched directory when its exit record changed, and when its turn has come. */
  constructor(onLook: (directory: string, why: 'changed' | 'turn') => void) {
    this.#onLook = onLook
  }

  add(directory: string): void {
    if (this.#watchers.has(directory)) return
    this.#watchers.set(directory, this.#open(directory))
    this.#timer ??= setInterval(() => this.#lookInTurn(), processLimits.watchEveryMs)
  }

  remove(directory: string): void {
    this.#watchers.get(directory)?.close()
    this.#watchers.delete(directory)
    if (this.#watchers.size === 0) this.#stop()
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher?.close()
    this.#watchers.clear()
    this.#stop()
  }

  #open(directory: string): fs.FSWatcher | null {
    try {
      const watcher = fs.watch(path.join(directory, 'exit'), { persistent: false })
      watcher.on('change', () => this.#onLook(directory, 'changed'))
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      // There is no such file yet, or the system grants no further watch: the turns remain.
      return null
    }
  }

  #lookInTurn(): void {
    for (const directory of [...this.#watchers.keys()].slice(0, processLimits.watchedAtOnce)) {
      const watcher = this.#watchers.get(directory) ?? null
      this.#watchers.delete(directory)
      this.#watchers.set(directory, watcher)
      this.#onLook(directory, 'turn')
    }
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
