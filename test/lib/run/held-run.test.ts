// Which actions of a run may start, and how it ended, from how its actions stand.

import { describe, expect, test } from 'vitest'
import { attemptAfter, hasSucceeded, type ActionState } from '../../../lib/run/action-state.ts'
import { processKey, type ActionPlan, type HeldRun } from '../../../lib/run/held-run.ts'
import { outcomeOf, readyActions, withBlocked } from '../../../lib/run/run-graph.ts'
import { entry, granted } from './run-bench.ts'

const action = (name: string, ...requires: string[]): ActionPlan => ({
  name,
  command: 'true',
  requires,
  fault: null,
})
/** `b` and `c` require `a`; `d` requires both. */
const diamond = [action('a'), action('b', 'a'), action('c', 'a'), action('d', 'b', 'c')]

const waiting: ActionState = { kind: 'waiting' }
const started: ActionState = { kind: 'started', atMs: 1, pid: 7 }
const exited = (code: number): ActionState => ({
  kind: 'exited',
  startedAtMs: 1,
  endedAtMs: 2,
  exit: { kind: 'code', code },
})
const killed: ActionState = {
  kind: 'exited',
  startedAtMs: 1,
  endedAtMs: 2,
  exit: { kind: 'signal', signal: 'SIGKILL' },
}
const unspawned: ActionState = { kind: 'failed-to-start', atMs: 1, reason: 'no such user' }
const unknown: ActionState = { kind: 'unknown', atMs: 1 }

function run(actions: Readonly<Record<string, ActionState>>, plan = diamond): HeldRun {
  const all = Object.fromEntries(plan.map(({ name }) => [name, actions[name] ?? waiting]))
  return { ...granted({ plan }), actions: all, phase: 'running', outcome: null }
}

describe('actions', () => {
  test.each<[Readonly<Record<string, ActionState>>, string[]]>([
    [{}, ['a']],
    [{ a: started }, []],
    [{ a: exited(0) }, ['b', 'c']],
    [{ a: exited(0), b: exited(0) }, ['c']],
    [{ a: exited(0), b: exited(0), c: started }, []],
    [{ a: exited(0), b: exited(0), c: exited(0) }, ['d']],
    [{ a: exited(1) }, []],
  ])('%j: %j may start', (actions, names) => {
    expect(readyActions(run(actions)).map(({ name }) => name)).toEqual(names)
  })

  test('are blocked by what did not succeed, and by what is blocked', () => {
    const { actions } = withBlocked(run({ a: exited(0), b: exited(1), c: started }))
    expect(actions).toMatchObject({ c: { kind: 'started' }, d: { kind: 'blocked', by: 'b' } })
    const all = withBlocked(run({ a: unknown })).actions
    expect(Object.values(all).map(({ kind }) => kind)).toEqual(['unknown', 'blocked', 'blocked', 'blocked'])
  })

  test('nothing changes where nothing is blocked', () => {
    const same = run({ a: exited(0) })
    expect(withBlocked(same)).toBe(same)
  })
})

describe('the outcome', () => {
  test.each<[Readonly<Record<string, ActionState>>, string | null]>([
    [{ a: exited(0), b: exited(0), c: exited(0), d: started }, null],
    [{ a: exited(0), b: exited(0), c: exited(0), d: exited(0) }, 'succeeded'],
    [{ a: exited(0), b: exited(0), c: exited(0), d: exited(3) }, 'failed'],
    [{ a: exited(0), b: exited(0), c: exited(0), d: killed }, 'failed'],
    [{ a: unspawned }, 'failed'],
    [{ a: unknown }, 'unknown'],
    [{ a: exited(0), b: exited(1), c: started }, null],
    [{ a: exited(0), b: exited(1), c: exited(0) }, 'failed'],
  ])('of %j is %s', (actions, kind) => {
    expect(outcomeOf(withBlocked(run(actions)))?.kind ?? null).toBe(kind)
  })

  test('says which action failed, and how', () => {
    const why = (state: ActionState) => outcomeOf(run({ a: state }, [action('a')]))
    expect(why(exited(3))).toEqual({ kind: 'failed', why: 'action a exited with 3' })
    expect(why(killed)).toEqual({ kind: 'failed', why: 'action a was ended by SIGKILL' })
    expect(why(unspawned)).toEqual({ kind: 'failed', why: 'action a failed to start: no such user' })
  })

  test('of what its guard told to end is a failure, whatever it says', () => {
    const ended = { ...exited(0), isEndedByGuard: true } as ActionState
    expect(outcomeOf(run({ a: ended }, [action('a')]))?.kind).toBe('failed')
  })
})

test('a process is named by its run and attempt, so that no two are alike', () => {
  const named = (more: Parameters<typeof entry>[0]) => processKey({ ...run({}), entry: entry(more) }, 'a')
  const names = [named({}), named({ run: 8 }), named({ attempt: 2 })]
  expect(names).toEqual(['shop.report.7.a.1', 'shop.report.8.a.1', 'shop.report.7.a.2'])
})

test.each([
  [undefined, 0, true],
  [undefined, 3, false],
  [[0, 3], 3, true],
  [[3], 0, false],
  [[3], 'SIGTERM', false],
] as const)('of the success codes %j an end by %j is a success: %j', (successExitCodes, end, isSuccess) => {
  const exit =
    typeof end === 'number'
      ? ({ kind: 'code', code: end } as const)
      : ({ kind: 'signal', signal: end } as const)
  const before = { kind: 'started', atMs: 1, pid: 7 } as const
  const event = { kind: 'child-exited', process: 'p', exit, startedAtMs: 1, endedAtMs: 2 } as const
  expect(hasSucceeded(attemptAfter(before, event, { atMs: 5, successExitCodes }))).toBe(isSuccess)
})

const HOUR = 3_600_000

test.each([
  [
    'a start that is known stays, and so does how long it took',
    7,
    { startedAtMs: HOUR, endedAtMs: HOUR + 50 },
    true,
    [10, 60],
  ],
  [
    'where no majority has told the time, the mark is the start',
    null,
    { startedAtMs: HOUR, endedAtMs: HOUR + 50 },
    false,
    [10, 60],
  ],
  [
    'a process that was found again began when it says',
    null,
    { startedAtMs: 20, endedAtMs: 70 },
    true,
    [20, 70],
  ],
  [
    'an end that the clock was set back before is no earlier than the start',
    7,
    { startedAtMs: HOUR, endedAtMs: 5 },
    true,
    [10, 10],
  ],
  [
    'a clock that was set right meanwhile tells the end',
    7,
    { startedAtMs: HOUR, endedAtMs: 90 },
    true,
    [10, 90],
  ],
] as const)('%s', (_, pid, times, isTimeKnown, [startedAtMs, endedAtMs]) => {
  const exit = { kind: 'code', code: 0 } as const
  const event = { kind: 'child-exited', process: 'p', exit, ...times } as const
  const before = { kind: 'started', atMs: 10, pid } as const
  expect(attemptAfter(before, event, { atMs: 100, isTimeKnown })).toMatchObject({ startedAtMs, endedAtMs })
})
