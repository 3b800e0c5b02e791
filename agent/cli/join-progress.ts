// What a person sees of an agent that has joined a cluster and gets its documents: how many it has and how many are
// left, until it has them all. The agent is asked as anybody would ask it.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Question } from '../../lib/view/question.ts'
import type { Progress } from './progress.ts'

const lookEveryMs = 250
/** What a peer has is told in parts: it is not all as long as more may come. */
const quietLooks = 4

export type JoiningAgent = {
  ask(question: Question): Promise<Answer>
  readonly ended: Promise<unknown>
}

/** Resolves with the number of documents when none is left, or with null when the agent ended before. */
export async function showJoining(agent: JoiningAgent, progress: Progress | null): Promise<number | null> {
  let hasEnded = false
  void agent.ended.then(() => (hasEnded = true))
  for (let quiet = 0; quiet < quietLooks;) {
    if (hasEnded) return null
    const [status, figures] = await Promise.all([
      agent.ask({ kind: 'status' }),
      agent.ask({ kind: 'figures' }),
    ])
    if (status.kind !== 'status' || figures.kind !== 'figures') return null
    const { known, behind } = figures.figures.documents
    const isJoining = status.status.state === 'joining'
    if (isJoining) progress?.show({ done: 0, total: null, more: 'looking for an agent that is there' })
    else
      progress?.show({
        done: known,
        total: known + behind.count,
        more: `${behind.count} document${behind.count === 1 ? '' : 's'} left`,
      })
    quiet = isJoining || behind.count > 0 ? 0 : quiet + 1
    if (quiet >= quietLooks) {
      progress?.clear()
      return known
    }
    await sleep(lookEveryMs)
  }
  return null
}
