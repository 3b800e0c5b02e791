// `npm run simulate`: one seed again and in detail, many seeds on all cores, or scenario files.
//
//     --seed N [--verbose]          one seed; what broke is shrunk and told
//     --seeds N [--from S]          many, from S on; --workers W: on so many cores instead of all
//     --profile usual|hard|small    how large and how hard they are; planted faults meet small ones
//     --mutation NAME               against a copy of the core with that fault planted
//     --mutations [--seeds N]       with each of the planted faults: how many seeds it takes to catch it, and by what
//     --scenario FILE [--verbose]   what the file says
//     --nodes N --jobs M            one busy minute of a large cluster, in figures

import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { failureReport } from './failure-report.ts'
import { printCatchRates } from './mutations/catch-rates.ts'
import { loadCore } from './mutations/load-core.ts'
import { readScenario } from './scenario/read-scenario.ts'
import { runScenario } from './scenario/run-scenario.ts'
import { runSeeds } from './seed-pool.ts'
import { planOfSeed, runSeed, type SeedResult } from './seed-run.ts'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string' },
    nodes: { type: 'string' },
    jobs: { type: 'string' },
    profile: { type: 'string' },
    mutation: { type: 'string' },
    mutations: { type: 'boolean', default: false },
    scenario: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const profileName = values.profile ?? (values.mutations ? 'small' : 'usual')

/** Of the machine's memory, for a large cluster. */
const heapShare = 0.85
/** What is under way between a thousand agents is not to be taken for what lasts. */
const youngMb = 384

const write = (line: string): void => void process.stdout.write(`${line}\n`)

function numberOf(name: string, text: string): number {
  if (!/^\d+$/.test(text))
    throw new Error(`Cannot use --${name} "${text}": it is no number, expected a whole number from 0 on`)
  return Number(text)
}

function workersAsked(): number {
  return values.workers === undefined
    ? availableParallelism()
    : Math.max(1, numberOf('workers', values.workers))
}

async function runOne(seed: number): Promise<boolean> {
  const core = await loadCore(values.mutation ?? null)
  if (values.verbose) {
    const { violation } = simulate(planOfSeed(seed, profileName), { core, write })
    write(
      violation === null ? `seed ${seed}: all statements held` : `${violation.statement}: ${violation.text}`,
    )
    return violation === null
  }
  const { violation, starts, simulatedMs, tookMs } = runSeed(seed, profileName, core)
  if (violation === null)
    write(
      `seed ${seed}: all statements held, ${starts} starts in ${Math.round(simulatedMs / 1000)} s (${Math.round(tookMs)} ms)`,
    )
  else write(failureReport(seed, { profileName, violation, core }))
  return violation === null
}

async function runMany(count: number, from: number): Promise<boolean> {
  const failed: SeedResult[] = []
  let done = 0
  let starts = 0
  const startMs = performance.now()
  const tasks = Array.from({ length: count }, (_, index) => ({
    seed: from + index,
    profileName,
    mutation: values.mutation ?? null,
  }))
  await runSeeds(tasks, {
    workers: workersAsked(),
    onResult: (result) => {
      done++
      starts += result.starts
      if (result.violation !== null) {
        failed.push(result)
        write(`seed ${result.seed}: ${result.violation.statement}: ${result.violation.text.split('\n')[0]}`)
      }
      if (done % 100 === 0) write(`${done} of ${count} seeds, ${failed.length} failed`)
    },
  })
  const tookS = (performance.now() - startMs) / 1000
  write(`${count} seeds, ${failed.length} failed, ${starts} starts, ${tookS.toFixed(0)} s`)
  const first = failed.toSorted((left, right) => left.seed - right.seed)[0]
  if (first?.violation && values.mutation === undefined)
    write(
      failureReport(first.seed, {
        profileName,
        violation: first.violation,
        core: await loadCore(null),
      }),
    )
  return failed.length === 0
}

async function runFile(file: string): Promise<boolean> {
  const scenario = readScenario(readFileSync(file, 'utf8'))
  const core = await loadCore(values.mutation ?? null)
  const faults = runScenario(scenario, values.verbose ? { core, write } : { core })
  for (const fault of faults) write(fault)
  if (faults.length === 0) write(`${file}: as expected`)
  return faults.length === 0
}

async function runBusyMinute(): Promise<boolean> {
  const size = {
    nodes: numberOf('nodes', values.nodes ?? '1000'),
    jobs: numberOf('jobs', values.jobs ?? '10000'),
  }
  const file = new URL(`./busy-minute-worker${path.extname(import.meta.url)}`, import.meta.url)
  const resourceLimits = {
    maxOldGenerationSizeMb: Math.floor((totalmem() / 2 ** 20) * heapShare),
    maxYoungGenerationSizeMb: youngMb,
  }
  const worker = new Worker(file, { workerData: size, resourceLimits })
  const lines = await new Promise<readonly string[]>((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  )
  for (const line of lines) write(line)
  const { user, system } = process.cpuUsage()
  const { maxRSS } = process.resourceUsage()
  write(`it took ${Math.round((user + system) / 1e6)} s of a processor and ${(maxRSS / 1e6).toFixed(1)} GB`)
  return true
}

async function runMutations(): Promise<boolean> {
  const seeds = numberOf('seeds', values.seeds ?? '25')
  const from = numberOf('from', values.from)
  await printCatchRates({ seeds, from, profileName, workers: workersAsked() }, write)
  return true
}

async function runAsAsked(): Promise<boolean> {
  if (values.mutations) return runMutations()
  if (values.nodes !== undefined || values.jobs !== undefined) return runBusyMinute()
  if (values.scenario !== undefined) return runFile(values.scenario)
  if (values.seeds === undefined) return runOne(numberOf('seed', values.seed ?? '1'))
  return runMany(numberOf('seeds', values.seeds), numberOf('from', values.from))
}

process.exitCode = (await runAsAsked()) ? 0 : 1
