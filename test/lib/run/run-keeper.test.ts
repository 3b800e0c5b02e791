// What an agent does between a granted claim and its finish, in which order, and what it goes on with after it died
// at any line of its journal (S6).

import { describe, expect, test } from 'vitest'
import type { StoreEffect } from '../../../lib/base/effect.ts'
import { nodeId, opId } from '../../../lib/base/ids.ts'
import { Journal } from '../../../lib/base/journal.ts'
import { runLimits } from '../../../lib/base/limits.ts'
import type { ProcessEvent } from '../../../lib/run/event.ts'
import { entry, granted, RunBench, session, ttlMs, twoSteps, validMs } from './run-bench.ts'

const process = 'shop.report.7.only.1'
const plain = granted({ isLeased: false })
const spawned: ProcessEvent = { kind: 'spawned', process, pid: 42, startedAtMs: 10_010 }
const exited: ProcessEvent = {
  kind: 'child-exited',
  process,
  exit: { kind: 'code', code: 0 },
  startedAtMs: 10_010,
  endedAtMs: 10_500,
}
const release = { kind: 'release', opId: opId('a:1:1'), node: nodeId('a') } as const
const finish = { kind: 'finish', token: 7, outcome: { kind: 'succeeded' } } as const

/** An agent with a session that holds a run claimed ahead, two seconds before its slot. */
function holding(): RunBench {
  const bench = new RunBench({ nowMs: 8_000 })
  bench.renew()
  bench.hold(plain)
  return bench
}

/** Lets time come with a session that is renewed in time. */
function until(bench: RunBench, nowMs: number): void {
  while (bench.nowMs < nowMs) {
    bench.until(Math.min(nowMs, bench.nowMs + ttlMs / 4))
    bench.renew()
  }
}

function written(effects: readonly StoreEffect[]): string {
  return effects.map((effect) => (effect.kind === 'persist' ? effect.lines : '')).join('')
}

describe('S6: before the start', () => {
  test('S6: a granted claim is in the journal before anything else, and waits for its instant', () => {
    const bench = holding()
    expect(bench.journalled()).toMatchObject({ phase: 'waiting', actions: { only: { kind: 'waiting' } } })
    until(bench, 9_999)
    expect(bench.take()).toEqual({ effects: [], changes: [] })
    until(bench, 10_000)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process }])
  })

  test('I19: the mark is in the journal when the process is asked for', () => {
    const marks: unknown[] = []
    const bench = holding()
    bench.onEffect = () => marks.push(bench.journalled()!.actions['only'])
    until(bench, 10_000)
    expect(marks).toMatchObject([{ kind: 'started', pid: null }])
  })

  test('S6: nothing starts without a session that lasts for a second more; it starts when there is one', () => {
    const bench = holding()
    bench.until(8_000 + validMs - runLimits.sessionSpareMs)
    bench.until(10_200)
    expect(bench.take().effects).toEqual([])
    bench.renew()
    bench.until(10_200 + runLimits.checkAgainMs)
    const { changes } = bench.take()
    expect(changes).toContainEqual({ kind: 'adopt', token: 7, session: session(1, 2) })
    bench.settle(changes[0]!, { kind: 'granted', entry: entry({ session: session(1, 2) }) })
    bench.until(10_200 + 2 * runLimits.checkAgainMs)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process }])
  })

  test('S6: nothing starts under a session that the entry is not known to have', () => {
    const bench = new RunBench({ bootNo: 2, nowMs: 10_000 })
    bench.renew()
    bench.hold(plain)
    until(bench, 12_000)
    expect(bench.take().effects).toEqual([])
  })

  test('S6: an entry that was lost or taken meanwhile is let go of: nothing had started', () => {
    const bench = new RunBench({ bootNo: 2, nowMs: 10_000 })
    bench.renew()
    bench.hold(plain)
    bench.settle(bench.take().changes[0]!, { kind: 'refused', because: 'no-such-entry' })
    expect(bench.journalled()).toBeUndefined()
    until(bench, 12_000)
    expect(bench.take().effects).toEqual([])
  })

  test('S6: past its start deadline it is given back, intended in the journal first, and never started', () => {
    const bench = holding()
    bench.until(75_000)
    expect(bench.take()).toMatchObject({ effects: [], changes: [release] })
    expect(bench.journalled()).toMatchObject({ phase: 'releasing' })
    until(bench, 80_000)
    expect(bench.take().effects).toEqual([])
    bench.settle(release, { kind: 'done' })
    expect(bench.journalled()).toBeUndefined()
  })

  test('P7: what was claimed ahead under another revision is given back for anyone, and what runs is not', () => {
    const bench = holding()
    bench.keeper.onDefinitionChanged(plain.job, '1:a:x')
    expect(bench.take().changes).toEqual([])
    bench.keeper.onDefinitionChanged(plain.job, '2:a:y')
    expect(bench.take().changes).toEqual([{ ...release, node: null }])
    const running = holding()
    until(running, 10_000)
    running.take()
    running.keeper.onDefinitionChanged(plain.job, '2:a:y')
    expect(running.take().changes).toEqual([])
  })

  test('S6: an agent that stops gives back what has not started, and waits for that only so long', () => {
    const bench = holding()
    bench.keeper.releaseWaiting()
    expect(bench.take().changes).toEqual([release])
    const stopping = { drain: false, sinceMs: bench.nowMs }
    expect(bench.keeper.mayStop(stopping, bench.nowMs + runLimits.stopPatienceMs)).toBe(false)
    expect(bench.keeper.mayStop(stopping, bench.nowMs + runLimits.stopPatienceMs + 1)).toBe(true)
    bench.settle(release, { kind: 'done' })
    expect(bench.keeper.mayStop(stopping, bench.nowMs)).toBe(true)
  })
})

describe('S6: from the start on', () => {
  const running = (): RunBench => {
    const bench = holding()
    until(bench, 10_000)
    bench.take()
    bench.happens(spawned)
    return bench
  }

  test('S6: the exit is in the journal, then the run is finished, and forgotten when that is answered', () => {
    const bench = running()
    bench.happens(exited)
    expect(bench.take().changes).toEqual([finish])
    expect(bench.journalled()).toMatchObject({ phase: 'ended', outcome: { kind: 'succeeded' } })
    bench.settle(finish, { kind: 'done' })
    expect(bench.journalled()).toBeUndefined()
    expect([...bench.keeper.runs()].length).toBe(0)
  })

  test('S6: a spawn that failed is finished as failed, and never released', () => {
    const bench = holding()
    until(bench, 10_000)
    bench.take()
    bench.happens({ kind: 'spawn-failed', process, reason: 'no such user' })
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'failed' } }])
  })

  test('S6: a process that is gone without a word is finished as unknown', () => {
    const bench = running()
    bench.happens({ kind: 'child-gone', process })
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'unknown' } }])
  })

  test('S6: an entry that was declared lost goes on and reports late', () => {
    const bench = running()
    bench.settle(
      { kind: 'adopt', token: 7, session: session(1, 2) },
      { kind: 'refused', because: 'no-such-entry' },
    )
    expect(bench.take().effects).toEqual([])
    bench.happens(exited)
    expect(bench.take().changes).toEqual([finish])
  })

  test('S6: what a process says twice, or after its end, changes nothing', () => {
    const bench = running()
    bench.happens(exited)
    bench.take()
    bench.happens({ ...exited, exit: { kind: 'code', code: 1 } })
    bench.happens({ kind: 'child-gone', process })
    expect(bench.take()).toEqual({ effects: [], changes: [] })
    expect(bench.journalled()).toMatchObject({ outcome: { kind: 'succeeded' } })
  })

  test('S6: a new session takes over what waits and runs, and nothing that ended', () => {
    const bench = running()
    bench.until(10_000 + ttlMs)
    bench.renew()
    bench.until(bench.nowMs + 10)
    bench.renew()
    expect(bench.take().changes).toContainEqual({ kind: 'adopt', token: 7, session: session(1, 2) })
    const ended = running()
    ended.happens(exited)
    ended.take()
    ended.until(10_000 + ttlMs)
    ended.renew()
    ended.renew()
    expect(ended.take().changes).toEqual([])
  })

  test('S6: later actions start when those before them succeeded, each marked before it is asked for', () => {
    const bench = new RunBench({ nowMs: 10_000 })
    bench.renew()
    bench.hold(granted({ isLeased: false, plan: twoSteps }))
    expect(bench.take().effects).toMatchObject([{ process: 'shop.report.7.first.1' }])
    bench.happens({ ...exited, process: 'shop.report.7.first.1' })
    expect(bench.take()).toMatchObject({ effects: [{ process: 'shop.report.7.second.1' }], changes: [] })
    expect(bench.journalled()!.actions).toMatchObject({ second: { kind: 'started', pid: null } })
    bench.happens({ ...exited, process: 'shop.report.7.second.1' })
    expect(bench.take().changes).toEqual([finish])
  })

  test('S6: a run that was given back and is held again under another token hears of its own processes', () => {
    const bench = holding()
    bench.keeper.releaseWaiting()
    bench.hold({ ...plain, entry: entry({ token: 8, opId: opId('a:1:2') }) })
    bench.settle(release, { kind: 'done' })
    until(bench, 10_000)
    bench.take()
    bench.happens(exited)
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', token: 8 }])
  })
})

describe('S6: after a crash at any line of the journal', () => {
  /** A whole run, with all that its journal wrote, line by line. */
  const lines = (() => {
    const bench = holding()
    let log = written(bench.journal.takeEffects())
    const step = (what: () => void) => {
      what()
      log += written(bench.journal.takeEffects())
    }
    step(() => until(bench, 10_000))
    step(() => bench.happens(spawned))
    step(() => bench.happens(exited))
    step(() => bench.settle(finish, { kind: 'done' }))
    return log.split(/(?<=\n)/)
  })()

  const after = (count: number) => {
    const journal = new Journal('journal')
    expect(journal.restore(lines.slice(0, count).join(''))).toBe(true)
    const bench = new RunBench({ nowMs: 11_000, journal }).successor(11_000)
    bench.until(11_000)
    return bench.take()
  }

  test('S6: its journal has a line for each step, and at its end what is kept of the output', () => {
    expect(lines).toHaveLength(6)
  })

  test.each<[string, number, object]>([
    ['before the grant nothing is known', 0, { effects: [], changes: [] }],
    ['granted and not marked, it is given back', 1, { effects: [], changes: [release] }],
    [
      'marked, it is looked for, and never released',
      2,
      { effects: [{ kind: 'adopt', process }], changes: [] },
    ],
    ['started, it is adopted', 3, { effects: [{ kind: 'adopt', process }], changes: [] }],
    ['ended, it is finished', 4, { effects: [], changes: [finish] }],
    ['finished, it is forgotten', 5, { effects: [], changes: [] }],
    ['finished, its output is kept', 6, { effects: [], changes: [] }],
  ])('S6: %s', (_, count, wanted) => {
    expect(after(count)).toMatchObject(wanted)
  })

  test('S6: given back before the crash, it is given back again, and not started', () => {
    const bench = holding()
    bench.keeper.releaseWaiting()
    const next = bench.successor(11_000)
    next.renew()
    until(next, 14_000)
    expect(next.take()).toMatchObject({ effects: [], changes: [release] })
  })

  const recovered = (): RunBench => {
    const bench = new RunBench({ nowMs: 10_000 })
    bench.renew()
    bench.hold(granted({ isLeased: false, plan: twoSteps }))
    return bench.successor(11_000)
  }

  test('W4: nothing more of a run starts before the register is known to have it still', () => {
    const bench = recovered()
    bench.take()
    bench.happens({ ...exited, process: 'shop.report.7.first.1' })
    until(bench, 14_000)
    expect(bench.take().effects).toEqual([])
    const adopt = { kind: 'adopt', token: 7, session: bench.session.session } as const
    bench.settle(adopt, { kind: 'granted', entry: entry({ session: bench.session.session }) })
    until(bench, 15_000)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: 'shop.report.7.second.1' }])
  })

  test('W4: of a run that the register does not have any more nothing more starts at all', () => {
    const bench = recovered()
    bench.renew()
    bench.take()
    bench.settle(
      { kind: 'adopt', token: 7, session: session(2) },
      { kind: 'refused', because: 'no-such-entry' },
    )
    bench.happens({ ...exited, process: 'shop.report.7.first.1' })
    const { effects, changes } = bench.take()
    expect(effects).toEqual([])
    expect(changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'failed' } }])
  })

  test('S6: what is adopted joins the session of the new start', () => {
    const bench = holding()
    until(bench, 10_000)
    bench.happens(spawned)
    const next = bench.successor(11_000)
    next.renew()
    const adopt = { kind: 'adopt', token: 7, session: session(2) }
    expect(next.take()).toMatchObject({ effects: [{ kind: 'adopt' }], changes: [adopt] })
    next.happens({ kind: 'child-adopted', process, pid: 42, startedAtMs: 10_010 })
    next.happens(exited)
    expect(next.take().changes).toEqual([finish])
  })
})
