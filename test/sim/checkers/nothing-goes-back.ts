// I6: cursor (within an incarnation), token and the number of requests by hand never go back from one chosen value
// to the next; the tokens of grants strictly grow, so no two entries ever share one.

import type { Register } from '../../../lib/claim/register.ts'
import type { Judge } from './judge.ts'

export function checkNothingGoesBack(judge: Judge): void {
  judge.history.onChosen((chosen, before, after) => {
    if (before !== null) compare(judge, chosen.key, before.value, chosen.value)
    if (after !== null) compare(judge, chosen.key, chosen.value, after.value)
  })
}

function compare(judge: Judge, key: string, last: Register, next: Register): void {
  if (next.incarnation < last.incarnation)
    judge.violated('I6', `${key}: incarnation ${last.incarnation} became ${next.incarnation}`)
  if (next.incarnation === last.incarnation && next.cursor.slotMs < last.cursor.slotMs)
    judge.violated('I6', `${key}: the cursor went back from ${last.cursor.slotMs} to ${next.cursor.slotMs}`)
  if (next.token < last.token)
    judge.violated('I6', `${key}: the token went back from ${last.token} to ${next.token}`)
  if (next.manual.count < last.manual.count)
    judge.violated('I6', `${key}: requests went back from ${last.manual.count} to ${next.manual.count}`)
  for (const { token, unit } of next.live) {
    const known = last.live.find((entry) => entry.token === token)
    if (known === undefined ? token <= last.token : known.unit !== unit)
      judge.violated('I6', `${key}: ${unit} was granted token ${token}, and ${last.token} had been given`)
  }
}
