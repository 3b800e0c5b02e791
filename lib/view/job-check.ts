// What a monitoring system should hear of a job: which of its runs counts, and how that one is. The rules are those of
// Tron's check_tron_jobs: the run that ended last counts, but one that goes on counts at once when an action of it
// failed, when it lasts longer than it is expected to, or when it keeps the next one waiting.

export type RunFlag = 'over-expected' | 'stuck'

/** A run as far as this looks at it; instants in cluster time. */
export type CheckedRun = {
  readonly id: string | null
  readonly state: string
  readonly slotMs: number
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly actions: readonly {
    readonly name: string
    readonly state: string
    readonly startedAtMs: number | null
    readonly endedAtMs: number | null
  }[]
}

export type Expectations = {
  readonly runtimeMs: number
  /** Of its actions, by name. */
  readonly actionsMs: Readonly<Record<string, number>>
  /** A run waits until the one before it is over. */
  readonly isQueueing: boolean
}

export type CheckState =
  'succeeded' | 'failed' | 'unknown' | 'lost' | 'missed' | 'skipped' | 'stuck' | 'no-run'

const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'unknown', 'lost', 'missed', 'skipped'])
const goingOn: ReadonlySet<string> = new Set(['running', 'waiting'])
const broken: ReadonlySet<string> = new Set(['failed', 'unknown'])

type Now = {
  readonly nowMs: number
  /** The slot after that of a run; null when there is none. */
  readonly nextDueMs: (run: CheckedRun) => number | null
}

/** Of the runs of one job, in any order. */
export function checkedRun(
  runs: readonly CheckedRun[],
  expected: Expectations,
  at: Now,
): { readonly state: CheckState; readonly run: CheckedRun | null } {
  const newest = runs.toSorted((left, right) => right.slotMs - left.slotMs)
  const stuck = newest.find((run) => runFlags(run, expected, at).length > 0)
  if (stuck !== undefined) return { state: 'stuck', run: stuck }
  const last = newest
    .map((run) => ({ run, state: stateOf(run) }))
    .filter(({ state }) => ended.has(state))
    .toSorted((left, right) => endOf(right.run, at) - endOf(left.run, at))[0]
  return last === undefined
    ? { state: 'no-run', run: newest[0] ?? null }
    : { state: last.state as CheckState, run: last.run }
}

/** What is to be said of a run that goes on: it lasts too long, or the next one is due and waits for it. */
export function runFlags(
  run: CheckedRun,
  expected: Expectations,
  { nowMs, nextDueMs }: Now,
): readonly RunFlag[] {
  if (!goingOn.has(run.state)) return []
  const lasts = (startedAtMs: number | null, limitMs: number | undefined) =>
    startedAtMs !== null && limitMs !== undefined && nowMs - startedAtMs > limitMs
  const isOver =
    lasts(run.startedAtMs, expected.runtimeMs) ||
    run.actions.some(
      ({ name, state, startedAtMs }) => goingOn.has(state) && lasts(startedAtMs, expected.actionsMs[name]),
    )
  const dueMs = expected.isQueueing ? nextDueMs(run) : null
  return [
    ...(isOver ? (['over-expected'] as const) : []),
    ...(dueMs !== null && dueMs < nowMs ? (['stuck'] as const) : []),
  ]
}

/** One that goes on with an action that failed has failed as far as a person is concerned. */
function stateOf({ state, actions }: CheckedRun): string {
  return goingOn.has(state) && actions.some((action) => broken.has(action.state)) ? 'failed' : state
}

function endOf(run: CheckedRun, { nowMs }: Now): number {
  return goingOn.has(run.state) ? nowMs : (run.endedAtMs ?? run.slotMs)
}
