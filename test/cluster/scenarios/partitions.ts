// Links that fail: between halves, around one host, in one direction, and for one kind of answer.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import { demand, instantAhead, untilInstant, type Scenario } from './scenario.ts'

const everySecond = { name: 'tick', when: { everyMs: 1000 } } as const
/** Short enough that even a slow machine has ended one before the next. */
const everyThree = {
  name: 'tock',
  when: { everyMs: 3000 },
  length: { seconds: 0.3 },
  overlap: 'skip',
} as const

const startsAfter = (world: World, slotMs: number) =>
  world.evidence().filter((line) => line.kind === 'start' && line.slotMs > slotMs)

export const cutAtTheSlot: Scenario = {
  name: 'a majority and a minority cut apart exactly at a slot run it once, and the minority runs no later one',
  play: async (world) => {
    await world.drop('cut', [everySecond])
    const slotMs = instantAhead(1500)
    await untilInstant(slotMs - 30)
    await world.partition(['alpha', 'beta'], ['gamma', 'delta', 'epsilon'])
    const later = () => startsAfter(world, slotMs + 2000)
    await until('the majority to go on', () => later().length > 2)
    await untilInstant(slotMs + 6000)
    const minority = later().filter(({ host }) => host === 'alpha' || host === 'beta')
    demand(minority.length === 0, `the minority ran ${minority.length} slots after the cut`)
  },
}

export const bridge: Scenario = {
  name: 'two halves that cannot see each other, and one host that sees both, run no slot twice',
  play: async (world) => {
    await world.drop('bridge', [everySecond, everyThree])
    await untilInstant(instantAhead(1000) - 30)
    await world.partition(['alpha', 'beta', 'gamma'], ['gamma', 'delta', 'epsilon'])
    await delay(7000)
    const sinceMs = Date.now() - 4000
    await until('somebody to run something across the bridge', () => startsAfter(world, sinceMs).length > 0)
  },
}

export const deafHost: Scenario = {
  name: 'a host that is heard and hears nothing holds up nobody for long',
  play: async (world) => {
    await world.drop('deaf', [everySecond, { ...everySecond, name: 'pinned', hosts: ['beta', 'gamma'] }])
    await untilInstant(instantAhead(1000) - 30)
    await world.lose(['alpha', 'gamma', 'delta', 'epsilon'].map((from) => ({ from, to: 'beta' })))
    await delay(5500)
    const sinceMs = Date.now()
    const pinned = () => startsAfter(world, sinceMs).filter(({ job }) => job === 'deaf.pinned')
    await until('the other host of the pool to take over', () => pinned().length > 0)
  },
}

export const lostAccepts: Scenario = {
  name: 'a claim whose every accept is answered and no answer arrives is run once, or given back',
  play: async (world) => {
    await world.drop('accepts', [everySecond, everyThree])
    const slotMs = instantAhead(2500, 3000)
    await untilInstant(slotMs - 1100)
    for (const host of world.hosts) host.loseAccepts()
    await untilInstant(slotMs + 2500)
    for (const host of world.hosts) host.answerAgain()
    await until('slots to run again', () => startsAfter(world, slotMs + 2500).length > 0)
  },
}
