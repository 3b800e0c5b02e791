// I4, I6 and I7 where no majority is in reach (if_partitioned: run): a slot starts once on each side, so no two nodes
// that saw each other all the while start it; it has no token; and only jobs that ask for it start so.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Judge } from './judge.ts'
import { startedRun } from './one-start.ts'

/** From the look at who is there to the start: syncs of a slow disk lie between. */
const decisionMs = 10_000

type Start = { readonly host: string; readonly startMs: number }

export function checkOnePerSide(judge: Judge): void {
  const connectedSince = new Map<string, number>()
  judge.observers.on('connected', ({ node, peer }) => connectedSince.set(`${node} ${peer}`, judge.nowMs))
  judge.observers.on('disconnected', ({ node, peer }) => connectedSince.delete(`${node} ${peer}`))
  // A new process of an agent sees nobody before it is connected anew.
  judge.observers.on('agent-ended', ({ node }) => {
    for (const pair of connectedSince.keys()) if (pair.startsWith(`${node} `)) connectedSince.delete(pair)
  })
  const isSeen = (node: string, peer: string, sinceMs: number): boolean =>
    (connectedSince.get(`${node} ${peer}`) ?? Infinity) < sinceMs - decisionMs
  const starts = new Map<string, Start[]>()
  judge.observers.on('process-started', ({ evidence }) => {
    const { job, slot, action, run } = startedRun(evidence)
    if (!run.includes(':p')) return
    const what = `${job} slot ${slot} on ${evidence.host}`
    if (evidence.environment['HOCKET_TOKEN'] !== undefined)
      judge.violated('I6', `${what} started without a vote, and has a token`)
    const written = judge.definitions.written(job)
    if (written.length > 0 && written.every(({ ifPartitioned }) => ifPartitioned === 'wait'))
      judge.violated('I7', `${what} started without a vote, and its job is to wait for one`)
    const others = starts.get(`${job} ${slot} ${action}`) ?? []
    starts.set(`${job} ${slot} ${action}`, [...others, { host: evidence.host, startMs: evidence.startMs }])
    for (const { host, startMs } of others) {
      const sinceMs = Math.min(startMs, evidence.startMs)
      const [here, there] = [evidence.host as NodeId, host as NodeId]
      if (here !== there && isSeen(here, there, sinceMs) && isSeen(there, here, sinceMs))
        judge.violated('I4', `${what} started, and so it did on ${host}, which it sees`)
    }
  })
}
