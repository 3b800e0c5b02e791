// All agents away, one after the other or at once, and more to do in one second than a machine can.
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

const everyMs = 10_000

/** Until two slots have gone by; or for so long. */
export const allAway = (awayMs = 2 * everyMs): Scenario => ({
  name: 'after all agents were away, a job that catches up runs its last slot late, once, and one that does not misses all',
  play: async (world) => {
    const startDeadlineMs = 2000
    await world.drop('away', [
      { name: 'caught', when: { everyMs }, startDeadlineMs, catchUpWithinMs: 3_600_000, overlap: 'skip' },
      { name: 'missed', when: { everyMs }, startDeadlineMs },
    ])
    const starts = (job: string, afterMs: number) =>
      world.evidence().filter((line) => line.kind === 'start' && line.job === job && line.slotMs > afterMs)
    await until('the first run of each', () =>
      ['away.caught', 'away.missed'].every((job) => starts(job, 0).length > 0),
    )
    await Promise.all(world.hosts.map(async (host) => host.kill()))
    // The deadline of the last slot goes by as well.
    const killedMs = Date.now()
    const lastMs = instantAhead(awayMs, everyMs)
    await untilInstant(lastMs + startDeadlineMs)
    world.say(`all were away for ${((Date.now() - killedMs) / 60_000).toFixed(1)} minutes`)
    for (const host of world.hosts) host.start()
    await Promise.all(world.hosts.map(async (host) => host.whenReady()))
    await until('the catch-up', () => starts('away.caught', killedMs).length > 0)
    const [caught] = starts('away.caught', killedMs)
    const { slotMs, atMs } = caught!
    world.say(`the slot of ${new Date(slotMs).toISOString()} started ${atMs - slotMs} ms late`)
    demand(slotMs >= lastMs, 'it was not the last one')
    demand(
      starts('away.missed', killedMs).every((line) => line.slotMs >= slotMs),
      'others were run as well',
    )
  },
})

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
