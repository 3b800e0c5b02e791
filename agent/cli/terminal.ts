// What a command may use of the process that runs it: what to read, where to write, how wide, whether colour is
// wanted, the words of the environment, and the time. Tests give their own.

import { once } from 'node:events'
import { LiveScreen } from './live-screen.ts'

export type Terminal = {
  /** The standard input, in pieces. */
  input(): AsyncIterable<string>
  /** The same; what a person types is not shown, and ends with the line. */
  hiddenInput(prompt: string): AsyncIterable<string>
  /** The whole terminal, as long as it is wanted. */
  openScreen(): LiveScreen
  out(text: string): void
  error(text: string): void
  /** Bytes as they are, to the standard output or error; resolves when the reader has room for more. */
  write(bytes: Uint8Array, to: 'out' | 'error'): Promise<void>
  /** Characters in a line; null when the output is no terminal and nothing needs to be cut. */
  readonly columns: number | null
  /** The same of the standard error: a line there may be drawn over. */
  readonly errorColumns: number | null
  readonly isColoured: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  nowMs(): number
  /** Times as instants, not as how long ago. */
  readonly showsInstants?: boolean
}

export function processTerminal(): Terminal {
  const isTerminal = process.stdout.isTTY
  return {
    input: () => process.stdin.setEncoding('utf8') as AsyncIterable<string>,
    hiddenInput: (prompt) => (process.stdin.isTTY ? typedUnseen(prompt) : process.stdin.setEncoding('utf8')),
    openScreen: () => new LiveScreen(),
    out: (text) => process.stdout.write(text),
    write: async (bytes, to) => {
      const stream = to === 'out' ? process.stdout : process.stderr
      if (!stream.write(bytes)) await once(stream, 'drain')
    },
    error: (text) => process.stderr.write(text),
    columns: isTerminal ? widthOf(process.stdout) : null,
    errorColumns: mayDrawOver(process.stderr) ? widthOf(process.stderr) : null,
    isColoured: wantsColour(isTerminal, process.env),
    environment: process.env,
    workingDirectory: process.cwd(),
    nowMs: () => Date.now(),
  }
}

/** Some terminals do not say how wide they are. */
function widthOf({ columns }: { readonly columns: number }): number {
  return columns > 0 ? Math.max(40, columns) : 80
}

/** A dumb terminal knows no way back to the beginning of a line. */
function mayDrawOver({ isTTY }: typeof process.stderr): boolean {
  return isTTY && process.env['TERM'] !== 'dumb'
}

/** Ctrl-C ends it as it ends any command; Ctrl-D and Enter end the line. */
async function* typedUnseen(prompt: string): AsyncIterable<string> {
  process.stderr.write(prompt)
  process.stdin.setRawMode(true)
  let typed = ''
  let isOver = false
  try {
    for await (const keys of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
      for (const key of keys) {
        if (key === '\u0003') process.kill(process.pid, 'SIGINT')
        else if (isOver || key === '\r' || key === '\n' || key === '\u0004') isOver = true
        else typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key
      }
      if (isOver) break
    }
  } finally {
    process.stdin.setRawMode(false)
    process.stderr.write('\n')
  }
  yield typed
}

/** Colour only on a terminal, and never where NO_COLOR is set (no-color.org). */
export function wantsColour(isTerminal: boolean, environment: Terminal['environment']): boolean {
  return isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
}
