// What the simulated network does with messages, cuts and deaths, seen from its ports.
import { expect, test } from 'vitest'
import { bootId, clusterId, nodeId, opId, storageId, type NodeId } from '../../../lib/base/ids.ts'
import { Random } from '../../../lib/base/random.ts'
import type { Event } from '../../../lib/event.ts'
import type { GossipMessage, Message } from '../../../lib/message.ts'
import { Network, type NetworkPlan, type Port } from './network.ts'
import { Observers } from './observation.ts'
import { Timeline } from './timeline.ts'

const quiet: NetworkPlan = {
  mode: 'streams',
  delayMs: 1,
  tailChance: 0,
  tailMs: 0,
  lossChance: 0,
  doubleChance: 0,
  gossipLossChance: 0,
}

class Listener implements Port {
  readonly hello
  readonly heard: string[] = []
  isPaused = false
  constructor(node: NodeId) {
    this.hello = {
      clusterId: clusterId('c'),
      nodeId: node,
      name: node,
      storageId: storageId(node),
      bootNo: 1,
      bootId: bootId('b'),
      canWitness: true,
      version: '0',
    }
  }
  refuses(): boolean {
    return false
  }
  deliver(event: Event): void {
    if (event.kind === 'peer-connected' || event.kind === 'peer-disconnected')
      this.heard.push(`${event.kind} ${event.peer}`)
    if (event.kind === 'message-received')
      this.heard.push(`${(event.message as { token: number }).token} from ${event.from}`)
    if (event.kind === 'gossip-received') this.heard.push(`gossip from ${event.from}`)
  }
}

const say = (token: number): Message => ({
  kind: 'entry-found',
  key: 'k',
  token,
  opId: opId('o'),
  isReplaced: false,
})
const news: GossipMessage = {
  kind: 'digest',
  witness: nodeId('a'),
  storageId: storageId('a'),
  bootId: bootId('a'),
  position: 0,
  absent: [],
  registers: [],
}

function setUp(
  options: { readonly names?: readonly string[]; readonly plan?: NetworkPlan; readonly seed?: string } = {},
) {
  const nodes = (options.names ?? ['a', 'b']).map((name) => nodeId(name))
  const timeline = new Timeline(0)
  const network = new Network({
    plan: options.plan ?? quiet,
    nodes,
    timeline,
    random: new Random(options.seed ?? '1'),
    observers: new Observers(),
  })
  const listeners = nodes.map((node) => new Listener(node))
  for (const [index, node] of nodes.entries()) network.attach(node, listeners[index]!)
  timeline.runUntil(5_000)
  return {
    timeline,
    network,
    nodes,
    listeners,
    a: nodes[0]!,
    b: nodes[1]!,
    hears: listeners.map(({ heard }) => heard),
  }
}

test('two agents are connected without help, and both hear of it', () => {
  const { hears } = setUp()
  expect(hears).toEqual([['peer-connected b'], ['peer-connected a']])
})

test('messages of a connection arrive once and in order, however late some are', () => {
  const { network, timeline, a, b, hears } = setUp({ plan: { ...quiet, tailChance: 0.5, tailMs: 1_000 } })
  for (let i = 0; i < 50; i++) network.send(a, b, say(i))
  timeline.runUntil(20_000)
  expect(hears[1]!.slice(1)).toEqual(Array.from({ length: 50 }, (_, i) => `${i} from a`))
})

test('as datagrams some are lost, some doubled, and the order is not kept', () => {
  const { network, timeline, a, b, hears } = setUp({
    plan: { ...quiet, mode: 'datagrams', lossChance: 0.2, doubleChance: 0.2, tailChance: 0.5, tailMs: 1_000 },
  })
  for (let i = 0; i < 100; i++) network.send(a, b, say(i))
  timeline.runUntil(20_000)
  const tokens = hears[1]!.slice(1).map((text) => Number.parseInt(text, 10))
  expect(new Set(tokens).size).toBeLessThan(95)
  expect(tokens.length).toBeGreaterThan(new Set(tokens).size)
  expect(tokens).not.toEqual(tokens.toSorted((left, right) => left - right))
})

test('what is sent into a short cut arrives after it, and nobody is disconnected', () => {
  const { network, timeline, a, b, hears } = setUp()
  network.cut(a, b)
  network.send(a, b, say(1))
  network.send(b, a, say(2))
  timeline.runUntil(7_000)
  expect(hears).toEqual([['peer-connected b', '2 from b'], ['peer-connected a']])
  network.mend(a, b)
  timeline.runUntil(9_000)
  expect(hears[1]).toEqual(['peer-connected a', '1 from a'])
})

test('a cut of more than five seconds breaks the connection on both sides, and mended it is made anew', () => {
  const { network, timeline, a, b, hears } = setUp()
  network.cut(a, b)
  network.send(a, b, say(1))
  timeline.runUntil(30_000)
  expect(hears).toEqual([
    ['peer-connected b', 'peer-disconnected b'],
    ['peer-connected a', 'peer-disconnected a'],
  ])
  network.mend(a, b)
  timeline.runUntil(60_000)
  network.send(a, b, say(2))
  timeline.runUntil(61_000)
  expect(hears[1]!.slice(2)).toEqual(['peer-connected a', '2 from a'])
})

test('a killed agent is missed at once, one that lost power after five seconds', () => {
  for (const isSilent of [false, true]) {
    const { network, timeline, a, hears } = setUp()
    network.detach(a, { isSilent })
    timeline.runUntil(8_000)
    expect(hears[1]!.includes('peer-disconnected a')).toBe(!isSilent)
    timeline.runUntil(15_000)
    expect(hears[1]).toEqual(['peer-connected a', 'peer-disconnected a'])
  }
})

test('an agent that comes back is connected again, the old connection ending first', () => {
  const { network, timeline, a, hears } = setUp()
  network.detach(a, { isSilent: true })
  network.attach(a, new Listener(a))
  timeline.runUntil(15_000)
  expect(hears[1]).toEqual(['peer-connected a', 'peer-disconnected a', 'peer-connected a'])
})

test('an agent that stands still is given up by the others, and comes back when it goes on', () => {
  const { network, timeline, a, listeners, hears } = setUp()
  listeners[0]!.isPaused = true
  network.paused(a)
  timeline.runUntil(15_000)
  expect(hears[1]).toEqual(['peer-connected a', 'peer-disconnected a'])
  listeners[0]!.isPaused = false
  network.resumed(a)
  timeline.runUntil(60_000)
  expect(hears[1]!.at(-1)).toBe('peer-connected a')
})

test('gossip reaches those who are cut off from its author over a bridge, and nobody behind a whole cut', () => {
  const { network, timeline, nodes, hears } = setUp({ names: ['a', 'bridge', 'c', 'd'] })
  const [a, bridge, c, d] = nodes as [NodeId, NodeId, NodeId, NodeId]
  for (const [from, to] of [
    [a, c],
    [a, d],
    [bridge, d],
    [c, d],
  ] as const)
    network.cut(from, to)
  network.gossip(a, news)
  timeline.runUntil(6_000)
  expect(hears.map((heard) => heard.includes('gossip from a'))).toEqual([false, true, true, false])
})
