// Tron's backfill, retry, identifiers, completion and dates, row by row: typed at the command line, over a real API whose
// core the test speaks for, or asked of the whole core.
import { afterEach, beforeEach, expect } from 'vitest'
import { backfillCommand } from '../../../agent/cli/backfill-command.ts'
import { backfillSlots } from '../../../agent/cli/backfill-slots.ts'
import { completeCommand } from '../../../agent/cli/completion-commands.ts'
import { retryCommand, stopCommand } from '../../../agent/cli/order-commands.ts'
import { startCommand } from '../../../agent/cli/start-command.ts'
import type { ActionPlan, HeldRun } from '../../../lib/run/held-run.ts'
import { applyOrder } from '../../../lib/run/run-order.ts'
import type { Answer, Command, Question } from '../../../lib/view/question.ts'
import { accountFor, type Account } from '../../lib/accounted-rows.ts'
import { PlayedAgent } from '../../lib/played-agent.ts'
import { granted } from '../../lib/run/run-bench.ts'
import { looseText, readCases, textOf, type Row } from '../../lib/schedule/case-files.ts'
import { sampleAnswer, sampleJob, sampleRun } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { typed } from './fake-terminal.ts'

const known = [backfillCommand, retryCommand, startCommand, stopCommand]
const commands = [...known, completeCommand(known)]
let agent: FakeAgent

beforeEach(async () => {
  agent = await FakeAgent.open()
})
afterEach(async () => agent.close())

const run = async (...words: readonly string[]) => typed(commands, [...words, '--data-dir', agent.directory])

type Order = Extract<Command, { readonly kind: 'start-job' }>

/** Runs asked for end like this, in the order of their slots; the first is looked at until another has ended badly. */
function endLike(dates: readonly string[], results: readonly string[]): void {
  const orders: Order[] = []
  let hasFailed = false
  agent.api.outcome = async (command) => {
    if (command.kind === 'start-job') orders.push(command)
    return { kind: 'done', what: 'asked' }
  }
  const answer = (question: Question): Answer => {
    if (question.kind !== 'runs') return sampleAnswer(question)
    const runs = orders.map((order, at) => {
      const wanted = results[dates.findIndex((day) => Date.parse(day) === order.forSlotMs)]!
      if (wanted !== 'succeeded') hasFailed = true
      const state = wanted === 'succeeded' && !hasFailed ? 'running' : wanted
      return { ...sampleRun, id: `shop.a.${at + 1}`, requestId: order.requestId, state: state as 'failed' }
    })
    return { kind: 'runs', runs, next: null }
  }
  agent.api.answer = async (question) => answer(question)
}

async function backfill(row: Row): Promise<void> {
  const dates = row['dates'] as string[]
  endLike(dates, row['run_results'] as string[])
  const more = row['ignore_errors'] === true ? [] : ['--fail-on-error']
  const parallel = String(Number(row['max_parallel']))
  const { code, out } = await run(
    'backfill',
    'shop.a',
    '--dates',
    dates.join(','),
    '-P',
    parallel,
    '--json',
    ...more,
  )
  const { slots } = JSON.parse(out) as { readonly slots: readonly { readonly state: string }[] }
  expect(slots.map(({ state }) => state)).toEqual(row['expected_states'])
  expect(code).toBe(1)
}

const byHand = { name: 'shop.a', schedule: '', timeZone: 'UTC' }
const asked = { from: '2026-11-01', to: '2026-11-04', dates: [], isDescending: false }
const days = (list: readonly number[]) => list.map((ms) => new Date(ms).getUTCDate())

/** `second` has failed, and requires `first`, which stands like this. */
function retryAfter(first: 'failed' | 'succeeded'): string {
  const action = (name: string, ...requires: string[]): ActionPlan => ({
    name,
    command: '',
    requires,
    fault: null,
  })
  const held: HeldRun = {
    ...granted({ plan: [action('first'), action('second', 'first'), action('third')] }),
    actions: {
      first: { kind: 'set', to: first, atMs: 1, by: 'ann' },
      second: { kind: 'set', to: 'failed', atMs: 1, by: 'ann' },
      third: { kind: 'started', atMs: 1, pid: 7 },
    },
    phase: 'running',
    outcome: null,
  }
  const order = { requestId: '1', word: 'retry', action: 'second', user: 'ann', useLatest: false } as const
  return applyOrder(held, order, { atMs: 2, latest: null }).answer.kind
}

const waits: Account = { differs: 'retry looks at the events that an action waits for' }

const backfillAndRetry: readonly Account[] = [
  backfill,
  backfill,
  async () => {
    expect(days(backfillSlots(byHand, asked, 0))).toEqual([1, 2, 3, 4])
    expect(days(backfillSlots(byHand, { ...asked, isDescending: true }, 0))).toEqual([4, 3, 2, 1])
    expect((await run('backfill', 'shop.a', '--help')).out).toContain('default: 3')
    const many = await run('backfill', 'shop.a', '--from', '2026-11-01', '-P', '11')
    expect([many.code, many.err]).toEqual([2, expect.stringContaining('expected 1 to 10')])
    const fine = ['succeeded', 'cancelled', 'skipped']
    endLike(['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04'], [...fine, 'failed'])
    const said = async (dates: string) => (await run('backfill', 'shop.a', '--dates', dates)).code
    expect(await said('2026-11-02,2026-11-03')).toBe(0)
    expect(await said('2026-11-04')).toBe(1)
  },
  async () => {
    agent.api.answer = async (question) =>
      question.kind === 'job'
        ? { kind: 'not-found', what: 'job "x.y"', nearest: null }
        : sampleAnswer(question)
    const { code, err } = await run('backfill', 'x.y', '--from', '2026-11-01')
    expect([code, err]).toEqual([1, expect.stringContaining('job "x.y"')])
  },
  waits,
  () => expect([retryAfter('failed'), retryAfter('succeeded')]).toEqual(['refused', 'done']),
  async () => {
    const asks: string[] = []
    agent.api.outcome = async (command) => {
      asks.push(command.kind)
      return { kind: 'refused', why: 'it requires first', hint: '' }
    }
    const since = Date.now()
    const { code, err } = await run('retry', 'shop.a.7/second', '--wait-for-deps', '1')
    expect([code, err]).toEqual([1, expect.stringContaining('it requires first')])
    // Once at the beginning, and at last when the time was over.
    expect([asks.length, Date.now() - since >= 900]).toEqual([2, true])
  },
  async () => {
    const accepted = async (words: string) =>
      (await run('retry', 'shop.a.7/b', '--wait-for-deps', words)).code
    for (const words of ['3', '10m', '1 hour', 'infinity'])
      expect([words, await accepted(words)]).toEqual([words, 0])
    expect(await accepted('soon')).toBe(2)
    agent.api.outcome = async () => ({ kind: 'refused', why: 'it requires b', hint: '' })
    const before = agent.commands().length
    expect((await run('retry', 'shop.a.7/b')).code).toBe(1)
    expect(agent.commands().length - before).toBe(1)
  },
]
const backfillRows = readCases('tron/backfill-and-retry.json').cases.map(
  (row, at) => [`row ${at + 1}`, row] as const,
)
accountFor(
  "Tron's backfill and retry",
  backfillRows,
  Object.fromEntries(backfillAndRetry.map((account, at) => [`row ${at + 1}`, account])),
)

const jobs = (...names: readonly string[]) =>
  `jobs: [${names.map((name) => `{name: ${name}, overlap: allow, actions: {run: {command: x}}}`).join(', ')}]`

/** The jobs and services of the rows, and seven runs of one. */
function index(): PlayedAgent {
  const services = 'services: [{name: foo, command: x, foreground: true, count: 2}]'
  const played = new PlayedAgent('jobs: []').drop(`${jobs('namea', 'nameb')}\n${services}`, 'MASTER.yaml')
  played.drop(jobs('nameg'), 'OTHER.yaml').pass(2_000)
  for (let count = 0; count < 7; count++) played.startByHand('MASTER.nameb')
  return played.pass(1_000)
}

const jobCalled = (name: string) => {
  const answer = index().ask({ kind: 'job', name })
  return answer.kind === 'job' ? answer.job.name : answer.kind
}
const job = (row: Row) =>
  expect(jobCalled(textOf(row['identifier']))).toBe(textOf(row['url']).split('/').at(-1))
const runCalled = (row: Row) => {
  const answer = index().ask({ kind: 'run', run: textOf(row['identifier']) })
  const [, , , name, number, action] = textOf(row['url']).split('/')
  const found = answer.kind === 'run' ? answer.found : undefined
  expect([found?.run.id, found?.action]).toEqual([`${name}.${number}`, action])
}
const service = (row: Row) => {
  const answer = index().ask({ kind: 'service', name: textOf(row['identifier']) })
  expect(answer).toMatchObject({ kind: 'service', service: { name: textOf(row['url']).split('/').at(-1) } })
}

/** Words behind `stop`, which takes a run or an action of one. */
async function complete(row: Row): Promise<void> {
  const names = row['candidates'] as string[]
  const depth = (name: string) => name.split('.').length
  const ids = [
    ...new Set(names.filter((name) => depth(name) > 2).map((name) => name.split('.').slice(0, 3).join('.'))),
  ]
  const jobNames = [...new Set(names.map((name) => name.split('.').slice(0, 2).join('.')))]
  agent.api.answer = async (question) => {
    if (question.kind === 'jobs-page') {
      const listed = jobNames.map((name) => ({ ...sampleJob, name }))
      return { kind: 'jobs-page', page: { jobs: listed, total: listed.length, nextCursor: null } }
    }
    if (question.kind !== 'runs') return sampleAnswer(question)
    const runs = ids
      .filter((id) => id.startsWith(`${question.job}.`))
      .map((id) => {
        const own = names.filter((name) => depth(name) === 4 && name.startsWith(`${id}.`))
        const actions = own.map((name) => ({ ...sampleRun.actions[0]!, name: name.split('.').at(-1)! }))
        return { ...sampleRun, id, actions }
      })
    return { kind: 'runs', runs, next: null }
  }
  const words = ['stop', '--data-dir', agent.directory, textOf(row['prefix'])]
  const { out } = await typed(commands, ['complete', '--', ...words])
  // A job is offered as long as one run of it is known, as there.
  expect(out.split('\n').filter((word) => word !== '')).toEqual(row['expected'])
}

async function date(row: Row): Promise<void> {
  const slot = `${textOf(row['expected'])}Z`
  endLike([slot], ['failed'])
  await run('start', 'shop.a', '--slot', textOf(row['value']))
  const [order] = agent.commands() as Order[]
  expect(order?.forSlotMs).toBe(Date.parse(slot))
}

const identifiers: Readonly<Record<string, Account>> = {
  namea: job,
  'MASTER.namea': job,
  'MASTER.nameb.7': runCalled,
  'MASTER.nameb.7.run': runCalled,
  nameg: {
    differs: "a job's name without its namespace is looked for in all of them",
    here: () => expect(jobCalled('nameg')).toBe('not-found'),
  },
  'MASTER.namec': () => expect(jobCalled('MASTER.namec')).toBe('not-found'),
  foo: service,
  'MASTER.foo': service,
  'MASTER.foo.1': () => {
    const answer = index().ask({ kind: 'service', name: 'MASTER.foo' })
    const found = answer.kind === 'service' ? answer.service.instances.map(({ name }) => name) : []
    expect(found).toContain('MASTER.foo.1')
  },
  'completion of ""': complete,
  'completion of "M.f"': complete,
  'completion of "M.foo."': complete,
  'completion of "M.foo.1"': complete,
  '2026-07-08': date,
  '2026-07-08 12:50': date,
  '2026-07-08 12:50:30': date,
  '2026-07-08T12:50': date,
  '2026-07-08T12:50:30': date,
  'run-date-only 2026-07-08T12:50:30': { differs: 'backfill takes days only' },
  'not-a-date': async () => {
    const { code, err } = await run('start', 'shop.a', '--slot', 'not-a-date')
    expect([code, err]).toEqual([2, expect.stringContaining('it is no instant')])
  },
}
const nameOf = (row: Row) => {
  if (row['kind'] === 'tab-completion') return `completion of "${looseText(row['prefix'])}"`
  const only = row['kind'] === 'run-date-only' ? 'run-date-only ' : ''
  return only + (looseText(row['identifier']) || looseText(row['value']))
}
accountFor(
  "Tron's identifiers and words",
  readCases('tron/identifiers-and-cli.json').cases.map((row) => [nameOf(row), row] as const),
  identifiers,
)
