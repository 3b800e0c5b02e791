// The judge itself: a history in good order passes, and each kind of wrong one is caught.
import { describe, expect, test } from 'vitest'
import type { RunView } from '../../../lib/view/run-view.ts'
import type { EvidenceLine, Fault, History, JudgedJob } from './history.ts'
import { judgeHistory } from './judge-history.ts'

const firstMs = Date.parse('2026-11-21T12:00:00.000Z')
const at = (n: number) => firstMs + n * 1000
const hosts = ['alpha', 'beta', 'gamma']
const hostOf = (n: number) => hosts[n % 3] ?? ''

const job: JudgedJob = {
  name: 'a.b',
  slots: Array.from({ length: 60 }, (_, n) => at(n)),
  knownAtMs: at(0),
  startDeadlineMs: 3000,
  durationMs: 200,
  overlap: 'allow',
  catchUpWithinMs: null,
  isExclusive: false,
  hosts,
}

function line(n: number, kind: EvidenceLine['kind'], more: Partial<EvidenceLine> = {}): EvidenceLine {
  const atMs = at(n) + (kind === 'end' ? 120 : 20)
  return {
    kind,
    job: 'a.b',
    slotMs: at(n),
    attempt: 1,
    token: n + 1,
    host: hostOf(n),
    pid: 100 + n,
    atMs,
    ...more,
  }
}

function run(n: number, state: RunView['state'], more: Partial<RunView> = {}): RunView {
  const slot = new Date(at(n)).toISOString()
  const hasRun = state !== 'missed' && state !== 'skipped'
  return {
    id: hasRun ? `a.b.${n + 1}` : null,
    job: 'a.b',
    slot,
    state,
    why: '',
    node: hasRun ? hostOf(n) : null,
    attempt: hasRun ? 1 : 0,
    token: hasRun ? n + 1 : null,
    requestId: null,
    user: null,
    startedAt: hasRun ? new Date(at(n) + 20).toISOString() : null,
    endedAt: hasRun ? new Date(at(n) + 120).toISOString() : null,
    latenessMs: hasRun ? 20 : null,
    isLateReport: false,
    isPartitioned: false,
    besides: [],
    actions: [],
    range: hasRun ? null : { from: slot, count: 1 },
    ...more,
  }
}

type Draft = { lines: EvidenceLine[]; runs: RunView[]; otherRuns: RunView[] | null }

/** Thirty slots in good order; the evidence is read in the 41st second. */
function draft(): Draft {
  const numbers = Array.from({ length: 37 }, (_, n) => n)
  return {
    lines: numbers.flatMap((n) => [line(n, 'start'), line(n, 'end')]),
    runs: numbers.map((n) => run(n, 'succeeded')),
    otherRuns: null,
  }
}

function judge(
  change: (history: Draft) => void,
  more: Partial<History> = {},
  jobMore: Partial<JudgedJob> = {},
) {
  const made = draft()
  change(made)
  return judgeHistory({
    jobs: [{ ...job, ...jobMore }],
    lines: made.lines,
    faults: [],
    hosts,
    witnesses: hosts,
    answers: new Map([
      ['alpha', new Map([['a.b', made.runs]])],
      ['beta', new Map([['a.b', made.otherRuns ?? made.runs]])],
    ]),
    endMs: at(40),
    quietFromMs: at(20),
    claimAheadMs: 500,
    sessionTtlMs: 3000,
    settleMs: 2000,
    ...more,
  })
}

const without = (lines: EvidenceLine[], n: number) => lines.filter(({ slotMs }) => slotMs !== at(n))
const replace = (runs: RunView[], n: number, ...by: RunView[]) => runs.toSpliced(n, 1, ...by)
const down = (host: string, from: number, to: number): Fault => ({
  kind: 'down',
  host,
  fromMs: at(from),
  toMs: at(to),
})

/** Slot n starts nowhere, and the agents say this of it. */
const unstarted =
  (n: number, ...told: RunView[]) =>
  (history: Draft) => {
    history.lines = without(history.lines, n)
    history.runs = replace(history.runs, n, ...told)
  }

test('a history in good order passes', () => {
  expect(judge(() => undefined)).toMatchObject({ slots: 37, starts: 37, complaints: [], excused: [] })
})

describe('caught is', () => {
  const cases: [string, (history: Draft) => void, string][] = [
    [
      'a slot that started twice',
      (h) => h.lines.push(line(5, 'start', { host: 'beta', token: 99 })),
      'started twice, on gamma and on beta',
    ],
    [
      'a token given twice',
      (h) => h.lines.splice(0, 1, line(0, 'start', { token: 2 })),
      'token 2 was given to slots',
    ],
    [
      'a start before its instant',
      (h) => h.lines.splice(0, 1, line(0, 'start', { atMs: at(0) - 300 })),
      'started 300 ms before its instant',
    ],
    [
      'a late start',
      (h) => h.lines.splice(0, 1, line(0, 'start', { atMs: at(0) + 6000 })),
      'started 6000 ms late',
    ],
    [
      'a slot that does not exist',
      (h) => h.lines.push(line(5, 'start', { slotMs: at(5) + 7, token: 99 })),
      'which is none of its slots',
    ],
    [
      'a host where it may not run',
      (h) => h.lines.push(line(38, 'start', { host: 'delta' })),
      'where it may not',
    ],
    [
      'a job that nobody made',
      (h) => h.lines.push(line(5, 'start', { job: 'x.y' })),
      'a job that nobody made, x.y',
    ],
    ['a slot passed in silence', unstarted(5), 'passed in silence'],
    [
      'a missed slot without an excuse',
      unstarted(5, run(5, 'missed')),
      'never started: the agents tell missed',
    ],
    [
      'a success that never started',
      unstarted(5, run(5, 'succeeded')),
      'never started, but the agents tell succeeded on gamma',
    ],
    ['a skip beside no run', unstarted(5, run(5, 'skipped')), 'never started: the agents tell skipped'],
    [
      'a success that never ended',
      (h) => (h.lines = h.lines.filter((l) => !(l.kind === 'end' && l.slotMs === at(5)))),
      'never came to its end',
    ],
    [
      'a success told of another host',
      (h) => (h.runs = replace(h.runs, 5, run(5, 'succeeded', { node: 'alpha' }))),
      'ran on gamma, but the agents tell succeeded on alpha',
    ],
    [
      'a success told as missed',
      (h) => (h.runs = replace(h.runs, 5, run(5, 'missed'))),
      'but the agents tell missed',
    ],
    ['a success told as failed', (h) => (h.runs = replace(h.runs, 5, run(5, 'failed'))), 'without any fault'],
    ['a run lost without a fault', (h) => (h.runs = replace(h.runs, 5, run(5, 'lost'))), 'without any fault'],
    [
      'a run that is never over',
      (h) => (h.runs = replace(h.runs, 5, run(5, 'running'))),
      'long after it ended',
    ],
    ['a run told twice', (h) => h.runs.push(run(5, 'succeeded', { id: 'a.b.99' })), 'told more than once'],
    [
      'a wrong token in the record',
      (h) => (h.runs = replace(h.runs, 5, run(5, 'succeeded', { token: 77 }))),
      'with token 77',
    ],
    [
      'a wrong start in the record',
      (h) =>
        (h.runs = replace(h.runs, 5, run(5, 'succeeded', { startedAt: new Date(at(11)).toISOString() }))),
      'with a start at',
    ],
    [
      'agents that disagree',
      (h) => (h.otherRuns = replace(h.runs, 5)),
      'is told differently: alpha: succeeded on gamma; beta: nothing',
    ],
  ]
  test.each(cases)('%s', (_, change, complaint) => {
    expect(judge(change).complaints.join('\n')).toContain(complaint)
  })

  test('a start stolen from its neighbour, by time alone', () => {
    const steal = (history: Draft) => {
      history.lines = history.lines.map((each) =>
        each.slotMs === at(5) ? { ...each, atMs: at(0) + 30 } : each,
      )
    }
    expect(judge(steal).complaints.join('\n')).toContain('by time alone, no start is left for slot')
  })

  test('a history whose end was not waited for', () => {
    expect(judge(() => undefined, { quietFromMs: at(30) }).complaints).toEqual([
      'a.b: only 7 slots were left after the faults, expected 10 at least',
    ])
  })

  test('runs that overlap, but not those of a node that was cut off, and those of an exclusive job always', () => {
    const overlap = (history: Draft) => {
      history.lines = history.lines.map((each) =>
        each.slotMs === at(5) && each.kind === 'end' ? { ...each, atMs: at(6) + 500 } : each,
      )
    }
    const text = 'on gamma and 2026-11-21T12:00:06.000Z on alpha overlapped by 480 ms'
    const paused: Fault = { kind: 'paused', host: 'gamma', fromMs: at(5) + 50, toMs: at(8) }
    expect(judge(overlap).complaints).toEqual([])
    expect(judge(overlap, {}, { overlap: 'skip' }).complaints.join()).toContain(text)
    expect(judge(overlap, { faults: [paused] }, { overlap: 'skip' }).complaints).toEqual([])
    const exclusive = judge(overlap, { faults: [paused] }, { isExclusive: true })
    expect(exclusive.complaints.join()).toContain(text)
  })
})

describe('excused is', () => {
  test('what a host that vanished may have claimed, and only what the agents tell of that host', () => {
    const lost = unstarted(5, run(5, 'lost', { startedAt: null }))
    expect(judge(lost, { faults: [down('gamma', 5, 8)] })).toMatchObject({
      complaints: [],
      excused: [expect.stringContaining('gamma down began 0 ms after the slot')],
    })
    expect(judge(lost, { faults: [down('beta', 5, 8)] }).complaints.join()).toContain('never started')
    expect(judge(lost, { faults: [down('gamma', 14, 17)] }).complaints.join()).toContain('never started')
  })

  test('a slot while no majority was in reach, and none that a majority could have decided', () => {
    const missed = unstarted(8, run(8, 'missed'))
    const two = [down('alpha', 2, 14), down('beta', 2, 14)]
    expect(judge(missed, { faults: two })).toMatchObject({
      complaints: [],
      excused: [expect.stringContaining('connected with a majority')],
    })
    expect(judge(missed, { faults: [down('alpha', 2, 14)] }).complaints.join()).toContain('never started')
    const brief = [down('alpha', 2, 6), down('beta', 2, 6)]
    expect(judge(missed, { faults: brief }).complaints.join()).toContain('never started')
  })

  test('a majority that is there but that no host of the job can reach', () => {
    const cut: Fault[] = ['beta', 'gamma'].flatMap((other) => [
      { kind: 'lost-link', from: 'alpha', to: other, fromMs: at(2), toMs: at(14) },
    ])
    const onlyAlpha = { hosts: ['alpha'] }
    const change = (history: Draft) => {
      history.lines = history.lines.map((each) => ({ ...each, host: 'alpha' }))
      history.runs = history.runs.map((each) => ({ ...each, node: 'alpha' }))
      unstarted(8, run(8, 'missed'))(history)
    }
    expect(judge(change, { faults: cut }, onlyAlpha).complaints).toEqual([])
    expect(judge(change, { faults: cut.slice(1) }, onlyAlpha).complaints.join()).toContain('never started')
  })

  test('a skip while the run before it went on', () => {
    const change = (history: Draft) => {
      unstarted(6, run(6, 'skipped'))(history)
      history.lines = history.lines.map((each) =>
        each.slotMs === at(5) && each.kind === 'end' ? { ...each, atMs: at(6) + 500 } : each,
      )
    }
    expect(judge(change, {}, { overlap: 'skip' })).toMatchObject({
      complaints: [],
      excused: [expect.stringContaining('was not over')],
    })
  })

  test('a catch-up while nobody could start it in time', () => {
    const change = (history: Draft) => {
      history.lines = history.lines.map((each) =>
        each.slotMs === at(6) ? { ...each, atMs: each.atMs + 8000 } : each,
      )
      const late = new Date(at(14) + 20).toISOString()
      history.runs = replace(history.runs, 6, run(6, 'succeeded', { startedAt: late, latenessMs: 8020 }))
    }
    const faults = [down('alpha', 2, 13), down('beta', 2, 13)]
    expect(judge(change, { faults }, { catchUpWithinMs: 60_000 }).complaints).toEqual([])
    expect(judge(change, { faults }).complaints.join()).toContain('started 8020 ms late')
    expect(judge(change, {}, { catchUpWithinMs: 60_000 }).complaints.join()).toContain('started 8020 ms late')
  })

  test('at any time what the machine gave no processor for, but no second start', () => {
    const starved = ['alpha', 'beta'].map((host): Fault => ({
      kind: 'starved',
      host,
      fromMs: at(22),
      toMs: at(34),
    }))
    const missed = unstarted(28, run(28, 'missed'))
    expect(judge(missed, { faults: starved }).complaints).toEqual([])
    expect(judge(missed, { faults: starved.slice(1) }).complaints.join()).toContain('never started')
    const lost = unstarted(28, run(28, 'lost', { node: 'alpha' }))
    expect(judge(lost, { faults: starved.slice(0, 1) }).complaints).toEqual([])
    expect(judge(lost, { faults: starved.slice(1) }).complaints.join()).toContain('never started')
    const twice = (history: Draft) => history.lines.push(line(28, 'start', { host: 'beta', token: 99 }))
    expect(judge(twice, { faults: starved }).complaints.join()).toContain('started twice')
  })

  test('nothing in silence, nothing told wrongly, and nothing after the end of all faults', () => {
    const all = [down('alpha', 2, 14), down('beta', 2, 14), down('gamma', 2, 14)]
    expect(judge(unstarted(8), { faults: all }).complaints.join()).toContain('passed in silence')
    expect(judge(unstarted(8, run(8, 'succeeded')), { faults: all }).complaints.join()).toContain(
      'never started, but',
    )
    const late = [down('alpha', 22, 34), down('beta', 22, 34)]
    expect(judge(unstarted(28, run(28, 'missed')), { faults: late }).complaints.join()).toContain(
      'never started',
    )
  })
})
