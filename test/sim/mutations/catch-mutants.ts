// Plants each fault of the protocol in the core as a test runner loads it, and runs the directed tests that are to catch
// it: one project of one vitest per fault, two at a time. Prints a line for each, or with --json all of them at once.
// With names as arguments only those.
//
//     node test/sim/mutations/catch-mutants.ts [--json] [NAME …]

import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { createVitest, type TestModule } from 'vitest/node'
import { protocolMutations, type ProtocolMutation } from './protocol-mutations.ts'

export type Caught = {
  readonly name: string
  /** The first test that failed; null when all passed or none ran. */
  readonly by: string | null
  /** Why the tests could not even be read; such a mutant is not caught. */
  readonly broken: string | null
}

const root = path.resolve(import.meta.dirname, '../../..')

/** Replaces the text of one file of lib/ while it is loaded. */
function planted({ file, from, to, name }: ProtocolMutation) {
  const target = path.join(root, 'lib', file)
  return {
    name: `plant ${name}`,
    enforce: 'pre' as const,
    load(id: string) {
      return id.split('?')[0] === target ? readFileSync(target, 'utf8').replace(from, () => to) : null
    },
  }
}

async function catchMutants(mutations: readonly ProtocolMutation[]): Promise<Caught[]> {
  const vitest = await createVitest({
    root,
    config: false,
    watch: false,
    reporters: [{}],
    maxWorkers: 2,
    projects: mutations.map((mutation) => ({
      root,
      plugins: [planted(mutation)],
      test: {
        name: mutation.name,
        include: [`test/lib/${mutation.caughtBy}`],
        pool: 'threads' as const,
        testTimeout: 10_000,
        // A cache of earlier runs does not know which fault was planted.
        fsModuleCache: false,
      },
    })),
  })
  try {
    const { testModules } = await vitest.start().then(() => ({ testModules: vitest.state.getTestModules() }))
    const byName = new Map(testModules.map((module) => [module.project.name, module]))
    return mutations.map(({ name }) => verdict(name, byName.get(name)))
  } finally {
    await vitest.close()
  }
}

function verdict(name: string, module: TestModule | undefined): Caught {
  if (module === undefined) return { name, by: null, broken: 'no test ran' }
  const [error] = module.errors()
  const [failed] = module.children.allTests('failed')
  return { name, by: failed?.fullName ?? null, broken: error?.message ?? null }
}

const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
const chosen = protocolMutations.filter(({ name }) => names.length === 0 || names.includes(name))
const caught = await catchMutants(chosen)
if (words.includes('--json')) process.stdout.write(`${JSON.stringify(caught)}\n`)
else
  for (const { name, by, broken } of caught)
    process.stdout.write(`${by === null ? 'MISSED' : 'caught'}  ${name}: ${broken ?? by}\n`)
process.exitCode = caught.every(({ by, broken }) => by !== null && broken === null) ? 0 : 1
