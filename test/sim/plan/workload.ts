// The jobs of one seed as the text of config files, and when who drops which text where: the first version, edits
// while things go wrong, and at the end the same jobs switched off, so that the cluster comes to rest.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Random } from '../../../lib/base/random.ts'

export type Drop = {
  readonly atMs: number
  readonly node: NodeId
  readonly fileName: string
  readonly text: string
}

export type JobPlan = {
  readonly name: string
  readonly schedule: string
  /** Starts a second, on all nodes that it runs on. */
  readonly rate: number
  readonly timeZone: string | null
  readonly overlap: 'allow' | 'queue' | 'skip' | 'replace'
  readonly catchUp: 'none' | 'last' | 'all'
  readonly startDeadlineMs: number
  /** A node, labels, or null for any. */
  readonly place: string | null
  readonly commands: readonly string[]
  /** Further keys of each action. */
  readonly actionExtras: readonly string[]
  /** Of its last action: what takes it, or its further tries, to nodes of their own. */
  readonly elsewhere: readonly string[]
  /** Further keys, as they stand in the file. */
  readonly extras: readonly string[]
  readonly isEnabled: boolean
}

function configText(jobs: readonly JobPlan[], pools: readonly string[]): string {
  const lines = [...pools, 'jobs:']
  for (const job of jobs) {
    lines.push(`  - name: ${job.name}`, `    schedule: "${job.schedule}"`)
    if (job.timeZone !== null) lines.push(`    time_zone: ${job.timeZone}`)
    if (job.place !== null) lines.push(`    node: ${job.place}`)
    if (!job.isEnabled) lines.push('    enabled: false')
    lines.push(
      `    overlap: ${job.overlap}`,
      `    catch_up: ${job.catchUp}`,
      `    start_deadline: ${job.startDeadlineMs}ms`,
    )
    lines.push(...job.extras.map((extra) => `    ${extra}`), '    actions:')
    for (const [index, command] of job.commands.entries()) {
      lines.push(`      - name: step${index + 1}`, `        command: "${command}"`)
      if (index > 0) lines.push(`        requires: [step${index}]`)
      const own = index === job.commands.length - 1 ? job.elsewhere : []
      lines.push(...[...job.actionExtras, ...own].map((extra) => `        ${extra}`))
    }
  }
  return `${lines.join('\n')}\n`
}

export type WorkloadOptions = {
  readonly random: Random
  readonly nodes: readonly NodeId[]
  /** In whose directories the files lie. */
  readonly authors: readonly NodeId[]
  readonly jobs: number
  /** Of all jobs together, as far as the slowest schedules allow. */
  readonly startsPerSecond: number
  /** When the first files are dropped, between which instants edits are made, when all is switched off. */
  readonly dropAtMs: number
  readonly editFromMs: number
  readonly editUntilMs: number
  readonly quietAtMs: number
  readonly edits: number
  /** For what was added later, so that older seeds stay what they were. */
  readonly narrow: Random
}

/** The pool on whose nodes few runs have room. */
const narrowPool = 'narrow'

export function makeWorkload(options: WorkloadOptions): Drop[] {
  const { random, authors } = options
  const jobs: JobPlan[] = []
  for (let left = options.startsPerSecond; jobs.length < options.jobs; left -= jobs.at(-1)!.rate)
    jobs.push(makeJob(`job${jobs.length + 1}`, options, left))
  const pools = makeNarrow(jobs, options)
  // Two files where there are enough jobs: each has an owner, from whose directory all its versions come.
  const half = jobs.length > 3 ? Math.ceil(jobs.length / 2) : jobs.length
  const files = [jobs.slice(0, half), jobs.slice(half)].filter((list) => list.length > 0)
  return files.flatMap((list, index) => {
    const node = random.pick(authors)
    const fileName = `${['first', 'second'][index]}.yaml`
    const drops: Drop[] = [
      { atMs: options.dropAtMs + random.between(0, 1_000), node, fileName, text: configText(list, pools) },
    ]
    const edits = Array.from({ length: options.edits }, () =>
      random.between(options.editFromMs, options.editUntilMs),
    )
    let version = list
    for (const atMs of edits.toSorted((left, right) => left - right)) {
      version = version.map((job) => (random.chance(0.5) ? editedJob(job, options) : job))
      drops.push({ atMs, node, fileName, text: configText(version, pools) })
    }
    const quiet = version.map((job) => ({ ...job, isEnabled: false }))
    drops.push({ atMs: options.quietAtMs, node, fileName, text: configText(quiet, pools) })
    return drops
  })
}

/** In some clusters jobs share a pool of all nodes that holds few runs at a time; as the file has it. */
function makeNarrow(jobs: JobPlan[], { narrow, nodes }: WorkloadOptions): string[] {
  if (!narrow.chance(0.3)) return []
  for (const [index, job] of jobs.entries())
    if (job.place === null && narrow.chance(0.5)) jobs[index] = { ...job, place: narrowPool }
  const members = nodes.join(', ')
  return [
    'node_pools:',
    `  - { name: ${narrowPool}, nodes: [${members}], max_running: ${narrow.between(1, 4)} }`,
  ]
}

const schedules = [
  { schedule: 'every 1s', everyS: 1 },
  { schedule: 'every 1s', everyS: 1 },
  { schedule: 'every 2s', everyS: 2 },
  { schedule: 'every 5s', everyS: 5 },
  { schedule: 'cron */3 * * * * *', everyS: 3 },
  { schedule: 'cron */10 * * * * *', everyS: 10 },
  { schedule: 'cron * * * * *', everyS: 60 },
  { schedule: 'every 90s', everyS: 90 },
]
const slowest = schedules.slice(-2)

/** It starts at most so often, unless the slowest schedule is faster. */
function makeJob(name: string, { random, nodes }: WorkloadOptions, rateMax: number): JobPlan {
  const overlap = random.pick(['allow', 'queue', 'skip', 'skip', 'replace'] as const)
  const catchUp = random.pick(['none', 'none', 'last', 'all'] as const)
  // A hundred slots to catch up one after the other must not take all day.
  const extras = makeExtras(random, overlap)
  const isOnSeveral = extras.some((extra) => extra === 'all_nodes: true' || extra.startsWith('count'))
  const starts = isOnSeveral ? nodes.length : 1
  const isSeldom = schedules.filter(({ everyS }) => starts / everyS <= rateMax)
  const { schedule, everyS } = random.pick(isSeldom.length > 0 ? isSeldom : slowest)
  const isSlow = random.chance(0.3) && (catchUp !== 'all' || overlap === 'allow')
  const longMs = isSlow ? random.between(1_000, 8_000) : random.between(50, 900)
  // What is to be replaced must still run then.
  const isLong = overlap === 'replace' && catchUp !== 'all' && everyS <= 10
  const mostMs = isLong ? everyS * 1_000 + 8_000 : longMs
  const command = () =>
    `work ${random.between(1, longMs)}..${mostMs}${random.chance(0.3) ? ' fail 0.1' : ''}${random.chance(0.1) ? ' stubborn' : ''}`
  return {
    name,
    schedule,
    rate: starts / everyS,
    timeZone: random.chance(0.3) ? 'Europe/Berlin' : null,
    overlap,
    catchUp: extras.includes('if_partitioned: run') ? 'none' : catchUp,
    startDeadlineMs: random.pick([3_000, 10_000, 10_000, 30_000]),
    place: random.chance(0.15) ? random.pick(nodes) : random.chance(0.2) ? 'half=one' : null,
    extras,
    commands: Array.from({ length: random.chance(0.25) ? 2 : 1 }, command),
    actionExtras: makeActionExtras(random),
    elsewhere: starts === 1 && random.chance(0.15) ? makeElsewhere(random, nodes) : [],
    isEnabled: true,
  }
}

function makeActionExtras(random: Random): string[] {
  switch (random.between(0, 6)) {
    case 0:
      return [
        `retries: ${random.between(1, 4)}`,
        `retries_delay: ${random.pick(['0s', '100ms', '1s', '3s'])}`,
        `backoff: ${random.pick(['fixed', 'linear', 'exponential'])}`,
      ]
    case 1:
      return [`timeout: ${random.pick(['200ms', '1s', '3s'])}`]
    case 2:
      return ['retries: 2', 'timeout: 500ms']
    default:
      return []
  }
}

function makeElsewhere(random: Random, nodes: readonly NodeId[]): string[] {
  switch (random.between(0, 3)) {
    case 0:
      return [`node: ${random.pick(nodes)}`]
    case 1:
      return ['node: half=one']
    case 2:
      return ['node: half=one', 'retry_on: any_node']
    default:
      return ['retry_on: any_node']
  }
}

function makeExtras(random: Random, overlap: JobPlan['overlap']): string[] {
  switch (random.between(0, 10)) {
    case 0:
      return overlap === 'allow' ? [] : ['exclusive: true']
    case 1:
      return ['if_lost: rerun', `lock_delay: ${random.pick([0, 2, 15])}s`]
    case 2:
      return ['all_nodes: true']
    case 7:
      return ['if_partitioned: run']
    case 3:
      return ['cleanup_action: { command: "work 10..200" }']
    case 4:
      return [`max_runtime: ${random.pick(['500ms', '2s'])}`, 'cleanup_action: { command: "work 10..200" }']
    case 5:
      return [`count: ${random.pick([2, 3])}`]
    case 6:
      return ['once: true']
    default:
      return []
  }
}

const isLocal = (job: JobPlan): boolean => job.extras.includes('all_nodes: true')
const isPartitioned = (job: JobPlan): boolean => job.extras.includes('if_partitioned: run')
const isExclusive = (job: JobPlan): boolean => job.extras.includes('exclusive: true')

function editedJob(job: JobPlan, options: WorkloadOptions): JobPlan {
  const other = makeJob(job.name, options, job.rate)
  switch (options.random.between(0, 4)) {
    case 0:
      return { ...job, schedule: other.schedule, timeZone: other.timeZone }
    case 1:
      return {
        ...job,
        overlap: isExclusive(job) ? job.overlap : other.overlap,
        catchUp: isPartitioned(job) ? 'none' : other.catchUp,
      }
    case 2:
      return { ...job, isEnabled: !job.isEnabled }
    default:
      return {
        ...job,
        commands: other.commands,
        actionExtras: other.actionExtras,
        elsewhere: isLocal(job) ? [] : other.elsewhere,
      }
  }
}
