// All agents away, one after the other or at once, and more to do in one second than a machine can.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import { judgeWorld } from '../world/judge-world.ts'
import { demand, instantAhead, untilInstant, type Scenario } from './scenario.ts'

export const rollingRestart: Scenario = {
  name: 'a rolling restart of all agents loses no slot of a job that runs every second',
  play: async (world) => {
    await world.drop('rolling', [{ name: 'tick', when: { everyMs: 1000 } }])
    for (const host of world.hosts) {
      await host.stop()
      host.start()
      await host.whenReady()
    }
    await world.recover()
    const { excused } = await judgeWorld(world)
    demand(excused.length === 0, `slots were lost: ${excused.join('; ')}`)
  },
}

export const allAway: Scenario = {
  name: 'after all agents were away, a job that catches up runs its last slot late, once, and one that does not misses all',
  play: async (world) => {
    const startDeadlineMs = 2000
    await world.drop('away', [
      { name: 'caught', when: { everyMs: 3000 }, startDeadlineMs, catchUpWithinMs: 600_000, overlap: 'skip' },
      { name: 'missed', when: { everyMs: 3000 }, startDeadlineMs },
    ])
    await delay(4000)
    const fromMs = Date.now() + startDeadlineMs
    await Promise.all(world.hosts.map(async (host) => host.kill()))
    await delay(20_000)
    for (const host of world.hosts) host.start()
    await Promise.all(world.hosts.map(async (host) => host.whenReady()))
    // What started long after its deadline was caught up.
    const starts = (job: string) =>
      world
        .evidence()
        .filter((line) => line.kind === 'start' && line.job === job && line.slotMs > fromMs)
        .filter(({ slotMs, atMs }) => atMs > slotMs + startDeadlineMs + 2000)
    await until('the catch-up', () => starts('away.caught').length > 0)
    await delay(3000)
    demand(
      starts('away.caught').length === 1,
      `${starts('away.caught').length} slots were caught up, expected one`,
    )
    demand(starts('away.missed').length === 0, 'slots were caught up that should be missed')
  },
}

export const thousandSlots: Scenario = {
  name: 'a thousand slots of one second are each run once',
  play: async (world) => {
    const slotMs = instantAhead(20_000)
    const jobs = Array.from({ length: 1000 }, (_, n) => ({
      name: `j${n}`,
      when: { atMs: slotMs },
      length: { seconds: 0, isSynced: false },
      startDeadlineMs: 60_000,
    }))
    await world.drop('thousand', jobs)
    demand(Date.now() < slotMs, 'the jobs were known after their slot: the machine is too slow for this')
    await untilInstant(slotMs)
    const ends = () => world.evidence().filter(({ kind }) => kind === 'end').length
    await until('all of them to end', () => ends() >= jobs.length, 90_000)
    world.say(`all had run ${Date.now() - slotMs} ms after the slot`)
  },
}
