// Which run of a job counts for a monitoring system, and how it is: the rules of check_tron_jobs, row by row where its
// tests lie beside this checkout, and on a running agent.
import { describe, expect, test } from 'vitest'
import { checkedRun, type CheckedRun } from '../../../lib/view/job-check.ts'
import type { Question } from '../../../lib/view/question.ts'
import { caseFilesMissing, looseText, readCases, textOf, type Row } from '../schedule/case-files.ts'
import { LoneAgent } from '../lone-agent.ts'

const nowMs = Date.UTC(2026, 10, 21, 12)
const instant = (seconds: unknown) => (typeof seconds === 'string' ? nowMs + Number(seconds) * 1000 : null)

/** `0:10:01.883601` as the instant at which it began. */
function begun(duration: unknown, runTime: unknown): number | null {
  const found = /^(\d+):(\d+):([\d.]+)$/.exec(typeof duration === 'string' ? duration : '')
  if (found === null) return instant(runTime)
  return nowMs - (Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3])) * 1000
}

function runOf(row: Row): CheckedRun {
  return {
    id: textOf(row['id']),
    state: textOf(row['state']),
    slotMs: instant(row['run_time'])!,
    startedAtMs: begun(row['duration'], row['run_time']),
    endedAtMs: instant(row['end_time']),
    actions: ((row['runs'] ?? []) as Row[]).map((action) => ({
      name: textOf(action['action_name']),
      state: textOf(action['state']),
      startedAtMs: begun(action['duration'], null),
      endedAtMs: null,
    })),
  }
}

describe.skipIf(caseFilesMissing)("Tron's cases", () => {
  const { cases } = readCases('tron/monitoring-stuck-detection.json')
  test.each(cases.map((row) => ({ ...row, name: looseText((row['source'] as Row)['test']) })))(
    '$name',
    ({ job, expected_run, expected_state }: Row) => {
      const { runs, expected_runtime, actions_expected_runtime, allow_overlap } = job as Row
      const checked = (runs as Row[]).map(runOf)
      const { state, run } = checkedRun(
        checked,
        {
          runtimeMs: Number(expected_runtime ?? 86_400) * 1000,
          actionsMs: Object.fromEntries(
            Object.entries((actions_expected_runtime ?? {}) as Row).map(([name, s]) => [
              name,
              Number(s) * 1000,
            ]),
          ),
          isQueueing: allow_overlap !== true,
        },
        {
          nowMs,
          nextDueMs: ({ slotMs }) =>
            Math.min(...checked.map((one) => one.slotMs).filter((ms) => ms > slotMs), Infinity),
        },
      )
      expect([run?.id, state]).toEqual([expected_run, expected_state])
    },
  )
})

describe('on a running agent', () => {
  const ask = (agent: LoneAgent, question: Question) => {
    agent.happens({ kind: 'asked', askId: 1, question })
    agent.run(10)
    return agent.answers.at(-1)
  }
  const text = `jobs:
  - { name: slow, schedule: "* * * * *", expected_runtime: 30s, actions: { a: { command: x } } }
  - { name: never, schedule: cron 0 3 1 1 *, actions: { a: { command: x } } }
`

  test('a run that lasts too long and keeps the next one waiting is flagged wherever it is shown', () => {
    const agent = new LoneAgent().start()
    agent.run(3_000)
    agent.drop(text)
    agent.run(60_000)
    const { process } = agent.spawned[0]!
    agent.happens({ kind: 'spawned', process, pid: 4, startedAtMs: agent.nowMs })
    agent.run(10_000)
    const states = () => {
      const answer = ask(agent, { kind: 'check', job: null })
      return answer?.kind === 'check' ? answer.checks.map(({ job, state }) => [job, state]) : []
    }
    expect(states()).toEqual([
      ['shop.slow', 'no-run'],
      ['shop.never', 'no-run'],
    ])
    agent.run(25_000)
    expect(ask(agent, { kind: 'run', run: 'shop.slow.1' })).toMatchObject({
      found: { run: { flags: ['over-expected'] } },
    })
    agent.run(30_000)
    expect(states()[0]).toEqual(['shop.slow', 'stuck'])
    expect(ask(agent, { kind: 'runs', limit: 5 })).toMatchObject({
      runs: [{ flags: ['over-expected', 'stuck'] }],
    })
    expect(ask(agent, { kind: 'figures' })).toMatchObject({
      figures: { runsFlagged: { 'over-expected': 1, stuck: 1 } },
    })
    const doctor = ask(agent, { kind: 'doctor' })
    expect(doctor?.kind === 'doctor' && doctor.doctor.findings.map(({ about }) => about)).toContain(
      'run shop.slow.1',
    )
    agent.happens({
      kind: 'child-exited',
      process,
      exit: { kind: 'code', code: 0 },
      startedAtMs: agent.nowMs - 60_000,
      endedAtMs: agent.nowMs,
    })
    agent.run(1_000)
    expect(states()[0]).toEqual(['shop.slow', 'succeeded'])
  })

  test('a job that nobody knows is not found, with its neighbour', () => {
    const agent = new LoneAgent().start()
    agent.run(3_000)
    agent.drop(text)
    agent.run(3_000)
    expect(ask(agent, { kind: 'check', job: 'shop.slwo' })).toMatchObject({
      kind: 'not-found',
      nearest: 'shop.slow',
    })
  })
})
