// What is said in one message stays below what the wire takes in one frame, however large registers are.
import { describe, expect, test } from 'vitest'
import { bootId, nodeId, opId, sessionId, storageId } from '../../../lib/base/ids.ts'
import { meshLimits, registerLimits, voteLimits } from '../../../lib/base/limits.ts'
import { bytesOfChanges, bytesOfRegister, inMessages, inParts } from '../../../lib/claim/message-size.ts'
import type { VotesGiven } from '../../../lib/claim/message.ts'
import { emptyRegister, type LiveEntry, type Register } from '../../../lib/claim/register.ts'

const node = nodeId('a'.repeat(52))
const ballot = { epoch: 1, counter: 1, proposer: `${node}:1:${bootId('b'.repeat(16))}` }
const entry: LiveEntry = {
  unit: 's1792890004000',
  incarnation: 1,
  slotMs: 1_792_890_004_000,
  label: '2026-10-25T01:00:04+02:00[Europe/Amsterdam]',
  attempt: 1,
  startByMs: 1_792_890_064_000,
  node,
  session: sessionId({ nodeId: node, bootNo: 1_000, k: 1_000 }),
  opId: opId(`${node}:1000:100000`),
  token: 2 ** 33,
  run: 2 ** 33,
}
const order = {
  requestId: '2026-10-25T01:00:04.000Z-0123456789abcdef',
  user: 'ann',
  forSlotMs: null,
  isForced: false,
  variables: { TEXT: 'é'.repeat(400) },
  resume: null,
}
/** As large as registers get. */
const large: Register = {
  ...emptyRegister({ incarnation: 1, effectiveFromMs: 0, revision: `12:${node}:${'0'.repeat(28)}` }),
  live: Array.from({ length: registerLimits.live }, () => entry),
  pending: Array.from({ length: registerLimits.pending }, () => ({
    ...entry,
    sinceMs: 1,
    releasedBy: node,
    order,
  })),
  untold: Array.from({ length: registerLimits.untold }, () => ({
    kind: 'ended' as const,
    version: 1_000_000,
    atMs: 1_792_890_004_000,
    entry,
    outcome: {
      kind: 'failed' as const,
      why: 'action step1 was ended by SIGTERM: it ran longer than its timeout',
    },
  })),
}
/** Of a run with many actions on nodes of their own, on many nodes. */
const failed = {
  kind: 'exited',
  startedAtMs: 1_792_890_004_000,
  endedAtMs: 1_792_890_004_000,
  exit: { kind: 'code', code: 1 },
  lastLines: '\t'.repeat(1_000),
  node,
} as const
const wide: LiveEntry = {
  ...entry,
  takenBy: Array.from({ length: 100 }, () => node),
  children: Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`step${at}`, { tried: 1, attempt: failed }]),
  ),
  child: {
    token: 2 ** 33,
    unit: 's1792890004000',
    node,
    action: 'step1',
    tried: 1,
    on: node,
    revision: large.revision,
  },
}
const withWide: Register = {
  ...large,
  live: [wide, wide],
  pending: [{ ...wide, run: null, sinceMs: 1, releasedBy: node, order }],
  untold: [{ ...large.untold[0]!, entry: wide } as Register['untold'][number]],
}
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('the size of a message', () => {
  test('is told before it is written, and never as less than it is', () => {
    const small = { ...large, live: [], pending: [], untold: [] }
    for (const value of [large, { ...large, pending: [] }, withWide, small])
      expect(bytesOf(value)).toBeLessThanOrEqual(bytesOfRegister(value))
    const change = { kind: 'request', order, atMs: 1, incarnation: 1 } as const
    expect(bytesOf([change, change])).toBeLessThanOrEqual(bytesOfChanges([change, change]))
    const finish = { kind: 'finish', token: 1, outcome: { kind: 'succeeded' }, attempt: failed } as const
    expect(bytesOf([finish, finish])).toBeLessThanOrEqual(bytesOfChanges([finish, finish]))
  })

  test('is below a frame for any number of the largest registers, and none is left out', () => {
    const items = Array.from({ length: 40 }, (_, at) => ({ at, value: large }))
    const messages = inMessages(items, ({ value }) => bytesOfRegister(value))
    expect(messages.flat().map(({ at }) => at)).toEqual(items.map(({ at }) => at))
    for (const message of messages) expect(bytesOf(message)).toBeLessThan(meshLimits.frameBytesMax)
  })

  test('is that of as many registers as may be where they are small', () => {
    const items = Array.from({ length: 2 * voteLimits.registersPerMessage + 1 }, (_, at) => at)
    expect(inMessages(items, () => 1_000).map(({ length }) => length)).toEqual([500, 500, 1])
    expect(inMessages([], () => 1)).toEqual([])
  })

  test('of a witness’s answers too: they come in parts, each as true as the whole', () => {
    const given: VotesGiven = {
      kind: 'votes-given',
      storageId: storageId('d'),
      bootId: bootId('b'),
      position: 7,
      epoch: 1,
      prepares: Array.from({ length: 20 }, (_, at) => ({
        key: `shop.job${at}`,
        ballot,
        answer: { kind: 'promised', accepted: ballot, value: large },
        judged: [null],
      })),
      accepts: [{ key: 'shop.other', ballot, answer: { kind: 'accepted' } }],
    }
    const parts = inParts(given)
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.flatMap(({ prepares }) => prepares)).toEqual(given.prepares)
    expect(parts.flatMap(({ accepts }) => accepts)).toEqual(given.accepts)
    for (const part of parts) {
      expect(part).toMatchObject({ kind: 'votes-given', storageId: 'd', position: 7, epoch: 1 })
      expect(bytesOf(part)).toBeLessThan(meshLimits.frameBytesMax)
    }
    expect(inParts({ ...given, prepares: [], accepts: [] })).toHaveLength(1)
  })
})
