// `--batch`: questions as JSON lines on the standard input, an answer for each in one line, in their order and as
// soon as they are read, so that a program may ask thousands in a second or one at a time.

import type { Terminal } from './terminal.ts'

export type BatchRow = Readonly<Record<string, unknown>>

/** Longer than any question: what comes without line ends must not fill the memory. */
const lineCharactersMax = 100_000

/** A refusal becomes `{"error"}`: one bad line says so, and the next ones are answered. */
export class BatchRefusal extends Error {
  override readonly name = 'BatchRefusal'
}

export async function answerLines(terminal: Terminal, answer: (row: BatchRow) => object): Promise<void> {
  let rest = ''
  for await (const piece of terminal.input()) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineCharactersMax) {
      throw new Error(
        `Cannot read the standard input: a line has more than ${lineCharactersMax} characters, expected one JSON object a line`,
      )
    }
    terminal.out(lines.map((line) => answerLine(line, answer)).join(''))
  }
  terminal.out(answerLine(rest, answer))
}

/** Nothing for an empty line. */
function answerLine(line: string, answer: (row: BatchRow) => object): string {
  if (line.trim() === '') return ''
  return `${JSON.stringify(answerText(line, answer))}\n`
}

function answerText(line: string, answer: (row: BatchRow) => object): object {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch {
    return { error: 'Cannot read line: it is not JSON, expected one object such as {"expr":"every 15m"}' }
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    return { error: 'Cannot read line: it is no object, expected one such as {"expr":"every 15m"}' }
  try {
    return answer(row as BatchRow)
  } catch (error) {
    if (error instanceof BatchRefusal) return { error: error.message }
    throw error
  }
}

/** The text under a key; refuses anything else, and its absence unless there is a default. */
export function batchText(row: BatchRow, key: string, fallback?: string): string {
  const value = row[key] ?? fallback
  if (typeof value === 'string') return value
  const what = value === undefined ? 'is missing' : 'is not text'
  throw new BatchRefusal(`Cannot answer: "${key}" ${what}, expected text`)
}
