// Kron's overlap policies and retries, robfig's wrappers and Dkron's questions, row by row, on the whole core with
// processes that last as long as the row says. Where we part on purpose, config/README.md says so.

import { describe, expect, test } from 'vitest'
import { retryDelayMs } from '../../../lib/run/retry.ts'
import { parsed } from '../definition/parsed.ts'
import { accountFor, type Account } from '../accounted-rows.ts'
import { PlayedAgent, type Plays } from '../played-agent.ts'
import { looseText, readCases, textOf, type Row } from '../schedule/case-files.ts'

const policies: Readonly<Record<string, string>> = { delay: 'queue', skip: 'skip', allow: 'allow' }
const lasting =
  (ms: number): Plays =>
  () => ({ ms, code: 0 })

/** A job each second under this policy of Kron's. */
function eachSecond(policy: string, plays: Plays, more = ''): PlayedAgent {
  const text = `jobs: [{name: tick, schedule: every 1s, overlap: ${policies[policy]}${more}, actions: {a: {command: x}}}]`
  return new PlayedAgent(text, plays)
}

/** What happened, in seconds after the first slot's second began, in Kron's words. */
function timeline(agent: PlayedAgent): [number, string][] {
  const first = Math.floor(agent.starts[0]!.atMs / 100) * 100
  const at = (ms: number) => Math.round((ms - first) / 100) / 10 + 1
  const startMs = agent.nowMs - agent.atMs + first
  const told = agent.all('shop.tick').flatMap((run): [number, string][] => {
    if (run.range !== null) {
      const slots: [number, string][] = []
      for (let ms = Date.parse(run.range.from); ms <= Date.parse(run.slot); ms += 1_000)
        slots.push([at(ms - startMs + first), run.why])
      return slots
    }
    return run.endedAt === null ? [] : [[at(Date.parse(run.endedAt) - startMs + first), run.state]]
  })
  const starts = agent.starts.map((start): [number, string] => [at(start.atMs), 'started'])
  return [...starts, ...told].toSorted(([left], [right]) => left - right)
}

const words: Readonly<Record<string, string>> = {
  RUN_STARTED: 'started',
  RUN_SKIPPED_OVERLAP: 'skipped-overlap',
  RUN_SUCCEEDED: 'succeeded',
}

/** The most processes that ran at one instant. */
function concurrent(agent: PlayedAgent, ms: number): number {
  const starts = agent.starts.map(({ atMs }) => atMs)
  return Math.max(...starts.map((at) => starts.filter((other) => other <= at && other + ms > at).length))
}

function skipTimeline(row: Row): void {
  const wanted = (row['timeline'] as [number, string][]).map(([at, word]) => [at, words[word]])
  const agent = eachSecond(textOf(row['policy']), lasting(Number(row['run_ms'])))
  agent.pass((wanted.at(-1)![0]! as number) * 1_000 + 1_500)
  expect(timeline(agent).slice(0, wanted.length)).toEqual(wanted)
}

function allowsTwo(row: Row): void {
  const runMs = Number(row['run_ms'] ?? 1_800)
  const agent = eachSecond('allow', lasting(runMs)).pass(5_000)
  expect(concurrent(agent, runMs)).toBeGreaterThanOrEqual(2)
}

/** No slot twice, none beside another, and as many as have room. */
function queuesEach(runMs: number): void {
  const agent = eachSecond('delay', lasting(runMs)).pass(10_000)
  const runs = agent.runs('shop.tick').filter(({ state }) => state === 'succeeded')
  expect(new Set(runs.map(({ slot }) => slot)).size).toBe(runs.length)
  expect(concurrent(agent, runMs)).toBe(1)
  expect(runs.length).toBeGreaterThanOrEqual(Math.floor(9_000 / Math.max(runMs, 1_000)) - 1)
}

const overlapRows: Readonly<Record<string, Account>> = {
  skip_overlap_records_skipped_run_while_previous_run_is_active: (row) => {
    const agent = eachSecond(textOf(row['policy']), lasting(Number(row['run_ms'])))
    const isSkipped = () => agent.all('shop.tick').some(({ why }) => why === 'skipped-overlap')
    while (agent.atMs < 5_000 && !isSkipped()) agent.pass(100)
    expect([isSkipped(), agent.starts.length]).toEqual([true, 1])
  },
  allow_overlap_can_run_same_timer_concurrently: allowsTwo,
  'delay: rule': { differs: 'delay: the next run counts from the end', here: () => queuesEach(1_500) },
  'skip: rule': () => {
    const agent = eachSecond('skip', lasting(2_500)).pass(6_000)
    const starts = agent.starts.map(({ atMs }) => Math.floor((atMs - 500) / 1_000) * 1_000 + 500)
    // On the clock's own seconds, and what was passed is told.
    expect(starts.every((at, index) => index === 0 || (at - starts[0]!) % 1_000 === 0)).toBe(true)
    expect(agent.all('shop.tick').some(({ why }) => why === 'skipped-overlap')).toBe(true)
  },
  'allow: rule': allowsTwo,
  'skip: timeline': skipTimeline,
  'delay: timeline': {
    differs: 'delay: the next run counts from the end',
    here: (row) => queuesEach(Number(row['run_ms'])),
  },
  'allow: process suspended 5 s (SIGSTOP)': () => {
    const agent = eachSecond('allow', lasting(0)).pass(3_000)
    const before = agent.starts.length
    agent.suspend(5_000).pass(500)
    // Each slot that passed meanwhile, at once.
    expect(agent.starts.length - before).toBeGreaterThanOrEqual(5)
    const slots = agent.runs('shop.tick').map(({ slot }) => slot)
    expect(new Set(slots).size).toBe(slots.length)
  },
  'delay: process suspended 5 s (SIGSTOP)': {
    differs: 'delay: the next run counts from the end',
    here: () => {
      const agent = eachSecond('delay', lasting(0)).pass(3_000)
      const before = agent.starts.length
      agent.suspend(5_000).pass(3_000)
      expect(agent.starts.length - before).toBeGreaterThanOrEqual(5)
      expect(concurrent(agent, 1)).toBe(1)
    },
  },
  'delay: schedule() called again with the same arguments while a run is active': () => {
    const text = 'jobs: [{name: tick, schedule: every 1s, overlap: queue, actions: {a: {command: x}}}]'
    const agent = new PlayedAgent(text, lasting(500)).pass(1_200).drop(text).pass(6_300)
    // One for each second, and never two.
    expect([7, 8]).toContain(agent.starts.length)
    expect(concurrent(agent, 500)).toBe(1)
  },
  'skip: one-shot': () => {
    const text =
      'jobs: [{name: tick, schedule: "@at 2026-11-21T10:00:02Z", overlap: skip, actions: {a: {command: x}}}]'
    expect(new PlayedAgent(text).pass(5_000).starts).toHaveLength(1)
  },
  'skip or allow: a run fails and will be retried': {
    differs: 'a retry takes the place of the next slot',
    here: () => {
      const text =
        'jobs: [{name: tick, schedule: every 1s, overlap: skip, actions: {a: {command: x, retries: 1, retries_delay: 300ms}}}]'
      const agent = new PlayedAgent(text, () => ({ ms: 100, code: 1 })).pass(5_000)
      // Each slot has its two tries within its own second.
      const runs = agent.runs('shop.tick').filter(({ state }) => state === 'failed')
      expect(runs.length).toBeGreaterThanOrEqual(3)
      expect(new Set(runs.map(({ actions }) => actions[0]?.tries))).toEqual(new Set([2]))
    },
  },
  'allow: two concurrent runs, one fails': () => {
    const text =
      'jobs: [{name: tick, schedule: every 1s, overlap: allow, actions: {a: {command: "{runid}", retries: 2}}}]'
    const agent = new PlayedAgent(text, (command) => ({ ms: 1_500, code: command.endsWith('.1') ? 1 : 0 }))
    agent.pass(8_000)
    const tries = agent.runs('shop.tick').map(({ id, actions }) => [id, actions[0]?.tries])
    expect(tries).toContainEqual(['shop.tick.1', 3])
    expect(tries).toContainEqual(['shop.tick.2', 1])
  },
  'Client.schedule (server mode)': { differs: 'delay: the next run counts from the end' },
}

const overlapName = (row: Row): string =>
  looseText(row['test']) ||
  looseText(row['api']) ||
  `${textOf(row['policy'])}: ${looseText(row['scenario']) || ('rule' in row ? 'rule' : 'timeline')}`

accountFor(
  "Kron's overlap policies",
  readCases('kron-cronq/kron-overlap.json').cases.map((row) => [overlapName(row), row] as const),
  overlapRows,
)

const delayRow: Account = (row) => {
  const { base_seconds: base } = row['backoff'] as Record<string, number>
  const retry = { retries: 1_000, delayMs: base! * 1_000, backoff: 'exponential' } as const
  expect(retryDelayMs(retry, Number(row['attempt']))).toBe(Number(row['delay_seconds']) * 1_000)
}
const otherDelay: Account = { differs: 'delays have a base, a step and a most' }

/** As many tries as the definition gives, told by the keeper's own state. */
function triesOf(retries: string): number {
  const text = `jobs: [{name: once, schedule: "@at 2026-11-21T10:00:01Z", actions: {a: {command: x${retries}}}}]`
  return new PlayedAgent(text, () => ({ ms: 10, code: 1 })).pass(8_000).starts.length
}

const retryRows = readCases('kron-cronq/kron-retry.json').cases.map((row) => {
  const backoff = row['backoff'] as Row | undefined
  const name =
    'delay_seconds' in row
      ? `${textOf(backoff?.['kind'])} ${JSON.stringify(backoff)} ${Number(row['attempt'])}`
      : looseText(row['test']) || looseText(row['schedule']) || 'default policy'
  return [name, row] as const
})

/** The most that Kron was told is the hour that ours grow to. */
const isOurs = (row: Row): boolean => {
  const { kind, max_seconds: most } = row['backoff'] as Row
  return kind === 'exponential' && most === 3_600
}

const retries: Readonly<Record<string, Account>> = {
  ...Object.fromEntries(
    retryRows
      .filter(([, row]) => 'delay_seconds' in row)
      .map(([name, row]) => [name, isOurs(row) ? delayRow : otherDelay]),
  ),
  'retry::tests::no_retry_returns_none': () => expect(triesOf(', retries: 0')).toBe(1),
  'retry::tests::retry_exhausted_returns_none': () =>
    expect(triesOf(', retries: 2, backoff: exponential')).toBe(3),
  'default policy': {
    differs: 'three attempts unless said otherwise',
    here: () => expect(triesOf('')).toBe(1),
  },
  'every 1s': () => {
    const text =
      'jobs: [{name: tick, schedule: every 1s, actions: {a: {command: "{runid} {attempt}", retries: 1, retries_delay: 0s}}}]'
    const agent = new PlayedAgent(text, () => ({ ms: 100, code: 1 })).pass(4_000)
    const [first, second, third] = agent.starts.map(({ process }) => process)
    expect([first, second, third]).toEqual(['shop.tick.1.a.1', 'shop.tick.1.a.1-2', 'shop.tick.2.a.1'])
    expect(agent.runs('shop.tick').at(-1)).toMatchObject({ state: 'failed', why: 'action a exited with 1' })
  },
}
accountFor("Kron's retries", retryRows, retries)

/** Done runs of each job, or starts of all, at each instant that the row looks at. */
function robfig(row: Row): void {
  const invokes = row['invoke_at_ms'] as number[]
  const names = Array.from({ length: Number(row['jobs'] ?? 1) }, (_, at) => `job${at}`)
  const policy = policies[textOf(row['policy'])]
  const jobs = names.map((name) => `{name: ${name}, overlap: ${policy}, actions: {a: {command: x}}}`)
  // A request takes longer here than a call of a function there: five hundred times as slow.
  const slow = 500
  const agent = new PlayedAgent(`jobs: [${jobs.join(', ')}]`, lasting(Number(row['duration_ms']) * slow))
  agent.pass(3_000)
  const fromMs = agent.atMs
  for (const at of invokes) {
    agent.pass(Math.max(0, fromMs + at * slow - agent.atMs))
    for (const name of names) agent.startByHand(`shop.${name}`)
  }
  for (const check of row['check'] as Row[]) {
    agent.pass(Math.max(0, fromMs + Number(check['at_ms']) * slow - agent.atMs))
    const ended = names.map(
      (name) => agent.runs(`shop.${name}`).filter(({ endedAt }) => endedAt !== null).length,
    )
    const { at_ms: _at, done = ended[0], started = agent.starts.length, done_per_job: each = [done] } = check
    expect([ended, agent.starts.length]).toEqual([each, started])
  }
}

const robfigRows = readCases('cron/robfig-overlap.json').cases.map(
  (row) => [`${textOf(row['policy'])}: ${textOf(row['name'])}`, row] as const,
)
accountFor(
  "robfig's wrappers of overlapping jobs",
  robfigRows,
  Object.fromEntries(robfigRows.map(([name]) => [name, robfig])),
)

/** Rows of our own for the same rules. */
describe('a slot that comes while a run goes on', () => {
  test.each([
    ['queue', 1, [0, 2_500, 5_000]],
    ['skip', 1, [0, 3_000, 6_000]],
    ['allow', 3, [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000]],
  ])('under %s: %d at a time, starts at %j ms', (policy, atOnce, wanted) => {
    const text = `jobs: [{name: tick, schedule: every 1s, overlap: ${policy}, actions: {a: {command: x}}}]`
    const agent = new PlayedAgent(text, lasting(2_500)).pass(7_000)
    const first = agent.starts[0]!.atMs
    const starts = agent.starts.map(({ atMs }) => Math.round((atMs - first) / 500) * 500)
    expect(starts.filter((at) => at <= wanted.at(-1)!)).toEqual(wanted)
    expect(concurrent(agent, 2_500)).toBe(atOnce)
  })

  test('is known as valid under each word that Kron and Tron have for it', () => {
    for (const word of ['overlap: delay', 'queueing: false', 'allow_overlap: true'])
      expect(
        parsed(`jobs: [{name: a, schedule: daily, ${word}, actions: {a: {command: x}}}]`).problems,
      ).toEqual([])
  })
})
