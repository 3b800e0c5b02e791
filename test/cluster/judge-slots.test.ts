// The judge itself: a history that is right passes, and each kind of wrong one is caught.
import { describe, expect, test } from 'vitest'
import type { RunView } from '../../lib/view/run-view.ts'
import { judgeSlots, type Case, type Start } from './judge-slots.ts'

const firstMs = Date.parse('2026-11-21T12:00:00.000Z')
const at = (n: number) => firstMs + n * 1000

function run(n: number, node: string | null, state: RunView['state']): RunView {
  const slot = new Date(at(n)).toISOString()
  return {
    id: node === null ? null : `a.b.${n}`,
    job: 'a.b',
    slot,
    state,
    why: '',
    node,
    attempt: 1,
    token: n,
    requestId: null,
    user: null,
    startedAt: slot,
    endedAt: slot,
    latenessMs: 0,
    isLateReport: false,
    isPartitioned: false,
    besides: [],
    actions: [],
    range: node === null ? { from: slot, count: 1 } : null,
  }
}

const nodes = ['alpha', 'beta']
const start = (n: number, node = nodes[n % 2] ?? '', lateMs = 20): Start => ({
  slotMs: at(n),
  node,
  startedAtMs: at(n) + lateMs,
})

/** Ten slots in good order, the sixth of them at the moment of a kill. */
function good(): { starts: Start[]; runs: RunView[] } {
  const numbers = Array.from({ length: 10 }, (_, n) => n)
  return {
    starts: numbers.map((n) => start(n)),
    runs: numbers.map((n) => run(n, nodes[n % 2] ?? '', 'succeeded')),
  }
}

const judge = (history: { starts: readonly Start[]; runs: readonly RunView[] }, more: Partial<Case> = {}) =>
  judgeSlots({
    everyMs: 1000,
    fromMs: at(0),
    toMs: at(9),
    graceMs: 3000,
    starts: history.starts,
    answers: new Map([
      ['alpha', history.runs],
      ['beta', history.runs],
    ]),
    kills: [at(5) + 100],
    claimAheadMs: 2000,
    ...more,
  })

const replaced = <Item>(items: readonly Item[], n: number, ...by: Item[]) => items.toSpliced(n, 1, ...by)

describe('the judge', () => {
  test('passes a history in which each slot started once and in time', () => {
    const verdict = judge(good())
    expect(verdict).toMatchObject({ slots: 10, faults: [], excused: [] })
    expect(verdict.startsByNode).toEqual(
      new Map([
        ['alpha', 5],
        ['beta', 5],
      ]),
    )
    expect(verdict.latenessMs).toEqual(Array.from({ length: 10 }, () => 20))
  })

  test('catches a slot that started twice', () => {
    const history = good()
    history.starts.push(start(2, 'beta', 500))
    expect(judge(history).faults).toEqual([
      expect.stringMatching(/^slot .*:02.000Z started 2 times: alpha, beta$/),
    ])
  })

  test('catches a slot that started late, or before its instant', () => {
    const { starts, runs } = good()
    expect(judge({ starts: replaced(starts, 2, start(2, 'alpha', 3500)), runs }).faults).toEqual([
      expect.stringContaining('3500 ms late'),
    ])
    expect(judge({ starts: replaced(starts, 2, start(2, 'alpha', -300)), runs }).faults).toEqual([
      expect.stringContaining('300 ms before'),
    ])
  })

  test('catches a slot that was lost without a word, and one that was skipped', () => {
    const { starts, runs } = good()
    expect(judge({ starts: replaced(starts, 2), runs: replaced(runs, 2) }).faults.join()).toContain(
      'never started',
    )
    expect(
      judge({ starts: replaced(starts, 2), runs: replaced(runs, 2, run(2, null, 'missed')) }).faults.join(),
    ).toContain('the agents tell missed')
  })

  test('catches agents that tell another tale than the evidence, or than each other', () => {
    const { starts, runs } = good()
    expect(judge({ starts, runs: replaced(runs, 2, run(2, 'alpha', 'failed')) }).faults.join()).toContain(
      'the agents tell failed on alpha',
    )
    expect(judge({ starts, runs: replaced(runs, 2, run(2, 'beta', 'succeeded')) }).faults.join()).toContain(
      'tell succeeded on beta',
    )
    const other = new Map([
      ['alpha', runs],
      ['beta', replaced(runs, 2)],
    ])
    expect(judge({ starts, runs }, { answers: other }).faults.join()).toContain('is told differently')
  })

  test('excuses what a killed node had claimed ahead, if it is told, and nothing after it', () => {
    const { starts, runs } = good()
    const lost = { starts: replaced(starts, 6), runs: replaced(runs, 6, run(6, 'alpha', 'lost')) }
    expect(judge(lost)).toMatchObject({
      faults: [],
      excused: [expect.stringContaining('did not start: lost on alpha')],
    })
    const late = { starts: replaced(starts, 6, start(6, 'alpha', 9000)), runs }
    expect(judge(late)).toMatchObject({ faults: [], excused: [expect.stringContaining('9000 ms late')] })
    const silent = { starts: replaced(starts, 6), runs: replaced(runs, 6) }
    expect(judge(silent).faults.join()).toContain('never started')
    const after = { starts: replaced(starts, 8), runs: replaced(runs, 8, run(8, 'alpha', 'lost')) }
    expect(judge(after).faults.join()).toContain('never started')
    const twice = { starts: [...starts, start(6, 'beta', 900)], runs }
    expect(judge(twice).faults.join()).toContain('started 2 times')
  })
})
