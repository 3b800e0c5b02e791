// The story of a slot, as an agent tells it from its records: of one that ran, one that did not, and one to come.

import { expect, test } from 'vitest'
import { jobName, nodeId } from '../../../lib/base/ids.ts'
import { RecordIndex } from '../../../lib/ledger/record-index.ts'
import type { RunRecord } from '../../../lib/ledger/run-record.ts'
import { runStory } from '../../../lib/view/slot-story.ts'
import type { Answer, Question } from '../../../lib/view/question.ts'
import { LoneAgent } from '../lone-agent.ts'
import { PlayedAgent } from '../played-agent.ts'

const START = Date.UTC(2026, 10, 21, 10)
const text = `jobs:
  - name: report
    schedule: cron * * * * *
    overlap: skip
    start_deadline: 5s
    actions: [{ name: only, command: 'true', retries: 1 }]
`

function told(agent: LoneAgent, slotMs: number | null): string {
  return asked(agent, { kind: 'why', job: 'shop.report', slotMs })
}

function asked(agent: LoneAgent | PlayedAgent, question: Question): string {
  const answer = agent instanceof PlayedAgent ? agent.ask(question) : answerOf(agent, question)
  if (answer.kind !== 'why') throw new Error(`expected a story, not ${answer.kind}`)
  const { run, slot, lines } = answer.story
  return [...(run === null ? [] : [run]), slot, ...lines].join('\n')
}

function answerOf(agent: LoneAgent, question: Question): Answer {
  agent.answers.splice(0)
  agent.happens({ kind: 'asked', askId: 1, question })
  agent.run(100)
  return agent.answers.at(-1)!
}

/** Its first slot, a minute after the start, has just begun. */
function running(): LoneAgent {
  const agent = new LoneAgent().start()
  agent.run(5_000)
  agent.drop(text)
  agent.run(60_000)
  const { process } = agent.spawned[0]!
  agent.happens({ kind: 'spawned', process, pid: 4, startedAtMs: START + 60_010 })
  agent.run(1_000)
  return agent
}

test('of a slot that ran: who could run it, whose votes granted it, when it started, how its tries ended', () => {
  const agent = running()
  const process = 'shop.report.1.only.1'
  const times = { startedAtMs: START + 60_010, endedAtMs: START + 61_500 }
  agent.happens({ kind: 'child-exited', process, exit: { kind: 'code', code: 3 }, ...times })
  agent.run(1_000)
  const again = `${process}-2`
  agent.happens({ kind: 'child-exited', process: again, exit: { kind: 'code', code: 0 }, ...times })
  agent.run(1_000)
  const story = told(agent, null)
  expect(story).toContain('2026-11-21T10:01:00Z\n')
  expect(story).toContain('1 could run it, in this order: alpha\n')
  expect(story).toMatch(
    /granted to node "alpha" as run 1 with token 1, by the votes of alpha, under revision 1 \([\da-f]{8}\)/,
  )
  expect(story).toMatch(
    /started on node "alpha"\n.*try 1 of action only exited with 3\n.*action only succeeded/,
  )
  expect(story).toMatch(/run 1 succeeded$/)
})

test('of a slot that did not: what was decided, and why', () => {
  const agent = running()
  agent.run(61_000)
  expect(told(agent, START + 120_000)).toMatch(
    /it was decided: the run before it was not over, and the overlap policy says so$/,
  )
})

test('of a slot to come: who will ask for it; of none that there is: that there is none', () => {
  const agent = running()
  expect(told(agent, START + 3_600_000)).toMatch(/to come: asked for by alpha, as the nodes are now$/)
  expect(told(agent, START + 90_500)).toMatch(/the definition has no such slot now$/)
})

test('of one run: itself alone where others had its slot, its actions in the order in which they ended', () => {
  const actions = '{long: {command: long}, bad: {command: bad}, last: {command: x, requires: [bad]}}'
  const play = (command: string) => ({ ms: command === 'long' ? 900 : 300, code: command === 'bad' ? 3 : 0 })
  const agent = new PlayedAgent(`jobs: [{name: report, actions: ${actions}}]`, play).pass(1_000)
  agent.startByHand('shop.report')
  agent.pass(2_000)
  agent.order({ kind: 'rerun', requestId: '2', run: 'shop.report.1', isForced: false })
  agent.pass(2_000)
  const story = asked(agent, { kind: 'why-run', run: 'shop.report.-1' })
  expect(story).toMatch(/^shop\.report\.2\n2026-/)
  expect(story).toContain('run 2 was asked for by')
  expect(story).not.toContain('run 1')
  expect(story).toMatch(
    /action bad failed \(exited with 3\)\n.*action long succeeded .*\n.*action last was blocked .*\n.*run 2 failed/,
  )
  expect(agent.ask({ kind: 'why-run', run: 'shop.report.7' })).toMatchObject({ kind: 'not-found' })
})

test('of a run that was lost: who wrote so and when, and nothing twice', () => {
  const job = jobName('shop.report')
  const index = new RecordIndex({ recordsMost: () => 10 })
  const record: RunRecord = {
    kind: 'run',
    job,
    incarnation: 1,
    slotMs: START,
    label: '',
    requestId: '1',
    user: 'ann',
    run: 1,
    attempt: 1,
    token: 1,
    isLocal: false,
    node: nodeId('b'),
    state: 'lost',
    why: '',
    startedAtMs: null,
    endedAtMs: null,
    actions: [],
    writer: nodeId('a'),
    writtenAtMs: START + 30_000,
  }
  const action = { name: 'x', state: 'running', startedAtMs: START, endedAtMs: null, why: '' } as const
  index.add(record)
  index.add({ ...record, state: 'running', startedAtMs: START, actions: [action], writer: nodeId('b') })
  const answer = runStory('shop.report.1', {
    catalog: { findJob: () => undefined, jobNames: () => [job].values() },
    ledger: { index },
    roster: { nameOf: (node) => `node-${node}` },
  })
  expect(answer).toMatchObject({
    kind: 'why',
    story: {
      lines: [
        'its job is not there any more',
        'run 1 was asked for by ann (request 1)',
        '2026-11-21T10:00:00Z: started on node "node-b"',
        '2026-11-21T10:00:00Z: action x is running',
        '2026-11-21T10:00:30Z: node "node-a" wrote: run 1 on node "node-b" was lost',
      ],
    },
  })
})
