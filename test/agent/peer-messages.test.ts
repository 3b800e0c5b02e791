// What a member of the cluster sends is looked at before the core sees it: whatever is no message is refused with its
// reason, once, and every message that agents do send passes.

import { beforeEach, describe, expect, test } from 'vitest'
import { PeerMessages } from '../../agent/peer-messages.ts'
import { nodeId } from '../../lib/base/ids.ts'
import type { Event } from '../../lib/event.ts'
import type { OutputMessage } from '../../lib/run/output.ts'
import { VoteBench } from '../lib/claim/vote-bench.ts'
import { claimOf } from '../lib/claim/every-second.ts'

const peer = nodeId('peer')
const hello = {
  clusterId: 'c',
  nodeId: 'peer',
  name: 'beta',
  storageId: 'd',
  bootNo: 1,
  bootId: 'b',
  canWitness: true,
  version: '0',
}

let events: Event[]
let outputs: OutputMessage[]
let told: string[]
let nowMs: number
let peers: PeerMessages
beforeEach(() => {
  events = []
  outputs = []
  told = []
  nowMs = 0
  peers = new PeerMessages({
    push: (event) => events.push(event),
    onOutput: (_, message) => outputs.push(message),
    warn: (text) => told.push(text),
    nowMs: () => nowMs,
  })
})

/** Every message of two votes, the questions and the answers, as the wire brings them. */
function votes(): unknown[] {
  const bench = new VoteBench({ witnesses: 3, proposers: ['a', 'b'] })
  const seen: unknown[] = []
  bench.propose('a', claimOf('a', 1))
  bench.propose('b', claimOf('b', 2))
  for (let round = 0; round < 40 && bench.letters.length > 0; round++) {
    seen.push(...bench.letters.map(({ message }) => JSON.parse(JSON.stringify(message)) as unknown))
    bench.deliverOnce()
    bench.elapse(100)
  }
  return seen
}

const order = {
  requestId: 'r',
  user: 'ann',
  forSlotMs: 5,
  isForced: false,
  variables: { a: 'x' },
  resume: { run: 1, attempt: 2, actions: { a: 'succeeded' } },
}
const envelope = { clusterId: 'c', epoch: 1, storageId: 'd', bootNo: 1, bootId: 'b' }
const ballot = { epoch: 1, counter: 1, proposer: 'a:1:b' }
/** What votes on slots do not say. */
const others: Json[] = [
  {
    kind: 'order-asked',
    job: 'a.b',
    token: 1,
    isLocal: false,
    order: { requestId: 'r', word: 'stop', action: 'x', user: 'ann', useLatest: false },
  },
  { kind: 'order-answered', requestId: 'r', answer: { kind: 'refused', why: 'it is over', hint: '' } },
  { kind: 'local-run-asked', job: 'a.b', atMs: 5, order },
  { kind: 'entry-found', key: 'k', token: 1, opId: 'o', isReplaced: false },
  {
    kind: 'votes-asked',
    envelope,
    prepares: [
      { key: 'k', ballot, changes: [{ kind: 'request', order, atMs: 5, incarnation: 1 }] },
      {
        key: 'service/s/0',
        ballot,
        changes: [{ kind: 'hold', node: 'a', session: 'a:1:1', isGuarded: true, revision: 'r' }],
      },
      {
        key: 'service/s/1',
        ballot,
        changes: [
          { kind: 'yield', token: 3 },
          { kind: 'take', token: 3, session: 'a:1:1' },
        ],
      },
    ],
    accepts: [],
  },
]
const ofOutput: Json[] = [
  { kind: 'output-asked', askId: 1, query: { process: 'p', stream: 'stdout', from: { byte: 0 } } },
  { kind: 'output-told', askId: 1, part: { fromByte: 0, base64: '', writtenBytes: 0, isRunning: true } },
  { kind: 'output-refused', askId: 1, why: 'gone' },
]

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** The value with one member after the other taken away, or of another kind. */
function* broken(value: Json): Generator<Json> {
  if (typeof value !== 'object' || value === null) {
    yield value === null ? { not: 'it' } : typeof value === 'string' ? 7 : 'nonsense'
    return
  }
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries())
      for (const other of broken(item)) yield value.map((one, index) => (index === at ? other : one))
    yield { not: 'a list' }
    return
  }
  for (const name of Object.keys(value)) {
    for (const other of broken(value[name]!)) yield { ...value, [name]: other }
  }
}

describe('a peer', () => {
  test('is let in with a hello, and its messages reach the core as they are', () => {
    const messages = [...votes(), ...others]
    peers.onUp(peer, hello)
    for (const message of messages) peers.onMessage(peer, message)
    expect(messages.length).toBeGreaterThan(20)
    expect(told).toEqual([])
    expect(events[0]).toEqual({ kind: 'peer-connected', peer, hello })
    expect(events.slice(1).map((event) => 'message' in event && event.message)).toEqual(messages)
  })

  test.each([null, undefined, 7, 'x', [], {}, { kind: 7 }, { kind: 'constructor' }, { kind: 'renew' }])(
    'that sends %j is refused, and the core hears nothing',
    (value) => {
      peers.onMessage(peer, value)
      peers.onGossip(peer, value)
      peers.onUp(peer, value)
      expect(events).toEqual([])
      expect(told).toHaveLength(3)
    },
  )

  test('that sends a message with any one member broken is refused with the place', () => {
    let count = 0
    for (const message of [...votes(), ...others, ...ofOutput])
      for (const wrong of broken(message as Json)) {
        count++
        const before = events.length
        peers.onMessage(peer, wrong)
        expect([events.slice(before), outputs]).toEqual([[], []])
      }
    expect(count).toBeGreaterThan(500)
    expect(told.some((text) => /its envelope\.epoch is no whole number/.test(text))).toBe(true)
    expect(told.some((text) => /its prepares\.0\.changes\.0\.slot\.slotMs is no number/.test(text))).toBe(
      true,
    )
  })

  test('that asks for output, or gives it, does not trouble the core', () => {
    for (const message of ofOutput) peers.onMessage(peer, message)
    expect([outputs, events, told]).toEqual([ofOutput, [], []])
  })

  test('that goes on with it is told of once a minute', () => {
    for (let n = 0; n < 100; n++) peers.onMessage(peer, { kind: 'nonsense' })
    expect(told).toEqual([
      'Cannot take a message of node "peer": its kind is none that is known here, expected an agent of the same version',
    ])
    nowMs = 60_000
    peers.onMessage(peer, { kind: 'nonsense' })
    expect(told).toHaveLength(2)
  })

  test('that says more than is known here is understood as far as it goes', () => {
    const holder = { node: 'a', session: 'a:1:1', token: 3, isGuarded: false }
    const gossip = {
      kind: 'digest',
      witness: 'peer',
      storageId: 'd',
      bootId: 'b',
      position: 1,
      absent: [],
      registers: [
        { key: 'k', version: 1, cursor: { slotMs: 1, label: '' }, liveCount: 0, pending: [], holder },
      ],
      newer: 'member',
    }
    peers.onGossip(peer, gossip)
    expect(events).toEqual([{ kind: 'gossip-received', from: peer, message: gossip }])
  })
})
