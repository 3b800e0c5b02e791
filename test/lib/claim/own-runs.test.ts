// Jobs whose slots come from their own runs or from their agent's start, and slots that were past before their job
// was known, on one agent that is alone.

import { describe, expect, test } from 'vitest'
import type { RunView } from '../../../lib/view/run-view.ts'
import { LoneAgent } from '../lone-agent.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const file = (...words: readonly string[]) =>
  `jobs: [${words.map((more, i) => `{name: j${i}, ${more}, actions: {a: {command: x}}}`).join(', ')}]`

function agentWith(...words: readonly string[]): LoneAgent {
  const agent = new LoneAgent().start()
  agent.run(20 * SECOND)
  agent.drop(file(...words))
  return agent
}

/** Lets time pass; each process ends after so long, with this code. */
function live(agent: LoneAgent, ms: number, lastsMs = 300, code = 0): void {
  const known = new Set(agent.spawned)
  for (const untilMs = agent.nowMs + ms; agent.nowMs < untilMs && !agent.isDead;) {
    agent.run(Math.min(100, untilMs - agent.nowMs))
    for (const spawn of agent.spawned) {
      if (known.has(spawn)) continue
      known.add(spawn)
      const { process } = spawn
      const startedAtMs = agent.nowMs
      agent.happens(
        {
          kind: 'child-exited',
          process,
          exit: { kind: 'code', code },
          startedAtMs,
          endedAtMs: startedAtMs + lastsMs,
        },
        lastsMs,
      )
    }
  }
}

/** What is shown of its runs, the oldest first. */
function runs(agent: LoneAgent, job = 'shop.j0'): readonly RunView[] {
  agent.happens({
    kind: 'asked',
    askId: 1,
    question: { kind: 'runs', job, state: null, node: null, limit: 100 },
  })
  agent.run(0)
  const answer = agent.answers.at(-1)
  return answer?.kind === 'runs' ? answer.runs.toReversed() : []
}

describe('a constant job', () => {
  test('goes on when its last run ended, whatever became of it, and never beside it', () => {
    const agent = agentWith('schedule: constant')
    live(agent, 60 * SECOND, 5 * SECOND)
    const one = agent.spawned.length
    expect(one).toBeGreaterThanOrEqual(11)
    expect(one).toBeLessThanOrEqual(13)
    live(agent, 60 * SECOND, 5 * SECOND, 1)
    expect(agent.spawned.length - one).toBeGreaterThanOrEqual(11)
    expect(runs(agent).filter(({ id }) => id === null)).toEqual([])
  })

  test('whose runs end at once begins each second', () => {
    const agent = agentWith('schedule: constant')
    live(agent, 20 * SECOND, 1)
    expect(agent.spawned.length).toBeGreaterThanOrEqual(17)
    expect(agent.spawned.length).toBeLessThanOrEqual(21)
  })

  test('goes on after an edit and after a restart, and stops when it is disabled', () => {
    const agent = agentWith('schedule: constant')
    live(agent, 20 * SECOND, 3 * SECOND)
    agent.drop(file('schedule: constant, owner: ann'))
    live(agent, 20 * SECOND, 3 * SECOND)
    expect(agent.spawned.length).toBeGreaterThanOrEqual(11)
    agent.drop(file('schedule: constant, enabled: false'))
    live(agent, 10 * SECOND, 3 * SECOND)
    const before = agent.spawned.length
    live(agent, 10 * SECOND, 3 * SECOND)
    expect(agent.spawned.length).toBe(before)
    agent.drop(file('schedule: constant'))
    live(agent, 10 * SECOND, 3 * SECOND)
    expect(agent.spawned.length).toBeGreaterThan(before + 1)
    agent.diesBefore = 'spawn'
    live(agent, 10 * SECOND, 3 * SECOND)
    const next = new LoneAgent(agent).start()
    next.run(2 * SECOND)
    for (const process of next.adopted) next.happens({ kind: 'child-gone', process })
    const count = next.spawned.length
    live(next, 20 * SECOND, 3 * SECOND)
    expect(next.spawned.length).toBeGreaterThanOrEqual(count + 3)
  })

  test('waits until the excluded days are over', () => {
    const agent = agentWith('schedule: constant, exclude: ["2026-11-21"]')
    live(agent, 60 * SECOND)
    expect(agent.spawned).toEqual([])
    agent.run(14 * 60 * MINUTE - 90 * SECOND)
    expect(agent.spawned).toEqual([])
    live(agent, 60 * SECOND)
    expect(agent.spawned.length).toBeGreaterThan(10)
  })
})

describe('a job that is to run once', () => {
  test('has no slots after its first success, nor after an edit or a restart', () => {
    const agent = agentWith('schedule: every 10s, once: true')
    live(agent, 30 * SECOND, 300, 1)
    const failures = agent.spawned.length
    expect(failures).toBeGreaterThanOrEqual(2)
    live(agent, 60 * SECOND)
    expect(agent.spawned.length).toBe(failures + 1)
    agent.drop(file('schedule: every 7s, once: true'))
    live(agent, 60 * SECOND)
    const next = new LoneAgent(agent).start()
    live(next, 60 * SECOND)
    expect(next.spawned.length).toBe(failures + 1)
    expect(runs(next).filter(({ state }) => state === 'missed')).toEqual([])
  })

  test('gives up what waits, says so, and has slots again when it is to run more than once', () => {
    const agent = agentWith('schedule: every 5s, once: true')
    live(agent, 60 * SECOND, 12 * SECOND)
    expect(runs(agent).map(({ state, why }) => [state, why])).toContainEqual(['skipped', 'done'])
    const before = agent.spawned.length
    agent.drop(file('schedule: every 5s'))
    live(agent, 30 * SECOND)
    expect(agent.spawned.length).toBeGreaterThanOrEqual(before + 5)
  })
})

describe('@reboot', () => {
  test('is once for each start of the agent, and not when the file comes later', () => {
    const agent = agentWith('schedule: "@reboot"')
    live(agent, 5 * MINUTE)
    expect(agent.spawned).toEqual([])
    const second = new LoneAgent(agent).start()
    live(second, 5 * MINUTE)
    expect(second.spawned.length).toBe(1)
    const third = new LoneAgent(second).start()
    live(third, 5 * MINUTE)
    expect(third.spawned.length).toBe(2)
  })

  test('is no slot of a job that is enabled later', () => {
    const agent = new LoneAgent().start()
    agent.drop(file('schedule: "@reboot", enabled: false'), true)
    live(agent, MINUTE)
    agent.happens({
      kind: 'commanded',
      askId: 2,
      user: 'ann',
      command: { kind: 'switch-job', job: 'shop.j0', isEnabled: true },
    })
    live(agent, 5 * MINUTE)
    expect(agent.spawned).toEqual([])
  })

  test('counts for the first start too when the file lies there', () => {
    const agent = new LoneAgent().start()
    agent.drop(file('schedule: "@reboot"'), true)
    live(agent, 5 * MINUTE)
    expect(agent.spawned.length).toBe(1)
  })
})

describe('a delay', () => {
  test('counts from when it was accepted first, also after a restart and when the file is dropped again', () => {
    const words = 'schedule: after 2m'
    const agent = agentWith(words)
    live(agent, 60 * SECOND)
    agent.drop(file(words, 'schedule: daily 04:00'))
    const next = new LoneAgent(agent).start()
    live(next, 50 * SECOND)
    expect(next.spawned).toEqual([])
    live(next, 15 * SECOND)
    expect(next.spawned.length).toBe(1)
    live(next, 10 * MINUTE)
    expect(next.spawned.length).toBe(1)
  })
})

describe('a slot that was past before its job was known', () => {
  test('is a recorded miss, not caught up', () => {
    const agent = agentWith('schedule: at 2026-11-21T09:00')
    live(agent, 5 * MINUTE)
    expect(agent.spawned).toEqual([])
    expect(runs(agent)).toMatchObject([{ state: 'missed', slot: '2026-11-21T09:00:00Z', id: null }])
  })

  test('does not start within its deadline either: it may have run under another name', () => {
    const agent = agentWith('schedule: at 2026-11-21T10:00:30')
    live(agent, 60 * SECOND)
    expect(agent.spawned.length).toBe(1)
    agent.drop(file('schedule: at 2026-11-21T10:00:30').replace('name: j0', 'name: other'))
    live(agent, 5 * MINUTE)
    expect(agent.spawned.length).toBe(1)
    expect(runs(agent, 'shop.other')).toMatchObject([{ state: 'missed', slot: '2026-11-21T10:00:30Z' }])
  })

  test('of a delay of nothing is now', () => {
    const agent = agentWith('schedule: after 0s')
    live(agent, 10 * SECOND)
    expect(agent.spawned.length).toBe(1)
  })

  test('of a repetition that is over is its last', () => {
    const agent = agentWith('schedule: R3/2013-05-29T00:00:00/P1D')
    live(agent, 5 * MINUTE)
    expect(runs(agent)).toMatchObject([{ state: 'missed', slot: '2013-05-31T00:00:00Z' }])
  })
})
