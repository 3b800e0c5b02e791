// Looks after the output of what runs: each in its turn, so that what is kept stays bounded, and for the last time
// when it has ended.

import type { Logger } from 'pino'
import type { Exit } from '../../lib/claim/ended-attempt.ts'
import { processLimits } from './limits.ts'
import { boundOutput } from './output-bounds.ts'
import { readLastLines } from './run-output.ts'
import type { Secrets } from './secrets.ts'

export class OutputWatch {
  readonly #log: Pick<Logger, 'warn'>
  readonly #secrets: Secrets
  /** In the order of the last look: a Set iterates as inserted. */
  readonly #directories = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #isBusy = false
  #isTold = false

  constructor(log: Pick<Logger, 'warn'>, secrets: Secrets) {
    this.#log = log
    this.#secrets = secrets
  }

  add(directory: string): void {
    this.#directories.add(directory)
    this.#timer ??= setInterval(() => void this.#lookInTurn(), processLimits.watchEveryMs)
  }

  remove(directory: string): void {
    this.#directories.delete(directory)
    if (this.#directories.size === 0) this.close()
  }

  /** Whatever goes wrong is told and no more: output must not keep a run from ending. */
  async #look(directory: string): Promise<void> {
    try {
      if ((await boundOutput(directory)) || this.#isTold) return
      this.#isTold = true
      this.#log.warn(
        'what commands write is not bounded here: there is no fallocate, or no file system with holes',
      )
    } catch (error) {
      this.#log.warn({ err: error }, `Cannot bound the output in "${directory}"`)
    }
  }

  /** Of what has ended; with what it said last when that was a failure. */
  async finish(directory: string, exit: Exit): Promise<{ readonly lastLines?: string }> {
    await this.#look(directory)
    if (exit.kind === 'code' && exit.code === 0) return {}
    try {
      const lastLines = await readLastLines(directory, this.#secrets)
      return lastLines === '' ? {} : { lastLines }
    } catch (error) {
      this.#log.warn({ err: error }, `Cannot read the output in "${directory}"`)
      return {}
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  async #lookInTurn(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (const directory of [...this.#directories].slice(0, processLimits.watchedAtOnce)) {
      this.#directories.delete(directory)
      this.#directories.add(directory)
      await this.#look(directory)
    }
    this.#isBusy = false
  }
}
