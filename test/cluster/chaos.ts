// `npm run chaos -- [--scenario WORDS]… [--minutes N] [--seed S] [--keep DIR]`: real agents in network namespaces and what can be done
// to them. Plays the scenarios whose names hold the words (all of them without any), each in a cluster of its own, and
// then for N minutes faults drawn from the seed. Exits with 1 when anything came out wrong.
import { parseArgs } from 'node:util'
import { playScenario } from './scenarios/scenario.ts'
import { allScenarios } from './scenarios/all-scenarios.ts'
import { whyNoNetwork } from './world/host-network.ts'

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'string' },
  },
})
const startedAtMs = performance.now()

function say(text: string): void {
  process.stdout.write(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)}  ${text}\n`)
}

async function play(): Promise<boolean> {
  let isWell = true
  const wanted = values.scenario
  const chosen = allScenarios.filter(
    ({ name }) => wanted === undefined || wanted.some((words) => name.includes(words)),
  )
  for (const scenario of chosen) {
    say(`-- ${scenario.name}`)
    try {
      const { slots, starts, complaints, excused, latenessMs } = await playScenario(scenario, {
        onNews: (text) => say(`   ${text}`),
        ...(values.keep !== undefined && { keepIn: values.keep }),
      })
      for (const text of excused) say(`   excused: ${text}`)
      for (const text of complaints) say(`   WRONG: ${text}`)
      const worst = Math.max(0, ...latenessMs)
      say(
        `   ${slots} slots, ${starts} starts, ${excused.length} excused, ${complaints.length} wrong, ${worst} ms late at most`,
      )
      isWell &&= complaints.length === 0
    } catch (error) {
      say(`   WRONG: ${error instanceof Error ? error.message : String(error)}`)
      isWell = false
    }
  }
  return isWell
}

const why = whyNoNetwork()
if (why !== null) {
  say(`skipped: ${why}`)
} else {
  const isWell = await play()
  say(isWell ? 'all is well' : 'it did not go well')
  process.exitCode = isWell ? 0 : 1
}
