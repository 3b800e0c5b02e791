// How far something is that takes long, for the person who waits for it: on a terminal one line that is drawn over,
// elsewhere a plain line now and then, and nothing beside --json. It goes to the standard error, so that what was asked
// for stays whole on the standard output.

import type { CommandCall } from './command.ts'
import { plainText } from './plain-text.ts'
import { cut, displayWidth } from './table.ts'
import type { Terminal } from './terminal.ts'
import { timeLength } from './time-words.ts'

export type Standing = {
  readonly done: number
  /** Null as long as nobody can say. */
  readonly total: number | null
  /** What else is to be seen, such as what is being waited for. */
  readonly more?: string
}

const barCells = 20
const drawEveryMs = 100
const sayEveryMs = 10_000
/** Less is no measure of what is left. */
const estimate = { afterMs: 5_000, afterDone: 3 }
const lineStart = '\r\u001B[K'

export class Progress {
  readonly #title: string
  readonly #terminal: Pick<Terminal, 'error' | 'errorColumns' | 'nowMs'>
  readonly #sinceMs: number
  #saidAtMs: number
  #said = ''
  #first: number | null = null
  #isDrawn = false

  constructor(title: string, terminal: Pick<Terminal, 'error' | 'errorColumns' | 'nowMs'>) {
    this.#title = plainText(title)
    this.#terminal = terminal
    this.#sinceMs = terminal.nowMs()
    // A plain line is for those who have waited.
    this.#saidAtMs = terminal.errorColumns === null ? this.#sinceMs : -Infinity
  }

  show(standing: Standing): void {
    const nowMs = this.#terminal.nowMs()
    const { errorColumns: columns } = this.#terminal
    this.#first ??= standing.done
    if (nowMs - this.#saidAtMs < (columns === null ? sayEveryMs : drawEveryMs)) return
    const line = this.#line(standing, nowMs)
    if (line === this.#said) return
    this.#said = line
    this.#saidAtMs = nowMs
    if (columns === null) return this.#terminal.error(`${line}\n`)
    this.#isDrawn = true
    // The last column stays free: some terminals would break the line there.
    this.#terminal.error(lineStart + cut(line, columns - 1))
  }

  /** Before something else is written, and in the end. */
  clear(): void {
    if (this.#isDrawn) this.#terminal.error(lineStart)
    this.#isDrawn = false
    this.#said = ''
  }

  #line(standing: Standing, nowMs: number): string {
    const { done, total, more = '' } = standing
    const isBar = this.#terminal.errorColumns !== null && total !== null && total > 0
    const parts = [
      ...(isBar ? [bar(done / total)] : []),
      total === null ? '' : `${done} of ${total}`,
      plainText(more),
      this.#timeLeft(standing, nowMs),
    ]
    const said = parts.filter((part) => displayWidth(part) > 0)
    return `${this.#title}: ${isBar ? `${said[0] ?? ''} ${said.slice(1).join(', ')}` : said.join(', ')}`
  }

  /** As far as what was done since then can tell. */
  #timeLeft({ done, total }: Standing, nowMs: number): string {
    const doneSince = done - (this.#first ?? done)
    const elapsedMs = nowMs - this.#sinceMs
    if (total === null || done >= total) return ''
    if (doneSince < estimate.afterDone || elapsedMs < estimate.afterMs) return ''
    const leftMs = (elapsedMs / doneSince) * (total - done)
    return `about ${timeLength(Math.max(1000, Math.round(leftMs / 1000) * 1000)).replace(/\.\d+/, '')} left`
  }
}

/** None where the answer is for a program. */
export function progressOf(call: CommandCall, title: string): Progress | null {
  return call.flags['json'] === true ? null : new Progress(title, call.terminal)
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barCells)
  return '█'.repeat(full) + '░'.repeat(barCells - full)
}
