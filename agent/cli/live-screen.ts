// A terminal as one live screen: drawn over and over, on a page of its own that the terminal has for such programs, ended
// by q or Ctrl-C, and left as it was found.

import { setTimeout as delay } from 'node:timers/promises'

export type ScreenSize = { readonly columns: number; readonly rows: number }

const lookEveryMs = 100
const otherScreen = '\u001B[?1049h\u001B[?25l'
const ownScreen = '\u001B[?25h\u001B[?1049l'
const home = '\u001B[H'
const restOfLine = '\u001B[K'
const restOfScreen = '\u001B[J'
/** Ctrl-C and Ctrl-D, which a raw terminal hands over as keys. */
const endingKeys = ['q', 'Q', '\u0003', '\u0004']

export class LiveScreen {
  #isClosed = false
  #isOther = false
  readonly #onKeys = (keys: Buffer | string) => {
    this.#isOther = true
    this.#isClosed ||= endingKeys.some((key) => String(keys).includes(key))
  }
  readonly #onResize = () => {
    this.#isOther = true
  }

  constructor() {
    const { stdin, stdout } = process
    if (stdin.isTTY) stdin.setRawMode(true)
    stdin.on('data', this.#onKeys)
    stdout.on('resize', this.#onResize)
    stdout.write(otherScreen)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  draw(lines: (size: ScreenSize) => readonly string[]): void {
    const { columns, rows } = process.stdout
    const drawn = lines({ columns, rows }).map((line) => `${line}${restOfLine}`)
    process.stdout.write(home + drawn.join('\r\n') + restOfScreen)
  }

  /** Resolves after so long, or earlier: on news, a key, another size of the terminal. */
  async pause(ms: number, isNews: () => boolean): Promise<void> {
    this.#isOther = false
    for (let waitedMs = 0; waitedMs < ms; waitedMs += lookEveryMs) {
      await delay(lookEveryMs)
      if (this.#isOther || this.#isClosed || (waitedMs > 0 && isNews())) return
    }
  }

  close(): void {
    const { stdin, stdout } = process
    stdin.off('data', this.#onKeys)
    stdout.off('resize', this.#onResize)
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
    stdout.write(ownScreen)
  }
}
