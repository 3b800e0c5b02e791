// `hocket join-token`: one string that is all a second host needs. It is read from the data directory, so that it can
// be printed for an agent that is stopped as well; it is a secret, and so nothing else is printed with it.

import fs from 'node:fs/promises'
import path from 'node:path'
import { askingOptions, type Command } from './command.ts'
import { dataDirectories } from './find-agent.ts'
import { jsonText } from './json-text.ts'

export const joinTokenCommand: Command = {
  words: 'join-token',
  summary: 'print the string with which another host joins this cluster (a secret)',
  arguments: '',
  argumentsMax: 0,
  options: askingOptions,
  examples: [
    ['hocket join-token', 'then on the other host: hocket agent --join TOKEN'],
    ['hocket agent --join "$(ssh cron1 hocket join-token)"', 'both at once'],
  ],
  run: async (call) => {
    const { makeJoinToken } = await import('../mesh/membership.ts')
    for (const directory of dataDirectories(call)) {
      const made = await makeJoinToken({ readFile: async (name) => readIfThere(path.join(directory, name)) })
      if (made === null) continue
      const { token, isLoopbackOnly } = made
      call.terminal.out(call.flags['json'] === true ? jsonText({ token, isLoopbackOnly }) : `${token}\n`)
      if (isLoopbackOnly && call.flags['json'] !== true) {
        call.terminal.error(
          'Only agents on this host can use the token: this agent listens on loopback. ' +
            'For other hosts start it with --listen 0.0.0.0:7461.\n',
        )
      }
      return 0
    }
    throw new Error(
      `Cannot make a join token: no agent has ever run on "${dataDirectories(call).join('", "')}", ` +
        'expected the data directory of one (start one with: hocket agent; or name it with --data-dir)',
    )
  },
}

async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    return await fs.readFile(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (code !== 'EACCES') throw error
    throw new Error(
      `Cannot read "${file}": this user may not, expected the user of the agent (sudo -u USER hocket …)`,
      {
        cause: error,
      },
    )
  }
}
