// Tron's scenarios of job runs, row by row, over the functions that the keeper of runs is made of.
// Where we part on purpose, the difference stands here and in the table of config/README.md.

import { describe, expect, test } from 'vitest'
import {
  attemptAfter,
  movedTo,
  processOf,
  stateName,
  type ActionState,
} from '../../../lib/run/action-state.ts'
import { withAction, type ActionPlan, type HeldRun } from '../../../lib/run/held-run.ts'
import { withEndedAttempt } from '../../../lib/run/retry.ts'
import { outcomeOf, readyActions, withConsequences } from '../../../lib/run/run-graph.ts'
import { applyOrder, type OrderWord } from '../../../lib/run/run-order.ts'
import { caseFilesMissing, readCases, textOf, type Row } from '../schedule/case-files.ts'
import { granted } from './run-bench.ts'

type Step = readonly (string | number | null)[]

/** How Tron's words for an action are said here: what has its mark runs, and what never can start is blocked. */
const alike: Readonly<Record<string, readonly string[]>> = {
  starting: ['running'],
  waiting: ['waiting', 'blocked'],
}
/** Tron shows a run by its actions; here it runs until all is over. */
const underWay = new Set(['scheduled', 'queued', 'starting', 'running', 'waiting'])
/** A run that has a cancelled action is shown as running as long as another runs. */
const shownLater = new Set(['test_cancel_one'])

function saidHere(name: string, target: string, state: string): readonly string[] {
  if (target === 'run' && (underWay.has(state) || shownLater.has(name))) return ['scheduled', 'running']
  return alike[state] ?? [state]
}

class Play {
  #run: HeldRun
  #published: boolean

  constructor(row: Row) {
    const dag = row['dag'] as {
      actions: string[]
      requires: Record<string, string[]>
      triggered_by: Record<string, string[]>
    }
    const plan = dag.actions.map((name): ActionPlan => {
      const events = dag.triggered_by[name]
      const triggers = events === undefined ? {} : { triggers: { events, untilMs: 1_000_000 } }
      return { name, command: 'true', requires: dag.requires[name] ?? [], fault: null, ...triggers }
    })
    const actions: HeldRun['actions'] = Object.fromEntries(
      dag.actions.map((name) => [name, { kind: 'waiting' }]),
    )
    this.#run = { ...granted({ plan }), actions, phase: 'waiting', outcome: null }
    this.#published = row['trigger_already_published'] === true
  }

  do([word, target, value]: Step): void {
    const name = String(target)
    switch (word) {
      case 'start run':
        this.#run = { ...this.#run, phase: 'running' }
        return this.#advance()
      case 'publish trigger':
        this.#published = true
        return this.#advance()
      case 'started':
        return this.#tell(name, { kind: 'spawned', process: name, pid: 7, startedAtMs: 1 })
      case 'exit':
        return value === null || value === undefined
          ? this.#tell(name, { kind: 'child-gone', process: name })
          : this.#tell(name, {
              kind: 'child-exited',
              process: name,
              exit: { kind: 'code', code: Number(value) },
              startedAtMs: 1,
              endedAtMs: 2,
            })
      case 'skip':
      case 'cancel':
        return this.#order(word, name)
      case 'queue run':
        return
      default:
        throw new Error(`expected a step that is known, not ${String(word)}`)
    }
  }

  stateOf(target: string): string {
    if (target !== 'run') return stateName(this.#run.actions[target]!)
    return this.#run.phase === 'waiting' ? 'scheduled' : (outcomeOf(this.#run)?.kind ?? 'running')
  }

  #tell(name: string, event: Parameters<typeof attemptAfter>[1]): void {
    const attempt = attemptAfter(processOf(this.#run.actions[name])!, event, { atMs: 2 })
    this.#run =
      attempt.kind === 'started'
        ? withAction(this.#run, name, attempt)
        : withEndedAttempt(this.#run, name, { attempt, atMs: 2 })
    this.#advance()
  }

  #order(word: OrderWord, action: string): void {
    const order = { requestId: `${word} ${action}`, word, action, user: 'ann', useLatest: false }
    const { run, answer } = applyOrder(this.#run, order, { atMs: 3, latest: null })
    if (answer.kind === 'refused') throw new Error(answer.why)
    this.#run = run
    this.#advance()
  }

  #advance(): void {
    this.#run = withConsequences(this.#run, 3)
    for (const { name } of readyActions(this.#run, 3, () => this.#published)) {
      const marked: ActionState = { kind: 'started', atMs: 3, pid: null }
      this.#run = withAction(
        { ...this.#run, beganAtMs: 3 },
        name,
        movedTo(this.#run.actions[name]!, 'start', marked),
      )
    }
  }
}

describe.skipIf(caseFilesMissing)("Tron's scenarios of job runs", () => {
  const { cases } = readCases('tron/job-run-scenarios.json')

  test.for(cases.map((row) => [textOf(row['name']), row] as const))('%s', ([name, row]) => {
    const play = new Play(row)
    const checks: { readonly got: string; readonly wanted: readonly string[] }[] = []
    for (const step of row['steps'] as Step[]) {
      const [word, target, state] = step.map(String)
      // A run that was claimed keeps its graph, whatever becomes of its definition.
      if (word?.startsWith('reconfigure') === true) break
      if (word === 'expect')
        checks.push({ got: play.stateOf(target!), wanted: saidHere(name, target!, state!) })
      else play.do(step)
    }
    expect(checks.filter(({ got, wanted }) => !wanted.includes(got))).toEqual([])
    expect(checks.length).toBeGreaterThan(0)
  })
})
