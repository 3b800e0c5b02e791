// A danger that a cluster is to survive: what a test does to the cluster, and what it must see at once. What came of all
// slots is judged afterwards, alike for every scenario.
import type { Verdict } from '../judge/judge-history.ts'
import { judgeWorld } from '../world/judge-world.ts'
import { World } from '../world/world.ts'
import type { WorldOptions } from '../world/world-options.ts'

export type Scenario = {
  /** A promise, named after the danger. */
  readonly name: string
  readonly world?: WorldOptions
  /** Rejects when something is wrong that the judge cannot know. */
  readonly play: (world: World) => Promise<void>
}

export type Listening = {
  readonly onNews?: (text: string) => void
  /** Where all is kept for a person to look at when something is wrong. */
  readonly keepIn?: string
}

/** In a cluster of its own; rejects when the scenario itself, or the recovery after it, does. */
export async function playScenario(scenario: Scenario, listening: Listening = {}): Promise<Verdict> {
  const { onNews, keepIn } = listening
  const world = await World.open({ ...scenario.world, ...(onNews && { onNews }) })
  try {
    onNews?.('the cluster is there')
    await scenario.play(world)
    await world.recover()
    const verdict = await judgeWorld(world)
    if (verdict.complaints.length > 0 && keepIn !== undefined) await world.keep(keepIn)
    return verdict
  } catch (error) {
    if (keepIn !== undefined) await world.keep(keepIn)
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${world.lastWords()}`, {
      cause: error,
    })
  } finally {
    await world.close()
  }
}

export function demand(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise)
}

/** The first whole multiple of so many milliseconds that is so far ahead. */
export function instantAhead(aheadMs: number, everyMs = 1000): number {
  return Math.ceil((Date.now() + aheadMs) / everyMs) * everyMs
}

export async function untilInstant(atMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - Date.now())))
}
