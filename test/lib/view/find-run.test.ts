// A run by each of the names that people carry over: its number, the newest, and Tron's job.run.action.
import { expect, test } from 'vitest'
import { LoneAgent } from '../lone-agent.ts'

const agent = new LoneAgent().start()
agent.run(3_000)
agent.drop(`jobs:
  - { name: a, schedule: "* * * * *", overlap: allow, actions: { dump: { command: x }, load: { command: y } } }
`)
agent.run(125_000)
for (const { process } of agent.spawned)
  agent.happens({ kind: 'spawned', process, pid: 4, startedAtMs: agent.nowMs })
agent.run(1_000)

function found(run: string): unknown {
  agent.happens({ kind: 'asked', askId: 1, question: { kind: 'run', run } })
  agent.run(10)
  const answer = agent.answers.at(-1)
  return answer?.kind === 'run' ? [answer.found.run.id, answer.found.action ?? null] : answer?.kind
}

test.each([
  ['shop.a.1', ['shop.a.1', null]],
  ['shop.a.-1', ['shop.a.2', null]],
  ['shop.a.HEAD', ['shop.a.2', null]],
  ['shop.a.1.dump', ['shop.a.1', 'dump']],
  ['shop.a.-1.dump', ['shop.a.2', 'dump']],
  ['shop.a.HEAD.load', ['shop.a.2', 'load']],
  ['shop.a.9', 'not-found'],
  ['shop.a.1.no-such', 'not-found'],
  ['shop.a', 'not-found'],
  ['', 'not-found'],
])('%j', (name, wanted) => {
  expect(found(name)).toEqual(wanted)
})

test('a job that is named where a run is wanted has its newest one', () => {
  for (const command of [null, { kind: 'rerun', requestId: '1', run: 'shop.a', isForced: false } as const]) {
    if (command === null) agent.happens({ kind: 'asked', askId: 1, question: { kind: 'run', run: 'shop.a' } })
    else agent.happens({ kind: 'commanded', askId: 1, user: 'ann', command })
    agent.run(10)
    expect(agent.answers.at(-1)).toMatchObject({ kind: 'not-found', nearest: 'shop.a.-1' })
  }
})

test('what an action wrote is found by its name, too', () => {
  const question = { kind: 'output-place', run: 'shop.a.1.dump', action: null, tried: null } as const
  agent.happens({ kind: 'asked', askId: 1, question })
  agent.run(10)
  expect(agent.answers.at(-1)).toMatchObject({ kind: 'output-place', place: { what: 'action "dump"' } })
})
