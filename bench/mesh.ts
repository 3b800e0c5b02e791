// What a message between two agents costs: two processes on this machine, joined over loopback as two agents are.
// The round trip of one small message at a time, round trips with 32 in flight, one-way messages as fast as the
// queue takes them, gossip from publish to delivery and back, and the memory of a process that does only this.
// Run it with `npm run bench -- mesh`.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { nodeId, type NodeId } from '../lib/base/ids.ts'
import { createClusterKey, createIdentity } from '../agent/mesh/identity.ts'
import type { JsonValue } from '../agent/mesh/json.ts'
import { openMesh, type Mesh, type MeshOptions, type PeerAddresses } from '../agent/mesh/mesh.ts'

type Setup = { readonly clusterKey: string; readonly knownPeers: readonly PeerAddresses[] }
type Callbacks = Partial<Pick<MeshOptions, 'onMessage' | 'onGossip' | 'onPeerUp'>>

const padding = 'x'.repeat(150)

function open(setup: Setup, callbacks: Callbacks): Promise<Mesh> {
  return openMesh({
    ...setup,
    privateKey: createIdentity(),
    listen: ['127.0.0.1:0'],
    hello: () => null,
    onPeerUp: () => {},
    onPeerDown: () => {},
    onMessage: () => {},
    onGossip: () => {},
    onRefused: () => {},
    onPeersChanged: () => {},
    accepts: () => true,
    log: pino({ level: 'silent' }),
    ...callbacks,
  })
}

/** Echoes whatever has a number, counts the rest, and says the count when asked. */
async function echo(setup: Setup): Promise<void> {
  let counted = 0
  const mesh: Mesh = await open(setup, {
    onMessage: (from, message) => {
      if (message === 'count') mesh.send(from, { counted })
      else if (typeof message === 'object') mesh.send(from, message)
      else counted += 1
    },
    onGossip: (_origin, message) => void mesh.gossip(message),
  })
  process.on('message', () => process.send?.({ rssBytes: process.memoryUsage.rss() }))
  process.once('disconnect', () => void mesh.close())
}

async function measure(): Promise<void> {
  const answers = new Map<number, () => void>()
  let tellUp: (peer: NodeId) => void = () => {}
  const up = new Promise<NodeId>((resolve) => {
    tellUp = resolve
  })
  let tellCount: (count: number) => void = () => {}
  const countTold = new Promise<number>((resolve) => {
    tellCount = resolve
  })
  const answered = (message: JsonValue): void => {
    const { n, counted } = message as { n?: number; counted?: number }
    if (counted !== undefined) tellCount(counted)
    else if (n !== undefined) answers.get(n)?.()
  }
  const clusterKey = createClusterKey()
  const mesh = await open(
    { clusterKey, knownPeers: [] },
    {
      onPeerUp: (peer) => tellUp(peer.nodeId),
      onMessage: (_from, message) => answered(message),
      onGossip: (_origin, message) => answered(message),
    },
  )
  const child = fork(import.meta.filename, ['echo'], { stdio: 'inherit' })
  child.send({ clusterKey, knownPeers: [{ nodeId: mesh.nodeId, addresses: mesh.addresses() }] })
  const peer = nodeId(await up)
  let next = 0
  const roundTrip = async (send: (message: JsonValue) => unknown): Promise<number> => {
    const n = next++
    const startedAtMs = performance.now()
    const came = new Promise<void>((resolve) => void answers.set(n, resolve))
    send({ n, padding })
    await came
    answers.delete(n)
    return performance.now() - startedAtMs
  }
  const direct = (message: JsonValue): boolean => mesh.send(peer, message)
  const gossip = (message: JsonValue): boolean => mesh.gossip(message)
  const times = async (count: number, one: () => Promise<number>): Promise<number[]> => {
    const all: number[] = []
    for (let i = 0; i < count; i++) all.push(await one())
    return all
  }

  const reportMemory = async (when: string): Promise<void> => {
    child.send('memory')
    const [memory] = (await once(child, 'message')) as [{ rssBytes: number }]
    console.log(`memory of the echoing process, ${when}: ${(memory.rssBytes / 1e6).toFixed(0)} MB`)
  }

  await sleep(1000)
  await reportMemory('idle')
  await times(2000, () => roundTrip(direct))
  report('round trip, one at a time', await times(5000, () => roundTrip(direct)))

  const startedAtMs = performance.now()
  const lanes = Array.from({ length: 32 }, () => times(1000, () => roundTrip(direct)))
  const pipelined = (await Promise.all(lanes)).flat()
  report('round trip, 32 in flight', pipelined)
  rate('round trips, 32 in flight', pipelined.length, performance.now() - startedAtMs)

  const oneWay = 200_000
  const sentAtMs = performance.now()
  for (let n = 0; n < oneWay; n++) {
    while (!mesh.send(peer, padding)) await sleep(1)
    if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  mesh.send(peer, 'count')
  const counted = await countTold
  rate(`messages one way (${counted} of ${oneWay} came)`, counted, performance.now() - sentAtMs)

  await sleep(1500)
  await times(100, () => roundTrip(gossip))
  report('gossip there and back', await times(1000, () => roundTrip(gossip)))

  await reportMemory('after all this')
  child.disconnect()
  await mesh.close()
}

function report(what: string, ms: number[]): void {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (part: number): string => sorted[Math.floor(sorted.length * part)]!.toFixed(3)
  console.log(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, of ${sorted.length}`)
}

function rate(what: string, count: number, ms: number): void {
  console.log(`${what}: ${Math.round((count / ms) * 1000)} a second`)
}

if (process.argv[2] === 'echo') {
  const [setup] = (await once(process, 'message')) as [Setup]
  await echo(setup)
} else {
  await measure()
}
