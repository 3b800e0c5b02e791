// How soon random seeds catch each planted fault, and by which statement: one line for each fault as it is done, and a
// count at the end. Each fault meets the same seeds in the same order until the first of them that breaks a statement,
// or does not end at all. The sound core goes first: a seed that it breaks would prove nothing of the others.

import { runSeeds, SeedStuck } from '../seed-pool.ts'
import { mutations, type Mutation } from './mutation.ts'

export type CatchRateOptions = {
  readonly seeds: number
  readonly from: number
  readonly profileName: string
  readonly workers: number
}

type Catch = { readonly afterSeeds: number; readonly statement: string }

/** A seed of the small profile takes a second, and many times that on a busy machine. */
const seedMaxMs = 300_000

export async function printCatchRates(of: CatchRateOptions, write: (line: string) => void): Promise<void> {
  const unsound = await firstCatch(null, of)
  if (unsound !== null)
    return write(`seed ${of.from + unsound.afterSeeds - 1} breaks ${unsound.statement} in the sound core`)
  const caught: number[] = []
  const waiting = [...mutations]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const found = await firstCatch(next.name, of)
      if (found !== null) caught.push(found.afterSeeds)
      write(lineOf(next, found, of.seeds))
    }
  }
  await Promise.all(Array.from({ length: of.workers }, worker))
  const within = (seeds: number) => caught.filter((afterSeeds) => afterSeeds <= seeds).length
  const counts = [1, 2, 5, of.seeds].map((seeds) => `${within(seeds)} by ${seeds}`).join(', ')
  write(`of ${mutations.length} planted faults are caught: ${counts} random seeds (${of.profileName})`)
}

function lineOf(mutation: Mutation, found: Catch | null, seeds: number): string {
  if (found !== null)
    return `caught by seed ${String(found.afterSeeds).padStart(2)}  ${mutation.name}: ${found.statement}`
  const directed = mutation.caughtBy === undefined ? '' : `, only by test/lib/${mutation.caughtBy}`
  return `not in ${seeds} seeds    ${mutation.name}${directed}`
}

/** Null when none of the seeds caught it. */
async function firstCatch(mutation: string | null, of: CatchRateOptions): Promise<Catch | null> {
  let ran = 0
  let statement: string | null = null
  const tasks = Array.from({ length: of.seeds }, (_, index) => ({
    seed: of.from + index,
    profileName: of.profileName,
    mutation,
  }))
  try {
    await runSeeds(tasks, {
      workers: 1,
      seedMaxMs,
      isOver: () => statement !== null,
      onResult: ({ violation }) => {
        ran++
        if (violation !== null) statement = violation.statement
      },
    })
  } catch (error) {
    if (!(error instanceof SeedStuck)) throw error
    return { afterSeeds: ran + 1, statement: 'it did not end' }
  }
  return statement === null ? null : { afterSeeds: ran, statement }
}
