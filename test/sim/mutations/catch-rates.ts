// How often random seeds catch each planted fault, and by which statements: one line for each fault as it is done.
// Which seeds are run is the same for all, so that the rates can be compared.

import { runSeeds } from '../seed-pool.ts'
import { mutations } from './mutation.ts'

export async function* catchRates(of: {
  readonly seeds: number
  readonly from: number
  readonly profileName: string
}): AsyncGenerator<string> {
  let caught = 0
  for (const { name } of mutations) {
    const statements = new Map<string, number>()
    const tasks = Array.from({ length: of.seeds }, (_, index) => ({
      seed: of.from + index,
      profileName: of.profileName,
      mutation: name,
    }))
    await runSeeds(tasks, {
      onResult: ({ violation }) => {
        if (violation !== null)
          statements.set(violation.statement, (statements.get(violation.statement) ?? 0) + 1)
      },
    })
    const count = [...statements.values()].reduce((sum, one) => sum + one, 0)
    if (count > 0) caught++
    const by = [...statements].map(([statement, times]) => `${statement} ${times}`).join(', ')
    yield `${String(count).padStart(4)} of ${of.seeds}  ${name}${by === '' ? '' : `: ${by}`}`
  }
  yield `${caught} of ${mutations.length} planted faults are caught by ${of.seeds} random seeds (${of.profileName})`
}
