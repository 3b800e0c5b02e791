// I2: promised, accepted, epoch and bootNo never go back on one disk; accepted is at most promised. And I8 as far as
// one disk goes: nothing that was durable is gone after a restart.

import type { AcceptorState } from '../../../lib/claim/acceptor.ts'
import { compareBallots, type Ballot } from '../../../lib/claim/ballot.ts'
import type { NodeMark } from '../../../lib/claim/session-witness.ts'
import type { Judge } from './judge.ts'
import { ballotText } from './register-history.ts'

export function checkPromisesKept(judge: Judge): void {
  judge.journals.onPut('register/', ({ node, key, value, before, isInstall }) => {
    // C3: at an install promises are dropped; torn by a crash it looks like one that has not ended.
    const installed = Number(judge.journals.get(node, 'installed') ?? 0)
    if (isInstall || installed < judge.history.newestEpoch) return
    const now = value as AcceptorState | undefined
    const last = before as AcceptorState | undefined
    if (last !== undefined && now === undefined)
      return judge.violated('I8', `${node} has lost register ${key}`)
    if (now === undefined) return
    const { promised, accepted } = now
    if (isBelow(promised, last?.promised ?? null))
      judge.violated(
        'I2',
        `${node} went back from promise ${ballotText(last!.promised)} to ${ballotText(promised)} in ${key}`,
      )
    if (isBelow(accepted, last?.accepted ?? null))
      judge.violated('I2', `${node} went back from accepted ${ballotText(last!.accepted!)} in ${key}`)
    if (accepted !== null && compareBallots(accepted, promised) > 0)
      judge.violated(
        'I2',
        `${node} accepted ${ballotText(accepted)} above its promise ${ballotText(promised)} in ${key}`,
      )
  })
  judge.journals.onPut('boot', ({ node, value, before }) => {
    if (before !== undefined && !(Number(value) >= Number(before)))
      judge.violated('I2', `${node} went back from boot ${Number(before)} to ${Number(value)}`)
  })
  judge.journals.onPut('mark/', ({ node, key, value, before }) => {
    const now = value as NodeMark | undefined
    const last = before as NodeMark | undefined
    if (last === undefined) return
    const isKillKept =
      last.killed === null ||
      (now !== undefined && now.killed !== null && order(now.killed, last.killed) >= 0)
    if (now === undefined || now.bootNo < last.bootNo || !isKillKept)
      judge.violated(
        'I2',
        `${node} went back in what it knows of ${key}: ${JSON.stringify(last)}, now ${JSON.stringify(now)}`,
      )
  })
}

/** Null is before all. */
function isBelow(ballot: Ballot | null, last: Ballot | null): boolean {
  return last !== null && (ballot === null || compareBallots(ballot, last) < 0)
}

type Killed = NonNullable<NodeMark['killed']>
const order = (left: Killed, right: Killed): number => left.bootNo - right.bootNo || left.k - right.k
