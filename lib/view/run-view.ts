// One run as people see it: what several nodes wrote about it, joined. The holder's word
// about the outcome stands over `lost`, which only says that the holder was not heard of;
// when both exist, the run is shown with the outcome and marked as reported late.

import { localRunLabel } from '../claim/local-registers.ts'
import { isHoldersWord, type RecordedAction, type RunRecord } from '../ledger/run-record.ts'
import type { NotRun } from '../claim/register.ts'
import type { Subject } from '../ledger/record-index.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { RunFlag } from './job-check.ts'

type AttemptTimes = { readonly startedAt: string | null; readonly endedAt: string | null }

export type RunView = {
  /** `category.job.RUN` for a run, RUN being `node:n` where no vote numbers it; null for slots that did not run. */
  readonly id: string | null
  readonly job: string
  /** The slot's instant; the last one of a range. */
  readonly slot: string
  readonly state: RunRecord['state'] | 'missed' | 'skipped'
  readonly why: string
  readonly node: string | null
  readonly attempt: number
  readonly token: number | null
  /** The request by hand that it answers, and who asked; null for a slot's. */
  readonly requestId: string | null
  readonly user: string | null
  /** Those of its templates that were given by hand; not given where there are none. */
  readonly variables?: Readonly<Record<string, string>>
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Process start after the slot's instant. */
  readonly latenessMs: number | null
  /** The outcome came after the run had been declared lost. */
  readonly isLateReport: boolean
  /** What is to be said of a run that goes on, when it is asked for; not given where there is nothing. */
  readonly flags?: readonly RunFlag[]
  /** Where its lines are elsewhere, when the agent that answers was told a place. */
  readonly logUrl?: string
  /** It ran where no majority of the witnesses was in reach. */
  readonly isPartitioned: boolean
  /** Nodes that ran the same slot too, on another side of the cut network. */
  readonly besides: readonly string[]
  readonly actions: readonly (Pick<RecordedAction, 'name' | 'state' | 'why'> &
    AttemptTimes & {
      /** This one is its newest try, the first being 1. */
      readonly tries: number
      /** Of a failure: what it said last; empty when it said nothing. */
      readonly lastLines: string
      /** Where it ran, when not with its run. */
      readonly node: string | null
      /** The tries before this one, the oldest first. */
      readonly earlier: readonly (AttemptTimes & { readonly why: string; readonly node: string | null })[]
    })[]
  /** For slots that did not run: the first of the range and how many there are (null: cannot be counted). */
  readonly range: { readonly from: string; readonly count: number | null } | null
}

type Names = (node: RunRecord['node']) => string

const stateOfNotRun: Partial<Record<NotRun, RunView['state']>> = {
  'skipped-overlap': 'skipped',
  superseded: 'skipped',
  'ran-partitioned': 'skipped',
  done: 'skipped',
  cancelled: 'cancelled',
}

export function runView(subject: Subject, nameOf: Names): RunView {
  const decision = subject.records.find((record) => record.kind === 'not-run')
  const instant = (ms: number | null) => (ms === null ? null : formatInstant(Math.round(ms)))
  if (decision !== undefined)
    return {
      id: null,
      job: decision.job,
      slot: formatInstant(decision.toMs),
      state: stateOfNotRun[decision.why] ?? 'missed',
      why: decision.why,
      node: decision.node === null ? null : nameOf(decision.node),
      attempt: 0,
      token: null,
      requestId: null,
      user: null,
      startedAt: null,
      endedAt: null,
      latenessMs: null,
      isLateReport: false,
      isPartitioned: false,
      besides: [],
      actions: [],
      range: { from: formatInstant(decision.fromMs), count: decision.count },
    }
  const runs = subject.records.filter((record) => record.kind === 'run')
  const best = runs.toSorted((left, right) => weight(right) - weight(left))[0]!
  const startedAtMs =
    best.startedAtMs ?? runs.find((record) => record.startedAtMs !== null)?.startedAtMs ?? null
  return {
    id: runId(best, nameOf),
    job: best.job,
    slot: formatInstant(best.slotMs),
    state: best.state,
    why: best.why,
    node: nameOf(best.node),
    attempt: best.attempt,
    token: best.token,
    requestId: best.requestId ?? null,
    user: best.user ?? null,
    ...(best.variables && { variables: best.variables }),
    startedAt: instant(startedAtMs),
    endedAt: instant(best.endedAtMs),
    latenessMs:
      startedAtMs === null || best.requestId !== undefined ? null : Math.round(startedAtMs - best.slotMs),
    isLateReport: best.state !== 'lost' && runs.some((record) => record.state === 'lost'),
    isPartitioned: best.isPartitioned === true,
    besides: subject.besides.map((node) => nameOf(node)),
    actions: best.actions.map((action) => ({
      name: action.name,
      state: action.state,
      why: action.why,
      startedAt: instant(action.startedAtMs),
      endedAt: instant(action.endedAtMs),
      tries: action.tries ?? 1,
      lastLines: action.lastLines ?? '',
      node: action.node === undefined ? null : nameOf(action.node),
      earlier: (action.earlier ?? []).map((tried) => ({
        startedAt: instant(tried.startedAtMs),
        endedAt: instant(tried.endedAtMs),
        why: tried.why,
        node: tried.node === undefined ? null : nameOf(tried.node),
      })),
    })),
    range: null,
  }
}

export function runId({ job, isLocal, run, node }: RunRecord, nameOf: Names): string {
  return `${job}.${isLocal ? localRunLabel(run, nameOf(node)) : run}`
}

/** What everybody on an agent's host may see: names, states and times, and nothing that a command wrote. */
export function publicRun(run: RunView): RunView {
  const { variables: _variables, ...shown } = run
  return { ...shown, actions: run.actions.map((action) => ({ ...action, lastLines: '' })) }
}

/** A run as one bar of a sparkline. */
export type RunSpark = {
  readonly slot: string
  readonly state: RunView['state']
  /** Null for what did not run or runs still. */
  readonly durationMs: number | null
}

export function runSpark(subject: Subject): RunSpark {
  const { slot, state } = runView(subject, String)
  const starts = subject.records.flatMap((record) =>
    record.kind === 'run' ? (record.startedAtMs ?? []) : [],
  )
  const ends = subject.records.flatMap((record) => (record.kind === 'run' ? (record.endedAtMs ?? []) : []))
  const isTimed = starts.length > 0 && ends.length > 0
  return { slot, state, durationMs: isTimed ? Math.round(Math.max(...ends) - Math.min(...starts)) : null }
}

/** The holder's outcome, then another's report of an outcome, then lost, then that nobody told it, then running. */
function weight(record: RunRecord): number {
  if (record.state === 'running') return 0
  if (isHoldersWord(record)) return 4
  if (record.state === 'unknown') return 1
  return record.state === 'lost' ? 2 : 3
}
