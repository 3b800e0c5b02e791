// Links that are there and do not do what links should: every word takes its time, or none arrives and nobody is told.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import { demand, type Scenario } from './scenario.ts'

const everyTwo = { name: 'tick', when: { everyMs: 2000 } } as const
const everySecond = { name: 'tick', when: { everyMs: 1000 } } as const

const startsOf = (world: World, job: string, sinceMs: number) =>
  world.evidence().filter((line) => line.kind === 'start' && line.job === job && line.slotMs > sinceMs)

export const slowLinks: Scenario = {
  name: 'links on which every word takes 50 ms lose no slot, and no session',
  world: { areLinksLed: true },
  play: async (world) => {
    await world.drop('slow', [everyTwo, { ...everyTwo, name: 'pinned', hosts: ['beta', 'gamma'] }])
    await delay(2000)
    world.say('every word takes 50 ms')
    world.links.delayMs = 50
    await delay(15_000)
    for (const host of world.hosts) demand(await host.isReady(), `${host.name} lost its session`)
    world.links.delayMs = 0
  },
}

export const halfOpenLinks: Scenario = {
  name: 'connections of a host on which nothing arrives any more and that nobody closes are given up and made anew',
  world: { areLinksLed: true },
  play: async (world) => {
    await world.drop('mute', [everySecond, { ...everySecond, name: 'pinned', hosts: ['beta'] }])
    await delay(2000)
    world.muteLinksOf('beta')
    const sinceMs = Date.now()
    await until('the others to go on', () => startsOf(world, 'mute.tick', sinceMs).length > 0)
    await world.whenWhole()
    const wholeMs = Date.now()
    world.say(`all see each other again after ${wholeMs - sinceMs} ms`)
    world.hearLinksOf('beta')
  },
}
