// The whole cluster paused and resumed by hand, on one agent that is alone: what starts meanwhile, what is recorded,
// and what each catch-up policy makes up for.

import { describe, expect, test } from 'vitest'
import type { Command } from '../../../lib/view/question.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { LoneAgent } from '../lone-agent.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const job = (words: string) =>
  `jobs: [{name: tick, schedule: "every 1m", start_deadline: 10s, overlap: allow, ${words}, actions: {a: {command: x}}}]`

function agentWith(words: string): LoneAgent {
  const agent = new LoneAgent().start()
  agent.run(30 * SECOND)
  agent.drop(job(words))
  agent.run(3 * MINUTE)
  return agent
}

function says(agent: LoneAgent, command: Command): string {
  agent.happens({ kind: 'commanded', askId: 7, command, user: 'ann' })
  agent.run(100)
  const answer = agent.answers.at(-1)
  return answer?.kind === 'done' ? answer.what : JSON.stringify(answer)
}

const pause = (agent: LoneAgent) => says(agent, { kind: 'pause-cluster' })
const resume = (agent: LoneAgent) => says(agent, { kind: 'resume-cluster' })

function whys(agent: LoneAgent): string[] {
  agent.happens({
    kind: 'asked',
    askId: 1,
    question: { kind: 'runs', job: 'shop.tick', state: null, node: null, limit: 100 },
  })
  agent.run(0)
  const answer = agent.answers.at(-1)
  const runs: readonly RunView[] = answer?.kind === 'runs' ? answer.runs : []
  return runs.filter(({ id }) => id === null).map(({ why }) => why)
}

describe('a paused cluster', () => {
  test('starts no slot, says so, and records each slot that could not start with that reason', () => {
    const agent = agentWith('catch_up: none')
    const before = agent.spawned.length
    expect(pause(agent)).toContain('the cluster is paused')
    agent.run(5 * MINUTE)
    expect(agent.spawned).toHaveLength(before)
    expect(new Set(whys(agent))).toEqual(new Set(['paused']))
    expect(pause(agent)).toContain('already, by ann on alpha')
    agent.happens({ kind: 'asked', askId: 2, question: { kind: 'status' } })
    agent.run(0)
    expect(agent.answers.at(-1)).toMatchObject({
      status: { complaints: [expect.stringContaining('the cluster is paused')] },
    })
    resume(agent)
    agent.run(2 * MINUTE)
    expect(agent.spawned).toHaveLength(before + 2)
  })

  test('starts nothing of what was claimed ahead of its slot', () => {
    const agent = new LoneAgent().start()
    agent.run(500)
    agent.drop('jobs: [{name: tick, schedule: "every 1s", overlap: allow, actions: {a: {command: x}}}]')
    agent.run(5 * SECOND)
    pause(agent)
    const before = agent.spawned.length
    expect(before).toBeGreaterThan(2)
    agent.run(10 * SECOND)
    expect(agent.spawned).toHaveLength(before)
    // Within its start deadline nothing is lost by it.
    resume(agent)
    agent.run(2 * SECOND)
    expect(agent.spawned.length).toBeGreaterThan(before + 9)
  })

  test.each([
    ['none', 0],
    ['last', 1],
    ['all', 5],
  ])('that goes on makes up for what each policy says: %s', (policy, owed) => {
    const agent = agentWith(`catch_up: ${policy}`)
    const before = agent.spawned.length
    pause(agent)
    agent.run(5 * MINUTE)
    expect(resume(agent)).toContain('the cluster goes on')
    // Before the next slot of its own.
    agent.run(10 * SECOND)
    expect(agent.spawned.length - before).toBe(owed)
  })

  test('stays paused when its agents start anew', () => {
    const agent = agentWith('catch_up: none')
    pause(agent)
    const next = new LoneAgent(agent).start()
    const before = next.spawned.length
    next.run(3 * MINUTE)
    expect(next.spawned).toHaveLength(before)
    expect(resume(next)).toContain('the cluster goes on')
  })

  test('starts what a person forces, and nothing else that is asked for', () => {
    const agent = agentWith('catch_up: none')
    pause(agent)
    const before = agent.spawned.length
    const asked = { kind: 'start-job', job: 'shop.tick', forSlotMs: null, variables: {} } as const
    expect(says(agent, { ...asked, requestId: '1', isForced: false })).toContain('hocket resume')
    says(agent, { ...asked, requestId: '2', isForced: true })
    agent.run(5 * SECOND)
    expect(agent.spawned).toHaveLength(before + 1)
  })
})
