// A command line without a process: what it is given to read, and what it said. The time stands still.
import os from 'node:os'
import { expect } from 'vitest'
import { runCommandLine } from '../../../agent/cli/run-command.ts'
import type { Command } from '../../../agent/cli/command.ts'
import type { Terminal } from '../../../agent/cli/terminal.ts'

export type Given = {
  readonly input?: readonly string[]
  readonly nowMs?: number
  readonly workingDirectory?: string
  readonly environment?: Terminal['environment']
  readonly columns?: number
  readonly errorColumns?: number
}

export type Said = { readonly code: number; readonly out: string; readonly err: string }

const fixedNowMs = Date.parse('2026-11-21T12:00:00Z')

export async function typed(
  commands: readonly Command[],
  words: readonly string[],
  given: Given = {},
): Promise<Said> {
  const said = { out: '', err: '' }
  const terminal: Terminal = {
    input: () => pieces(given.input ?? []),
    hiddenInput: () => pieces(given.input ?? []),
    openScreen: () => {
      throw new Error('there is no screen')
    },
    out: (text) => (said.out += text),
    write: async (bytes, to) => {
      const text = Buffer.from(bytes).toString('latin1')
      if (to === 'out') said.out += text
      else said.err += text
    },
    error: (text) => (said.err += text),
    columns: given.columns ?? null,
    errorColumns: given.errorColumns ?? null,
    isColoured: false,
    environment: given.environment ?? {},
    workingDirectory: given.workingDirectory ?? os.tmpdir(),
    nowMs: () => given.nowMs ?? fixedNowMs,
  }
  const code = await runCommandLine(words, commands, terminal)
  return { code, ...said }
}

/** Stands in an expectation for any text that holds this one. */
export function saying(text: string): unknown {
  return expect.stringContaining(text)
}

async function* pieces(texts: readonly string[]): AsyncIterable<string> {
  yield* texts
}
