// A claim was granted and its proposer did not hear of it: whatever changed since, asking again finds the entry, so
// that it is run or given back instead of staying live for ever.

import { expect, test } from 'vitest'
import { nodeId, opId, sessionId } from '../../../lib/base/ids.ts'
import { applyChange } from '../../../lib/claim/apply-change.ts'
import type { Change, JobFacts } from '../../../lib/claim/change.ts'

const node = nodeId('a')

const facts = (revision: string, incarnation = 1): JobFacts => ({
  incarnation,
  revision,
  effectiveFromMs: 0,
  overlap: 'skip',
  startDeadlineMs: 5_000,
  isExclusive: false,
  rerun: null,
  count: 1,
  isConstant: false,
  isOnce: false,
  catchUpKeepsNewest: false,
  due: () => ({ range: null, slots: [] }),
  hasSlot: () => true,
})

const claim: Change = {
  kind: 'claim',
  opId: opId('a:1:1'),
  node,
  session: sessionId({ nodeId: node, bootNo: 1, k: 1 }),
  incarnation: 1,
  revision: '1:a:x',
  unit: 's1000',
  slot: { slotMs: 1_000, label: '', startByMs: 6_000 },
}

test.each([
  ['an edit came between', facts('2:a:y')],
  ['the job was deleted and created again', facts('3:a:z', 3)],
  ['the job is gone', null],
])('asked again it is granted as before, though %s', (_, newer) => {
  const first = applyChange(null, claim, { nowMs: 500, facts: facts('1:a:x') })
  const again = applyChange(first.value, claim, { nowMs: 9_000, facts: newer })
  expect(first.answer.kind).toBe('granted')
  expect(again).toEqual(first)
})
