// The parts of the mesh that need no network: frames, the send queue, redials, heartbeats, what is remembered.

import { describe, expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { isAddress, parseAddress, usableAddresses } from '../../../agent/mesh/address.ts'
import { encodeFrame, FrameReader } from '../../../agent/mesh/frames.ts'
import { GossipMender } from '../../../agent/mesh/gossip-mender.ts'
import { Heartbeat, tickMs } from '../../../agent/mesh/heartbeat.ts'
import { createClusterKey, createIdentity, nodeIdOf, parseNodeId } from '../../../agent/mesh/identity.ts'
import type { JsonValue } from '../../../agent/mesh/json.ts'
import { meshLimits } from '../../../lib/base/limits.ts'
import { Outbox } from '../../../agent/mesh/outbox.ts'
import { PeerBook } from '../../../agent/mesh/peer-book.ts'
import { Redial } from '../../../agent/mesh/redial.ts'
import { Refusals } from '../../../agent/mesh/refusals.ts'
import type { Session } from '../../../agent/mesh/sessions.ts'
import { parseWireFrame } from '../../../agent/mesh/wire.ts'

const self = nodeId('me')
const peer = nodeId('peer')

describe('frames', () => {
  const values: JsonValue[] = [1, 'ä€😀', { a: [null, true] }, '', 'x'.repeat(70_000), []]
  const bytes = Buffer.concat(values.map((value) => encodeFrame(value)!))

  test.each([1, 3, 4, 5, 1000, 65_536, bytes.length])('come out whole from chunks of %d bytes', (size) => {
    const reader = new FrameReader()
    const read: JsonValue[] = []
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.read(bytes.subarray(at, at + size)))
    expect(read).toEqual(values)
  })

  test('above the bound are neither written nor read', () => {
    expect(encodeFrame('x'.repeat(meshLimits.frameBytesMax - 2))).not.toBeNull()
    expect(encodeFrame('x'.repeat(meshLimits.frameBytesMax - 1))).toBeNull()
    const header = Buffer.alloc(4)
    header.writeUInt32BE(meshLimits.frameBytesMax + 1)
    expect(() => new FrameReader().read(header)).toThrow('expected at most')
  })

  test('that are not JSON are an error', () => {
    expect(() => new FrameReader().read(Buffer.from([0, 0, 0, 1, 0x7b]))).toThrow('it is not JSON')
  })
})

test.each<[JsonValue]>([
  [null],
  ['ping'],
  [{ kind: 'shout' }],
  [{ kind: 'ping' }],
  [{ kind: 'message' }],
  [{ kind: 'met', peers: [{ nodeId: 'nobody', addresses: [] }] }],
  [{ kind: 'moved', addresses: 'here' }],
  [{ kind: 'hello', addresses: [], peers: [] }],
])('%j is no frame of ours', (value) => {
  expect(parseWireFrame(value, '127.0.0.1')).toBeNull()
})

describe('a send queue', () => {
  function slowStream(): {
    written: Buffer[]
    send: (bytes: Uint8Array) => boolean
    writableNeedsDrain: boolean
    writeBufferLength: number
  } {
    const stream = {
      written: [] as Buffer[],
      writableNeedsDrain: false,
      writeBufferLength: 0,
      send(bytes: Uint8Array): boolean {
        stream.written.push(Buffer.from(bytes))
        stream.writableNeedsDrain = true
        stream.writeBufferLength = bytes.length
        return false
      },
    }
    return stream
  }

  test('takes no more than its bound while the peer does not read, and goes on in order when it does', () => {
    const stream = slowStream()
    const outbox = new Outbox(stream, expect.unreachable)
    const frame = (n: number): Buffer => Buffer.alloc(1024 * 1024, n)
    let taken = 0
    while (outbox.put(frame(taken))) taken += 1
    expect(taken * 1024 * 1024).toBe(meshLimits.sendQueueBytesMax)
    for (let drains = 0; drains < taken; drains++) {
      outbox.flush()
      expect(stream.written).toHaveLength(drains + 1)
      stream.writableNeedsDrain = false
      stream.writeBufferLength = 0
    }
    expect(stream.written.map((written) => written[0])).toEqual(Array.from({ length: taken }, (_, n) => n))
    expect(outbox.queuedBytes).toBe(0)
  })

  test('writes the small frames of one moment together', () => {
    const stream = slowStream()
    const outbox = new Outbox(stream, expect.unreachable)
    for (let n = 0; n < 100; n++) outbox.put(Buffer.from([n]))
    outbox.flush()
    expect(stream.written).toEqual([Buffer.from(Array.from({ length: 100 }, (_, n) => n))])
  })

  test('tells when the stream cannot be written to, and takes nothing once closed', () => {
    const failures: string[] = []
    const stream = {
      ...slowStream(),
      send: () => {
        throw new Error('it is closing')
      },
    }
    const outbox = new Outbox(stream, (why) => failures.push(why))
    outbox.put(Buffer.from('x'))
    outbox.flush()
    expect(failures).toEqual(['it could not be written to: it is closing'])
    outbox.close()
    expect(outbox.put(Buffer.from('x'))).toBe(false)
  })
})

describe('redials', () => {
  test('grow apart from 1 s to 15 s, with jitter, and begin again when the peer was up', () => {
    for (const chance of [0, 0.5, 0.999]) {
      const redial = new Redial({ self, random: () => chance })
      let nowMs = 0
      const gaps: number[] = []
      for (let dials = 0; dials < 8; dials++) {
        const fromMs = nowMs
        while (!redial.starts(peer, nowMs)) nowMs += 1
        gaps.push(nowMs - fromMs)
        redial.ended(peer, { ok: false, nowMs })
      }
      expect(gaps[0]).toBe(0)
      expect(gaps[1]).toBeGreaterThanOrEqual(600)
      expect(gaps[1]).toBeLessThanOrEqual(1000)
      expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000)
      expect(gaps.at(-1)).toBeGreaterThanOrEqual(9000)
      redial.wentDown(peer, nowMs)
      expect(redial.starts(peer, nowMs)).toBe(false)
      expect(redial.starts(peer, nowMs + 1000)).toBe(true)
    }
  })

  test('come at once when something new is known, a moment later for one of each two', () => {
    const lower = new Redial({ self: nodeId('a'), random: Math.random })
    const higher = new Redial({ self: nodeId('b'), random: Math.random })
    for (const redial of [lower, higher]) {
      redial.starts(peer, 0)
      redial.ended(peer, { ok: false, nowMs: 0 })
    }
    lower.soon(nodeId('b'), 0)
    higher.soon(nodeId('a'), 0)
    expect(lower.starts(nodeId('b'), 0)).toBe(true)
    expect(higher.starts(nodeId('a'), 0)).toBe(false)
    expect(higher.starts(nodeId('a'), 250)).toBe(true)
  })

  test('are not begun twice, nor more of them at once than the bound', () => {
    const redial = new Redial({ self, random: Math.random })
    const started = Array.from({ length: 100 }, (_, n) => redial.starts(nodeId(`zpeer ${n}`), 0))
    expect(started.filter(Boolean)).toHaveLength(meshLimits.dialsMax)
    expect(redial.starts(nodeId('zpeer 0'), 60_000)).toBe(false)
  })
})

describe('a heartbeat', () => {
  test('knows a tick in time from one after our own loop stood still', () => {
    const heartbeat = new Heartbeat(0)
    expect(heartbeat.beat(tickMs)).toBe(0)
    expect(heartbeat.beat(2 * tickMs + 150)).toBe(0)
    expect(heartbeat.beat(3 * tickMs + 7150)).toBe(7000)
  })
})

test('a peer that gossip does not reach is connected anew after 8 s, once a minute', () => {
  let isReached = true
  const mender = new GossipMender({ reaches: () => isReached })
  const session = { nodeId: peer, deafSinceMs: null } as Session
  const mendedAtMs: number[] = []
  for (let nowMs = 0; nowMs <= 150_000; nowMs += 2000) {
    isReached = nowMs < 10_000
    if (mender.deaf({ list: () => [session] }, nowMs).length > 0) mendedAtMs.push(nowMs)
  }
  expect(mendedAtMs).toEqual([18_000, 78_000, 138_000])
})

describe('what is remembered of a peer', () => {
  const address = (n: number): string => `/ip4/10.0.0.${n}/tcp/4001`

  test('is its own last word, and behind it what others say', () => {
    const book = new PeerBook(self)
    expect(book.add({ nodeId: peer, addresses: [address(1)] })).toBe(true)
    expect(book.add({ nodeId: peer, addresses: [address(2), address(1)] })).toBe(true)
    expect(book.add({ nodeId: peer, addresses: [address(2)] })).toBe(false)
    expect(book.addresses(peer)).toEqual([address(1), address(2)])
    expect(book.replace({ nodeId: peer, addresses: [address(3)] })).toBe(true)
    expect(book.replace({ nodeId: peer, addresses: [address(3)] })).toBe(false)
    expect(book.addresses(peer)).toEqual([address(3)])
  })

  test('is bounded, in addresses and in peers, and never ourselves', () => {
    const book = new PeerBook(self)
    book.replace({ nodeId: peer, addresses: [address(1)] })
    for (let n = 2; n < 50; n++) book.add({ nodeId: peer, addresses: [address(n)] })
    expect(book.addresses(peer)).toHaveLength(meshLimits.addressesPerPeerMax)
    expect(book.addresses(peer)[0]).toBe(address(1))
    expect(book.addresses(peer).at(-1)).toBe(address(49))
    for (let n = 0; n < 2 * meshLimits.peersMax; n++) book.add({ nodeId: nodeId(`peer ${n}`), addresses: [] })
    expect(book.list()).toHaveLength(meshLimits.peersMax)
    expect(book.add({ nodeId: self, addresses: [address(1)] })).toBe(false)
    expect(book.forget(peer)).toBe(true)
    expect(book.has(peer)).toBe(false)
  })
})

test('a refusal is told once a minute for each place', () => {
  const told: string[] = []
  const refusals = new Refusals(({ text }) => told.push(text))
  for (let nowMs = 0; nowMs < 150_000; nowMs += 1000) {
    refusals.told({ place: 'a', address: 'a', text: 'at a' }, nowMs)
    refusals.told({ place: 'b', address: 'b', text: 'at b' }, nowMs)
  }
  expect(told).toEqual(['at a', 'at b', 'at a', 'at b', 'at a', 'at b'])
})

describe('an address', () => {
  test.each([
    ['127.0.0.1:0', 'listen', '/ip4/127.0.0.1/tcp/0'],
    ['0.0.0.0:7946', 'listen', '/ip4/0.0.0.0/tcp/7946'],
    ['[::1]:0', 'listen', '/ip6/::1/tcp/0'],
    ['/ip4/10.0.0.1/tcp/1', 'listen', '/ip4/10.0.0.1/tcp/1'],
    ['10.0.0.1:7946', 'reach', '/ip4/10.0.0.1/tcp/7946'],
    ['node-1.example.org:7946', 'reach', '/dns/node-1.example.org/tcp/7946'],
  ] as const)('%j to %s is %j', (text, use, expected) => {
    expect(parseAddress(text, use)).toBe(expected)
  })

  test.each([
    ['example.org:7946', 'listen'],
    ['127.0.0.1', 'listen'],
    ['127.0.0.1:99999', 'listen'],
    ['', 'listen'],
    ['10.0.0.1:0', 'reach'],
    ['0.0.0.0:7946', 'reach'],
    ['/ip4/10.0.0.1/udp/1', 'reach'],
  ] as const)('%j to %s is refused by name', (text, use) => {
    expect(() => parseAddress(text, use)).toThrow(`"${text}": expected`)
  })

  test.each(['/ip4/1.2.3/tcp/1', '/ip6/fe80::1/tcp/1', '/ip4/10.0.0.1/tcp/1/p2p/x', '/dns/a b/tcp/1', 'x'])(
    '%j of a peer is not kept',
    (text) => {
      expect(isAddress(text)).toBe(false)
    },
  )

  test('on loopback is kept from those on our own host only', () => {
    const told = ['/ip4/127.0.0.1/tcp/1', '/ip4/10.0.0.1/tcp/1', '/ip6/::1/tcp/1', '/ip4/10.0.0.1/tcp/1']
    expect(usableAddresses(told, '192.0.2.7')).toEqual(['/ip4/10.0.0.1/tcp/1'])
    expect(usableAddresses(told, '127.0.0.1')).toHaveLength(3)
  })
})

describe('an identity', () => {
  test('is another each time, and names the same node each time', () => {
    const identity = createIdentity()
    expect(nodeIdOf(identity)).toBe(nodeIdOf(new Uint8Array(identity)))
    expect(nodeIdOf(identity)).not.toBe(nodeIdOf(createIdentity()))
    expect(parseNodeId(nodeIdOf(identity))).toBe(nodeIdOf(identity))
    expect(parseNodeId('somebody')).toBeNull()
    expect(createClusterKey()).not.toBe(createClusterKey())
  })

  test('that is cut short is refused in one line', () => {
    expect(() => nodeIdOf(createIdentity().subarray(0, 10))).toThrow('it has 10 bytes, expected 64')
  })
})
