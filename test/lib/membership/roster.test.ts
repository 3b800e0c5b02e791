// Who belongs to the cluster, and which news of it make every job be planned anew: with ten thousand jobs and a thousand
// agents that is dear.
import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { Roster, type NodeCard } from '../../../lib/membership/roster.ts'

const [self, other, witness] = [nodeId('a'), nodeId('b'), nodeId('w')]
const card = (node = self, change: Partial<NodeCard> = {}): NodeCard => ({
  nodeId: node,
  name: node,
  hostname: `${node}.example`,
  labels: { disk: 'ssd' },
  addresses: [`${node}:1`],
  version: '1',
  zoneData: '2026a',
  canWitness: true,
  bootNo: 1,
  startedAtMs: 0,
  ...change,
})

let roster: Roster

beforeEach(() => {
  roster = new Roster(self)
})

describe('a card', () => {
  test('of this node itself is news for all jobs', () => {
    expect(roster.setCard(card())).toBe(true)
    expect(roster.setCard(card())).toBe(false)
  })

  test('of a node that joins is none, and the node is chosen from then on', () => {
    roster.setCard(card())
    expect(roster.eligible({ kind: 'any' })).toEqual([self])
    expect(roster.setCard(card(other))).toBe(false)
    expect(roster.eligible({ kind: 'any' })).toEqual([self, other])
  })

  test('of a node that started again elsewhere is none', () => {
    roster.setCard(card(other))
    const again = card(other, { bootNo: 2, startedAtMs: 5, addresses: ['elsewhere:1'], version: '2' })
    expect(roster.setCard(again)).toBe(false)
    expect(roster.card(other)).toBe(again)
  })

  test.each([{ labels: { disk: 'hdd' } }, { name: 'c' }, { hostname: 'c.example' }])(
    'of a node that may hold other jobs now (%j) is news for all jobs',
    (change) => {
      roster.setCard(card(other))
      const ssd = { kind: 'labels', labels: { disk: 'ssd' } } as const
      expect(roster.eligible(ssd)).toEqual([other])
      expect(roster.setCard(card(other, change))).toBe(true)
      expect(roster.eligible(ssd)).toEqual('labels' in change ? [] : [other])
    },
  )
})

test('whether anybody is absent is known from fresh digests alone', () => {
  expect(roster.isAnyAbsent(0)).toBe(true)
  roster.onDigest(witness, [], 0)
  expect(roster.isAnyAbsent(1_000)).toBe(false)
  roster.onDigest(witness, [other], 1_000)
  expect(roster.isAnyAbsent(2_000)).toBe(true)
  roster.onDigest(witness, [], 2_000)
  expect(roster.isAnyAbsent(60_000)).toBe(true)
})
