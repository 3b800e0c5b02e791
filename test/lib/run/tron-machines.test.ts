// Tron's state machines, transition by transition: what it allows is allowed here and leads to the same, what is allowed
// here besides is named, and a run is shown from its actions as there, or for a reason in the table of differences.

import { expect } from 'vitest'
import type { ActionState } from '../../../lib/run/action-state.ts'
import type { ActionPlan, HeldRun } from '../../../lib/run/held-run.ts'
import {
  actionRunMachine,
  attemptMachine,
  nextState,
  type ActionRunMove,
  type ActionRunState,
} from '../../../lib/run/machine.ts'
import { outcomeOf, withConsequences } from '../../../lib/run/run-graph.ts'
import { accountFor, type Account } from '../accounted-rows.ts'
import { PlayedAgent } from '../played-agent.ts'
import { looseText, readCases, textOf, type Row } from '../schedule/case-files.ts'
import { granted } from './run-bench.ts'

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>

const stateHere: Readonly<Record<string, ActionRunState>> = {
  scheduled: 'waiting',
  queued: 'waiting',
  waiting: 'waiting',
  starting: 'running',
  running: 'running',
  unknown: 'unknown',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
}
const moveHere: Readonly<Record<string, ActionRunMove>> = {
  start: 'start',
  success: 'succeed',
  fail: 'fail',
  fail_unknown: 'vanish',
  cancel: 'cancel',
  skip: 'skip',
}
/** What changes nothing that is told here: both states have one name, or it stands so already. */
const isWithinOne = (from: string, to: string) => stateHere[from] === stateHere[to]

/** Where each of Tron's transitions leads here; those that do not lead to the same. */
function otherwise(row: Row): string[] {
  return Object.entries(row['transitions'] as Table).flatMap(([from, events]) =>
    Object.entries(events).flatMap(([event, to]) => {
      if (isWithinOne(from, to)) return []
      const move = moveHere[event]
      const got = move === undefined ? null : nextState(actionRunMachine, stateHere[from]!, move)
      return got === stateHere[to] ? [] : [`${from} ${event}`]
    }),
  )
}

/** What is allowed here and not there, in our words. */
function besides(row: Row): string[] {
  const table = row['transitions'] as Table
  const found = Object.entries(table).flatMap(([from, events]) =>
    Object.entries(moveHere).flatMap(([event, move]) => {
      const isMore =
        events[event] === undefined && nextState(actionRunMachine, stateHere[from]!, move) !== null
      return isMore ? [`${stateHere[from]!} ${move}`] : []
    }),
  )
  return [...new Set(found)]
}

const states: Readonly<Record<string, ActionState>> = {
  waiting: { kind: 'waiting' },
  running: { kind: 'started', atMs: 1, pid: 7 },
  succeeded: { kind: 'exited', startedAtMs: 1, endedAtMs: 2, exit: { kind: 'code', code: 0 } },
  failed: { kind: 'exited', startedAtMs: 1, endedAtMs: 2, exit: { kind: 'code', code: 1 } },
  unknown: { kind: 'unknown', atMs: 2 },
  cancelled: { kind: 'set', to: 'cancelled', atMs: 2, by: 'ann' },
  skipped: { kind: 'set', to: 'skipped', atMs: 2, by: 'ann' },
}
const names = Object.keys(states)

/** `b` requires `a`; `c` nothing; the cleanup has run where its state is given. */
function shown(a: string, b: string, cleanup: string | null): string {
  const action = (name: string, ...requires: string[]): ActionPlan => ({
    name,
    command: '',
    requires,
    fault: null,
  })
  const plan = [action('a'), action('b', 'a')]
  if (cleanup !== null) plan.push({ ...action('cleanup'), isCleanup: true })
  const actions = {
    a: states[a]!,
    b: states[b]!,
    ...(cleanup !== null && { cleanup: states[cleanup]! }),
  }
  const run: HeldRun = { ...granted({ plan }), beganAtMs: 1, actions, phase: 'running', outcome: null }
  return outcomeOf(withConsequences(run, 5))?.kind ?? 'running'
}

/** As Tron's order of rules has it. */
function shownThere(a: string, b: string, cleanup: string | null): string {
  const all = [a, b, ...(cleanup === null ? [] : [cleanup])]
  const has = (state: string) => all.includes(state)
  const isComplete = (state: string) => state === 'succeeded' || state === 'skipped'
  const isBlocked = b === 'waiting' && !isComplete(a)
  const isEnd = (state: string) => state !== 'waiting' && state !== 'running'
  if (all.every(isComplete)) return 'succeeded'
  if (has('cancelled')) return 'cancelled'
  if (has('running')) return 'running'
  const isDone = isEnd(a) && (isEnd(b) || isBlocked)
  if (isDone && (a === 'failed' || b === 'failed')) return 'failed'
  if (has('waiting') && !isDone) return 'waiting'
  return 'unknown'
}

/** Tron's words of a run that goes on, and ours. */
const isUnderWay = (word: string) => ['scheduled', 'queued', 'starting', 'running', 'waiting'].includes(word)

function derivedRuns(): void {
  const others = names.flatMap((a) =>
    names.flatMap((b) =>
      [null, 'succeeded', 'failed'].flatMap((cleanup) => {
        const [there, here] = [shownThere(a, b, cleanup), shown(a, b, cleanup)]
        const isSame = there === here || (isUnderWay(there) && isUnderWay(here))
        return isSame ? [] : [{ a, b, cleanup, there, here }]
      }),
    ),
  )
  const unexplained = others.filter(
    ({ a, b, cleanup, there, here }) =>
      // "a run with one cancelled action is shown as cancelled while others run"
      !(there === 'cancelled' && here === 'running') &&
      // "a run whose cleanup alone failed is unknown"
      !(cleanup === 'failed' && there === 'unknown' && here === 'failed') &&
      // What can never start any more has failed with what it required, whatever became of that.
      !(there === 'unknown' && b === 'waiting' && here === a),
  )
  expect(unexplained).toEqual([])
  expect(others.length).toBeGreaterThan(0)
}

function derivedJobs(): void {
  const text = (words: string) => `jobs: [{name: one, ${words}, actions: {a: {command: x}}}]`
  const view = (words: string, ms: number) => {
    const agent = new PlayedAgent(text(words), () => ({ ms: 60_000, code: 0 })).pass(ms)
    const answer = agent.ask({ kind: 'jobs' })
    return answer.kind === 'jobs' ? answer.jobs[0] : undefined
  }
  expect(view('schedule: every 1s, enabled: false', 3_000)).toMatchObject({
    isEnabled: false,
    nextSlot: null,
  })
  expect(view('schedule: every 30s', 31_000)).toMatchObject({
    isEnabled: true,
    lastRun: { state: 'running' },
  })
  expect(view('schedule: daily', 3_000)).toMatchObject({
    isEnabled: true,
    lastRun: null,
    nextSlot: expect.any(String) as string,
  })
  expect(view('overlap: queue', 3_000)).toMatchObject({ isEnabled: true, lastRun: null, nextSlot: null })
}

const services = 'test/lib/service/tron-services.test.ts'

const machines: Readonly<Record<string, Account>> = {
  'action_run v3.10.5': (row) => {
    // Agents find what goes on by themselves whenever they start: nobody says so of what is unknown.
    expect(otherwise(row)).toEqual(['unknown running'])
    // "skip is refused of what has not begun"; the rest is said of what somebody knows better than its record.
    expect(besides(row)).toEqual(['waiting skip', 'running skip', 'unknown skip'])
  },
  'action_run v0.6.1.12': (row) => expect(otherwise(row)).toEqual([]),
  'action_command ': (row) => {
    const moves = { start: 'spawn', exit: 'exit' } as const
    const table = row['transitions'] as Table
    expect(table['pending']).toEqual({ start: 'running', exit: 'failstart' })
    expect(nextState(attemptMachine, 'marked', moves.start)).toBe('running')
    expect(nextState(attemptMachine, 'marked', 'fail-to-start')).toBe('failed-to-start')
    // Its end and the end of its output are one event: exiting and complete are one state.
    expect(nextState(attemptMachine, 'running', moves.exit)).toBe('exited')
    for (const over of ['exited', 'failed-to-start'] as const)
      expect(Object.keys(attemptMachine.moves[over])).toEqual([])
  },
  'job_run (derived, first match wins) v3.10.5': derivedRuns,
  'job (derived) ': derivedJobs,
  'service_instance v0.6.1.12 .. v0.7.6.1': {
    file: services,
    test: 'the transitions of state-machines.json',
  },
  'service_instance v0.2.10': { file: services, test: 'the transitions of state-machines.json' },
  'service (derived, first match wins) v0.6.1.12 .. v0.7.6.1': {
    file: services,
    test: 'one of two up instances fails its check',
  },
  'service v0.2.10 (explicit machine)': {
    differs: 'a service has a state of its own beside those of its instances',
  },
}

accountFor(
  "Tron's state machines",
  readCases('tron/state-machines.json').cases.map(
    (row) => [`${textOf(row['machine'])} ${looseText(row['version'])}`, row] as const,
  ),
  machines,
)
