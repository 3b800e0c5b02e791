// I1: one value per (key, ballot) over all witnesses, ever.

import type { Judge } from './judge.ts'
import { ballotText } from './register-history.ts'

export function checkOneValuePerBallot(judge: Judge): void {
  judge.history.onAccepted(({ key, ballot, text }, other, node) => {
    if (other === null) return
    judge.violated(
      'I1',
      `${node} accepted another value of ${key} under ballot ${ballotText(ballot)}: ${text}, and before ${other.text}`,
    )
  })
}
