// Disks that forget: one that fails to write, one that is empty again, one that is as it was before, one that is there
// twice. Its agent must not vote with what it does not know any more.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import { demand, type Scenario } from './scenario.ts'

/** Three witnesses, and one that can take the place of any of them. */
const withSpare = {
  hosts: ['alpha', 'beta', 'gamma', 'delta'],
  witnesses: 3,
  canOthersVote: true,
} as const

/** An agent must have been there for a while before it may vote. */
const spareWithinMs = 100_000

const everySecond = { name: 'tick', when: { everyMs: 1000 } } as const
const busy = [
  everySecond,
  ...Array.from({ length: 8 }, (_, n) => ({ name: `busy${n}`, when: { everyMs: 2000 } })),
]

const startsSince = (world: World, sinceMs: number) =>
  world.evidence().filter(({ kind, slotMs }) => kind === 'start' && slotMs > sinceMs)

async function nodeIdOf(world: World, name: string): Promise<string> {
  return (await world.host(name).status()).nodeId
}

/** Somebody else votes in its place, and it is forgotten. */
async function replaceWitness(world: World, nodeId: string): Promise<void> {
  const alpha = world.host('alpha')
  await until(
    'another agent to be ready to vote',
    async () => (await alpha.ask(['witnesses', 'replace', nodeId])).code === 0,
    spareWithinMs,
  )
  await until('its vote to be handed over', async () => {
    const members = await world.witnesses()
    return members.length === 3 && members.every((member) => member.isReachable && member.nodeId !== nodeId)
  })
  await alpha.do('nodes', 'remove', nodeId)
}

/** The host begins anew, with an empty disk; it does not vote, for with it there would be five who may. */
async function beginAnew(world: World, name: string): Promise<void> {
  const host = world.host(name)
  await host.kill()
  host.wipe()
  host.trust()
  host.start({ joinToken: world.joinToken, words: ['--witness=never'] })
  await host.whenReady()
}

export const failedSync: Scenario = {
  name: 'an agent whose disk fails one write stops, and what it knew before is true when it is started again',
  play: async (world) => {
    await world.drop('sync', busy)
    await delay(2000)
    await world.host('beta').failNextSync()
    const { code } = await world.host('beta').agent.ended
    demand(code === 1, `the agent ended with ${code}, expected 1`)
    demand(/Cannot (write|sync)/.test(world.host('beta').output), 'it did not say why it stopped')
    await delay(3000)
    world.host('beta').start()
    await world.host('beta').whenReady()
  },
}

export const fullDisk: Scenario = {
  name: 'an agent whose disk is full stops, and what it knew before is true when there is room again',
  world: { smallDisk: 'beta' },
  play: async (world) => {
    const beta = world.host('beta')
    await world.drop('full', busy)
    await delay(2000)
    beta.fillDisk()
    const { code } = await beta.agent.ended
    demand(code === 1, `the agent ended with ${code}, expected 1`)
    demand(/Cannot (write|sync).*(no space|ENOSPC)/.test(beta.output), 'it did not say why it stopped')
    const fullAtMs = Date.now()
    await until('the others to go on', () => startsSince(world, fullAtMs + 2000).length > 0)
    beta.emptyDisk()
    beta.start()
    await beta.whenReady()
  },
}

export const wipedWitness: Scenario = {
  name: 'a witness whose disk is wiped under load does not vote with an empty memory, and is replaced',
  world: withSpare,
  play: async (world) => {
    const old = await nodeIdOf(world, 'beta')
    await world.drop('wiped', busy)
    await delay(3000)
    await beginAnew(world, 'beta')
    demand((await nodeIdOf(world, 'beta')) !== old, 'a new disk is the same node')
    const voting = await world.witnesses()
    demand(
      voting.some(({ nodeId }) => nodeId === old),
      'the lost witness was replaced before anybody said so',
    )
    await replaceWitness(world, old)
  },
}

export const rolledBackWitness: Scenario = {
  name: "a witness that is rolled back to yesterday's image is quarantined, and the others go on",
  world: withSpare,
  play: async (world) => {
    const beta = world.host('beta')
    const old = await nodeIdOf(world, 'beta')
    await world.drop('rolled', busy)
    await beta.stop()
    const image = beta.saveImage('yesterday')
    beta.start()
    await beta.whenReady()
    await delay(3000)
    await beta.kill()
    beta.restoreImage(image)
    beta.distrust()
    beta.start()
    await beta.whenQuarantined()
    const sinceMs = Date.now()
    const later = () => startsSince(world, sinceMs + 2000)
    await until('the others to go on', () => later().length > 10)
    const starts = later()
    demand(!starts.some(({ host }) => host === 'beta'), 'it claimed although it was quarantined')
    await beginAnew(world, 'beta')
    await replaceWitness(world, old)
  },
}

export const snapshotOfRunningWitness: Scenario = {
  name: 'a witness that is rolled back to an image of its running agent is quarantined',
  world: withSpare,
  play: async (world) => {
    const beta = world.host('beta')
    const old = await nodeIdOf(world, 'beta')
    await world.drop('snapshot', busy)
    await delay(2000)
    const imageAtMs = Date.now()
    const image = beta.saveImage('running')
    // What nobody voted on since, nobody can have forgotten.
    await until('votes after the image', () => startsSince(world, imageAtMs).length > 10)
    await delay(3000)
    await beta.kill()
    beta.restoreImage(image)
    beta.distrust()
    beta.start()
    await beta.whenQuarantined()
    await beginAnew(world, 'beta')
    await replaceWitness(world, old)
  },
}

export const clonedDisk: Scenario = {
  name: 'two agents on copies of one data directory run nothing twice, and one of them at least says what is wrong',
  world: withSpare,
  play: async (world) => {
    const beta = world.host('beta')
    const delta = world.host('delta')
    const old = await nodeIdOf(world, 'beta')
    const gone = await nodeIdOf(world, 'delta')
    await world.drop('cloned', busy)
    await delta.kill()
    const image = beta.saveImage('copy')
    await delay(2000)
    delta.restoreImage(image)
    beta.distrust()
    delta.distrust()
    // A copy has all of its original, its name too.
    delta.start({ words: ['--name=beta'] })
    await delta.agent.ready()
    const states = async () => Promise.all([beta, delta].map(async (host) => (await host.status()).state))
    await until('one of the two to be quarantined', async () => (await states()).includes('degraded'))
    await delay(4000)
    await beta.kill()
    await beginAnew(world, 'delta')
    beta.wipe()
    beta.trust()
    beta.start({ joinToken: world.joinToken })
    await beta.whenReady()
    await replaceWitness(world, old)
    await world.host('alpha').do('nodes', 'remove', gone)
  },
}
