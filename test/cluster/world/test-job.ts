// Jobs of a test: from a few words to the text of a config file, and to what the judge must know of them.
import type { JudgedJob } from '../judge/history.ts'
import type { CommandLength } from './evidence.ts'

export type TestJob = {
  readonly name: string
  /** Every so often, or once at an instant. */
  readonly when: { readonly everyMs: number } | { readonly atMs: number }
  readonly length?: CommandLength
  readonly startDeadlineMs?: number
  readonly overlap?: JudgedJob['overlap']
  /** Without it what was late is missed. */
  readonly catchUpWithinMs?: number
  /** Where it may run; without it anywhere. */
  readonly hosts?: readonly string[]
  readonly isExclusive?: boolean
  readonly ifLost?: 'record' | 'rerun'
  readonly lockDelayMs?: number
}

const defaultDeadlineMs = 15_000
const defaultLength: CommandLength = { seconds: 0.05 }
/** A shell, its clock and its disk, under load. */
const commandSlackMs = 1500
/** The evidence is read a while after the end that is judged. */
const afterwardsMs = 120_000

export function configText(
  jobs: readonly TestJob[],
  { commandOf, summary }: { readonly commandOf: (length: CommandLength) => string; readonly summary: string },
): string {
  const pools = jobs.flatMap(({ name, hosts }) =>
    hosts === undefined ? [] : [`  - { name: pool-${name}, nodes: [${hosts.join(', ')}] }`],
  )
  const lines = jobs.map((job) => {
    const { length = defaultLength, catchUpWithinMs, isExclusive = false, ifLost, lockDelayMs, overlap } = job
    const keys: (readonly [string, string | null])[] = [
      ['schedule', scheduleText(job.when)],
      ['summary', `'${summary}'`],
      ['node', job.hosts === undefined ? null : `pool-${job.name}`],
      ['start_deadline', duration(job.startDeadlineMs ?? defaultDeadlineMs)],
      ['overlap', overlap ?? 'allow'],
      ['catch_up', catchUpWithinMs === undefined ? 'none' : 'last'],
      ['catch_up_within', catchUpWithinMs === undefined ? null : duration(catchUpWithinMs)],
      ['exclusive', isExclusive ? 'true' : null],
      ['if_lost', ifLost ?? null],
      ['lock_delay', lockDelayMs === undefined ? null : duration(lockDelayMs)],
      ['actions', `{ note: { command: '${commandOf(length)}' } }`],
    ]
    const given = keys.flatMap(([key, value]) => (value === null ? [] : [`    ${key}: ${value}\n`]))
    return `  ${job.name}:\n${given.join('')}`
  })
  return `${pools.length > 0 ? `node_pools:\n${pools.join('\n')}\n` : ''}jobs:\n${lines.join('')}`
}

export function judgedJob(
  category: string,
  job: TestJob,
  known: {
    readonly hosts: readonly string[]
    readonly droppedAtMs: number
    readonly knownAtMs: number
    readonly endMs: number
  },
): JudgedJob {
  const { when, length = defaultLength } = job
  return {
    name: `${category}.${job.name}`,
    slots:
      'atMs' in when ? [when.atMs] : slotsEvery(when.everyMs, known.droppedAtMs, known.endMs + afterwardsMs),
    knownAtMs: 'atMs' in when ? 0 : known.knownAtMs,
    startDeadlineMs: job.startDeadlineMs ?? defaultDeadlineMs,
    durationMs: length.seconds * 1000 + commandSlackMs,
    overlap: job.overlap ?? 'allow',
    catchUpWithinMs: job.catchUpWithinMs ?? null,
    isExclusive: job.isExclusive ?? false,
    hosts: job.hosts ?? known.hosts,
  }
}

/** Counted from 1970, as the schedule does. */
function slotsEvery(everyMs: number, fromMs: number, toMs: number): number[] {
  const slots: number[] = []
  for (let slotMs = Math.ceil(fromMs / everyMs) * everyMs; slotMs <= toMs; slotMs += everyMs)
    slots.push(slotMs)
  return slots
}

function scheduleText(when: TestJob['when']): string {
  return 'atMs' in when ? `at ${new Date(when.atMs).toISOString()}` : `every ${when.everyMs / 1000}s`
}

function duration(ms: number): string {
  return `${ms / 1000}s`
}
