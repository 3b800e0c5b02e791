// What a command of `hocket` is: its words, its options, how its help teaches it, and what it does. Exit codes: 0 it
// did what was asked, 1 it could not, 2 it was asked wrongly.

import type { Terminal } from './terminal.ts'

export type CommandOption = {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  /** One letter that stands for it: `n` for `-n 10`. */
  readonly short?: string
  /** What it is followed by, for the help. */
  readonly takes?: string
  readonly help: string
}

export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

export type CommandCall = {
  readonly flags: Flags
  readonly positionals: readonly string[]
  readonly terminal: Terminal
}

export type Command = {
  /** `status`, `config status`. */
  readonly words: string
  /** Under which title the help lists it. */
  readonly section?: string
  readonly summary: string
  /** What may stand behind the words, such as `[JOB]`; and how many. */
  readonly arguments: string
  readonly argumentsMax: number
  readonly options: Readonly<Record<string, CommandOption>>
  /** Lines that one could type, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  run(call: CommandCall): Promise<number>
}

/** What a person typed wrongly: exit code 2, and no word about faults of the program. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The options of every command that asks the local agent. */
export const askingOptions: Readonly<Record<string, CommandOption>> = {
  'data-dir': {
    type: 'string',
    takes: 'DIR',
    help: "the agent's data directory (default: the first of .hocket, ~/.hocket and /var/lib/hocket with an agent)",
  },
  json: { type: 'boolean', help: 'print the answer as JSON' },
}

/** Those of every command that shows a list with times in it. */
export const listingOptions: Readonly<Record<string, CommandOption>> = {
  ...askingOptions,
  instants: { type: 'boolean', help: 'show instants, not how long ago or in how long' },
}
