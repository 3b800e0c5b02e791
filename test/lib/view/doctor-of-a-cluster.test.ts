// What the doctor finds in a whole cluster: each thing that may be wrong is brought about once on simulated hosts, and it
// must be told with what to do.
import { expect, test } from 'vitest'
import { documentLimits } from '../../../lib/base/document-limits.ts'
import { nodeId, type NodeId } from '../../../lib/base/ids.ts'
import { defaultClaimSettings, definitionLimits } from '../../../lib/base/limits.ts'
import { Node } from '../../../lib/node.ts'
import type { Finding } from '../../../lib/view/doctor.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import type { HostPlan } from '../../sim/world/host.ts'
import { Observers } from '../../sim/world/observation.ts'
import { World } from '../../sim/world/world.ts'

const [a, b, c] = ['a', 'b', 'c'].map(nodeId) as [NodeId, NodeId, NodeId]
const text = (schedule: string) => `jobs: [{name: x, schedule: "${schedule}", actions: {run: {command: y}}}]`

type More = { readonly hosts?: Readonly<Record<string, Partial<HostPlan>>>; readonly witnesses?: number }

class Patient {
  readonly world: World
  constructor(nodes: readonly NodeId[], { hosts = {}, witnesses = nodes.length }: More = {}) {
    const plan = (node: NodeId, at: number): HostPlan => ({
      node,
      labels: {},
      canWitness: true,
      maxRunning: null,
      foundWitnesses: at === 0 ? witnesses : null,
      clock: { rate: 1, steadyZeroMs: 0, wallOffsetMs: 0 },
      diskSpeed: { syncMs: 1, isGroupCommit: true },
      startsAfterMs: 0,
      ...hosts[node],
    })
    const network = { mode: 'streams', delayMs: 1, tailChance: 0, tailMs: 0 } as const
    this.world = new World(
      {
        seed: 'doctor',
        startMs: Date.UTC(2026, 10, 21, 10, 0, 7),
        hosts: nodes.map(plan),
        settings: defaultClaimSettings,
        network: { ...network, lossChance: 0, doubleChance: 0, gossipLossChance: 0 },
        isWireJson: false,
        spawnFailChance: 0,
      },
      { core: Node, documents: standInDocuments({ isSized: true }), observers: new Observers() },
    )
    this.world.begin()
    this.passes(20_000)
  }

  passes(ms: number): this {
    this.world.runUntil(this.world.elapsedMs + ms)
    return this
  }

  drops(node: NodeId, content: string): this {
    this.world.host(node).drop('shop.yaml', content)
    return this
  }

  cut(left: NodeId, right: NodeId): this {
    this.world.network.cut(left, right)
    this.world.network.cut(right, left)
    return this
  }

  mend(left: NodeId, right: NodeId): this {
    this.world.network.mend(left, right)
    this.world.network.mend(right, left)
    return this
  }

  /** Each as `level about: text → remedy`. */
  findings(node: NodeId = a): readonly string[] {
    let told: readonly Finding[] = []
    this.world.host(node).agent?.ask({ kind: 'doctor' }, (answer) => {
      told = answer.kind === 'doctor' ? answer.doctor.findings : []
    })
    this.passes(100)
    return told.map((one) => `${one.level} ${one.about}: ${one.text} → ${one.remedy}`)
  }
}

/** Among others one with these words in it, in this order. */
const telling = (...words: readonly string[]): unknown => {
  const escaped = words.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return expect.arrayContaining([expect.stringMatching(new RegExp(escaped.join('.*')))])
}

test('three nodes that are well have nothing to be told', () => {
  expect(new Patient([a, b, c]).drops(a, text('every 1h')).passes(10_000).findings()).toEqual([])
})

test('two witnesses are one too few to lose', () => {
  expect(new Patient([a, b]).findings()).toEqual([
    'warning witnesses: there are two witnesses: when one of them is away nothing is started → Start a third agent; it becomes a witness by itself.',
  ])
})

test('a node that is gone, and a witness that is missing', () => {
  const patient = new Patient([a, b, c])
  patient.world.host(c).vanish()
  const found = patient.passes(40_000).findings()
  expect(found).toEqual(
    telling(
      'warning node c: this agent does not reach it → Start its agent; if it is gone for good: hocket nodes remove c',
    ),
  )
})

test('a node that others reach is a matter of the network', () => {
  const found = new Patient([a, b, c]).cut(a, c).passes(15_000).findings()
  expect(found).toEqual(
    telling('warning node c: this agent does not reach it, and others do → Look at the network'),
  )
})

test('fewer witnesses than a majority', () => {
  const patient = new Patient([a, b, c])
  for (const node of [b, c]) patient.world.host(node).vanish()
  const found = patient.passes(40_000).findings()
  expect(found).toEqual(
    telling('bad cluster: no majority of the 3 witnesses answers, and nothing is started: unreachable'),
  )
})

test('versions that differ, of the program and of its time zones', () => {
  const found = new Patient([a, b, c], {
    hosts: { b: { version: '0.0.9' }, c: { zoneData: 'old' } },
  }).findings()
  expect(found).toEqual([
    'warning nodes: they have different versions of hocket: 0.0.0 on a, c; 0.0.9 on b → Upgrade the others too, one at a time; what runs goes on.',
    expect.stringMatching(
      /different versions of time zone data: sim on a, b; old on c → Run the same Node\.js/,
    ),
  ])
})

test('a clock that is off', () => {
  const clock = { rate: 1, steadyZeroMs: 0, wallOffsetMs: 90_000 }
  const patient = new Patient([a, b, c], { hosts: { b: { clock } } })
  expect(patient.findings(b)).toEqual(telling('warning cluster: the clock of this host is 90 s off'))
})

test('a definition that was changed in two places at once', () => {
  const patient = new Patient([a, b, c]).drops(a, text('every 1h')).passes(5_000)
  patient
    .cut(a, c)
    .cut(b, c)
    .passes(1_000)
    .drops(a, text('every 2h'))
    .drops(c, text('every 3h'))
    .passes(2_000)
  const found = patient.mend(a, c).mend(b, c).passes(60_000).findings()
  expect(found).toEqual(
    telling(
      'bad category shop: it was changed in two places at once, and one of the changes lost → ',
      'hocket config',
    ),
  )
})

test('an older text in the directory of an agent that comes back', () => {
  const patient = new Patient([a, b, c]).drops(c, text('every 1h')).passes(5_000)
  patient.world.host(c).stopAgent(false, 20_000)
  patient.passes(5_000).drops(a, text('every 2h')).passes(60_000)
  expect(patient.findings(c)).toEqual(
    telling(
      'warning category shop: a file that was dropped is an older text of it, and is not in force → ',
      'shop',
    ),
  )
})

test('a document that is so large that each change of it is slow', () => {
  const patient = new Patient([a])
  // Each text is kept, as far as the history goes.
  const bytes = definitionLimits.libraryLength - 1_000
  for (let at = 0; at * bytes <= documentLimits.largeBytes; at++)
    patient.drops(a, `${text('every 1h')} # ${at}${'x'.repeat(bytes)}`).passes(2_000)
  expect(patient.findings()).toEqual(
    telling('warning document category/shop', 'each change of it is slow', 'Divide the file into several.'),
  )
})

test('a job whose only node is away', () => {
  const only = 'jobs: [{name: x, node: c, schedule: "every 1h", actions: {run: {command: y}}}]'
  const patient = new Patient([a, b, c]).drops(a, only).passes(5_000)
  patient.world.host(c).vanish()
  expect(patient.passes(60_000).findings()).toEqual(
    telling(
      'bad pool ',
      'nobody of it is there to run shop.x → Start an agent on one of its nodes, activate one',
    ),
  )
})

test('a service that failed', () => {
  const service = 'services: [{name: web, count: 1, foreground: true, command: "work 1..2 fail 1"}]'
  const found = new Patient([a]).drops(a, service).passes(60_000).findings()
  expect(found.join()).toMatch(
    /^$|bad service shop\.web: it is FAILED, 0 of 1 up.* → See hocket service show shop\.web/,
  )
})
