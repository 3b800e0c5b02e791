// Agents that stand still, or are away, while what they started goes on.
import { until } from '../agent-process.ts'
import type { World } from '../world/world.ts'
import { demand, instantAhead, untilInstant, type Scenario } from './scenario.ts'

const ttlMs = 4000
const everySecond = { name: 'tick', when: { everyMs: 1000 } } as const
const linesOf = (world: World, job: string) => world.evidence().filter((line) => line.job === job)

/** One run on beta has begun. */
async function runOnBeta(world: World, category: string, seconds: number): Promise<string> {
  const job = `${category}.long`
  await world.drop(category, [
    { name: 'long', when: { atMs: instantAhead(3000) }, length: { seconds, parts: 2 }, hosts: ['beta'] },
    everySecond,
  ])
  await until('the run to begin', () => linesOf(world, job).length > 0)
  return job
}

/** One run of each kind, wherever it goes, and those who hold them stand still. */
export const pausedForThreeSessions: Scenario = {
  name: 'runs whose agents stand still for three sessions are told lost: one goes on alone and its end is told at last, the exclusive one is ended before it runs elsewhere',
  world: { sessionTtlMs: ttlMs },
  play: async (world) => {
    const slotMs = instantAhead(3000)
    const length = { seconds: 2.5 * (ttlMs / 1000), parts: 30 }
    await world.drop('paused', [
      { name: 'plain', when: { atMs: slotMs }, length },
      {
        name: 'exclusive',
        when: { atMs: slotMs },
        length,
        startDeadlineMs: 30_000,
        isExclusive: true,
        overlap: 'skip',
        ifLost: 'rerun',
        lockDelayMs: 1000,
      },
      everySecond,
    ])
    const startsOf = (job: string) => linesOf(world, job).filter(({ kind }) => kind === 'start')
    await until('both to begin', () =>
      ['paused.plain', 'paused.exclusive'].every((job) => startsOf(job).length > 0),
    )
    const [plain, exclusive] = [startsOf('paused.plain')[0]!.host, startsOf('paused.exclusive')[0]!.host]
    const held = [...new Set([plain, exclusive])].map((name) => world.host(name))
    for (const host of held) host.pause()
    const pausedAtMs = Date.now()
    const witness = world.hosts.find((host) => !held.includes(host))!.name
    const told = async (job: string) =>
      (await world.runsOf(witness, job)).find(({ attempt }) => attempt === 1)
    await until('the plain run to be told lost', async () => (await told('paused.plain'))?.state === 'lost')
    await until('the exclusive one to run elsewhere', () => startsOf('paused.exclusive').length === 2)
    await untilInstant(pausedAtMs + 3 * ttlMs)
    for (const host of held) host.goOn()
    await until('the late truth', async () => {
      const run = await told('paused.plain')
      return run?.state === 'succeeded' && run.isLateReport
    })
    demand(startsOf('paused.plain').length === 1, 'the plain run was started again')
    demand(startsOf('paused.exclusive')[1]!.host !== exclusive, 'a host that stood still started a run')
  },
}

export const restartedUnderItsRun: Scenario = {
  name: 'an agent that is stopped and started adopts its run, which outlasts the session, and none is told lost',
  world: { sessionTtlMs: 8000 },
  play: async (world) => {
    const job = await runOnBeta(world, 'restarted', 12)
    await world.host('beta').stop()
    world.host('beta').start()
    await world.host('beta').whenReady()
    await until('its end', async () => (await world.runsOf('gamma', job))[0]?.state === 'succeeded')
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
