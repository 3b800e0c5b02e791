// The claimant dies between two steps of rule S6: before it wrote that it holds the run, before it wrote that it starts
// it, before it started it, before it wrote how it ended.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import type { KillPoint } from '../tampering/orders.ts'
import type { World } from '../world/world.ts'
import { demand, instantAhead, untilInstant, type Scenario } from './scenario.ts'

const startDeadlineMs = 45_000

type Killed = { readonly host: string; readonly point: KillPoint }
type Slot = { readonly job: string; readonly slotMs: number }

/** Each host runs one slot of a job of its own, is killed at a point of that run, and started again. */
async function killAt(world: World, killed: readonly Killed[]): Promise<Slot[]> {
  const slotMs = instantAhead(4000)
  const category = `kill-${killed.map(({ point }) => point).join('-')}`
  const jobs = killed.map(({ host, point }) => ({
    name: `once-${point}`,
    when: { atMs: slotMs },
    startDeadlineMs,
    hosts: [host],
  }))
  for (const { host, point } of killed)
    world.host(host).order({ killAt: { point, job: `${category}.once-${point}` } })
  await world.drop(category, jobs)
  await Promise.all(
    killed.map(async ({ host }) => {
      await world.host(host).died()
      world.host(host).start()
    }),
  )
  await Promise.all(killed.map(async ({ host }) => world.host(host).whenReady()))
  return jobs.map(({ name }) => ({ job: `${category}.${name}`, slotMs }))
}

async function killBetaAt(world: World, point: KillPoint): Promise<Slot> {
  const [slot] = await killAt(world, [{ host: 'beta', point }])
  if (slot === undefined) throw new Error('one host was killed')
  return slot
}

const startsOf = (world: World, job: string) =>
  world.evidence().filter((line) => line.kind === 'start' && line.job === job)

async function startsAfterAll(world: World, { job }: Slot): Promise<void> {
  await until(`the start of ${job}`, () => startsOf(world, job).length > 0, startDeadlineMs)
}

/** What was marked as started and never was: nobody starts it, and it is not told as a success. */
async function neverStarts(world: World, { job, slotMs }: Slot): Promise<void> {
  const told = async () => (await world.runsOf('alpha', job))[0]?.state ?? 'nothing'
  await until(`the outcome of ${job}`, async () => !['nothing', 'running'].includes(await told()))
  const state = await told()
  demand(
    state === 'unknown' || state === 'failed' || state === 'lost',
    `the slot that was marked and not started is told as ${state}`,
  )
  await untilInstant(slotMs + 3000)
  demand(startsOf(world, job).length === 0, 'it was started after all')
}

async function endsWell(world: World, { job }: Slot): Promise<void> {
  const told = async () => (await world.runsOf('alpha', job))[0]?.state
  await until(`the success of ${job}`, async () => (await told()) === 'succeeded')
  demand(startsOf(world, job).length === 1, 'it ran more than once')
}

export const killedBeforeIntent: Scenario = {
  name: 'a claimant killed between the grant and its note of it gives the slot back after its start',
  play: async (world) => startsAfterAll(world, await killBetaAt(world, 'intent')),
}

export const killedBeforeExecMark: Scenario = {
  name: 'a claimant killed between its note and the mark of the start gives the slot back after its start',
  play: async (world) => startsAfterAll(world, await killBetaAt(world, 'exec-mark')),
}

export const killedBeforeSpawn: Scenario = {
  name: 'a claimant killed between the mark of the start and the start never starts it, and says so',
  play: async (world) => neverStarts(world, await killBetaAt(world, 'spawn')),
}

export const killedBeforeExitMark: Scenario = {
  name: 'an agent killed when its run ended, before it wrote so, tells the truth about it',
  play: async (world) => endsWell(world, await killBetaAt(world, 'exit-mark')),
}

export const killedAtEveryPoint: Scenario = {
  name: 'four of five agents killed between grant, note, mark, start and end run each slot once, or say why not',
  play: async (world) => {
    const [intent, execMark, spawn, exitMark] = await killAt(world, [
      { host: 'beta', point: 'intent' },
      { host: 'gamma', point: 'exec-mark' },
      { host: 'delta', point: 'spawn' },
      { host: 'epsilon', point: 'exit-mark' },
    ])
    if (!intent || !execMark || !spawn || !exitMark) throw new Error('four hosts were killed')
    await startsAfterAll(world, intent)
    await startsAfterAll(world, execMark)
    await neverStarts(world, spawn)
    await endsWell(world, exitMark)
  },
}

export const killedAgainAndAgain: Scenario = {
  name: 'agents that are killed one after the other, each in the middle of its work, lose no slot of the others',
  play: async (world) => {
    const jobs = [
      { name: 'tick', when: { everyMs: 1000 } },
      { name: 'tock', when: { everyMs: 3000 }, length: { seconds: 0.5 }, overlap: 'skip' },
    ] as const
    await world.drop('killed', jobs)
    for (const host of world.hosts) {
      await delay(1700)
      await host.kill()
      host.start()
      await host.whenReady()
    }
  },
}
