// Who takes part and who votes: it grows by itself, and people take nodes out for a while or for good, while every slot
// of a job that runs every second goes on.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import { demand, type Scenario } from './scenario.ts'

const everySecond = { name: 'tick', when: { everyMs: 1000 } } as const
/** An agent must have been there for so long before it may vote, and what the votes take. */
const mayVoteWithinMs = 90_000

const startsOn = (world: World, host: string, sinceMs: number) =>
  world.evidence().filter((line) => line.kind === 'start' && line.host === host && line.slotMs > sinceMs)

export const growth: Scenario = {
  name: 'one witness becomes five by itself as agents join and stay, and no slot is lost meanwhile',
  world: { witnesses: 1, canOthersVote: true },
  play: async (world) => {
    await world.drop('growth', [everySecond])
    await until('five to vote', async () => (await world.witnesses()).length === 5, mayVoteWithinMs)
  },
}

export const replacedByItself: Scenario = {
  name: 'a witness that is away for good is replaced by itself, and one that is away for a while is not',
  world: {
    hosts: ['alpha', 'beta', 'gamma', 'delta'],
    witnesses: 3,
    canOthersVote: true,
    replaceAfterMs: 25_000,
  },
  play: async (world) => {
    const voters = async () =>
      (await world.witnesses())
        .map(({ node }) => node)
        .toSorted()
        .join()
    await world.drop('worn', [everySecond])
    await delay(2000)
    await world.host('beta').kill()
    await delay(4000)
    world.host('beta').start()
    await world.host('beta').whenReady(mayVoteWithinMs)
    demand((await voters()) === 'alpha,beta,gamma', 'a witness was replaced that came back in time')
    await world.host('beta').kill()
    await until(
      'delta to vote in its place',
      async () => (await voters()) === 'alpha,delta,gamma',
      mayVoteWithinMs,
    )
    world.host('beta').start()
    await world.host('beta').whenReady(mayVoteWithinMs)
  },
}

export const drained: Scenario = {
  name: 'a node that is drained starts nothing new, ends what it runs, and takes part again when it is activated',
  play: async (world) => {
    await world.drop('drained', [
      everySecond,
      { name: 'long', when: { everyMs: 5000 }, length: { seconds: 2 } },
    ])
    await until('beta to run something', () => startsOn(world, 'beta', 0).length > 0)
    await world.host('beta').do('drain')
    await delay(2500)
    const drainedAtMs = Date.now()
    await delay(6000)
    const more = startsOn(world, 'beta', drainedAtMs)
    demand(more.length === 0, `it started ${more.length} slots after it was drained`)
    await world.host('alpha').do('activate', 'beta')
    await until('beta to run again', () => startsOn(world, 'beta', Date.now() - 5000).length > 0)
  },
}

export const left: Scenario = {
  name: 'a witness that leaves hands its vote over, stops by itself, and is not let in again',
  world: { hosts: ['alpha', 'beta', 'gamma', 'delta'], witnesses: 3, canOthersVote: true },
  play: async (world) => {
    const beta = world.host('beta')
    await world.drop('left', [everySecond])
    await until(
      'beta to be allowed to leave',
      async () => (await beta.ask(['leave'])).code === 0,
      mayVoteWithinMs,
    )
    world.dismiss('beta')
    const { code } = await beta.agent.ended
    demand(code === 0, `it ended with ${code}, expected 0`)
    const names = (await world.witnesses()).map(({ node }) => node).toSorted()
    demand(names.join() === 'alpha,delta,gamma', `${names.join()} vote, expected alpha,delta,gamma`)
    const sinceMs = Date.now()
    beta.start()
    await delay(6000)
    demand(startsOn(world, 'beta', sinceMs).length === 0, 'it ran slots after it had left')
    if (beta.isUp) await beta.stop()
  },
}

export const removed: Scenario = {
  name: 'a dead witness that is removed is replaced first, and refused when it comes back',
  world: { hosts: ['alpha', 'beta', 'gamma', 'delta'], witnesses: 3, canOthersVote: true },
  play: async (world) => {
    const beta = world.host('beta')
    await world.drop('removed', [everySecond])
    await delay(2000)
    await beta.kill()
    world.dismiss('beta')
    await until(
      'beta to be removed',
      async () => (await world.host('alpha').ask(['nodes', 'remove', 'beta'])).code === 0,
      mayVoteWithinMs,
    )
    await until('another to vote in its place', async () => {
      const members = await world.witnesses()
      return members.every(({ node, isReachable }) => node !== 'beta' && isReachable)
    })
    await delay(3000)
    const sinceMs = Date.now()
    beta.start()
    await delay(6000)
    demand(startsOn(world, 'beta', sinceMs).length === 0, 'it ran slots after it was removed')
    if (beta.isUp) await beta.kill()
  },
}

export const recovered: Scenario = {
  name: 'when the disks of two of three witnesses are lost for good, a person lets the third go on, and nothing runs twice',
  world: { hosts: ['alpha', 'beta', 'gamma'], witnesses: 3, canOthersVote: true },
  play: async (world) => {
    await world.drop('recovered', [everySecond])
    await delay(3000)
    const lost = ['beta', 'gamma'].map((name) => world.host(name))
    const ids = await Promise.all(lost.map(async (host) => (await host.status()).nodeId))
    for (const host of lost) {
      host.distrust()
      await host.kill()
      host.wipe()
    }
    await delay(6000)
    await world.host('alpha').do('witnesses', 'recover', '--yes')
    await until('alpha to claim again', async () => world.host('alpha').isReady())
    for (const host of lost) {
      host.start({ joinToken: world.joinToken })
      await host.whenReady(mayVoteWithinMs)
      host.trust()
    }
    for (const id of ids) await world.host('alpha').do('nodes', 'remove', id)
  },
}
