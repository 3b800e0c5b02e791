// Failed attempts that are tried again, what lasts too long and is ended, and what runs last: on time, and the same
// when the agent dies in between.

import { describe, expect, test } from 'vitest'
import { runLimits, timeLimits } from '../../../lib/base/limits.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import type { ActionPlan } from '../../../lib/run/held-run.ts'
import type { GrantedRun } from '../../../lib/run/plan.ts'
import { retryDelayMs } from '../../../lib/run/retry.ts'
import { granted, RunBench, ttlMs } from './run-bench.ts'

const process = 'shop.report.7.only.1'
const only: ActionPlan = { name: 'only', command: 'true', requires: [], fault: null }
const retry = { retries: 2, delayMs: 1_000, backoff: 'exponential' } as const
const cleanupPlan: ActionPlan = {
  name: 'cleanup',
  command: 'clean',
  requires: [],
  fault: null,
  isCleanup: true,
}
const cleanup = {
  SUCCESS: { ...cleanupPlan, command: 'clean SUCCESS' },
  FAILURE: { ...cleanupPlan, command: 'clean FAILURE' },
  UNKNOWN: { ...cleanupPlan, command: 'clean UNKNOWN' },
}

function spawned(bench: RunBench, name = process): ProcessEvent {
  return { kind: 'spawned', process: name, pid: 42, startedAtMs: bench.nowMs }
}

function exited(bench: RunBench, code: number, name = process): ProcessEvent {
  return {
    kind: 'child-exited',
    process: name,
    exit: { kind: 'code', code },
    startedAtMs: bench.nowMs,
    endedAtMs: bench.nowMs,
  }
}

function until(bench: RunBench, nowMs: number): void {
  while (bench.nowMs < nowMs) {
    bench.until(Math.min(nowMs, bench.nowMs + ttlMs / 4))
    bench.renew()
  }
}

/** A run whose only action has just started. */
function running(plan: Partial<ActionPlan>, more: Partial<GrantedRun> = {}): RunBench {
  const bench = new RunBench({ nowMs: 9_000 })
  bench.renew()
  bench.hold(granted({ isLeased: false, plan: [{ ...only, ...plan }], ...more }))
  until(bench, 10_000)
  expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process }])
  bench.happens(spawned(bench))
  return bench
}

describe('the delay before the next try', () => {
  test.each([
    ['fixed', 30_000, [30_000, 30_000, 30_000, 30_000]],
    ['linear', 10_000, [10_000, 20_000, 30_000, 40_000]],
    ['exponential', 30_000, [30_000, 60_000, 120_000, 240_000]],
  ] as const)('%s of %d ms', (backoff, delayMs, expected) => {
    const delays = expected.map((_, index) => retryDelayMs({ retries: 9, delayMs, backoff }, index + 1))
    expect(delays).toEqual(expected)
  })

  test('grows to an hour and no further, and is never less than what was written', () => {
    const far = { retries: 1000, delayMs: 30_000, backoff: 'exponential' } as const
    expect(retryDelayMs(far, 8)).toBe(3_600_000)
    expect(retryDelayMs(far, 1_000)).toBe(3_600_000)
    expect(retryDelayMs({ ...far, delayMs: 7_200_000 }, 3)).toBe(7_200_000)
  })
})

describe('a failed attempt', () => {
  test('is tried again after its delay, under a process of its own, and no more often than was asked', () => {
    const bench = running({ retry })
    bench.happens(exited(bench, 1))
    expect(bench.take()).toEqual({ effects: [], changes: [] })
    until(bench, 10_999)
    expect(bench.take().effects).toEqual([])
    until(bench, 11_000)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-2` }])
    bench.happens(spawned(bench, `${process}-2`))
    bench.happens(exited(bench, 1, `${process}-2`))
    until(bench, 13_000)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-3` }])
    bench.happens(exited(bench, 7, `${process}-3`))
    const why = 'action only exited with 7'
    expect(bench.take().changes).toEqual([{ kind: 'finish', token: 7, outcome: { kind: 'failed', why } }])
  })

  test('waits on after a restart of the agent, from where it was', () => {
    const bench = running({ retry })
    bench.happens(exited(bench, 1))
    const next = bench.successor(10_500)
    next.renew()
    for (const change of next.take().changes)
      next.settle(change, {
        kind: 'granted',
        entry: { ...next.journalled()!.entry, session: next.session.session },
      })
    until(next, 10_900)
    expect(next.take().effects).toEqual([])
    until(next, 11_000 + runLimits.checkAgainMs)
    expect(next.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-2` }])
  })

  test('that a clock an hour ahead told to wait waits for its delay only, once the time is known', () => {
    const bench = running({ retry })
    bench.keeper.onProcess(exited(bench, 1), { ...bench.clock, clusterMs: null, wallMs: 3_610_000 })
    until(bench, 12_000)
    expect(bench.take().effects).toEqual([])
    bench.keeper.onTick(bench.clock)
    until(bench, 12_999)
    expect(bench.take().effects).toEqual([])
    until(bench, 13_000)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-2` }])
  })

  test('comes when it is due although a clock that is an hour behind was believed for a while', () => {
    const bench = running({ retry })
    bench.happens(exited(bench, 1))
    const next = bench.successor(10_500)
    next.isTimeKnown = false
    next.aheadMs = -3_600_000
    for (let nowMs = 11_000; nowMs <= 20_000; nowMs += 1_000) {
      next.until(nowMs)
      next.keeper.onTick(next.clock)
    }
    expect(next.take().effects).toEqual([])
    next.isTimeKnown = true
    next.renew()
    for (const change of next.take().changes)
      next.settle(change, {
        kind: 'granted',
        entry: { ...next.journalled()!.entry, session: next.session.session },
      })
    next.keeper.onTick(next.clock)
    expect(next.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-2` }])
  })

  test('whose end nobody saw is not tried again', () => {
    const bench = running({ retry })
    bench.happens({ kind: 'child-gone', process })
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'unknown' } }])
  })

  test('that failed to start is tried again like any other', () => {
    const bench = running({ retry })
    bench.happens(exited(bench, 1))
    until(bench, 11_000)
    bench.happens({ kind: 'spawn-failed', process: `${process}-2`, reason: 'EAGAIN' })
    bench.take()
    until(bench, 13_000)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-3` }])
  })

  test('is one that an exit code outside of success_exit_codes ends, and no other', () => {
    const bench = running({ successExitCodes: [0, 3] })
    bench.happens(exited(bench, 3))
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'succeeded' } }])
  })
})

describe('what lasts longer than its timeout', () => {
  test('is told to end, then killed, and has failed whatever it says', () => {
    const bench = running({ timeoutMs: 3_000 })
    until(bench, 12_999)
    expect(bench.take().effects).toEqual([])
    until(bench, 13_000)
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGTERM' }])
    until(bench, 13_000 + runLimits.graceMs)
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGKILL' }])
    bench.happens(exited(bench, 0))
    const why = 'action only exited with 0: it ran longer than its timeout'
    expect(bench.take().changes).toEqual([{ kind: 'finish', token: 7, outcome: { kind: 'failed', why } }])
  })

  test('is told to end by the agent that comes back', () => {
    const bench = running({ timeoutMs: 3_000 })
    const next = bench.successor(20_000)
    next.renew()
    next.take()
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    expect(next.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGTERM' }])
  })

  test('is not told anything by the agent that comes back before it is known whether it still runs', () => {
    const next = running({ timeoutMs: 60_000 }).successor(75_000)
    next.renew()
    until(next, 80_000)
    next.keeper.replace('shop.report#7', next.clock)
    expect(next.take().effects).toMatchObject([{ kind: 'adopt' }])
    const exit = { kind: 'code', code: 0 } as const
    next.happens({ kind: 'child-exited', process, exit, startedAtMs: 10_000, endedAtMs: 40_000 })
    expect(next.take().changes).toContainEqual({ kind: 'finish', token: 7, outcome: { kind: 'succeeded' } })
  })

  test.each([
    ['the timers come first', true],
    ['its tick comes first', false],
  ])('is told by an agent that stood still when it had the time to hear of its end; %s', (_, timersFirst) => {
    const bench = running({ timeoutMs: 60_000 })
    until(bench, 12_000)
    bench.keeper.onTick(bench.clock)
    bench.nowMs = 75_000
    if (timersFirst) bench.until(75_000)
    bench.keeper.onTick(bench.clock)
    bench.until(75_000 + timeLimits.listenMs - 1)
    expect(bench.take().effects).toEqual([])
    bench.until(75_000 + timeLimits.listenMs + runLimits.checkAgainMs)
    expect(bench.take().effects).toMatchObject([{ kind: 'signal', process, signal: 'SIGTERM' }])
  })

  test('is told although an action that waits for it was to start long ago', () => {
    const triggers = { events: ['published'], untilMs: 12_000 }
    const plan = [
      { ...only, timeoutMs: 5_000 },
      { ...only, name: 'second', requires: ['only'], triggers },
    ]
    const bench = running({}, { plan })
    bench.published.add('published')
    until(bench, 14_999)
    expect(bench.take().effects).toEqual([])
    until(bench, 15_000)
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGTERM' }])
  })

  test('is killed by hand although nobody knows yet what became of another action', () => {
    const plan = [only, { ...only, name: 'second' }]
    const bench = new RunBench({ nowMs: 9_000 })
    bench.renew()
    bench.hold(granted({ isLeased: false, plan }))
    until(bench, 10_000)
    for (const name of ['only', 'second']) bench.happens(spawned(bench, `shop.report.7.${name}.1`))
    const next = bench.successor(12_000)
    next.renew()
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    next.take()
    const kill = { requestId: 'k', word: 'kill', action: null, user: 'ann', useLatest: false } as const
    next.keeper.order('shop.report#7', kill, next.clock)
    expect(next.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGKILL' }])
  })

  test('is not judged by the clock of a host that is an hour ahead, before anybody has told the time', () => {
    const next = running({ timeoutMs: 60_000 }).successor(20_000)
    next.isTimeKnown = false
    next.aheadMs = 3_600_000
    until(next, 22_000)
    next.isTimeKnown = true
    next.renew()
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    until(next, 69_999)
    expect(next.take().effects).toMatchObject([{ kind: 'adopt' }])
    until(next, 70_000)
    expect(next.take().effects).toMatchObject([{ kind: 'signal', signal: 'SIGTERM' }])
  })

  test('and was told is not killed earlier for a clock that is an hour ahead', () => {
    const bench = running({ timeoutMs: 3_000 })
    until(bench, 13_000)
    const next = bench.successor(13_500)
    next.isTimeKnown = false
    next.aheadMs = 3_600_000
    until(next, 15_000)
    expect(next.take().effects).toMatchObject([{ kind: 'adopt' }])
    next.isTimeKnown = true
    next.renew()
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    until(next, 15_000 + runLimits.graceMs)
    expect(next.take().effects).toMatchObject([
      { kind: 'signal', signal: 'SIGTERM' },
      { kind: 'signal', signal: 'SIGKILL' },
    ])
  })

  test('is judged by the clock of its host where nobody tells the time', () => {
    const next = running({ timeoutMs: 60_000 }).successor(68_000)
    next.isTimeKnown = false
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    until(next, 72_900)
    expect(next.take().effects).toMatchObject([{ kind: 'adopt' }])
    until(next, 73_500)
    expect(next.take().effects).toMatchObject([{ kind: 'signal', signal: 'SIGTERM' }])
  })

  test('and was told before its agent died is told again, and killed when its grace is over', () => {
    const bench = running({ timeoutMs: 3_000 })
    until(bench, 13_000)
    const next = bench.successor(14_000)
    next.renew()
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    until(next, 14_000 + runLimits.graceMs)
    expect(next.take().effects).toMatchObject([
      { kind: 'adopt' },
      { kind: 'signal', signal: 'SIGTERM' },
      { kind: 'signal', signal: 'SIGKILL' },
    ])
  })

  test('is tried again where its action says so', () => {
    const bench = running({ timeoutMs: 3_000, retry: { ...retry, delayMs: 0 } })
    until(bench, 13_000)
    bench.take()
    bench.happens(exited(bench, 143))
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: `${process}-2` }])
  })
})

describe('a run beyond its max_runtime', () => {
  test('is ended as a whole: what runs is told to end, what waits is cancelled, nothing is tried again', () => {
    const plan = [
      { ...only, retry },
      { ...only, name: 'second', requires: ['only'] },
    ]
    const bench = running({}, { plan, maxRuntimeMs: 5_000 })
    until(bench, 15_000)
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGTERM' }])
    bench.happens(exited(bench, 143))
    expect(bench.take()).toMatchObject({
      effects: [],
      changes: [{ outcome: { kind: 'failed', why: 'it was ended: it lasted longer than max_runtime' } }],
    })
    expect(bench.journalled()!.actions['second']).toMatchObject({ kind: 'set', to: 'cancelled' })
  })

  test('that had ended in time while its agent was away has succeeded', () => {
    const next = running({}, { maxRuntimeMs: 5_000 }).successor(30_000)
    next.renew()
    const exit = { kind: 'code', code: 0 } as const
    next.happens({ kind: 'child-exited', process, exit, startedAtMs: 10_000, endedAtMs: 12_000 })
    expect(next.take().changes).toContainEqual({ kind: 'finish', token: 7, outcome: { kind: 'succeeded' } })
  })

  test('starts nothing more when its agent stood still meanwhile, and hears at last how its first action ended', () => {
    const plan = [only, { ...only, name: 'second', requires: ['only'] }]
    const bench = running({}, { plan, maxRuntimeMs: 20_000 })
    bench.keeper.onTick(bench.clock)
    bench.nowMs = 50_000
    bench.keeper.onTick(bench.clock)
    bench.happens({ ...exited(bench, 0) })
    bench.until(60_000)
    const { effects, changes } = bench.take()
    expect(effects).toEqual([])
    expect(changes).toMatchObject([{ outcome: { kind: 'failed' } }])
  })
})

describe('the cleanup', () => {
  const name = 'shop.report.7.cleanup.1'

  test.each([
    [0, 'clean SUCCESS', 'succeeded'],
    [1, 'clean FAILURE', 'failed'],
  ] as const)(
    'runs once and last, and is told how the rest ended: after exit code %d',
    (code, command, outcome) => {
      const bench = running({}, { cleanup })
      bench.happens(exited(bench, code))
      expect(bench.take()).toMatchObject({
        effects: [{ kind: 'spawn', process: name, command }],
        changes: [],
      })
      bench.happens(spawned(bench, name))
      bench.happens(exited(bench, 0, name))
      expect(bench.take()).toMatchObject({ effects: [], changes: [{ outcome: { kind: outcome } }] })
    },
  )

  test('is told UNKNOWN where nobody saw how the rest ended', () => {
    const bench = running({}, { cleanup })
    bench.happens({ kind: 'child-gone', process })
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', command: 'clean UNKNOWN' }])
  })

  test('also runs where max_runtime ended the rest, and is not ended with it', () => {
    const bench = running({}, { cleanup, maxRuntimeMs: 5_000 })
    until(bench, 15_000)
    bench.happens(exited(bench, 143))
    bench.take()
    bench.happens(spawned(bench, name))
    until(bench, 40_000)
    expect(bench.take().effects).toEqual([])
  })

  test('that fails makes the run fail', () => {
    const bench = running({}, { cleanup })
    bench.happens(exited(bench, 0))
    bench.happens(exited(bench, 2, name))
    expect(bench.take().changes).toMatchObject([
      { outcome: { kind: 'failed', why: 'action cleanup exited with 2' } },
    ])
  })

  test('that fails says nothing of what nobody saw the end of', () => {
    const bench = running({}, { cleanup })
    bench.happens({ kind: 'child-gone', process })
    bench.happens(exited(bench, 2, name))
    expect(bench.take().changes).toMatchObject([
      { outcome: { kind: 'unknown', why: 'action only: nobody saw how it ended' } },
    ])
  })
})
