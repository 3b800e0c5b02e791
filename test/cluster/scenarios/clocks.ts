// Wall clocks that are wrong: the cluster goes by the clocks of most of its witnesses.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import type { Scenario } from './scenario.ts'

const yearMs = 365 * 24 * 3_600_000
const hourMs = 3_600_000
const everySecond = { name: 'tick', when: { everyMs: 1000 } } as const

const startsOn = (world: World, host: string, job: string, sinceMs: number) =>
  world
    .evidence()
    .filter(
      (line) => line.kind === 'start' && line.host === host && line.job === job && line.slotMs > sinceMs,
    )

async function complains(world: World, name: string): Promise<boolean> {
  const { complaints } = await world.host(name).status()
  return complaints.some((text) => text.includes("off the cluster's"))
}

export const wrongClocks: Scenario = {
  name: 'one clock a year ahead and another an hour behind start no slot early, late or twice, and say that they are wrong',
  play: async (world) => {
    await world.drop('clocks', [
      everySecond,
      { ...everySecond, name: 'ahead', hosts: ['beta'] },
      { ...everySecond, name: 'behind', hosts: ['gamma'] },
    ])
    await delay(2000)
    world.say('the clock of beta jumps a year ahead, that of gamma an hour back')
    world.host('beta').order({ clockOffsetMs: yearMs })
    world.host('gamma').order({ clockOffsetMs: -hourMs })
    for (const name of ['beta', 'gamma'])
      await until(`${name} to say that its clock is wrong`, async () => complains(world, name))
    const sinceMs = Date.now() + 2000
    await until(
      'the host that is ahead to run something',
      () => startsOn(world, 'beta', 'clocks.ahead', sinceMs).length > 0,
    )
    await until(
      'the host that is behind to run something',
      () => startsOn(world, 'gamma', 'clocks.behind', sinceMs).length > 0,
    )
    world.say('both are started anew with their wrong clocks')
    for (const name of ['beta', 'gamma']) {
      await world.host(name).kill()
      world.host(name).start()
      await world.host(name).whenReady()
    }
    await delay(4000)
    world.say('the clocks are set right')
  },
}
