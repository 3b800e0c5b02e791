// Runs whose processes must not outlive their node's session: what they are started under, what extends it, and
// what a process that was too late takes back.

import { describe, expect, test } from 'vitest'
import { leaseLimits } from '../../../lib/base/limits.ts'
import { runKey } from '../../../lib/run/held-run.ts'
import { deadlineOf } from '../../../lib/run/lease.ts'
import { entry, granted, job, RunBench, session, ttlMs, twoSteps, validMs } from './run-bench.ts'

const process = 'shop.report.7.only.1'
const exited = (code: number, more: { readonly isEndedByGuard?: boolean } = {}) =>
  ({
    kind: 'child-exited',
    process,
    exit: { kind: 'code', code },
    startedAtMs: 10_000,
    endedAtMs: 10_500,
    ...more,
  }) as const
const spawned = { kind: 'spawned', process, pid: 42, startedAtMs: 10_000 } as const
const notStarted = { kind: 'not-started', process, reason: 'it was too late' } as const

/** A leased run that was just marked and spawned, in a session renewed at its slot. */
function started(): RunBench {
  const bench = new RunBench()
  bench.renew()
  bench.hold()
  return bench
}

describe('the end of a lease', () => {
  test('comes before the session ends, and with time to end in order', () => {
    const { termAtMs, killAtMs } = deadlineOf(100_000, { ttlMs: 20_000 })
    expect(killAtMs).toBe(100_000 - leaseLimits.killSpareMs)
    expect(termAtMs).toBe(killAtMs - 3_000)
  })

  test.each([0, 0.005, 0.02, 0.05])(
    'comes before any certificate can, whatever clocks do within %d',
    (rho) => {
      const lastsMs = ttlMs * (1 - 2 * rho - 0.01)
      const killedAfterTrueMs = (lastsMs - leaseLimits.killSpareMs) / (1 - rho)
      const certifiedAfterTrueMs = ttlMs / (1 + rho)
      expect(certifiedAfterTrueMs - killedAfterTrueMs).toBeGreaterThan(leaseLimits.killSpareMs)
    },
  )

  test('leaves a run time to start between any two renewals of the shortest session', () => {
    const { termAtMs } = deadlineOf(validMs, { ttlMs })
    expect(termAtMs).toBeGreaterThan(ttlMs / 4 + 500)
  })
})

describe('a leased run', () => {
  test('is spawned under the deadline of its session and of its slot', () => {
    const { effects } = started().take()
    const deadline = deadlineOf(10_000 + validMs, { ttlMs })
    expect(effects).toMatchObject([{ kind: 'spawn', process, startByMs: 70_000, lease: { deadline } }])
  })

  test('has no lease when its job asks for none', () => {
    const bench = new RunBench()
    bench.renew()
    bench.hold(granted({ isLeased: false }))
    bench.renew()
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', lease: null }])
  })

  test('lasts longer with each renewal', () => {
    const bench = started()
    bench.take()
    bench.until(10_500)
    bench.renew()
    const deadline = deadlineOf(10_500 + validMs, { ttlMs })
    expect(bench.take().effects).toEqual([{ kind: 'extend-lease', processes: [process], deadline }])
  })

  test('is not extended any more once it has ended', () => {
    const bench = started()
    bench.happens(spawned)
    bench.happens(exited(0))
    bench.take()
    bench.until(10_500)
    bench.renew()
    expect(bench.take().effects).toEqual([])
  })

  test('after a gap lasts longer only when the register has it in the new session', () => {
    const bench = started()
    bench.take()
    bench.until(10_000 + validMs)
    bench.renew()
    const adopt = { kind: 'adopt', token: 7, session: session(1, 2) } as const
    expect(bench.take()).toEqual({ effects: [], changes: [adopt] })
    bench.until(12_400)
    bench.renew()
    expect(bench.take().effects).toEqual([])
    bench.settle(adopt, { kind: 'granted', entry: entry({ session: session(1, 2) }) })
    const deadline = deadlineOf(12_400 + validMs, { ttlMs })
    expect(bench.take().effects).toEqual([{ kind: 'extend-lease', processes: [process], deadline }])
  })

  test('after a restart of its agent keeps its deadline until it is adopted', () => {
    const bench = started()
    bench.happens(spawned)
    const next = bench.successor(10_300)
    next.renew()
    const adopt = { kind: 'adopt', token: 7, session: session(2) } as const
    expect(next.take()).toEqual({ effects: [{ kind: 'adopt', process, isLeased: true }], changes: [adopt] })
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_000 })
    next.renew()
    expect(next.take().effects).toEqual([])
    next.settle(adopt, { kind: 'granted', entry: entry({ session: session(2) }) })
    expect(next.take().effects).toMatchObject([{ kind: 'extend-lease', processes: [process] }])
  })

  test('is killed when its claim turns out to be lost', () => {
    const bench = started()
    bench.happens(spawned)
    bench.take()
    const adopt = { kind: 'adopt', token: 7, session: session(1, 2) } as const
    bench.settle(adopt, { kind: 'refused', because: 'no-such-entry' })
    expect(bench.take().effects).toEqual([{ kind: 'signal', process, signal: 'SIGKILL' }])
  })

  test('starts none of its later actions when its claim is lost', () => {
    const bench = new RunBench()
    bench.renew()
    bench.hold(granted({ plan: twoSteps }))
    const adopt = { kind: 'adopt', token: 7, session: session(1, 2) } as const
    bench.settle(adopt, { kind: 'refused', because: 'no-such-entry' })
    bench.take()
    bench.happens({ ...exited(0), process: 'shop.report.7.first.1' })
    const { effects, changes } = bench.take()
    expect(effects).toEqual([])
    expect(changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'failed' } }])
  })

  test('starts a later action only while its session has time, and then without a deadline of its slot', () => {
    const bench = new RunBench()
    bench.renew()
    bench.hold(granted({ plan: twoSteps }))
    bench.take()
    bench.until(10_000 + validMs - 10)
    bench.happens({ ...exited(0), process: 'shop.report.7.first.1' })
    expect(bench.take().effects).toEqual([])
    bench.renew()
    bench.until(12_400)
    expect(bench.take().effects).toMatchObject([
      { kind: 'spawn', process: 'shop.report.7.second.1', startByMs: null },
    ])
  })

  test('whose agent died between two actions goes on with the second', () => {
    const bench = new RunBench()
    bench.renew()
    bench.hold(granted({ plan: twoSteps }))
    bench.until(10_000 + validMs - 10)
    bench.happens({ ...exited(0), process: 'shop.report.7.first.1' })
    const next = bench.successor(12_000)
    next.renew()
    const change = next.take().changes[0]!
    next.settle(change, { kind: 'granted', entry: entry({ session: session(2) }) })
    next.until(12_300)
    expect(next.take().effects).toMatchObject([{ kind: 'spawn', process: 'shop.report.7.second.1' }])
  })

  test.each([0, 1])('that its guard ended failed, even if it says %d', (code) => {
    const bench = started()
    bench.happens(spawned)
    bench.happens(exited(code, { isEndedByGuard: true }))
    const why = `action only exited with ${code}: its node was about to lose its session`
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'failed', why } }])
  })
})

describe('a process that was too late to start', () => {
  test('is started again while there is time, under the session as it is by then', () => {
    const bench = started()
    bench.take()
    bench.until(10_500)
    bench.happens(notStarted)
    expect(bench.journalled()).toMatchObject({ phase: 'waiting', actions: { only: { kind: 'waiting' } } })
    expect(bench.take()).toEqual({ effects: [], changes: [] })
    bench.renew()
    bench.until(11_000)
    const deadline = deadlineOf(10_500 + validMs, { ttlMs })
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process, lease: { deadline } }])
  })

  test('gives its run back when the slot may not start any more', () => {
    const bench = new RunBench()
    bench.renew()
    bench.hold(granted({ entry: entry({ startByMs: 10_400 }) }))
    bench.until(10_500)
    bench.happens(notStarted)
    bench.take()
    bench.until(11_000)
    expect(bench.take()).toMatchObject({ effects: [], changes: [{ kind: 'release' }] })
    expect(bench.journalled()).toMatchObject({ phase: 'releasing', actions: { only: { kind: 'waiting' } } })
  })

  test('never gives back a run of which something else has started', () => {
    const bench = new RunBench()
    bench.renew()
    bench.hold(granted({ plan: twoSteps, entry: entry({ startByMs: 10_400 }) }))
    bench.happens({ ...exited(0), process: 'shop.report.7.first.1' })
    bench.happens({ ...notStarted, process: 'shop.report.7.second.1' })
    bench.take()
    bench.until(10_800)
    expect(bench.take()).toMatchObject({
      effects: [{ kind: 'spawn', process: 'shop.report.7.second.1' }],
      changes: [],
    })
  })

  test('failed to start when it had been reported as started, and is never given back', () => {
    const bench = started()
    bench.happens(spawned)
    bench.take()
    bench.happens(notStarted)
    const why = 'action only failed to start: it was too late'
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'failed', why } }])
  })

  test('and was told to end meanwhile is over, and not given back as if nobody had heard of it', () => {
    const bench = started()
    bench.keeper.replace(runKey({ job, token: 7, isLocal: false }), bench.clock)
    bench.happens(notStarted)
    const finish = { kind: 'finish', token: 7, outcome: { kind: 'cancelled' } }
    expect(bench.take().changes).toMatchObject([finish])
  })

  test('is not started twice when its word comes twice', () => {
    const bench = started()
    bench.take()
    bench.happens(notStarted)
    bench.happens(notStarted)
    bench.until(11_000)
    expect(bench.take().effects).toHaveLength(1)
  })
})
