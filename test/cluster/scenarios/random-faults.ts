// Faults from a seeded list, for as long as one likes, on jobs of every kind; and then the judge.
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../agent-process.ts'
import { hasTracer, type Host } from '../world/host.ts'
import type { World } from '../world/world.ts'
import { planLanes, type Lane, type PlannedFault } from './random-plan.ts'
import type { Scenario } from './scenario.ts'

const category = 'random'
const jobs = [
  { name: 'tick', when: { everyMs: 1000 } },
  { name: 'tock', when: { everyMs: 3000 }, length: { seconds: 0.5 }, overlap: 'skip' },
  { name: 'pinned', when: { everyMs: 2000 }, hosts: ['alpha', 'beta'] },
  { name: 'caught', when: { everyMs: 5000 }, catchUpWithinMs: 120_000, overlap: 'skip' },
  {
    name: 'alone',
    when: { everyMs: 4000 },
    length: { seconds: 1.5, parts: 10 },
    isExclusive: true,
    overlap: 'skip',
  },
] as const

/** Whoever is to die at a point of a run must be given one meanwhile. */
const nextRunWithinMs = 15_000
/** An agent that starts while hosts are cut off, and the machine is busy. */
const backWithinMs = 180_000

export function randomFaults(seed: string, minutes: number): Scenario {
  return {
    name: `faults at random, seed ${seed}, for ${minutes} minutes`,
    play: async (world) => {
      await world.drop(category, jobs)
      const lanes = planLanes({
        seed,
        hosts: world.hosts.map(({ name }) => name),
        forMs: minutes * 60_000,
        jobs: jobs.map(({ name }) => `${category}.${name}`),
        canFailSyncs: hasTracer(),
      })
      const startedAtMs = Date.now()
      await Promise.all(lanes.map(async (lane) => playLane(world, lane, startedAtMs)))
    },
  }
}

async function playLane(world: World, lane: Lane, startedAtMs: number): Promise<void> {
  for (const { atMs, what } of lane) {
    await delay(Math.max(0, startedAtMs + atMs - Date.now()))
    if (what.kind === 'cut') {
      await world.lose(what.lost)
      await delay(what.forMs)
      await world.mend()
    } else if (what.kind === 'edit') await world.edit(category, world.host(what.host))
    else await harm(world.host(what.host), what)
  }
}

async function harm(
  host: Host,
  what: Exclude<PlannedFault['what'], { kind: 'cut' | 'edit' }>,
): Promise<void> {
  switch (what.kind) {
    case 'kill':
      await host.kill()
      if (what.again) {
        host.start()
        await delay(what.awayMs)
        await host.kill()
      }
      return comeBack(host, what.awayMs)
    case 'stop':
      await host.stop()
      return comeBack(host, what.awayMs)
    case 'kill-at':
      host.order({ killAt: what })
      await until('its run', () => !host.isUp, nextRunWithinMs).catch(() => undefined)
      host.order({})
      if (host.isUp) return undefined
      await host.died()
      return comeBack(host, what.awayMs)
    case 'fail-sync':
      await host.failNextSync()
      return comeBack(host, what.awayMs)
    case 'pause':
      host.pause()
      await delay(what.forMs)
      return host.goOn()
    case 'lose-accepts':
      host.loseAccepts()
      await delay(what.forMs)
      return host.answerAgain()
    case 'wrong-clock':
      host.order({ clockOffsetMs: what.offsetMs })
      await delay(what.forMs)
      return host.order({})
  }
}

async function comeBack(host: Host, afterMs: number): Promise<void> {
  await delay(afterMs)
  host.start()
  await host.whenReady(backWithinMs)
}
