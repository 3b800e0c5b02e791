// What the agent of a data directory says about itself, for the command line to find it and
// for a second agent to name it: `agent.json`. It is left behind by an agent that was killed:
// a reader believes it only as far as the process or the address answers.

import fs from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../lib/base/error-code.ts'
import { writeSyncedFile } from './synced-file.ts'

const agentFileName = 'agent.json'

export type AgentFile = {
  readonly pid: number
  /** Such as `http://127.0.0.1:8600`; null until the agent listens. */
  readonly httpAddress: string | null
}

export async function writeAgentFile(directory: string, file: AgentFile): Promise<void> {
  await writeSyncedFile(path.join(directory, agentFileName), `${JSON.stringify(file)}\n`)
}

/** Null when there is none, or when it cannot be understood. */
export async function readAgentFile(directory: string): Promise<AgentFile | null> {
  let text: string
  try {
    text = await fs.readFile(path.join(directory, agentFileName), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  return parseAgentFile(text)
}

export async function removeAgentFile(directory: string): Promise<void> {
  await fs.rm(path.join(directory, agentFileName), { force: true })
}

function parseAgentFile(text: string): AgentFile | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number')
    return null
  const httpAddress =
    'httpAddress' in value && typeof value.httpAddress === 'string' ? value.httpAddress : null
  return { pid: value.pid, httpAddress }
}
