// Whether an agent's own memory can be trusted, by the word of the others (W4).

import { expect, test } from 'vitest'
import { bootId, clusterId, nodeId, storageId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import type { BootJudged, ClaimMessage } from '../../../lib/claim/message.ts'
import { Vouching } from '../../../lib/claim/vouching.ts'

const members = ['a', 'b', 'c'].map((name) => ({
  nodeId: nodeId(name),
  storageId: storageId(`disk-${name}`),
}))
const configuration = { clusterId: clusterId('x'), epoch: 1, members, previous: [], recovery: null }
const self = { ...members[0]!, bootNo: 2, bootId: bootId('second') }

function bench(journal = new Journal('journal')) {
  const sent: ClaimMessage[] = []
  const said: string[] = []
  const vouching = new Vouching({
    self,
    journal,
    position: () => 17,
    send: (_, message) => sent.push(message),
    quarantined: (why) => said.push(why),
  })
  const judged = (disk: string, isContradicted = false, boot = 'second'): BootJudged => ({
    kind: 'boot-judged',
    storageId: storageId(disk),
    bootId: bootId(boot),
    isContradicted,
  })
  return { vouching, sent, said, judged }
}

test('W4: a witness votes only when a majority with it vouched for its boot', () => {
  const { vouching, sent, judged } = bench()
  vouching.ask(configuration)
  expect(sent).toHaveLength(2)
  expect(vouching.isVouched(configuration)).toBe(false)
  vouching.onJudged(judged('a disk that votes nowhere'))
  expect(vouching.isVouched(configuration)).toBe(false)
  vouching.onJudged(judged('disk-b'))
  expect(vouching.isVouched(configuration)).toBe(true)
})

test('W4: an agent that is no witness is believed when a majority of them vouched for it', () => {
  const { vouching, judged } = bench()
  const others = { members: members.slice(1).concat({ nodeId: nodeId('d'), storageId: storageId('disk-d') }) }
  vouching.onJudged(judged('disk-b'))
  expect(vouching.isVouched(others)).toBe(false)
  vouching.onJudged(judged('disk-d'))
  expect(vouching.isVouched(others)).toBe(true)
})

test('W4: one contradiction quarantines the agent for good, and it says why once', () => {
  const { vouching, said, judged } = bench()
  vouching.onJudged(judged('disk-b', true))
  vouching.onJudged(judged('disk-c', true))
  vouching.onJudged(judged('disk-b'))
  expect(vouching.isVouched(configuration)).toBe(false)
  expect(said).toEqual([vouching.quarantine])
})

test('W1: a refusal that was meant for an earlier start of this agent does not quarantine it', () => {
  const { vouching, judged } = bench()
  vouching.onRefused({ because: 'clone-or-rollback', bootId: bootId('first') })
  vouching.onJudged(judged('disk-b', true, 'first'))
  expect(vouching.quarantine).toBeNull()
  vouching.onRefused({ because: 'clone-or-rollback', bootId: self.bootId })
  expect(vouching.quarantine).not.toBeNull()
})

test('W4: a quarantined agent is so on its data directory also after its next start, whose number nobody has seen', () => {
  const journal = new Journal('journal')
  const { vouching, judged } = bench(journal)
  vouching.onJudged(judged('disk-b', true))
  const restarted = bench(journal)
  expect(restarted.said).toEqual([vouching.quarantine])
  restarted.vouching.onJudged(restarted.judged('disk-b'))
  restarted.vouching.onJudged(restarted.judged('disk-c'))
  expect(restarted.vouching.isVouched(configuration)).toBe(false)
})
