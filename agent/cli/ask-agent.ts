// One question to the local agent over its API, and the answer as JSON. What goes wrong becomes one line with a
// remedy: the agent's own words where it gave any.

import http from 'node:http'
import type { CommandCall } from './command.ts'
import { findAgent, type FoundAgent } from './find-agent.ts'

const answerMs = 10_000

/** Asks for a path below /api/v1; throws one clear line. */
export async function askAgent<Answer>(call: CommandCall, path: string): Promise<Answer> {
  const agent = await findAgent(call)
  const reply = await get(agent, `/api/v1/${path}`)
  if (reply.status === 200) return JSON.parse(reply.text) as Answer
  throw new Error(
    problemOf(reply) ??
      `Cannot ask the agent at ${agent.httpAddress}: it answered ${reply.status}, expected 200`,
  )
}

type Reply = { readonly status: number; readonly text: string }

async function get(agent: FoundAgent, path: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) =>
      reject(
        new Error(
          `Cannot ask the agent of "${agent.directory}": ${why}, expected it to answer at ${agent.httpAddress} ` +
            `(process ${agent.pid}; if it is gone, start it with: hocket agent --data-dir ${agent.directory})`,
        ),
      )
    const request = http.get(
      new URL(path, agent.httpAddress),
      { agent: false, timeout: answerMs },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', (error) => refuse(error.message))
      },
    )
    request.on('timeout', () => request.destroy(new Error(`it said nothing for ${answerMs / 1000} s`)))
    request.on('error', (error) => {
      refuse('code' in error && error.code === 'ECONNREFUSED' ? 'nobody listens there' : error.message)
    })
  })
}

/** The words of a problem+json; null for any other answer. */
function problemOf(reply: Reply): string | null {
  try {
    const { detail, remedy } = JSON.parse(reply.text) as {
      readonly detail?: string
      readonly remedy?: string
    }
    return detail === undefined ? null : `${detail}${remedy === undefined ? '' : ` (${remedy})`}`
  } catch {
    return null
  }
}
