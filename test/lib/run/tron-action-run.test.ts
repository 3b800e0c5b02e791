// Tron's facts of one action run, row by row: on the whole core with its processes played, or over the states that the
// keeper of runs is made of where a row is about one of them.

import { expect } from 'vitest'
import { timeLimits } from '../../../lib/base/limits.ts'
import type { ActionState } from '../../../lib/run/action-state.ts'
import type { ActionPlan, HeldRun } from '../../../lib/run/held-run.ts'
import { actionRunMachine, nextState } from '../../../lib/run/machine.ts'
import { grantedRun } from '../../../lib/run/plan.ts'
import { readyActions, withUntriggered } from '../../../lib/run/run-graph.ts'
import type { OrderWord } from '../../../lib/run/run-order.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import { accountFor, type Account } from '../accounted-rows.ts'
import { jobNamed, TEN } from '../claim/job-named.ts'
import { PlayedAgent, type Plays } from '../played-agent.ts'
import { looseText, readCases, type Row } from '../schedule/case-files.ts'
import { entry, granted, RunBench } from './run-bench.ts'

const HOUR = 3_600_000
const at2 = '@at 2026-11-21T10:00:02Z'

/** A job that runs once, two seconds after the core's clock begins. */
function playing(actions: string, plays: Plays, more = ''): PlayedAgent {
  return new PlayedAgent(`jobs: [{name: one, schedule: "${at2}", actions: {${actions}}}${more}]`, plays)
}

const theRun = (agent: PlayedAgent): RunView => agent.runs('shop.one')[0]!
const actionOf = (agent: PlayedAgent, name: string) =>
  theRun(agent).actions.find((action) => action.name === name)!

function order(agent: PlayedAgent, word: OrderWord, action: string, useLatest = false): string {
  return agent.order({
    kind: 'order-run',
    requestId: `${agent.nowMs}`,
    run: `shop.one.1/${action}`,
    word,
    useLatest,
  })
}

/** Each try ends with the next of these codes. */
function codes(...list: readonly number[]): Plays {
  let tried = 0
  return () => ({ ms: 200, code: list[tried++] ?? 0 })
}

/** `first` runs long, `other` and what it requires do not. */
const beside: Plays = (command) => ({
  ms: command === 'long' ? 60_000 : 100,
  code: command === 'bad' ? 1 : 0,
})

const untilOf = (words: object) =>
  grantedRun(
    jobNamed({ actions: { a: { command: 'x', triggered_by: ['shop.b.c.d.e'], ...words } } }),
    { ...entry(), slotMs: TEN, unit: `s${TEN}` },
    { name: 'a', hostname: 'a', lastSuccessMs: null },
  ).plan[0]?.triggers?.untilMs

const triggered = 'a: {command: x, triggered_by: ["shop.two.b.shortdate.{shortdate}"], trigger_timeout: 5s}'
const unseen: Account = { differs: 'what ran when its daemon was restarted is unknown' }

const given = (state: ActionState): HeldRun => {
  const plan: ActionPlan[] = [
    { name: 'first', command: 'x', requires: [], fault: null },
    { name: 'second', command: 'x', requires: ['first'], fault: null },
  ]
  return {
    ...granted({ plan }),
    actions: { first: state, second: { kind: 'waiting' } },
    phase: 'running',
    outcome: null,
  }
}
const set = (to: 'succeeded' | 'failed' | 'cancelled' | 'skipped'): ActionState => ({
  kind: 'set',
  to,
  atMs: 1,
  by: 'ann',
})
const isFree = (state: ActionState) => readyActions(given(state)).some(({ name }) => name === 'second')

const rows: Readonly<Record<string, Account>> = {
  'test_init_state: new action run': () => {
    const agent = playing('a: {command: long}, b: {command: x, requires: [a]}', beside).pass(3_000)
    expect(agent.statesOf(theRun(agent))).toEqual({ a: 'running', b: 'waiting' })
  },
  'test_start: waiting': () => {
    const agent = playing('a: {command: long}', beside).pass(3_000)
    expect(agent.starts).toHaveLength(1)
    expect(actionOf(agent, 'a')).toMatchObject({ state: 'running', startedAt: expect.any(String) as string })
  },
  'test_start_bad_state: failed': () => expect(nextState(actionRunMachine, 'failed', 'start')).toBeNull(),
  "test_start_invalid_command: waiting, command '{notfound}'": () => {
    const bench = new RunBench()
    bench.renew()
    const fault = 'Cannot render "{notfound}"'
    bench.hold(granted({ plan: [{ name: 'only', command: '', requires: [], fault }] }))
    const { effects, changes } = bench.take()
    expect(effects).toEqual([])
    expect(changes).toMatchObject([{ kind: 'finish', outcome: { kind: 'failed' } }])
  },
  'test_success: running': () => {
    const agent = playing('a: {command: x}', codes(0)).pass(4_000)
    expect(actionOf(agent, 'a')).toMatchObject({ state: 'succeeded', endedAt: expect.any(String) as string })
  },
  'test_failure_bad_state: fail(444) done': () => {
    const bench = new RunBench()
    bench.renew()
    const action = (name: string): ActionPlan => ({ name, command: 'x', requires: [], fault: null })
    bench.hold(granted({ plan: [action('one'), action('two')] }))
    const ends = (code: number) =>
      bench.happens({
        kind: 'child-exited',
        process: 'shop.report.7.one.1',
        exit: { kind: 'code', code },
        startedAtMs: 1,
        endedAtMs: 2,
      })
    ends(44)
    ends(12)
    expect(bench.journalled()?.actions['one']).toMatchObject({ kind: 'exited', exit: { code: 44 } })
  },
  'test_skip_bad_state: scheduled': {
    differs: 'skip is refused of what has not begun',
    here: () => {
      const agent = playing('a: {command: long}, b: {command: x, requires: [a]}', beside).pass(3_000)
      expect(order(agent, 'skip', 'b')).toBe('action "b" is skipped')
    },
  },
  'test_auto_retry: retries=2, starting': () => {
    const agent = playing('a: {command: x, retries: 2}', codes(255, 255, 254)).pass(6_000)
    const { state, tries, why, earlier } = actionOf(agent, 'a')
    expect([state, tries, ...earlier.map((tried) => tried.why), why]).toEqual([
      'failed',
      3,
      'exited with 255',
      'exited with 255',
      'exited with 254',
    ])
  },
  "test_auto_retry_command_config_change: retries=1; config's command changes after the first attempt":
    () => {
      const text = (command: string) =>
        `jobs: [{name: one, schedule: "${at2}", actions: {a: {command: ${command}, retries: 1, retries_delay: 2s}}}]`
      const agent = new PlayedAgent(text('old'), codes(1, 1)).pass(3_000).drop(text('new')).pass(5_000)
      expect(agent.starts.map(({ command }) => command)).toEqual(['old', 'old'])
    },
  'test_no_auto_retry_on_fail_not_running: retries=2, scheduled': () => {
    const agent = playing('a: {command: long}, b: {command: x, requires: [a], retries: 2}', beside).pass(
      3_000,
    )
    order(agent, 'fail', 'b')
    expect(actionOf(agent, 'b')).toMatchObject({ state: 'failed', tries: 1, earlier: [] })
    expect(agent.pass(5_000).starts).toHaveLength(1)
  },
  'test_no_auto_retry_on_fail_running: retries=2, starting': () => {
    const agent = playing('a: {command: x, retries: 2}', () => ({ ms: 2_000, code: 1 })).pass(2_500)
    order(agent, 'fail', 'a')
    expect(actionOf(agent.pass(10_000), 'a')).toMatchObject({ state: 'failed', tries: 1, earlier: [] })
    expect(agent.starts).toHaveLength(1)
  },
  'test_auto_retry_already_done: retries=2, running; operator marked success': () => {
    const agent = playing('a: {command: x, retries: 2}', () => ({ ms: 2_000, code: 255 })).pass(2_500)
    order(agent, 'succeed', 'a')
    expect(actionOf(agent.pass(10_000), 'a')).toMatchObject({ state: 'succeeded', tries: 1 })
    expect([agent.starts.length, theRun(agent).state]).toEqual([1, 'succeeded'])
  },
  'test_manual_retry: no retries configured, failed(-1)': () => {
    const agent = playing('a: {command: bad}, b: {command: long}', beside).pass(3_000)
    expect(order(agent, 'retry', 'a')).toBe('action "a" is tried again')
    expect(agent.starts.filter(({ command }) => command === 'bad')).toHaveLength(2)
    // Nobody tries it a third time.
    expect(actionOf(agent.pass(3_000), 'a')).toMatchObject({
      state: 'failed',
      tries: 2,
      earlier: [{ why: 'exited with 1' }],
    })
  },
  "test_manual_retry_use_new_command: failed; config command is now 'new'": () => {
    const text = (command: string) =>
      `jobs: [{name: one, schedule: "${at2}", actions: {a: {command: ${command}}, b: {command: long}}}]`
    const agent = new PlayedAgent(text('bad'), beside).pass(3_000).drop(text('new')).pass(500)
    order(agent, 'retry', 'a', true)
    expect(agent.starts.at(-1)?.command).toBe('new')
  },
  'test_retries_delay: retries=2, retries_delay set, starting': () => {
    const agent = playing('a: {command: x, retries: 2, retries_delay: 1m}', codes(255)).pass(4_000)
    expect(actionOf(agent, 'a')).toMatchObject({ state: 'delayed' })
  },
  'TestActionRunFactoryTriggerTimeout: trigger_timeout null': () => expect(untilOf({})).toBe(TEN + 24 * HOUR),
  'TestActionRunFactoryTriggerTimeout: trigger_timeout 1h': () =>
    expect(untilOf({ trigger_timeout: '1h' })).toBe(TEN + HOUR),
  'TestActionRunTriggerTimeout: deadline is in the past when the run is created/restored': () => {
    const agent = playing(triggered, beside).pass(3_000).restart(20_000)
    // First it hears what was published meanwhile.
    agent.pass(timeLimits.catchUpMs + 1_000)
    expect(theRun(agent)).toMatchObject({
      state: 'failed',
      why: expect.stringContaining('was not published in time') as string,
    })
    expect(agent.starts).toEqual([])
  },
  'TestActionRunTriggerTimeout: deadline reached with none remaining': () => {
    const triggers = { events: ['e'], untilMs: 10 }
    const waiting: HeldRun = {
      ...granted({ plan: [{ name: 'only', command: 'x', requires: [], fault: null, triggers }] }),
      actions: { only: { kind: 'waiting' } },
      phase: 'running',
      outcome: null,
    }
    expect(withUntriggered(waiting, 10, () => true)).toBe(waiting)
    expect(readyActions(waiting, 10, () => true).map(({ name }) => name)).toEqual(['only'])
  },
  'test_start_node_error: node unreachable at submit': () => {
    const bench = new RunBench()
    bench.renew()
    const retry = { retries: 1, delayMs: 0, backoff: 'fixed' } as const
    bench.hold(granted({ plan: [{ name: 'only', command: 'x', requires: [], fault: null, retry }] }))
    bench.take()
    bench.happens({ kind: 'spawn-failed', process: 'shop.report.7.only.1', reason: 'EAGAIN' })
    bench.until(bench.nowMs + 10)
    expect(bench.take().effects).toMatchObject([{ kind: 'spawn', process: 'shop.report.7.only.1-2' }])
  },
  'test_from_state_running / test_from_state_starting: persisted running or starting': {
    ...unseen,
    here: () => {
      const agent = playing('a: {command: x}', () => ({ ms: 4_000, code: 3 }))
        .pass(3_000)
        .restart(500)
      expect(actionOf(agent.pass(6_000), 'a')).toMatchObject({ state: 'failed', why: 'exited with 3' })
      expect(agent.starts).toHaveLength(1)
    },
  },
  'TestSSHActionRunRecover: exit status unknown, with a subprocess runner': {
    differs: 'recover looks again for the end of an action that nobody saw',
  },
  'TestActionRunCollectionIsRunBlocked: second requires first': (row) => {
    const { blocked_when_first_is: blocked, free_when_first_is: free } = row['expect'] as Record<
      string,
      string[]
    >
    const started: ActionState = { kind: 'started', atMs: 1, pid: null }
    const stateOf: Readonly<Record<string, ActionState>> = {
      scheduled: { kind: 'waiting' },
      waiting: { kind: 'waiting' },
      starting: started,
      failed: set('failed'),
      '(also running, queued, cancelled, unknown)': { kind: 'unknown', atMs: 1 },
      succeeded: set('succeeded'),
      skipped: set('skipped'),
    }
    expect(blocked?.map((state) => isFree(stateOf[state]!))).toEqual(blocked?.map(() => false))
    expect(free?.map((state) => isFree(stateOf[state]!))).toEqual(free?.map(() => true))
    expect([{ ...started, pid: 7 }, set('cancelled')].map(isFree)).toEqual([false, false])
  },
}

const nameOf = (row: Row) => {
  const test = looseText((row['source'] as Row)['test']).replace(/Test\w+\.(test_)/g, '$1')
  return `${test}: ${looseText(row['given'])}`
}
accountFor(
  "Tron's facts of an action run",
  readCases('tron/action-run.json').cases.map((row) => [nameOf(row), row] as const),
  rows,
)
