// Which agent a command talks to: the one of the data directory that was named, or else the first that is found in
// the usual places. The agent writes its address into its data directory; what it left there when it was killed is
// believed only as far as somebody answers.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readAgentFile } from '../store/agent-file.ts'
import { readDataDirectory } from './read-settings.ts'
import type { CommandCall } from './command.ts'

export type FoundAgent = { readonly directory: string; readonly pid: number; readonly httpAddress: string }

/** The data directories that a command may mean, the likeliest first. */
export function dataDirectories({
  flags,
  terminal,
}: Pick<CommandCall, 'flags' | 'terminal'>): readonly string[] {
  const { environment, workingDirectory } = terminal
  const { directory, isGiven } = readDataDirectory({ flags, environment, workingDirectory })
  if (isGiven) return [directory]
  return [directory, path.join(environment['HOME'] ?? os.homedir(), '.hocket'), '/var/lib/hocket']
}

/** Throws one clear line when no agent can be found. */
export async function findAgent(call: Pick<CommandCall, 'flags' | 'terminal'>): Promise<FoundAgent> {
  const directories = dataDirectories(call)
  const closed: string[] = []
  for (const directory of directories) {
    const file = await readFileOf(directory, closed)
    if (file !== null && file.httpAddress !== null)
      return { directory, pid: file.pid, httpAddress: file.httpAddress }
    if (file !== null) {
      throw new Error(
        `Cannot ask the agent of "${directory}": process ${file.pid} is starting or was stopped while it did, expected one that is ready (try again in a second)`,
      )
    }
  }
  if (closed.length > 0) {
    throw new Error(
      `Cannot read data directory "${closed.join('", "')}": this user may not, expected the user of the agent (sudo -u USER hocket …)`,
    )
  }
  const known = directories.filter((directory) => fs.existsSync(directory))
  throw new Error(
    `Cannot find a running agent: there is none in ${directories.map((directory) => `"${directory}"`).join(', ')}, expected one ` +
      `(start it with: hocket agent${known[0] === undefined ? '' : ` --data-dir ${known[0]}`}; or name its directory with --data-dir)`,
  )
}

async function readFileOf(
  directory: string,
  closed: string[],
): Promise<Awaited<ReturnType<typeof readAgentFile>>> {
  try {
    return await readAgentFile(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') closed.push(directory)
    return null
  }
}
