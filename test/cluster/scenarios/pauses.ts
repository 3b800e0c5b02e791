// Agents that stand still, or are away, while what they started goes on.
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import { demand, instantAhead, type Scenario } from './scenario.ts'
import { setTimeout as delay } from 'node:timers/promises'

const ttlMs = 3000
const linesOf = (world: World, job: string) => world.evidence().filter((line) => line.job === job)

/** One run on beta, which others of the pool could run too, has begun. */
async function runOnBeta(world: World, category: string, seconds: number): Promise<string> {
  const job = `${category}.long`
  await world.drop(category, [
    { name: 'long', when: { atMs: instantAhead(3000) }, length: { seconds, parts: 2 }, hosts: ['beta'] },
    { name: 'tick', when: { everyMs: 1000 } },
  ])
  await until('the run to begin', () => linesOf(world, job).length > 0)
  return job
}

export const pausedForThreeSessions: Scenario = {
  name: 'a run whose agent stands still for three sessions is told lost, is not run again, and its end is told at last',
  world: { sessionTtlMs: ttlMs },
  play: async (world) => {
    const job = await runOnBeta(world, 'paused', 1.5 * (ttlMs / 1000))
    world.host('beta').pause()
    await until('it to be told lost', async () => (await world.runsOf('gamma', job))[0]?.state === 'lost')
    await delay(2 * ttlMs)
    demand(
      linesOf(world, job).filter(({ kind }) => kind === 'end').length === 1,
      'the run did not end by itself',
    )
    world.host('beta').goOn()
    await until('the late truth', async () => {
      const [run] = await world.runsOf('gamma', job)
      return run?.state === 'succeeded' && run.isLateReport
    })
    demand(linesOf(world, job).filter(({ kind }) => kind === 'start').length === 1, 'it ran again')
  },
}

export const restartedUnderItsRun: Scenario = {
  name: 'an agent that is stopped and started adopts its run, which outlasts the session, and none is told lost',
  world: { sessionTtlMs: 5000 },
  play: async (world) => {
    const job = await runOnBeta(world, 'restarted', 9)
    await world.host('beta').stop()
    world.host('beta').start()
    await world.host('beta').whenReady()
    await until('its end', async () => (await world.runsOf('gamma', job))[0]?.state === 'succeeded', 30_000)
    const [run] = await world.runsOf('gamma', job)
    demand(run?.isLateReport === false, 'it had been told lost')
    demand(linesOf(world, job).filter(({ kind }) => kind === 'start').length === 1, 'it ran again')
  },
}

export const awayForLongerThanItsSession: Scenario = {
  name: 'an agent that is away for longer than its session finds its run told lost, and tells how it really ended',
  world: { sessionTtlMs: ttlMs },
  play: async (world) => {
    const job = await runOnBeta(world, 'away', 2 * (ttlMs / 1000))
    await world.host('beta').stop()
    await until('it to be told lost', async () => (await world.runsOf('gamma', job))[0]?.state === 'lost')
    world.host('beta').start()
    await world.host('beta').whenReady()
    await until('the late truth', async () => {
      const [run] = await world.runsOf('gamma', job)
      return run?.state === 'succeeded' && run.isLateReport
    })
  },
}
