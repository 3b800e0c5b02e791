// Actions of a run that are claimed on nodes of their own, as the run's holder drives them and as
// the node that has one carries it out.

import { beforeEach, describe, expect, test } from 'vitest'
import { nodeId, opId } from '../../../lib/base/ids.ts'
import type { Answer, Change } from '../../../lib/claim/change.ts'
import type { EndedAttempt } from '../../../lib/claim/ended-attempt.ts'
import { childUnit, type ChildOf } from '../../../lib/claim/register.ts'
import type { ActionPlan } from '../../../lib/run/held-run.ts'
import { entry, granted, job, RunBench, session } from './run-bench.ts'

type Asked = Change & { readonly kind: 'child' | 'recall' }

const SECOND = 1_000
const [a, b] = [nodeId('a'), nodeId('b')]
const action = (name: string, more: Partial<ActionPlan> = {}): ActionPlan => ({
  name,
  command: 'true',
  requires: [],
  fault: null,
  ...more,
})
const failed: EndedAttempt = {
  kind: 'exited',
  startedAtMs: 11_000,
  endedAtMs: 12_000,
  exit: { kind: 'code', code: 1 },
  node: b,
}
const succeeded: EndedAttempt = { ...failed, exit: { kind: 'code', code: 0 } }

let bench: RunBench

beforeEach(() => {
  bench = new RunBench()
  bench.renew()
})

function hold(...plan: readonly ActionPlan[]): void {
  bench.hold(granted({ plan, isLeased: false }))
}

/** What was asked of the register since the last call. */
function asked(): Asked[] {
  return bench.take().changes.filter((change) => change.kind === 'child' || change.kind === 'recall')
}

const live = (change: Asked, token = 9): Answer => ({
  kind: 'child',
  state: {
    kind: 'live',
    entry: entry({ token, node: b, unit: childUnit(change.child), child: change.child }),
  },
})
const ended = ({ child }: Asked, attempt: EndedAttempt): Answer => ({
  kind: 'child',
  state: { kind: 'ended', end: { tried: child.tried, attempt } },
})

const states = () =>
  Object.fromEntries(
    Object.entries(bench.journalled()?.actions ?? {}).map(([name, state]) => [name, state.kind]),
  )

describe('an action with a place of its own', () => {
  test('is asked for when it is ready, after the journal says so, and nothing is started here', () => {
    hold(action('dump'), action('upload', { requires: ['dump'], place: 'dbs' }))
    expect(asked()).toEqual([])
    bench.happens({
      kind: 'child-exited',
      process: `${job}.7.dump.1`,
      exit: { kind: 'code', code: 0 },
      startedAtMs: 1,
      endedAtMs: 2,
    })
    const { effects, changes } = bench.take()
    expect(effects).toEqual([])
    expect(changes).toEqual([
      {
        kind: 'child',
        child: {
          token: 7,
          unit: 's10000',
          node: a,
          action: 'upload',
          tried: 1,
          on: null,
          revision: '1:a:x',
        },
        avoid: null,
      },
    ])
    expect(bench.journalled()?.actions['upload']).toMatchObject({ kind: 'started', elsewhere: 'asked' })
  })

  test('ends as the register says, and its node stands in the record', () => {
    hold(action('upload', { place: 'dbs' }))
    const [change] = asked()
    bench.settle(change!, live(change!))
    bench.settle(change!, ended(change!, succeeded))
    expect(bench.records.at(-1)).toMatchObject({
      outcome: { kind: 'succeeded' },
      actions: { upload: { node: b } },
    })
  })

  test('is asked for again from time to time, on a hint, and by the next start of the agent', () => {
    hold(action('upload', { place: 'dbs' }))
    expect(asked()).toHaveLength(1)
    bench.nowMs += SECOND
    bench.keeper.onTick(bench.clock)
    expect(asked()).toEqual([])
    bench.keeper.onChildChanged(job, 7, bench.clock)
    expect(asked()).toHaveLength(1)
    bench.nowMs += 6 * SECOND
    bench.keeper.onTick(bench.clock)
    expect(asked()).toHaveLength(1)
    const next = bench.successor(30_000)
    next.keeper.onTick(next.clock)
    expect(next.take()).toMatchObject({ effects: [], changes: [{ kind: 'child', child: { tried: 1 } }] })
  })

  test('that ended in time while its run was away does not make that last too long', () => {
    bench.hold(granted({ plan: [action('upload', { place: 'dbs' })], isLeased: false, maxRuntimeMs: SECOND }))
    const [change] = asked()
    bench.settle(change!, live(change!))
    bench = bench.successor(30_000)
    bench.renew()
    bench.until(33_000)
    bench.settle(change!, ended(change!, succeeded))
    expect(bench.records.at(-1)).toMatchObject({ outcome: { kind: 'succeeded' } })
  })

  test('of one place with others stays on one node: who comes first finds it', () => {
    hold(
      action('dump', { place: 'dbs' }),
      action('upload', { place: 'dbs' }),
      action('mail', { place: 'relay' }),
    )
    const first = asked()
    expect(first.map(({ child }) => child.action)).toEqual(['dump', 'mail'])
    bench.settle(first[0]!, live(first[0]!))
    expect(asked()).toMatchObject([{ child: { action: 'upload', on: b } }])
  })

  test('is tried again by another claim, and when its node was lost only where its guard ended it', () => {
    const retry = { retries: 1, delayMs: 0, backoff: 'fixed' } as const
    hold(action('upload', { place: 'dbs', retry }))
    const [first] = asked()
    bench.settle(first!, ended(first!, failed))
    const [second] = asked()
    expect(second).toMatchObject({ child: { tried: 2 } })
    bench.settle(second!, ended(second!, { kind: 'unknown', atMs: 12_000, isLost: true, node: b }))
    expect(bench.journalled()?.outcome).toMatchObject({ kind: 'unknown' })
  })

  test('of a leased run that was lost with its node starts again, as often as the job says', () => {
    bench.hold(granted({ plan: [action('upload', { place: 'dbs', lostRetries: 1 })] }))
    for (const tried of [1, 2]) {
      const change = asked().at(-1)!
      expect(change.child.tried).toBe(tried)
      bench.settle(change, ended(change, { kind: 'unknown', atMs: 12_000, isLost: true, node: b }))
    }
    expect(bench.journalled()?.outcome).toMatchObject({ kind: 'unknown' })
  })

  test('is recalled when it is to end and nobody has it, and its node is told when one has', () => {
    hold(action('upload', { place: 'dbs' }))
    const [change] = asked()
    const order = { word: 'stop', action: 'upload', user: 'anna', useLatest: false } as const
    bench.keeper.order(`${job}#7`, { ...order, requestId: '1' }, bench.clock)
    expect(asked()).toMatchObject([{ kind: 'recall', child: { action: 'upload' } }])
    expect(bench.sent).toEqual([])
    bench.settle(change!, live(change!))
    expect(bench.sent).toMatchObject([
      { to: b, message: { kind: 'order-asked', token: 9, order: { word: 'cancel' } } },
    ])
    bench.settle(
      change!,
      ended(change!, { ...failed, exit: { kind: 'signal', signal: 'SIGTERM' }, endedFor: 'cancelled' }),
    )
    expect(bench.records.at(-1)?.actions['upload']).toMatchObject({ endedFor: 'stopped' })
  })

  test('whose run has lost its claim ended as nobody knows', () => {
    hold(action('upload', { place: 'dbs' }))
    const [change] = asked()
    bench.settle(change!, { kind: 'refused', because: 'no-such-entry' })
    expect(bench.journalled()?.outcome).toMatchObject({ kind: 'unknown' })
  })
})

describe('retry_on: any_node', () => {
  const retry = { retries: 2, delayMs: 0, backoff: 'fixed' } as const

  test('starts here first, and leaves further tries to others', () => {
    hold(action('upload', { retry, retriesAnywhere: true }))
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: `${job}.7.upload.1` }])
    bench.happens({
      kind: 'child-exited',
      process: `${job}.7.upload.1`,
      exit: { kind: 'code', code: 1 },
      startedAtMs: 1,
      endedAtMs: 2,
    })
    const [second] = asked()
    expect(second).toMatchObject({ child: { tried: 2, on: null }, avoid: a })
    bench.settle(second!, ended(second!, failed))
    expect(asked()).toMatchObject([{ child: { tried: 3 }, avoid: b }])
    expect(states()).toEqual({ upload: 'started' })
  })
})

describe('the node that has the action of another run', () => {
  const child: ChildOf = { token: 7, unit: 's10000', node: b, action: 'upload', tried: 2, on: null }
  const key = `${job}#9`

  function holdChild(): void {
    const held = entry({ token: 9, opId: opId('a:1:2'), unit: childUnit(child), child, session: session(1) })
    bench.hold({ ...granted({ plan: [action('upload')], isLeased: false }), entry: held })
  }

  test('starts it once, under a name of that try, and tells the register how it ended, and nobody else', () => {
    holdChild()
    const process = `${job}.7.upload.1-2`
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process }])
    bench.happens({
      kind: 'child-exited',
      process,
      exit: { kind: 'code', code: 4 },
      startedAtMs: 1,
      endedAtMs: 2,
    })
    const { changes } = bench.take()
    expect(changes).toMatchObject([
      {
        kind: 'finish',
        token: 9,
        outcome: { kind: 'failed' },
        attempt: { kind: 'exited', exit: { code: 4 } },
      },
    ])
    expect(bench.records).toEqual([])
    bench.settle(changes[0]!, { kind: 'done' })
    expect(bench.journal.get(`run/${key}`)).toBeUndefined()
    const hint = { to: b, message: { kind: 'child-changed', job, token: 7 } }
    expect(bench.sent).toEqual([hint, hint])
  })

  test('that is told to end it before it began tells that it did not start', () => {
    bench.nowMs = 9_000
    holdChild()
    bench.keeper.order(
      key,
      { requestId: '1', word: 'cancel', action: null, user: 'its run', useLatest: false },
      bench.clock,
    )
    expect(bench.take().changes).toMatchObject([{ kind: 'finish', attempt: { kind: 'failed-to-start' } }])
  })
})
