// `npm run chaos`: real agents in network namespaces, and what can be done to them.
//
//     --scenario WORDS    the dangers whose names hold the words, each in a cluster of its own; may be repeated
//     --minutes N         faults at random for so long; --seed S: which ones
//     --away MINUTES      how long all agents are away in the scenario of that; without it two slots
//     --list              what the dangers are called
//     --keep DIR          where all is kept of what went wrong
//
// Without words of any kind all dangers are played. Ends with 1 when anything came out wrong, and says how to see it again.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { allScenarios } from './scenarios/all-scenarios.ts'
import { randomFaults } from './scenarios/random-faults.ts'
import { playScenario, type Scenario } from './scenarios/scenario.ts'
import { whyNoNetwork } from './world/host-network.ts'

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    away: { type: 'string' },
    list: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
})

const excusesShown = 5
const minuteMs = 60_000
const { away } = values
const scenarios = allScenarios(away === undefined ? {} : { awayMs: minutesOf('--away', away) * minuteMs })

function minutesOf(option: string, text: string): number {
  if (!(Number(text) > 0))
    throw new Error(`Cannot use ${option} "${text}": expected a number above 0, such as 5`)
  return Number(text)
}

/** A scenario, and the words by which it is played again. */
type Turn = { readonly scenario: Scenario; readonly again: string; readonly keepIn: string }

const startedAtMs = performance.now()

function say(text: string): void {
  process.stdout.write(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)}  ${text}\n`)
}

function turns(): Turn[] {
  const { minutes, scenario: wanted, seed = String(Date.now() % 100_000) } = values
  const keepIn = values.keep ?? path.join(os.tmpdir(), `hocket-chaos-${process.pid}`)
  const found = scenarios.filter(({ name }) => wanted.some((words) => name.includes(words)))
  if (wanted.length > 0 && found.length === 0)
    throw new Error(`Cannot find scenario "${wanted.join('", "')}": expected words of a name, see --list`)
  const named = (wanted.length === 0 && minutes === undefined ? scenarios : found).map((scenario, i) => ({
    scenario,
    again: `--scenario "${scenario.name}"${away === undefined ? '' : ` --away ${away}`}`,
    keepIn: path.join(keepIn, String(i + 1)),
  }))
  if (minutes === undefined) return named
  const scenario = randomFaults(seed, minutesOf('--minutes', minutes))
  const again = `--minutes ${minutes} --seed ${seed}`
  return [...named, { scenario, again, keepIn: path.join(keepIn, `seed-${seed}`) }]
}

async function play({ scenario, again, keepIn }: Turn): Promise<boolean> {
  say(`-- ${scenario.name}`)
  const isWell = await playScenario(scenario, { onNews: (text) => say(`   ${text}`), keepIn }).then(
    ({ slots, starts, complaints, excused, latenessMs }) => {
      for (const text of excused.slice(0, excusesShown)) say(`   excused: ${text}`)
      if (excused.length > excusesShown) say(`   and ${excused.length - excusesShown} more that are excused`)
      for (const text of complaints) say(`   WRONG: ${text}`)
      const worst = Math.max(0, ...latenessMs)
      say(
        `   ${slots} slots, ${starts} starts, ${excused.length} excused, ${complaints.length} wrong, ${worst} ms late at most`,
      )
      return complaints.length === 0
    },
    (error: unknown) => {
      say(`   WRONG: ${error instanceof Error ? error.message : String(error)}`)
      return false
    },
  )
  if (!isWell) {
    say(`   again: npm run chaos -- ${again}   (commit ${commit()})`)
    if (fs.existsSync(keepIn)) say(`   all logs, data and evidence of it: ${keepIn}`)
  }
  return isWell
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown'
  }
}

const why = whyNoNetwork()
if (values.list) {
  for (const { name } of scenarios) process.stdout.write(`${name}\n`)
} else if (why !== null) {
  say(`skipped: ${why}`)
} else {
  let isWell = true
  for (const turn of turns()) isWell = (await play(turn)) && isWell
  say(isWell ? 'all is well' : 'it did not go well')
  process.exitCode = isWell ? 0 : 1
}
