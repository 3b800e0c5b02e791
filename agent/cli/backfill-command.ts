// `hocket backfill JOB`: runs by hand for slots that are over, a few at a time, each waited for until it has ended. It
// is this command that goes from slot to slot: interrupted, it starts nothing more, and what it started goes on.

import { setTimeout as sleep } from 'node:timers/promises'
import type { JobView } from '../../lib/view/question.ts'
import { formatInstant } from '../../lib/schedule/calendar.ts'
import { askAgent, AgentRefused } from './ask-agent.ts'
import { backfillSlots } from './backfill-slots.ts'
import { askingOptions, UsageError, type Command, type CommandCall } from './command.ts'
import { jsonText } from './json-text.ts'
import { plainText } from './plain-text.ts'
import { progressOf } from './progress.ts'
import { request, runOf } from './run-request.ts'
import { table } from './table.ts'

const parallelMax = 10
const lookAgainMs = 500

type Filled = { readonly slot: string; readonly run: string | null; readonly state: string }

export const backfillCommand: Command = {
  words: 'backfill',
  summary: 'run a job for slots that are over',
  arguments: 'JOB',
  argumentsMax: 1,
  options: {
    from: { type: 'string', takes: 'DAY', help: 'the first day or instant, in the zone of the job' },
    to: { type: 'string', takes: 'DAY', help: 'the last one, itself included (default: now)' },
    dates: { type: 'string', takes: 'A,B,C', help: 'these days or instants instead, each once' },
    parallel: {
      type: 'string',
      short: 'P',
      takes: 'N',
      help: `so many at a time, at most ${parallelMax} (default: 3)`,
    },
    descending: { type: 'boolean', help: 'the newest first' },
    'fail-on-error': { type: 'boolean', help: 'start nothing more after one that did not succeed' },
    'dry-run': { type: 'boolean', help: 'only say which slots' },
    ...askingOptions,
  },
  examples: [
    ['hocket backfill shop.report --from 2026-11-01 --to 2026-11-07', 'each slot of that week'],
    ['hocket backfill shop.report --dates 2026-11-01,2026-11-05 -P 1', 'two days, one after the other'],
    ['hocket backfill shop.report --from 2026-11-01 --dry-run', 'which slots that would be'],
  ],
  run: async (call) => {
    const [name] = call.positionals
    if (name === undefined)
      throw new UsageError('Cannot backfill: no job is named, expected hocket backfill JOB')
    const parallel = parallelOf(call)
    const { job } = await askAgent<{ readonly job: JobView }>(call, `jobs/${encodeURIComponent(name)}`)
    const said = (flag: string) => (typeof call.flags[flag] === 'string' ? call.flags[flag] : null)
    const dates = (said('dates') ?? '').split(',').filter((date) => date.trim() !== '')
    const isDescending = call.flags['descending'] === true
    const slots = backfillSlots(
      job,
      { from: said('from'), to: said('to'), dates, isDescending },
      call.terminal.nowMs(),
    )
    const filled =
      call.flags['dry-run'] === true
        ? slots.map((slotMs): Filled => ({ slot: formatInstant(slotMs), run: null, state: 'not started' }))
        : await fill(call, { job: job.name, slots, parallel })
    show(call, filled)
    return filled.some(({ state }) => !isFine(state)) && call.flags['dry-run'] !== true ? 1 : 0
  },
}

async function fill(
  call: CommandCall,
  {
    job,
    slots,
    parallel,
  }: { readonly job: string; readonly slots: readonly number[]; readonly parallel: number },
): Promise<Filled[]> {
  const filled = slots.map((slotMs): Filled => ({
    slot: formatInstant(slotMs),
    run: null,
    state: 'not started',
  }))
  const progress = progressOf(call, `backfill ${job}`)
  const ended: Filled[] = []
  let next = 0
  let isBroken = false
  const look = () => {
    const failed = ended.filter(({ state }) => !isFine(state)).length
    const counts = [`${next - ended.length} under way`, ...(failed > 0 ? [`${failed} not succeeded`] : [])]
    progress?.show({ done: ended.length, total: slots.length, more: counts.join(', ') })
  }
  const work = async (): Promise<void> => {
    while (next < slots.length && !isBroken) {
      const at = next++
      filled[at] = await fillOne(call, { job, slot: formatInstant(slots[at]!) }, look)
      ended.push(filled[at])
      look()
      if (call.flags['fail-on-error'] === true && !isFine(filled[at].state)) isBroken = true
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, slots.length) }, work))
  } finally {
    progress?.clear()
  }
  return filled
}

async function fillOne(
  call: CommandCall,
  { job, slot }: { readonly job: string; readonly slot: string },
  onLook: () => void,
): Promise<Filled> {
  // Whoever says how many at a time means it, whatever the policy for slots is.
  const body = { slot, force: true }
  let requestId: string
  try {
    requestId = (await request(call, `jobs/${encodeURIComponent(job)}/start`, body)).requestId
  } catch (error) {
    if (!(error instanceof AgentRefused)) throw error
    return { slot, run: null, state: `refused: ${error.message}` }
  }
  for (;;) {
    onLook()
    const run = await runOf(call, job, requestId)
    if (run === null) return { slot, run: null, state: 'not started' }
    if (run.state !== 'running') return { slot, run: run.id, state: run.state }
    await sleep(lookAgainMs)
  }
}

/** As Tron counts: what a person ended or let go is no error. */
function isFine(state: string): boolean {
  return state === 'succeeded' || state === 'cancelled' || state === 'skipped'
}

function show({ flags, terminal }: CommandCall, filled: readonly Filled[]): void {
  if (flags['json'] === true) return terminal.out(jsonText({ slots: filled }))
  const rows = filled.map(({ slot, run, state }) => [
    { text: slot },
    { text: plainText(run ?? '-') },
    { text: plainText(state) },
  ])
  const { columns, isColoured } = terminal
  terminal.out(
    table([{ title: 'SLOT' }, { title: 'RUN' }, { title: 'STATE' }], rows, { columns, isColoured }),
  )
}

function parallelOf({ flags }: CommandCall): number {
  const words = flags['parallel'] ?? '3'
  const parallel = Number(words)
  if (Number.isInteger(parallel) && parallel >= 1 && parallel <= parallelMax) return parallel
  throw new UsageError(
    `Cannot use --parallel ${String(words)}: it is no such number, expected 1 to ${parallelMax}`,
  )
}
