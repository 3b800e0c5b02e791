// What `hocket runs` shows of each kind of run, from what an agent answers.
import { expect, test } from 'vitest'
import { runsCommand, runsTable } from '../../../agent/cli/runs-command.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { sampleAnswer } from '../api/sample-answers.ts'
import { FakeAgent } from './fake-agent.ts'
import { saying, typed } from './fake-terminal.ts'

const nowMs = Date.parse('2026-11-21T12:00:10.000Z')
const terminal = { columns: null, isColoured: false, nowMs: () => nowMs }

const run = (more: Partial<RunView>): RunView => ({
  id: 'a.b.7',
  job: 'a.b',
  slot: '2026-11-21T12:00:05.000Z',
  state: 'succeeded',
  why: '',
  node: 'alpha',
  attempt: 1,
  token: 7,
  requestId: null,
  user: null,
  startedAt: '2026-11-21T12:00:05.020Z',
  endedAt: '2026-11-21T12:00:07.520Z',
  latenessMs: 20,
  isLateReport: false,
  isPartitioned: false,
  besides: [],
  actions: [],
  range: null,
  ...more,
})
const notRun = { id: null, node: null, startedAt: null, endedAt: null, latenessMs: null, token: null }

test.each([
  [{}, 'a.b.7  5 s ago  succeeded  alpha  20 ms  2.5 s'],
  [{ state: 'running', endedAt: null }, 'a.b.7  5 s ago  running  alpha  20 ms  5.0 s'],
  [
    { state: 'failed', why: 'action x exited with 3' },
    'a.b.7  5 s ago  failed  alpha  20 ms  2.5 s  action x exited with 3',
  ],
  [{ state: 'lost', endedAt: null, attempt: 2 }, 'a.b.7 (attempt 2)  5 s ago  lost  alpha  20 ms  -'],
  [{ isLateReport: true }, 'a.b.7  5 s ago  succeeded  alpha  20 ms  2.5 s  reported late'],
  [
    { id: 'a.b.alpha:p2', isPartitioned: true, besides: ['beta'] },
    'a.b.alpha:p2  5 s ago  succeeded  alpha  20 ms  2.5 s  without a majority; ran on beta too',
  ],
  [
    {
      ...notRun,
      state: 'skipped',
      why: 'skipped-overlap',
      range: { from: '2026-11-21T12:00:05.000Z', count: 1 },
    },
    'a.b  5 s ago  skipped  -  -  -  the run before it was not over',
  ],
  [
    { ...notRun, state: 'missed', why: 'missed', range: { from: '2026-11-21T10:00:00.000Z', count: 120 } },
    'a.b (120 slots)  5 s ago  missed  -  -  -  nobody could start it in time',
  ],
  [
    { ...notRun, state: 'missed', why: 'removed', range: { from: '2026-11-21T10:00:00.000Z', count: null } },
    'a.b (many slots)  5 s ago  missed  -  -  -  its job was removed',
  ],
] as const)('a run such as %j is shown as it was', (more, expected) => {
  const [, line = ''] = runsTable([run(more)], terminal).split('\n')
  expect(line.trimEnd().replaceAll(/ {2,}/g, '  ')).toBe(expected)
})

test('what is cut keeps the number by which a run is named, and instants are shown on request', () => {
  const long = run({ id: 'a-category.a-job-with-a-very-long-name.12345' })
  const [, line = ''] = runsTable([long], { ...terminal, columns: 60, showsInstants: true }).split('\n')
  expect(line).toMatch(/^a\S*…\.12345  2026-11-2\d \d\d:\d\d:05  succeeded/)
})

test.each([
  [['--state', 'faild'], 'Cannot use --state faild: no run is in such a state, expected perhaps failed'],
  [['--state', 'x'], 'expected running, succeeded, failed,'],
  [['--limit', 'x'], 'Cannot use --limit x: it is no such number, expected 1 to 1000'],
  [['--limit', '0'], 'expected 1 to 1000'],
])('%j is refused before an agent is asked', async (words, why) => {
  const { code, err } = await typed([runsCommand], ['runs', ...words])
  expect(code).toBe(2)
  expect(err).toContain(why)
})

test('a run may be named in place of a job, and is shown with its attempts; what is neither is refused', async () => {
  const agent = await FakeAgent.open()
  try {
    const attempts = [run({ state: 'failed' }), run({ attempt: 2 })]
    agent.api.answer = async (question) => {
      if (question.kind === 'runs') return { kind: 'runs', runs: [], next: null }
      return question.kind === 'run' && question.run === 'a.b.7'
        ? { kind: 'run', found: { run: attempts[1]!, attempts } }
        : question.kind === 'job' && question.name === 'a.b'
          ? sampleAnswer(question)
          : { kind: 'not-found', what: question.kind, nearest: 'a.b' }
    }
    const shown = async (...words: string[]) =>
      typed([runsCommand], ['runs', ...words, '--data-dir', agent.directory])
    expect((await shown('a.b.7')).out).toMatch(/a\.b\.7 \(attempt 2\) .*succeeded[^]*a\.b\.7 .*failed/)
    expect(await shown('a.b')).toEqual({ code: 0, out: 'no runs\n', err: '' })
    expect(await shown('a.b.8')).toMatchObject({ code: 1, out: '', err: saying('Cannot find run') })
    for (const words of [['a.c'], ['--job', 'a.c']])
      expect(await shown(...words)).toMatchObject({ code: 1, out: '', err: saying('Did you mean "a.b"?') })
  } finally {
    await agent.close()
  }
})
