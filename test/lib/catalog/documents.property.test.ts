// Whatever the network and the disks do, all agents end with the same documents, and nothing that was written
// durably is missing from them.
import { describe, expect, it } from 'vitest'
import type { Random } from '../../../lib/base/random.ts'
import { automergeDocuments } from '../../../lib/catalog/automerge-document.ts'
import type { DocumentFactory } from '../../../lib/catalog/document.ts'
import { standInDocuments } from '../../sim/stand-in-document.ts'
import { World, type Agent } from './document-world.ts'

const manyDocuments = ['root', 'category/a', 'category/b', 'runs/2026-11-21T22/0', 'runs/2026-11-21T23/1']
const fewDocuments = ['root', 'runs/2026-11-21T22/0']

/** Values that do not compress, so that histories outgrow their contents and documents are re-based. */
function value(random: Random, length: number): string {
  return Array.from({ length: Math.ceil(length / 7) }, () => random.uint32().toString(36)).join('')
}

/** The world in the end, and what is missing from it. */
function exercise(factory: DocumentFactory, seed: number, steps: number): { world: World; lost: string[] } {
  const world = new World({ factory, agents: 3, seed: `documents ${seed}` })
  const { random } = world
  // Every fourth world writes much to a few documents, so that they are re-based several times.
  const isHeavy = seed % 4 === 0
  const documents = isHeavy ? fewDocuments : manyDocuments
  /** Per document and key: the last value whose write was durable, and those that a crash cut short after it. */
  const expected = new Map<string, { value: string | undefined; readonly maybe: Set<string | undefined> }>()
  const names: { readonly id: string; readonly key: string }[] = []
  const write = (agent: Agent): void => {
    const id = random.pick(documents)
    const key = `${random.between(0, isHeavy ? 2 : 4)} of ${agent.id}`
    const text = value(random, random.chance(0.4) ? (isHeavy ? 28_000 : 3000) : 20)
    const known = expected.get(`${id} ${key}`) ?? { value: undefined, maybe: new Set<string | undefined>() }
    expected.set(`${id} ${key}`, known)
    names.push({ id, key })
    if (random.chance(0.9)) {
      world.put(agent, id, [[key, text]])
      known.value = text
      known.maybe.clear()
    } else {
      known.maybe.add(text)
      agent.documents!.put(id, [[key, text]], world.nowMs + agent.offsetMs)
      world.crash(agent)
    }
  }
  const loss = random.fraction() * 0.5
  world.lossOf = () => loss
  for (let step = 0; step < steps; step++) {
    const up = world.agents.filter((agent) => agent.documents !== null)
    const agent = random.pick(world.agents)
    const act = random.fraction()
    if (agent.documents === null) {
      if (act < 0.3) world.boot(agent)
    } else if (act < 0.6) write(agent)
    else if (act < 0.63) world.disconnect(agent, random.pick(up))
    else if (act < 0.7 && agent !== up[0]) world.connect(agent, up[0]!)
    else if (act < 0.73)
      for (const id of documents.filter((name) => name.startsWith('runs/'))) agent.documents.close(id)
    else if (act < 0.75) world.crash(agent)
    else world.tick(random.between(10, 3000))
    for (const each of world.agents) if (each.documents !== null) world.run(each)
    world.deliver(random.between(0, 12))
  }
  world.heal()
  for (const agent of world.agents) for (const id of documents) agent.documents!.want(id)
  for (const agent of world.agents) world.run(agent)
  const lost = names
    .map(({ id, key }) => ({ id, key, known: expected.get(`${id} ${key}`)!, now: world.contentOf(id)[key] }))
    .filter(({ known, now }) => now !== known.value && !known.maybe.has(now))
    .map(
      ({ id, key, known, now }) =>
        `${id} ${key}: ${now?.slice(0, 20)}, expected ${known.value?.slice(0, 20)}`,
    )
  return { world, lost }
}

describe('documents on a bad network with bad days', () => {
  it.each(Array.from({ length: 16 }, (_, seed) => seed))(
    'converge and lose nothing (stand-in, seed %i)',
    (seed) => {
      expect(exercise(standInDocuments({ isSized: true }), seed, 200).lost).toEqual([])
    },
  )

  it.each(Array.from({ length: 5 }, (_, seed) => seed))(
    'converge and lose nothing (Automerge, seed %i)',
    (seed) => {
      expect(exercise(automergeDocuments, seed, 120).lost).toEqual([])
    },
  )

  it('re-base their documents while all this happens', () => {
    const { world } = exercise(standInDocuments({ isSized: true }), 8, 300)
    expect(world.agents.map((agent) => agent.documents!.get('root')!.key)).not.toContain('root@0')
  })
})
