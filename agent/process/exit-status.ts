// How a command ended, from what its worker's shell says. A shell gives 128 + n both for a
// command that signal n killed and for one that called exit(128 + n); but it tells a script's
// reader of the first: it prints the signal's name, save for INT and PIPE (bash, as it was
// built, for TERM too). Where the shell may be silent, a signal that the agent itself sent
// decides, and otherwise the number stands as the code that the shell gave.

import { constants } from 'node:os'
import type { Exit } from '../../lib/claim/ended-attempt.ts'

const exitLine = /^ended (\d{1,3})( bash)?\n/m

/** Null when the record is not finished (its line has no end). */
export function readExit(exitText: string, signalsSent: readonly string[]): Exit | null {
  const found = exitLine.exec(exitText)
  if (found === null) return null
  const status = Number(found[1])
  const signal = signalName(status - 128)
  if (signal === null) return { kind: 'code', code: status }
  const isBash = found[2] !== undefined
  const maySayNothing = isBash || signal === 'SIGINT' || signal === 'SIGPIPE'
  const wasKilled = found.index > 0 || (maySayNothing && signalsSent.includes(signal))
  return wasKilled ? { kind: 'signal', signal } : { kind: 'code', code: status }
}

/** Whether the last check before the command refused it: its lease was over. Only its worker can have said so. */
export function isTooLate(exitText: string): boolean {
  return exitText.startsWith('late\n')
}

/** What a worker's shell and the request said before anything was started. */
export function readFault(exitText: string): string {
  const end = exitLine.exec(exitText)?.index ?? exitText.length
  return exitText.slice(0, end).trim().replaceAll('\n', '; ')
}

function signalName(number: number): string | null {
  if (number < 1 || number > 64) return null
  const found = Object.entries(constants.signals).find(([, value]) => value === number)
  return found?.[0] ?? `SIG${number}`
}
