// What people may ask of a run that is held: what follows, what is refused and why, and that an order is taken once.

import { describe, expect, test } from 'vitest'
import { requestIdOfKey } from '../../../lib/base/request-id.ts'
import type { ActionState } from '../../../lib/run/action-state.ts'
import { tryOf, type ActionPlan, type HeldRun } from '../../../lib/run/held-run.ts'
import { withConsequences } from '../../../lib/run/run-graph.ts'
import { withNews } from '../../../lib/run/run-progress.ts'
import { applyOrder, type OrderWord, type RunOrder } from '../../../lib/run/run-order.ts'
import { granted, RunBench, ttlMs } from './run-bench.ts'

const action = (name: string, ...requires: string[]): ActionPlan => ({
  name,
  command: 'true',
  requires,
  fault: null,
})
/** `b` requires `a`, and `c` nothing. */
const plan = [action('a'), action('b', 'a'), action('c')]
const waiting: ActionState = { kind: 'waiting' }
const started: ActionState = { kind: 'started', atMs: 1, pid: 7 }
const exited = (code: number): ActionState => ({
  kind: 'exited',
  startedAtMs: 1,
  endedAtMs: 2,
  exit: { kind: 'code', code },
})

function run(actions: Readonly<Record<string, ActionState>>): HeldRun {
  const all = Object.fromEntries(plan.map(({ name }) => [name, actions[name] ?? waiting]))
  return withConsequences(
    { ...granted({ plan }), beganAtMs: 1, actions: all, phase: 'running', outcome: null },
    5,
  )
}

function order(word: OrderWord, name: string | null, more: Partial<RunOrder> = {}): RunOrder {
  return { requestId: `${word} ${name}`, word, action: name, user: 'ann', useLatest: false, ...more }
}

function after(before: HeldRun, asked: RunOrder, latest: ActionPlan | null = null) {
  const { run: changed, answer } = applyOrder(before, asked, { atMs: 100, latest })
  return { run: withConsequences(changed, 100), answer }
}

const kinds = ({ actions }: HeldRun) =>
  Object.values(actions).map((state) => (state.kind === 'set' ? state.to : state.kind))

describe('an order', () => {
  test.each<[string, Readonly<Record<string, ActionState>>, OrderWord, string | null, string[]]>([
    [
      'skips what failed, and what required it waits again',
      { a: exited(1), c: started },
      'skip',
      'a',
      ['skipped', 'waiting', 'started'],
    ],
    [
      'sets what failed to succeeded',
      { a: exited(1), c: started },
      'succeed',
      'a',
      ['succeeded', 'waiting', 'started'],
    ],
    [
      'sets what succeeded to failed',
      { a: exited(0), c: started },
      'fail',
      'a',
      ['failed', 'blocked', 'started'],
    ],
    [
      'tries what failed again',
      { a: exited(1), c: started },
      'retry',
      'a',
      ['waiting', 'waiting', 'started'],
    ],
    ['cancels one that waits', { a: started }, 'cancel', 'c', ['started', 'waiting', 'cancelled']],
    [
      'cancels the run: nothing more starts',
      { a: started },
      'cancel',
      null,
      ['started', 'cancelled', 'cancelled'],
    ],
    [
      'skips what waits for its next try',
      { a: { kind: 'delayed', untilMs: 900 }, c: started },
      'skip',
      'a',
      ['skipped', 'waiting', 'started'],
    ],
  ])('%s', (_, actions, word, name, expected) => {
    const { run: changed, answer } = after(run(actions), order(word, name))
    expect(answer.kind).toBe('done')
    expect(kinds(changed)).toEqual(expected)
  })

  test.each<[Readonly<Record<string, ActionState>>, OrderWord, string | null, string]>([
    [{ a: exited(0) }, 'succeed', 'a', 'action "a" is succeeded, and succeed needs one that is'],
    [{ a: exited(1), c: started }, 'fail', 'a', 'action "a" is failed, and fail needs one that is'],
    [{ a: started }, 'retry', 'a', 'is running'],
    [{ a: exited(1), c: started }, 'retry', 'b', 'it requires a'],
    [{ a: started }, 'stop', 'c', 'it has no process'],
    [{ a: started }, 'skip', 'x', 'the run has no action "x"'],
    [{ a: { kind: 'unknown', atMs: 1 }, c: started }, 'recover', 'a', 'nobody can find out more'],
  ])('of %j to %s %s is refused: %s', (actions, word, name, why) => {
    const before = run(actions)
    const { answer } = applyOrder(before, order(word, name), { atMs: 100, latest: null })
    expect(answer).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) as unknown })
  })

  test('of a whole run says of each action what became of it, and of none that it did not touch', () => {
    const { answer } = after(run({ a: exited(0), b: started, c: started }), order('stop', null))
    const told = 'is told to end, and killed when it does not'
    expect(answer).toEqual({ kind: 'done', what: `action "b" ${told}; action "c" ${told}` })
  })

  test('tries again what was said to have failed, under a name that no process had', () => {
    const set = after(run({ a: exited(0), c: started }), order('fail', 'a')).run
    const again = after(set, order('retry', 'a')).run
    expect(again.actions['a']).toEqual(waiting)
    expect(tryOf(again, 'a')).toBe(2)
  })

  test('tries again what was said to have failed while its process ran on', () => {
    const set = after(run({ a: started, c: started }), order('fail', 'a')).run
    const left = { kind: 'started', atMs: 1, pid: 7 } as const
    const exit = { kind: 'code', code: 0 } as const
    const event = { kind: 'child-exited', process: 'a', exit, startedAtMs: 1, endedAtMs: 2 } as const
    const over = withNews(set, 'a', { event, started: left, atMs: 3, isTimeKnown: true })
    expect(tryOf(after(over, order('retry', 'a')).run, 'a')).toBe(2)
  })

  test('asked again is answered alike, and not taken again', () => {
    const once = after(run({ a: exited(1), c: started }), order('retry', 'a')).run
    const failed: HeldRun = { ...once, actions: { ...once.actions, a: exited(1) } }
    const again = applyOrder(failed, order('retry', 'a'), { atMs: 200, latest: null })
    expect(again.run).toBe(failed)
    expect(again.answer).toEqual({ kind: 'done', what: 'action "a" is tried again' })
  })

  test('asked again on another agent with one idempotency key is not taken again', () => {
    const [first, second] = [1, 2].map((atMs) => ({
      ...order('retry', 'a'),
      requestId: requestIdOfKey(atMs, 'abc'),
    })) as [RunOrder, RunOrder]
    const once = after(run({ a: exited(1), c: started }), first).run
    const failed: HeldRun = { ...once, actions: { ...once.actions, a: exited(1) } }
    expect(applyOrder(failed, second, { atMs: 200, latest: null }).run).toBe(failed)
  })

  test('to try again takes the command of the claim, or by wish what the definition says now', () => {
    const before = run({ a: exited(1), c: started })
    const latest = { ...action('a'), command: 'new' }
    const commandOf = (more: Partial<RunOrder>) =>
      after(before, order('retry', 'a', more), latest).run.plan[0]!.command
    expect([commandOf({}), commandOf({ useLatest: true })]).toEqual(['true', 'new'])
  })
})

describe('what runs', () => {
  const process = 'shop.report.7.a.1'
  const at = () => ({ nowMs: 11_000, clusterMs: 11_000, wallMs: 11_000 })

  function running(): RunBench {
    const bench = new RunBench({ nowMs: 9_000 })
    bench.renew()
    bench.hold(granted({ isLeased: false, plan: [action('a'), action('b', 'a')] }))
    while (bench.nowMs < 11_000) {
      bench.until(bench.nowMs + ttlMs / 4)
      bench.renew()
    }
    bench.happens({ kind: 'spawned', process, pid: 4, startedAtMs: 10_000 })
    bench.take()
    return bench
  }
  const key = 'shop.report#7'
  const ends = (bench: RunBench, code: number) =>
    bench.happens({
      kind: 'child-exited',
      process,
      exit: { kind: 'code', code },
      startedAtMs: 10_000,
      endedAtMs: 11_500,
    })

  test.each([
    ['stop', 'SIGTERM', 'failed', 'action a exited with 0: it was stopped by hand'],
    ['kill', 'SIGKILL', 'failed', 'action a exited with 0: it was killed by hand'],
    ['cancel', 'SIGTERM', 'cancelled', 'action a exited with 0: it was cancelled by hand'],
  ] as const)('is told by %s with %s, and the run is %s', (word, signal, kind, why) => {
    const bench = running()
    expect(bench.keeper.order(key, order(word, 'a'), at())?.kind).toBe('done')
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal }])
    ends(bench, 0)
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind, why } }])
  })

  test('and is set to succeeded lets the next start at once, and the run does not end before it', () => {
    const bench = running()
    bench.keeper.order(key, order('succeed', 'a'), at())
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: 'shop.report.7.b.1' }])
    bench.happens({
      kind: 'child-exited',
      process: 'shop.report.7.b.1',
      exit: { kind: 'code', code: 0 },
      startedAtMs: 1,
      endedAtMs: 2,
    })
    expect(bench.take().changes).toEqual([])
    ends(bench, 9)
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'succeeded' } }])
  })

  test('and is replaced by the next run is cancelled', () => {
    const bench = running()
    bench.keeper.replace(key, at())
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGTERM' }])
    ends(bench, 143)
    expect(bench.take().changes).toMatchObject([
      { outcome: { kind: 'cancelled', why: 'the next run replaced it' } },
    ])
  })

  test('what is cancelled before its instant never starts', () => {
    const bench = new RunBench({ nowMs: 8_500 })
    bench.renew()
    bench.hold(granted({ isLeased: false }))
    bench.keeper.order(key, order('cancel', null), { nowMs: 9_000, clusterMs: 9_000, wallMs: 9_000 })
    expect(bench.take()).toMatchObject({
      effects: [],
      changes: [{ kind: 'finish', outcome: { kind: 'cancelled', why: 'it was cancelled by ann' } }],
    })
  })

  test('an order for a run that is not held is answered with nothing', () => {
    expect(running().keeper.order('shop.report#8', order('stop', null), at())).toBeNull()
  })
})
