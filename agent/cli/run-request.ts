// How the commands about runs ask the agent: each request with an id of its own, asked again with the same id while
// nobody can say whether it was done; and how a run that was asked for is waited for until it is known where it runs.

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { stateWords } from '../../lib/ledger/state-words.ts'
import type { RunView } from '../../lib/view/run-view.ts'
import { AgentRefused, askAgent, tellAgent } from './ask-agent.ts'
import type { CommandCall } from './command.ts'

export type Done = { readonly done: string; readonly requestId: string }

const triesMax = 3
const lookAgainMs = 200
/** A claim takes milliseconds; one that was released waits for the others for seconds. */
const startedWithinMs = 10_000

/** Below /api/v1. */
export async function request(call: CommandCall, path: string, body: object = {}): Promise<Done> {
  const requestId = `${Date.now()}-${randomUUID()}`
  const text = JSON.stringify({ ...body, requestId })
  for (let tried = 1; ; tried++)
    try {
      return await tellAgent<Done>(call, { method: 'POST', path, body: { type: 'application/json', text } })
    } catch (error) {
      const isOpen = error instanceof AgentRefused && error.message.includes('nobody knows yet')
      if (!isOpen || tried >= triesMax) throw error
    }
}

/** The run that answers this request; null when none has begun so far. */
export async function runOf(
  call: CommandCall,
  job: string,
  requestId: string,
  withinMs = startedWithinMs,
): Promise<RunView | null> {
  const untilMs = Date.now() + withinMs
  for (;;) {
    const path = `runs?job=${encodeURIComponent(job)}&limit=1000`
    const { runs } = await askAgent<{ readonly runs: readonly RunView[] }>(call, path)
    const own = runs.find((run) => run.requestId === requestId)
    if (own !== undefined || Date.now() >= untilMs) return own ?? null
    await sleep(lookAgainMs)
  }
}

/** How it is, or how it ended; `name` is for what has none of its own. */
export function runText({ id, state, node, why }: RunView, name: string): string {
  return `run ${id ?? name} ${stateWords[state]} on ${node ?? 'no node'}${why === '' ? '' : ` (${why})`}`
}

export function isNotFound(error: unknown): boolean {
  return error instanceof AgentRefused && error.status === 404
}
