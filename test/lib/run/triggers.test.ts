// Actions that wait for what others publish: in their turn, within their time, and the same after a restart.

import { describe, expect, test } from 'vitest'
import { nodeId } from '../../../lib/base/ids.ts'
import { timeLimits } from '../../../lib/base/limits.ts'
import { TriggerEvents, type EventRecord } from '../../../lib/ledger/trigger-events.ts'
import type { ActionPlan } from '../../../lib/run/held-run.ts'
import { entry, granted, RunBench, ttlMs } from './run-bench.ts'

const event = 'shop.load.dump.shortdate.2026-11-21'
const waiting: ActionPlan = {
  name: 'only',
  command: 'true',
  requires: [],
  fault: null,
  triggers: { events: [event], untilMs: 20_000 },
}
const process = 'shop.report.7.only.1'

function until(bench: RunBench, nowMs: number): void {
  while (bench.nowMs < nowMs) {
    bench.until(Math.min(nowMs, bench.nowMs + ttlMs / 4))
    bench.renew()
  }
}

function holding(plan: readonly ActionPlan[]): RunBench {
  const bench = new RunBench({ nowMs: 9_000 })
  bench.renew()
  bench.hold(granted({ isLeased: false, plan }))
  until(bench, 11_000)
  return bench
}

describe('an action with triggers', () => {
  test('waits for all of them, and starts when the last is published', () => {
    const bench = holding([{ ...waiting, triggers: { events: [event, 'other'], untilMs: 20_000 } }])
    bench.published.add(event)
    bench.keeper.onEvents(bench.clock)
    expect(bench.take().effects).toEqual([])
    bench.published.add('other')
    bench.keeper.onEvents(bench.clock)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process }])
  })

  test('is never too late for its slot: it has begun to wait, and is told so', () => {
    const bench = new RunBench({ nowMs: 9_000 })
    bench.renew()
    bench.hold(granted({ isLeased: false, plan: [waiting], entry: entry({ startByMs: 12_000 }) }))
    until(bench, 15_000)
    bench.published.add(event)
    bench.keeper.onEvents(bench.clock)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process, startByMs: null }])
    // What its machine could not begin is begun again, and not given back.
    bench.happens({ kind: 'not-started', process, reason: 'the machine stood still' })
    until(bench, 16_000)
    const { effects, changes } = bench.take()
    expect(effects).toMatchObject([{ kind: 'spawn', process }])
    expect(changes).toEqual([])
  })

  test('fails when its time is over, and says what was missing', () => {
    const bench = holding([waiting])
    until(bench, 19_999)
    expect(bench.take().changes).toEqual([])
    until(bench, 20_000)
    const why = `action only failed to start: ${event} was not published in time`
    expect(bench.take().changes).toMatchObject([{ outcome: { kind: 'failed', why } }])
  })

  test('that was published while its agent was away starts when it is back', () => {
    const next = holding([waiting]).successor(12_000)
    next.published.add(event)
    next.renew()
    for (const change of next.take().changes)
      next.settle(change, {
        kind: 'granted',
        entry: { ...next.journalled()!.entry, session: next.session.session },
      })
    until(next, 13_000)
    expect(next.take().effects).toMatchObject([{ kind: 'spawn', process }])
  })

  test('that came in time, and is heard of a moment after its agent came back, has not failed', () => {
    const next = holding([waiting]).successor(25_000)
    next.renew()
    until(next, 25_000 + timeLimits.catchUpMs - 1_000)
    expect(next.take().changes.filter(({ kind }) => kind === 'finish')).toEqual([])
    expect(next.journalled()).toMatchObject({ phase: 'running', outcome: null })
    until(next, 25_000 + timeLimits.catchUpMs + 1_000)
    expect(next.take().changes).toContainEqual(expect.objectContaining({ kind: 'finish' }))
  })
})

describe('a success', () => {
  const plan: readonly ActionPlan[] = [
    { name: 'only', command: 'true', requires: [], fault: null, publishes: [event] },
  ]
  const ends = (bench: RunBench, code: number) =>
    bench.happens({
      kind: 'child-exited',
      process,
      exit: { kind: 'code', code },
      startedAtMs: 10_000,
      endedAtMs: 10_500,
    })

  test.each([
    [0, [event]],
    [1, []],
  ])('publishes what its action says: after exit code %d', (code, published) => {
    const bench = holding(plan)
    ends(bench, code)
    expect([...bench.published]).toEqual(published)
  })

  test('that the ledger may have lost is published again after a restart', () => {
    const bench = holding(plan)
    ends(bench, 0)
    expect([...bench.successor(12_000).published]).toEqual([event])
  })
})

describe('events', () => {
  const said = (id: string, state: EventRecord['state'], atMs: number): EventRecord => ({
    kind: 'event',
    id,
    state,
    atMs,
    by: 'ann',
    writer: nodeId('a'),
  })

  test.each([
    ['p', true],
    ['q', false],
    ['pre', true],
    ['prefix', true],
    ['prefix.2', false],
  ])('are there for whoever waits for their front: "%s" is %j', (prefix, isThere) => {
    const events = new TriggerEvents()
    events.add(said('prefix', 'published', 1))
    events.add(said('pq', 'discarded', 1))
    expect(events.isPublished(prefix)).toBe(isThere)
  })

  test('stand as they were said last, in whatever order that is heard', () => {
    const events = new TriggerEvents()
    expect(events.add(said('e', 'discarded', 2))).toBe(true)
    expect(events.add(said('e', 'published', 1))).toBe(false)
    expect(events.isPublished('e')).toBe(false)
    expect(events.add(said('e', 'published', 3))).toBe(true)
    expect(events.add(said('e', 'published', 4))).toBe(false)
    expect(events.isPublished('e')).toBe(true)
  })
})
