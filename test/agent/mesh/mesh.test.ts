// What the mesh promises to the agent, between real nodes over loopback.

import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import type { NodeId } from '../../../lib/base/ids.ts'
import { createClusterKey, createIdentity, nodeIdOf } from '../../../agent/mesh/identity.ts'
import { meshLimits } from '../../../lib/base/limits.ts'
import { closeTestMeshes, known, openTestMesh, until, untilAllUp, type TestMesh } from './test-mesh.ts'

afterEach(closeTestMeshes)

/** Gossip reaches everyone from everyone. Gossip may be lost while streams are made, so it is said again. */
async function expectGossipAmong(nodes: readonly TestMesh[], word: string): Promise<void> {
  const heard = (node: TestMesh): Set<NodeId> =>
    new Set(node.gossip.filter(({ message }) => message === word).map(({ origin }) => origin))
  const deadlineMs = performance.now() + 8000
  const complete = (): boolean => nodes.every((node) => heard(node).size === nodes.length - 1)
  while (!complete() && performance.now() < deadlineMs) {
    for (const node of nodes) node.mesh.gossip(word)
    await until('', complete, 300).catch(() => {})
  }
  expect(nodes.map((node) => heard(node).size)).toEqual(nodes.map(() => nodes.length - 1))
}

async function openThree(clusterKey: string): Promise<[TestMesh, TestMesh, TestMesh]> {
  const first = await openTestMesh({ clusterKey, hello: 'first' })
  const second = await openTestMesh({ clusterKey, hello: 'second', knownPeers: known(first) })
  const third = await openTestMesh({ clusterKey, hello: 'third', knownPeers: known(first) })
  await untilAllUp([first, second, third])
  return [first, second, third]
}

describe('three nodes', () => {
  test("that know one of them find each other, and hear each one's hello", async () => {
    const [first, second, third] = await openThree(createClusterKey())
    expect(third.up.get(second.mesh.nodeId)).toBe('second')
    expect(second.up.get(third.mesh.nodeId)).toBe('third')
    expect(second.up.get(first.mesh.nodeId)).toBe('first')
    await until('the second remembers both', () => second.remembered.length === 2)
    expect(new Set(second.remembered.map((peer) => peer.nodeId))).toEqual(
      new Set([first.mesh.nodeId, third.mesh.nodeId]),
    )
  })

  test('deliver direct messages once and in order, both ways at once', async () => {
    const nodes = await openThree(createClusterKey())
    const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => [from, to] as const))
    const numbers = Array.from({ length: 2000 }, (_, n) => n)
    const refused = numbers.flatMap((n) => pairs.filter(([from, to]) => !from.mesh.send(to.mesh.nodeId, n)))
    expect(refused).toEqual([])
    await until('all came', () => nodes.every((node) => node.messages.length === 2 * numbers.length))
    for (const [from, to] of pairs) {
      const came = to.messages.filter((message) => message.from === from.mesh.nodeId)
      expect(came.map(({ message }) => message)).toEqual(numbers)
    }
  })

  test("hear each other's gossip once, and not their own", async () => {
    const nodes = await openThree(createClusterKey())
    await expectGossipAmong(nodes, 'warm')
    for (const node of nodes) node.mesh.gossip({ n: 1 })
    const ones = (node: TestMesh): number => node.gossip.filter(({ message }) => message !== 'warm').length
    await until('all heard', () => nodes.every((node) => ones(node) === 2))
    await expectGossipAmong(nodes, 'later')
    expect(
      nodes.map((node) => ones(node) - node.gossip.filter(({ message }) => message === 'later').length),
    ).toEqual([2, 2, 2])
  })

  test('find one again within 2 s that restarted on another port, and gossip with it', async () => {
    const clusterKey = createClusterKey()
    const [first, second, third] = await openThree(clusterKey)
    await until('the first remembers both', () => first.remembered.length === 2)
    const oldAddresses = first.mesh.addresses()
    await first.mesh.close()
    await until('the others saw it go', () => second.up.size === 1 && third.up.size === 1)

    const { identity, remembered } = first
    const again = await openTestMesh({ clusterKey, identity, hello: 'again', knownPeers: remembered })
    expect(again.mesh.addresses()).not.toEqual(oldAddresses)
    expect(await untilAllUp([again, second, third])).toBeLessThan(2000)
    expect(second.up.get(again.mesh.nodeId)).toBe('again')
    const atSecond = second.mesh.peers().find((peer) => peer.nodeId === again.mesh.nodeId)
    expect(atSecond?.addresses).toEqual(again.mesh.addresses())
    await expectGossipAmong([again, second, third], 'after the restart')
  })

  test('find each other again when two of them moved at once', async () => {
    const clusterKey = createClusterKey()
    const [first, second, third] = await openThree(clusterKey)
    await until('all remember', () => first.remembered.length === 2 && second.remembered.length === 2)
    await Promise.all([first.mesh.close(), second.mesh.close()])
    const reopen = (node: TestMesh): Promise<TestMesh> =>
      openTestMesh({ clusterKey, identity: node.identity, knownPeers: node.remembered })
    expect(await untilAllUp([await reopen(first), await reopen(second), third])).toBeLessThan(3000)
  })
})

test('twelve nodes that start at once and know one of them all connect', async () => {
  const clusterKey = createClusterKey()
  const first = await openTestMesh({ clusterKey })
  const open = (): Promise<TestMesh> => openTestMesh({ clusterKey, knownPeers: known(first) })
  const nodes = [first, ...(await Promise.all(Array.from({ length: 11 }, open)))]
  await untilAllUp(nodes, 15_000)
  expect(nodes.flatMap((node) => node.downs)).toEqual([])
  expect(nodes.flatMap((node) => node.refusals)).toEqual([])
  expect(nodes.map((node) => node.mesh.peers().length)).toEqual(nodes.map(() => 11))
  await expectGossipAmong(nodes, 'twelve')
})

test('two halves that were cut come back together by themselves', async () => {
  const clusterKey = createClusterKey()
  let isCut = false
  const halves: Set<NodeId>[] = []
  const sides = [0, 0, 1, 1].map((side) => ({ side, identity: createIdentity() }))
  for (const side of [0, 1])
    halves.push(new Set(sides.filter((each) => each.side === side).map((each) => nodeIdOf(each.identity))))
  const nodes: TestMesh[] = []
  for (const { side, identity } of sides) {
    const accepts = (peer: NodeId): boolean => !isCut || halves[side]!.has(peer)
    nodes.push(await openTestMesh({ clusterKey, identity, knownPeers: known(...nodes), accepts }))
  }
  await untilAllUp(nodes)
  isCut = true
  await until('each half is alone', () => nodes.every((node) => node.up.size === 1))
  expect(nodes[0]!.mesh.send(nodes[2]!.mesh.nodeId, 'across')).toBe(false)
  isCut = false
  await untilAllUp(nodes, 5000)
  await expectGossipAmong(nodes, 'whole again')
})

describe('a message', () => {
  const enclose = (bytes: number): string =>
    'x'.repeat(bytes - JSON.stringify({ kind: 'message', body: '' }).length)

  test('of the largest size passes, and a larger one is refused', async () => {
    const [first, second] = await openThree(createClusterKey())
    expect(first.mesh.send(second.mesh.nodeId, enclose(meshLimits.frameBytesMax + 1))).toBe(false)
    expect(first.mesh.send(second.mesh.nodeId, enclose(meshLimits.frameBytesMax))).toBe(true)
    await until('it came', () => second.messages.length === 1)
    expect(second.messages[0]?.message).toBe(enclose(meshLimits.frameBytesMax))
  })

  test('for everyone is refused when it is too large for gossip, and passes below that', async () => {
    const nodes = await openThree(createClusterKey())
    await expectGossipAmong(nodes, 'warm')
    expect(nodes[0].mesh.gossip('x'.repeat(meshLimits.gossipBytesMax))).toBe(false)
    expect(nodes[0].mesh.gossip('x'.repeat(meshLimits.gossipBytesMax - 1000))).toBe(true)
    const large = (node: TestMesh): boolean =>
      node.gossip.some(({ message }) => JSON.stringify(message).length > 100_000)
    await until('it came', () => large(nodes[1]) && large(nodes[2]))
  })

  test('to nobody we know is refused', async () => {
    const node = await openTestMesh({ clusterKey: createClusterKey() })
    expect(node.mesh.send(nodeIdOf(createIdentity()), 'hello?')).toBe(false)
    expect(node.mesh.gossip('anyone?')).toBe(true)
  })
})

describe('a refusal', () => {
  test("of another cluster's key is one clear line on both sides, said once", async () => {
    const node = await openTestMesh({ clusterKey: createClusterKey() })
    const stranger = await openTestMesh({ clusterKey: createClusterKey(), knownPeers: known(node) })
    await until('both said so', () => node.refusals.length > 0 && stranger.refusals.length > 0, 3000)
    const address = node.mesh.addresses()[0]!.replace(/^\/ip4\/(.*)\/tcp\/(\d+)$/, '$1:$2')
    expect(stranger.refusals[0]?.address).toBe(address)
    expect(stranger.refusals[0]?.text).toMatch(
      `Cannot join the node at "${address}": the other end holds another cluster key or is no hocket agent`,
    )
    expect(node.refusals[0]?.text).toBe(
      'Refused a connection from "127.0.0.1": the other end holds another cluster key or is no hocket agent',
    )
    for (let dials = 0; dials < 3; dials++)
      stranger.mesh.learn([{ nodeId: nodeIdOf(createIdentity()), addresses: node.mesh.addresses() }])
    await until('the stranger knocked again', () => stranger.remembered.length === 4)
    expect([node.refusals.length, stranger.refusals.length]).toEqual([1, 1])
    expect([node.up.size, stranger.up.size]).toEqual([0, 0])
  })

  test('of a program that is no agent says so, and does no harm', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const peer = { nodeId: nodeIdOf(createIdentity()), addresses: [`/ip4/127.0.0.1/tcp/${port}`] }
    const node = await openTestMesh({ clusterKey: createClusterKey(), knownPeers: [peer] })
    await until('it said so', () => node.refusals.length > 0, 3000)
    expect(node.refusals[0]?.text).toContain('or is no hocket agent')
    server.close()
  })

  test('names the node that answers at an address with a key of its own', async () => {
    const clusterKey = createClusterKey()
    const present = await openTestMesh({ clusterKey })
    const gone = nodeIdOf(createIdentity())
    const knownPeers = [{ nodeId: gone, addresses: present.mesh.addresses() }]
    const node = await openTestMesh({ clusterKey, knownPeers })
    await until('it said so', () => node.refusals.length > 0, 3000)
    expect(node.refusals[0]?.text).toContain(`Cannot reach node "${gone}"`)
    expect(node.refusals[0]?.text).toContain(`node ${present.mesh.nodeId} answers there`)
    expect(node.up.size).toBe(0)
  })

  test('of a removed node cuts it off at once, and both sides stay apart', async () => {
    const clusterKey = createClusterKey()
    const removed = new Set<NodeId>()
    const first = await openTestMesh({ clusterKey, accepts: (peer) => !removed.has(peer) })
    const second = await openTestMesh({ clusterKey, knownPeers: known(first) })
    await untilAllUp([first, second])
    removed.add(second.mesh.nodeId)
    first.mesh.forget(second.mesh.nodeId)
    expect(first.downs).toEqual([second.mesh.nodeId])
    expect(first.mesh.send(second.mesh.nodeId, 'bye')).toBe(false)
    await until('the removed node is told why nobody answers', () => second.refusals.length > 0)
    expect(second.refusals[0]?.text).toContain('it may have removed this node from the cluster')
    expect([first.up.size, second.up.size]).toEqual([0, 0])
    await until('it is forgotten', () => first.remembered.length === 0)
  })
})

test('an address that another program listens on is named when the mesh cannot open', async () => {
  const first = await openTestMesh({ clusterKey: createClusterKey() })
  const port = first.mesh.addresses()[0]!.split('/').at(-1)!
  const second = openTestMesh({ clusterKey: createClusterKey(), listen: [`127.0.0.1:${port}`] })
  await expect(second).rejects.toThrow(
    `Cannot listen on address "127.0.0.1:${port}": the port is in use by another process, expected a free one`,
  )
})

test('another process with the same key takes the place of the first, and the others are told', async () => {
  const clusterKey = createClusterKey()
  const identity = createIdentity()
  const node = await openTestMesh({ clusterKey })
  const first = await openTestMesh({ clusterKey, identity, hello: 1, knownPeers: known(node) })
  await untilAllUp([node, first])
  await openTestMesh({ clusterKey, identity, hello: 2, knownPeers: known(node) })
  await until('the second is up', () => node.up.get(first.mesh.nodeId) === 2)
  expect(node.downs[0]).toBe(first.mesh.nodeId)
})

test('an announced address is what the others are told', async () => {
  const clusterKey = createClusterKey()
  const first = await openTestMesh({ clusterKey })
  const announcing = await openTestMesh({
    clusterKey,
    announce: ['localhost:4001'],
    knownPeers: known(first),
  })
  await untilAllUp([first, announcing])
  expect(announcing.mesh.addresses()).toEqual(['/dns/localhost/tcp/4001'])
  await until('it is remembered', () => first.remembered.length === 1)
  expect(first.remembered[0]?.addresses).toEqual(['/dns/localhost/tcp/4001'])
})

test('a peer is found by name, and at an IPv6 address', async () => {
  const clusterKey = createClusterKey()
  const first = await openTestMesh({ clusterKey, listen: ['127.0.0.1:0', '[::1]:0'] })
  const [four, six] = first.mesh.addresses()
  const named = [`/dns/localhost/tcp/${four!.split('/').at(-1)}`]
  for (const addresses of [named, [six!]]) {
    const knownPeers = [{ nodeId: first.mesh.nodeId, addresses }]
    const node = await openTestMesh({ clusterKey, knownPeers })
    await untilAllUp([first, node])
    expect(node.mesh.peers()[0]?.addresses).toContain(addresses[0])
  }
})
