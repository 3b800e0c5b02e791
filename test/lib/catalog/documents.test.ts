// The hazards of replicated documents one by one, each on both implementations: what the property tests meet only
// by luck.
import { describe, expect, it } from 'vitest'
import { bootId, nodeId } from '../../../lib/base/ids.ts'
import { documentLimits } from '../../../lib/base/document-limits.ts'
import { encodeLine } from '../../../lib/base/log-lines.ts'
import { Random } from '../../../lib/base/random.ts'
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import type { DocumentFactory } from '../../../lib/catalog/document.ts'
import type { DocumentGossip, DocumentMessage } from '../../../lib/catalog/document-message.ts'
import { Documents } from '../../../lib/catalog/documents.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import { World, type Agent } from './document-world.ts'

const HOUR = 'runs/2026-11-21T22'
const dense = (random: Random, length: number): string =>
  Array.from({ length: Math.ceil(length / 7) }, () => random.uint32().toString(36)).join('')

const factories = [
  ['Automerge', automergeDocuments],
  ['stand-in', standInDocuments({ isSized: true })],
] as const

function settle(world: World, seconds = 12): void {
  for (let second = 0; second < seconds; second++) {
    world.deliver(100_000)
    world.tick(1000)
  }
  world.deliver(100_000)
}

/** Writes until the document begins another generation. */
function growUntilRebased(world: World, agent: Agent, id: string): string {
  const before = agent.documents!.get(id)?.key
  for (let i = 0; i < 200; i++) {
    world.put(agent, id, [[`much of ${agent.id}`, dense(world.random, 16_000)]])
    const { key } = agent.documents!.get(id)!
    if (before !== undefined && key !== before) return key
    if (before === undefined && !key.endsWith('@0')) return key
  }
  throw new Error('the document is never re-based')
}

function alone(factory: DocumentFactory): Documents {
  return new Documents({ factory, self: nodeId('n0'), boot: bootId('b'), random: new Random('alone') })
}

describe.each(factories)('documents (%s)', (_, factory) => {
  const worldOf = (agents: number): World => new World({ factory, agents, seed: 'documents' })

  it('that were missed by gossip come with the next comparison', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    world.lossOf = ({ kind }) => (kind === 'gossip' ? 1 : 0)
    world.put(one, 'root', [['a', '1']])
    settle(world)
    expect(world.contentOf('root')).toEqual({ a: '1' })
    expect([...two.changed.get('root')!]).toEqual(['a'])
  })

  it('are not asked for while gossip may still bring them', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    world.put(one, 'root', [['a', '1']])
    settle(world)
    const sent: string[] = []
    const change = one.documents!
    change.put('root', [['b', '2']], world.nowMs)
    const { gossips } = change.takeEffects()
    const heads = change.get('root')!.heads()
    const tell = (): void => {
      const documents = [['root@0', heads]] as const
      const message: DocumentMessage = {
        kind: 'document-heads',
        group: 'definitions',
        documents,
        isAnswer: true,
      }
      two.documents!.onMessage(one.id, message, world.nowMs)
      two.documents!.onTick(world.nowMs)
      sent.push(...two.documents!.takeEffects().sends.map(({ message: { kind } }) => kind))
    }
    tell()
    world.nowMs += documentLimits.gossipGraceMs - 1
    tell()
    expect(sent).not.toContain('document-sync')
    two.documents!.onGossip(one.id, gossips[0]!, world.nowMs)
    world.nowMs += 10_000
    tell()
    expect(sent).not.toContain('document-sync')
    expect(two.documents!.get('root')!.get('b')).toBe('2')
  })

  it('are asked for at once of a peer that has just come, for what it brings is not on its way', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    world.put(one, 'root', [['a', '1']])
    settle(world)
    world.disconnect(one, two)
    world.put(one, 'root', [['b', '2']])
    world.deliver(100)
    expect(two.documents!.get('root')!.get('b')).toBeUndefined()
    world.connect(one, two)
    world.deliver(100)
    expect(two.documents!.get('root')!.get('b')).toBe('2')
  })

  it('that others are known to have more of are fetched at once, and not time and again', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    world.put(one, 'root', [['a', '1']])
    settle(world)
    world.lossOf = ({ kind }) => (kind === 'gossip' ? 1 : 0)
    world.put(one, 'root', [['b', '2']])
    world.deliver(100)
    expect(two.documents!.get('root')!.get('b')).toBeUndefined()
    two.documents!.fetch('root')
    world.run(two)
    world.deliver(100)
    expect(two.documents!.get('root')!.get('b')).toBe('2')
    two.documents!.fetch('root')
    expect(two.documents!.takeEffects().sends).toEqual([])
  })

  it('of an agent that was away come back with what only it knew, also after re-basing', () => {
    const world = worldOf(3)
    const [one, two, away] = world.agents as [Agent, Agent, Agent]
    world.put(away, 'root', [['known to all', '0']])
    settle(world)
    for (const other of [one, two]) world.disconnect(other, away)
    world.put(away, 'root', [['written while away', '1']])
    expect(growUntilRebased(world, one, 'root')).toBe('root@1')
    settle(world)
    expect([two.documents!.get('root')!.key, away.documents!.get('root')!.key]).toEqual(['root@1', 'root@0'])
    for (const other of [one, two]) world.connect(other, away)
    settle(world)
    const content = world.contentOf('root')
    expect([content['known to all'], content['written while away']]).toEqual(['0', '1'])
    expect(world.agents.map((agent) => agent.documents!.get('root')!.key)).toEqual(Array(3).fill('root@1'))
    expect(world.agents.map((agent) => agent.documents!.get('root')!.heads())).toEqual(
      Array(3).fill(one.documents!.get('root')!.heads()),
    )
  })

  it('that two sides re-base apart are the same in the end, without a copy of each copy', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    for (let i = 0; i < 20; i++) world.put(one, 'root', [[`shared ${i}`, dense(world.random, 500)]])
    settle(world)
    world.disconnect(one, two)
    growUntilRebased(world, one, 'root')
    growUntilRebased(world, two, 'root')
    const alike = Math.max(...[one, two].map((agent) => agent.documents!.get('root')!.save().length))
    world.connect(one, two)
    settle(world)
    expect(Object.keys(world.contentOf('root'))).toHaveLength(22)
    // Both wrote 16 kB of their own; the twenty shared entries stand there once.
    expect(one.documents!.get('root')!.save().length).toBeLessThan(alike + 40_000)
  })

  it('that were re-based in the moment of a crash are read from both logs', () => {
    const world = worldOf(1)
    const [one] = world.agents as [Agent]
    world.put(one, 'root', [['a', '1']])
    const old = new Map(one.disk)
    growUntilRebased(world, one, 'root')
    // The new generation is on disk, the old one is not removed yet, and the new one lacks an entry.
    const [log] = [...one.disk.keys()].filter((name) => name === 'document/root@1')
    const fresh = factory.begin('root@1', 'x')
    const saved = Buffer.from(fresh.save()).toString('base64')
    one.disk.set(log!, encodeLine({ s: saved }))
    one.disk.set('document/root@0', old.get('document/root@0')!)
    one.documents = null
    world.boot(one)
    expect(world.contentOf('root')).toEqual({ a: '1' })
    expect([...one.disk.keys()].filter((name) => name.includes('root'))).toEqual(['document/root@1'])
    one.documents = null
    world.boot(one)
    expect(world.contentOf('root')).toEqual({ a: '1' })
  })

  it.each(['gossip', 'message'])('that came by %s are durable where they came', (kind) => {
    const world = worldOf(3)
    const [one, two, three] = world.agents as [Agent, Agent, Agent]
    world.lossOf = (packet) => (packet.kind === 'gossip' && kind === 'message' ? 1 : 0)
    world.disconnect(one, three)
    world.disconnect(two, three)
    world.put(one, 'root', [['a', '1']])
    settle(world)
    world.crash(one)
    one.disk.clear()
    world.crash(two)
    world.boot(two)
    expect(two.documents!.get('root')!.get('a')).toBe('1')
    world.heal()
    expect(world.contentOf('root')).toEqual({ a: '1' })
  })

  it('whose log is damaged keep what is sound, say so, and get the rest back from others', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    for (let i = 0; i < 6; i++) world.put(one, 'root', [[`k${i}`, `value ${i}`]])
    settle(world)
    world.crash(one)
    const lines = one.disk.get('document/root@0')!
    const at = Math.floor(lines.length / 2)
    one.disk.set(
      'document/root@0',
      `${lines.slice(0, at)}${lines[at] === 'x' ? 'y' : 'x'}${lines.slice(at + 1)}`,
    )
    world.reports.length = 0
    world.boot(one)
    expect(world.reports.join()).toContain('Cannot read log "document/root@0" to its end')
    const kept = one.documents!.get('root')!.size
    expect([kept > 0, kept < 6]).toEqual([true, true])
    // It goes on writing before it has learnt what it lost.
    world.put(one, 'root', [
      ['k5', 'newer'],
      ['k6', 'new'],
    ])
    settle(world)
    const content = world.contentOf('root')
    expect([Object.keys(content).length, content['k0'], content['k4'], content['k5'], content['k6']]).toEqual(
      [7, 'value 0', 'value 4', 'newer', 'new'],
    )
    expect(two.documents!.get('root')!.heads()).toBe(one.documents!.get('root')!.heads())
  })

  it('whose log lost its end go on without it', () => {
    const world = worldOf(1)
    const [one] = world.agents as [Agent]
    world.put(one, 'root', [['a', '1']])
    world.put(one, 'root', [['b', '2']])
    const lines = one.disk.get('document/root@0')!
    one.disk.set('document/root@0', lines.slice(0, -5))
    one.documents = null
    world.boot(one)
    world.put(one, 'root', [['c', '3']])
    one.documents = null
    world.boot(one)
    expect([world.contentOf('root'), world.reports]).toEqual([{ a: '1', c: '3' }, []])
  })

  it('that are closed cost no reading at the start, and are read when they are wanted', () => {
    const world = worldOf(1)
    const [one] = world.agents as [Agent]
    world.put(one, `${HOUR}/0`, [['a', '1']])
    one.documents!.close(`${HOUR}/0`)
    world.run(one)
    expect([one.documents!.get(`${HOUR}/0`), one.documents!.has(`${HOUR}/0`)]).toEqual([undefined, true])
    const documents = alone(factory)
    documents.listed(one.disk.keys())
    expect(documents.takeEffects().loads).toEqual(['document/index'])
    documents.recover('document/index', one.disk.get('document/index')!)
    expect([documents.takeEffects().loads, documents.isLoading]).toEqual([[], false])
    documents.want(`${HOUR}/0`)
    expect(documents.takeEffects().loads).toEqual([`document/${HOUR}/0@0`])
    documents.recover(`document/${HOUR}/0@0`, one.disk.get(`document/${HOUR}/0@0`)!)
    expect(documents.takeEffects().changed).toEqual([{ id: `${HOUR}/0`, keys: ['a'] }])
  })

  it('that are closed can be written without being read, and the later write stands', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    const id = `${HOUR}/0`
    world.put(one, id, [['a', 'running']])
    settle(world)
    one.documents!.close(id)
    world.run(one)
    const before = one.disk.get(`document/${id}@0`)!
    one.documents!.put(id, [['a', 'ended']], world.nowMs)
    one.documents!.put(id, [['a', 'archived']], world.nowMs)
    const effects = one.documents!.takeEffects()
    // It was durable before it was read: the read saw the log as it was before.
    expect(
      effects.store.some((effect) => effect.kind === 'persist' && effect.log === `document/${id}@0`),
    ).toBe(true)
    one.documents!.recover(`document/${id}@0`, before)
    expect(one.documents!.get(id)!.get('a')).toBe('archived')
    two.documents!.onGossip(one.id, effects.gossips[0]!, world.nowMs)
    expect(two.documents!.get(id)!.get('a')).toBe('archived')
    expect(two.documents!.get(id)!.heads()).toBe(one.documents!.get(id)!.heads())
  })

  it('that are closed and differ from a peer’s are read, repaired and stay the same', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    const id = `${HOUR}/0`
    world.put(one, id, [['a', '1']])
    settle(world)
    world.disconnect(one, two)
    world.put(one, id, [['b', '2']])
    for (const agent of [one, two]) {
      agent.documents!.close(id)
      world.run(agent)
    }
    world.connect(one, two)
    settle(world)
    expect(two.documents!.get(id)!.get('b')).toBe('2')
  })

  it('of old hours are dropped whole, and do not come back from who keeps them longer', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    for (const hour of ['21T20', '21T21', '21T22']) world.put(one, `runs/2026-11-${hour}/0`, [['a', '1']])
    settle(world)
    two.documents!.close('runs/2026-11-21T20/0')
    two.documents!.dropBefore('runs/2026-11-21T22')
    world.run(two)
    settle(world, 20)
    expect([...two.documents!.ids()]).toEqual(['runs/2026-11-21T22/0'])
    expect([...two.disk.keys()].filter((log) => log.includes('runs'))).toEqual([
      'document/runs/2026-11-21T22/0@0',
    ])
    expect([...one.documents!.ids()]).toHaveLength(3)
    world.put(one, 'runs/2026-11-21T20/0', [['b', '2']])
    settle(world)
    expect([...two.documents!.ids()]).toHaveLength(1)
  })

  it('of a change too large for gossip are announced, and travel in parts', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    const text = dense(world.random, 2_700_000)
    world.put(one, 'category/big', [['text', text]])
    expect(world.longest.gossip).toBeLessThan(documentLimits.gossipBytes + 1000)
    settle(world)
    expect(two.documents!.get('category/big')?.get('text') === text).toBe(true)
    expect(world.longest.message).toBeLessThan(documentLimits.messageLength + 1000)
  })

  it('of one step travel in one message', () => {
    const documents = alone(factory)
    for (let i = 0; i < 50; i++) documents.put(`${HOUR}/${i % 3}`, [[`k${i}`, 'v']], 1000 + i)
    const { gossips, store } = documents.takeEffects()
    expect([gossips.length, store.length]).toEqual([1, 3])
  })

  it('take nothing malformed from a peer, say so, but not every time, and go on', () => {
    const world = worldOf(2)
    const [one, two] = world.agents as [Agent, Agent]
    world.put(one, 'root', [['a', '1']])
    settle(world)
    const bad: unknown[] = [
      null,
      {},
      { kind: 'document-digest' },
      { kind: 'document-digest', all: 7 },
      { kind: 'document-groups', groups: [['a']], floor: '' },
      { kind: 'document-heads', group: 'definitions', documents: [['root@0', null]], isAnswer: true },
      { kind: 'document-sync', document: 'root@0', data: 'AAAA' },
      ...['root', 'root@-1', 'root@1e3', '../etc@0', 'category/a.b@0', 'runs/x/0@0', 'root@99999999'].map(
        (document) => ({
          kind: 'document-sync',
          document,
          data: 'AAAA',
          conversation: 1,
          part: 0,
          parts: 1,
          transfer: 0,
        }),
      ),
      ...['====', 'AAAA', 'hooo', ''].map((data) => ({
        kind: 'document-sync',
        document: 'root@0',
        data,
        conversation: 1,
        part: 0,
        parts: 1,
        transfer: 0,
      })),
      {
        kind: 'document-sync',
        document: 'root@0',
        data: 'AA',
        conversation: 2,
        part: 0,
        parts: 1e9,
        transfer: 0,
      },
    ]
    for (const message of bad) {
      two.documents!.onMessage(one.id, message as DocumentMessage, world.nowMs)
      world.nowMs += 3000
    }
    const gossip: unknown[] = [
      null,
      { kind: 'document-changes' },
      { kind: 'document-changes', documents: [null] },
      { kind: 'document-changes', documents: [{ document: 'root@0', changes: ['!', 'AAAA'], heads: 'x' }] },
      { kind: 'document-changes', documents: [{ document: '@', changes: ['AAAA'], heads: '' }] },
    ]
    for (const message of gossip) two.documents!.onGossip(one.id, message as DocumentGossip, world.nowMs)
    world.run(two)
    expect([world.reports.length > 2, world.reports.length < bad.length / 2]).toEqual([true, true])
    expect([...two.documents!.ids()]).toEqual(['root'])
    world.put(one, 'root', [['b', '2']])
    settle(world, 30)
    expect(world.contentOf('root')).toEqual({ a: '1', b: '2' })
  })

  it('are equal among a dozen agents that begin together', () => {
    const world = worldOf(12)
    for (const agent of world.agents) world.put(agent, 'root', [[`node/${agent.id}`, '{}']])
    settle(world, 15)
    expect(Object.keys(world.contentOf('root'))).toHaveLength(12)
  })
})
