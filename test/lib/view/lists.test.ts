// Lists and news of a running agent: pages have everything once, filters leave what fits, and what happens is told.
import { describe, expect, test } from 'vitest'
import type { News } from '../../../lib/view/news.ts'
import type { Question, RunsFilter } from '../../../lib/view/question.ts'
import { LoneAgent } from '../lone-agent.ts'

const job = (name: string, more = '') =>
  `{name: ${name}, schedule: "* * * * *", actions: {a: {command: x}}${more}}`

function agentOf(text: string): LoneAgent {
  const agent = new LoneAgent().start()
  agent.run(3_000)
  agent.drop(text)
  return agent
}

function ask(agent: LoneAgent, question: Question) {
  agent.happens({ kind: 'asked', askId: 1, question })
  agent.run(10)
  return agent.answers.at(-1)
}

function jobsOf(agent: LoneAgent, asked: Partial<Extract<Question, { kind: 'jobs-page' }>>) {
  const question = { kind: 'jobs-page', filter: '', sort: 'name', limit: 100, cursor: null } as const
  const answer = ask(agent, { ...question, ...asked })
  return answer?.kind === 'jobs-page' ? answer.page : { jobs: [], nextCursor: null }
}

function runsOf(agent: LoneAgent, filter: RunsFilter) {
  const answer = ask(agent, { kind: 'runs', ...filter })
  return answer?.kind === 'runs' ? answer : { runs: [], next: null }
}

describe('a list of runs', () => {
  const agent = agentOf(
    `jobs: [${job('tick')}, ${job('tock')}, ${job('gone', ', node: elsewhere, start_deadline: 5s, catch_up: none')}]`,
  )
  agent.run(300_000)

  test('has in its pages what it has whole, however short they are', () => {
    const whole = runsOf(agent, { limit: 1000 })
    expect(whole.runs.length).toBeGreaterThan(6)
    expect(whole.next).toBeNull()
    for (const limit of [1, 2, 3, 5]) {
      const paged = []
      let after: RunsFilter['after'] = null
      do {
        const page = runsOf(agent, { limit, after })
        expect(page.runs.length).toBeLessThanOrEqual(limit)
        paged.push(...page.runs)
        after = page.next
      } while (after !== null)
      expect(paged).toEqual(whole.runs)
    }
  })

  test.each(['name', 'next', 'last'] as const)(
    'of jobs, sorted by %s, is the same in short pages',
    (sort) => {
      const hours = Array.from({ length: 40 }, (_, at) => (at * 7) % 12)
      const jobs = hours.map(
        (hour, at) => `{name: j${at}, schedule: "0 ${hour} * * *", actions: {a: {command: x}}}`,
      )
      const crowd = agentOf(`jobs: [${jobs.join(', ')}]`)
      const names = (asked: Parameters<typeof jobsOf>[1]) => {
        const page = jobsOf(crowd, { sort, ...asked })
        return { names: page.jobs.map(({ name }) => name), nextCursor: page.nextCursor }
      }
      const whole = names({ limit: 1000 })
      expect(whole.names.length).toBe(40)
      const paged: string[] = []
      let cursor: string | null = null
      do {
        const page = names({ limit: 3, cursor })
        paged.push(...page.names)
        cursor = page.nextCursor
      } while (cursor !== null)
      expect(paged).toEqual(whole.names)
    },
  )

  test('goes on behind a place that was forgotten meanwhile', () => {
    const { runs } = runsOf(agent, { limit: 1000 })
    const third = Date.parse(runs[3]!.slot)
    const page = runsOf(agent, { limit: 1000, after: { slotMs: third, name: 'forgotten' } })
    expect(page.runs).toEqual(runs.filter(({ slot }) => Date.parse(slot) < third))
  })

  test('leaves those that fit', () => {
    const slots = runsOf(agent, { limit: 1000, job: 'shop.tick' }).runs.map(({ slot }) => Date.parse(slot))
    const [toMs = 0, fromMs = 0] = slots.slice(1, 3)
    const between = runsOf(agent, { limit: 1000, job: 'shop.tick', fromMs, toMs }).runs
    expect(between.map(({ slot }) => Date.parse(slot))).toEqual([toMs, fromMs])
    expect(
      runsOf(agent, { limit: 1000, state: 'missed' }).runs.every(({ job: of }) => of === 'shop.gone'),
    ).toBe(true)
    expect(runsOf(agent, { limit: 1000, node: 'beta' }).runs).toEqual([])
    expect(runsOf(agent, { limit: 1000, label: 'disk' }).runs).toEqual([])
  })
})

describe('a list of jobs', () => {
  const names = ['d', 'a', 'c', 'b', 'e']
  const agent = agentOf(
    `jobs: [${names.map((name) => job(name, name === 'c' ? ', enabled: false' : '')).join(', ')}]`,
  )
  agent.run(1_000)

  test('is in the order of names, and its pages have each once', () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: ReturnType<typeof jobsOf> = jobsOf(agent, { limit: 2, cursor })
      seen.push(...page.jobs.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(['shop.a', 'shop.b', 'shop.c', 'shop.d', 'shop.e'])
  })

  test.each([
    [{ state: 'disabled' }, 1],
    [{ state: 'enabled' }, 4],
    [{ state: 'failed' }, 0],
    [{ category: 'shop' }, 5],
    [{ category: 'other' }, 0],
    [{ filter: '.a' }, 1],
    [{ node: 'alpha' }, 5],
    [{ node: 'beta' }, 0],
    [{ label: 'disk=ssd' }, 0],
    [{ pool: 'db' }, 0],
  ] as const)('leaves those that fit %j', (filter, count) => {
    expect(jobsOf(agent, filter).jobs).toHaveLength(count)
  })
})

test('what happens is told: definitions, claims, runs from start to end, nodes and the state of the agent', () => {
  const agent = agentOf(`jobs: [${job('tick')}]`)
  agent.run(70_000)
  const told = (kind: News['kind']) => agent.told.filter((news) => news.kind === kind)
  expect(told('status').at(-1)).toEqual({ kind: 'status', state: 'ready', complaints: [] })
  expect(told('node')).toMatchObject([{ node: { name: 'alpha', isWitness: true } }])
  expect(told('config')).toEqual([{ kind: 'config', category: 'shop', jobs: ['shop.tick'] }])
  expect(told('claim')).toMatchObject([{ job: 'shop.tick', node: 'alpha' }])
  const [process] = agent.spawned
  const exit = { kind: 'code', code: 0 } as const
  const [startedAtMs, endedAtMs] = [agent.nowMs - 5_000, agent.nowMs]
  agent.happens({ kind: 'child-exited', process: process!.process, exit, startedAtMs, endedAtMs })
  agent.run(10)
  const runs = told('run').map((news) => (news.kind === 'run' ? news.run : null))
  expect(runs.at(-1)).toMatchObject({ job: 'shop.tick', state: 'succeeded' })
})
