// W3: no reply before the sync of everything that it reveals. Every answer that leaves a witness is compared with
// what its own disk says durably at that moment.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { AcceptorState } from '../../../lib/claim/acceptor.ts'
import { compareBallots, type Ballot } from '../../../lib/claim/ballot.ts'
import type { NodeMark } from '../../../lib/claim/session-witness.ts'
import { sessionParts } from '../../../lib/base/ids.ts'
import type { Judge } from './judge.ts'
import { ballotText } from './register-history.ts'

export function checkReplyAfterSync(judge: Judge): void {
  const durable = (node: NodeId, key: string) =>
    judge.journals.get(node, `register/${key}`) as AcceptorState | undefined
  const reached = (ballot: Ballot | null | undefined, needed: Ballot) =>
    ballot && compareBallots(ballot, needed) >= 0
  const isOver = (node: NodeId, { epoch }: Ballot): boolean =>
    epoch < Number(judge.journals.get(node, 'installed') ?? 0)
  judge.observers.on('sent', ({ from, message }) => {
    if (message.kind === 'votes-given') {
      for (const { key, ballot, answer } of message.prepares)
        // A promise of an epoch that is over binds nobody, and its register is gone.
        if (
          answer.kind === 'promised' &&
          !isOver(from, ballot) &&
          !reached(durable(from, key)?.promised, ballot)
        )
          judge.violated(
            'W3',
            `${from} said that it promised ${ballotText(ballot)} in ${key}, and its disk does not say so`,
          )
      for (const { key, ballot, answer } of message.accepts)
        if (
          answer.kind === 'accepted' &&
          !isOver(from, ballot) &&
          !reached(durable(from, key)?.accepted, ballot)
        )
          judge.violated(
            'W3',
            `${from} said that it accepted ${ballotText(ballot)} in ${key}, and its disk does not say so`,
          )
    }
    if (message.kind === 'expired-answer' && message.isExpired && !isKilled(judge, from, message.session))
      judge.violated(
        'W3',
        `${from} said that session ${message.session} expired, and its disk does not say so`,
      )
  })
}

function isKilled(judge: Judge, witness: NodeId, session: Parameters<typeof sessionParts>[0]): boolean {
  const { nodeId, bootNo, k } = sessionParts(session)
  const killed = (judge.journals.get(witness, `mark/${nodeId}`) as NodeMark | undefined)?.killed
  return !!killed && (bootNo < killed.bootNo || (bootNo === killed.bootNo && k <= killed.k))
}
