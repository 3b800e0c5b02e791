// I18: the ledger converges, and says what the evidence says; and the end of I21: what the registers decided stands
// in it, each slot once. Asked of every agent when the cluster has come to rest.

import { ledgerLimits } from '../../../lib/base/document-limits.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import type { Decision } from '../../../lib/claim/register.ts'
import { vanishedWhy } from '../../../lib/ledger/run-record.ts'
import { formatInstant } from '../../../lib/schedule/calendar.ts'
import type { Answer } from '../../../lib/view/question.ts'
import type { RunView } from '../../../lib/view/run-view.ts'
import type { Evidence } from '../world/processes.ts'
import type { Judge } from './judge.ts'
import { startedRun } from './one-start.ts'
import type { Chosen } from './register-history.ts'

type Decided = { readonly job: string; readonly decision: Decision }

/** What cluster time may be off. */
const clockErrorMs = 5_000

export function checkLedgerTrue(judge: Judge): void {
  const evidence: Evidence[] = []
  const decisions = new Map<string, Decided>()
  judge.observers.on('process-started', (started) => evidence.push(started.evidence))
  judge.history.onChosen(({ key, value }) => {
    for (const decision of value.untold) {
      const what =
        decision.kind === 'ended' ? `#${decision.entry.token}` : `${decision.fromMs} ${decision.why}`
      decisions.set(`${key} ${decision.version} ${what}`, { job: key, decision })
    }
  })
  judge.atEnd((ask) => {
    const answers = ask({ kind: 'runs', job: null, state: null, node: null, limit: 1_000_000 })
    const runs = checkSame(judge, answers)
    checkEvidence(judge, runs, { evidence, decisions: [...decisions.values()] })
    checkNothingInvented(judge, runs, evidence)
    for (const { job, decision } of decisions.values())
      if (!isWithGone(judge, { job, decision })) checkDecision(judge, runs, { job, decision })
    checkSlotsOnce(judge, runs)
  })
}

function checkSame(judge: Judge, answers: ReadonlyMap<NodeId, Answer>): readonly RunView[] {
  let first: {
    readonly node: NodeId
    readonly lines: Set<string>
    readonly runs: readonly RunView[]
  } | null = null
  for (const [node, host] of judge.world.hosts) {
    if (host.isGone) continue
    const answer = answers.get(node)
    if (answer?.kind !== 'runs') {
      judge.violated('I17', `${node} answers nothing when all is over`)
      continue
    }
    const lines = new Set(answer.runs.map((run) => JSON.stringify(run)))
    if (first === null) {
      first = { node, lines, runs: answer.runs }
      continue
    }
    const missing = [...first.lines].find((line) => !lines.has(line))
    const extra = [...lines].find((line) => !first!.lines.has(line))
    if (missing !== undefined || extra !== undefined)
      judge.violated(
        'I18',
        `${first.node} knows ${missing ?? 'nothing more'}, and ${node} knows ${extra ?? 'nothing more'}`,
      )
  }
  return first?.runs ?? []
}

const nameOf = (run: RunView): string => `${run.id} ${run.attempt}`

/** Everything that started is in the ledger, with the outcome that it had. */
function checkEvidence(
  judge: Judge,
  runs: readonly RunView[],
  { evidence, decisions }: { readonly evidence: readonly Evidence[]; readonly decisions: readonly Decided[] },
): void {
  const byName = new Map(runs.filter((run) => run.id !== null).map((run) => [nameOf(run), run]))
  for (const one of evidence) {
    const { job, run, attempt, slot, action, tried } = startedRun(one)
    const view = byName.get(`${job}.${run} ${attempt}`)
    const what = `${one.process} on ${one.host}, which ended ${JSON.stringify(one.exit)},`
    // What a node alone decided nobody can tell when it is gone.
    if (run.includes(':') && judge.isForgetful(one.host)) continue
    // Of a run that was lost with its machine only that machine knew how far an action elsewhere had come.
    const isLostWithMachine = view?.state === 'lost' && view.node !== one.host && view.actions.length === 0
    if (isLostWithMachine && judge.isForgetful(view.node ?? '')) continue
    const isOfRun = (own: Decided) =>
      own.job === job && own.decision.kind === 'ended' && String(own.decision.entry.run) === run
    if (view === undefined && decisions.some((own) => isOfRun(own) && isWithGone(judge, own))) continue
    // Of a job with so many runs the oldest are forgotten.
    if (view === undefined && runs.filter((own) => own.job === job).length >= ledgerLimits.recordsPerJob)
      continue
    if (view === undefined) judge.violated('I18', `${what} is not in the ledger`)
    else if (view.slot !== slot || !(isPlaced(view, one) || hasLostActions(judge, view)))
      judge.violated('I18', `${what} is in the ledger as ${JSON.stringify(view)}`)
    else if (view.actions.length === 0 && !hasLostActions(judge, view))
      judge.violated('I18', `${what} is in the ledger without its actions`)
    else if (judge.isOrdered(job)) continue
    // What was tried again says nothing of the outcome, but that it failed.
    else if (triesBefore(view, action) >= tried) {
      // It may have ended well, and too late, when its agent had died over telling it to end; or its node was lost, where
      // the job is to run again.
      const why = whyTriedAgain(view, action, tried)
      const isRerun = judge.definitions.written(job).some(({ ifLost }) => ifLost === 'rerun')
      const isLate = why.includes('longer than') || (isRerun && why === 'its node was lost')
      if (hasSucceeded(one) && !isLate) judge.violated('I18', `${what} was tried again`)
    } else if (!isTrue(view, one) && !isExcused(judge, view, one.host))
      judge.violated('I18', `${what} is ${view.state} in the ledger (${view.why})`)
  }
}

/**
 * A machine that is gone tells nothing more, nor what it had written down alone before it dropped it from the register;
 * and what it alone decided, no vote declares over.
 */
function isExcused(judge: Judge, view: RunView, host: string): boolean {
  if (!judge.isForgetful(host)) return false
  if (view.state === 'running') return isLocal(view)
  return view.state === 'lost' || view.state === 'unknown'
}

/** By its own word; its agent may know better: what it had told to end did not do its work. */
function hasSucceeded(one: Evidence): boolean {
  return hasExitedWell(one) && one.isToldToEnd !== true
}

function hasExitedWell({ exit }: Evidence): boolean {
  return exit?.kind === 'code' && exit.code === 0
}

/** An action may have a claim of its own; a run whose claim was lost may not have heard who got it. */
function isPlaced(view: RunView, one: Evidence): boolean {
  const { action, tried } = startedRun(one)
  const found = view.actions.find(({ name }) => name === action)
  const last = found?.earlier[tried - 1] ?? found
  if (found?.state === 'unknown' && view.isLateReport && last?.node === null) return true
  return (last?.node ?? view.node) === one.host
}

/** What only its holder had written down of it is gone with that machine. */
function hasLostActions(judge: Judge, { actions, node }: RunView): boolean {
  return actions.length === 0 && node !== null && judge.isForgetful(node)
}

function triesBefore(view: RunView, action: string): number {
  return view.actions.find((one) => one.name === action)?.earlier.length ?? 0
}

function whyTriedAgain(view: RunView, action: string, tried: number): string {
  return view.actions.find((one) => one.name === action)?.earlier[tried - 1]?.why ?? ''
}

function stateOf(view: RunView, one: Evidence): string | undefined {
  return view.actions.find(({ name }) => name === startedRun(one).action)?.state
}

function isTrue(view: RunView, one: Evidence): boolean {
  const isUnknowable = one.exit === null || one.isNoteLost
  switch (view.state) {
    case 'succeeded':
      return one.exit?.kind === 'code' && one.exit.code === 0
    case 'failed':
      // Another action of the run may be what failed; that it took too long is known when the rest is not.
      return (
        one.exit !== null ||
        view.why.includes('longer than max_runtime') ||
        view.actions.some(({ name, state }) => name !== startedRun(one).action && state === 'failed')
      )
    case 'unknown':
      return isUnknowable || view.actions.some((action) => action.state === 'unknown')
    // Told to end, or given up before what ran had done any harm; of what vanished meanwhile nobody knows more.
    case 'cancelled':
      return one.exit !== null || stateOf(view, one) === 'unknown'
    case 'lost':
    case 'running':
    case 'missed':
    case 'skipped':
      return false
  }
}

/** What is in the ledger as run did run. */
function checkNothingInvented(judge: Judge, runs: readonly RunView[], evidence: readonly Evidence[]): void {
  const started = new Map<string, Evidence[]>()
  for (const one of evidence) {
    const { job, run, attempt } = startedRun(one)
    const name = `${job}.${run} ${attempt}`
    started.set(name, [...(started.get(name) ?? []), one])
  }
  for (const run of runs) {
    if (run.id === null || run.state === 'lost' || run.state === 'unknown') continue
    // What a node decided for itself a disk that was put back does not know: it may have run before.
    if (isLocal(run) && judge.isForgetful(run.node!)) continue
    const own = started.get(nameOf(run)) ?? []
    const last = own.filter((one) => startedRun(one).tried > triesBefore(run, startedRun(one).action))
    const hasFailed =
      last.some((one) => !hasSucceeded(one) || one.isEndedByGuard === true) ||
      // An agent that dies as it tells a process to end cannot know whether that was heard.
      run.actions.some((action) => /^failed to start|: it (ran|lasted) longer than/.test(action.why)) ||
      run.why.includes('longer than max_runtime')
    if (run.state === 'running' && !isExcused(judge, run, run.node!))
      judge.violated('I17', `${run.id} is running when all is over`)
    if (judge.isOrdered(run.job)) continue
    // A disk that was put back tells to end what has ended long ago: its former life told the rest.
    const isToldAgain = judge.isForgetful(run.node!) && last.every((one) => hasExitedWell(one))
    if (run.state === 'succeeded' && (last.length < run.actions.length || (hasFailed && !isToldAgain)))
      judge.violated(
        'I18',
        `${run.id} succeeded in the ledger, and ${last.length} processes of it say otherwise`,
      )
    if (run.state === 'failed' && !hasFailed)
      judge.violated('I18', `${run.id} failed in the ledger (${run.why}), and none of its processes did`)
  }
}

/** Who drops a decision from its register has written it down: alone, perhaps, on a machine that is gone. */
function isWithGone(judge: Judge, { job, decision }: Decided): boolean {
  const chosen = judge.history.chosen(job)
  const has = ({ value }: Chosen) =>
    value.untold.some(({ kind, version }) => kind === decision.kind && version === decision.version)
  const dropped = chosen[chosen.findLastIndex(has) + 1]
  const [dropper] = dropped?.ballot.proposer.split(':') ?? []
  return dropper !== undefined && judge.isForgetful(dropper)
}

/** On an image of the same life an agent takes up again what was over, and may tell its end anew before it hears of it. */
function isForgotten(judge: Judge, node: string, endedAtMs: number): boolean {
  const elapsedMs = endedAtMs - judge.plan.startMs
  return judge.plan.faults.some(
    (fault) =>
      fault.kind === 'rollback' &&
      fault.node === node &&
      elapsedMs > fault.atMs - fault.byMs - clockErrorMs &&
      elapsedMs < fault.atMs + clockErrorMs,
  )
}

/** What a register decided stands in the ledger, by itself or merged with its neighbours. */
function checkDecision(
  judge: Judge,
  runs: readonly RunView[],
  { job, decision }: { readonly job: string; readonly decision: Decision },
): void {
  if (decision.kind === 'ended') {
    const { run, attempt, token } = decision.entry
    const view = runs.find((one) => one.id === `${job}.${run}` && one.attempt === attempt)
    const isSame =
      view?.state === decision.outcome.kind || (decision.outcome.kind === 'lost' && view !== undefined)
    if (!isSame && !isForgotten(judge, view?.node ?? '', decision.atMs))
      judge.violated(
        'I18',
        `${job}: token ${token} ended as ${decision.outcome.kind}, and the ledger says ${view?.state ?? 'nothing'}`,
      )
    return
  }
  const { fromMs, toMs, why } = decision
  const isThere = runs.some(
    (one) =>
      one.job === job &&
      one.range !== null &&
      one.why === why &&
      Date.parse(one.range.from) <= fromMs &&
      Date.parse(one.slot) >= toMs,
  )
  if (!isThere)
    judge.violated(
      'I21',
      `${job}: slots ${formatInstant(fromMs)} to ${formatInstant(toMs)} were ${why}, and the ledger does not say so`,
    )
}

/** Where each node decides for itself. */
const isLocal = ({ id, job, range, node }: RunView): boolean =>
  range === null ? id!.slice(job.length).includes(':') : node !== null

/** Whose slots these are: the job's, or those of one node where each decides for itself. */
const deciderOf = (run: RunView): string => (isLocal(run) ? `${run.job} on ${run.node}` : run.job)

/** What was asked for by hand stands for any instant; a job's own slots lie at whole seconds. */
function isByHand({ slot, range }: RunView): boolean {
  return range?.count === 1 && Date.parse(slot) % 1_000 !== 0
}

/** No slot is both run and not run, or not run for two reasons. */
function checkSlotsOnce(judge: Judge, all: readonly RunView[]): void {
  // What a node decided for itself a disk that was put back does not know.
  const runs = all.filter((run) => !isLocal(run) || !judge.isForgetful(run.node!))
  const ranges = runs
    .filter(
      (run) =>
        run.range !== null &&
        !isByHand(run) &&
        !['schedule-changed', 'removed', 'not-rerun', 'too-few-nodes'].includes(run.why),
    )
    .map((run) => ({
      job: deciderOf(run),
      why: run.why,
      fromMs: Date.parse(run.range!.from),
      toMs: Date.parse(run.slot),
    }))
    .toSorted((left, right) =>
      left.job === right.job ? left.fromMs - right.fromMs : left.job < right.job ? -1 : 1,
    )
  for (const [index, range] of ranges.entries()) {
    const next = ranges[index + 1]
    if (next?.job === range.job && next.fromMs <= range.toMs)
      judge.violated(
        'I21',
        `${range.job}: slots from ${formatInstant(next.fromMs)} are ${range.why} and ${next.why} in the ledger`,
      )
  }
  for (const run of runs) {
    // One by hand may stand for any instant; of one that its own node forgot nobody knows whether it began.
    if (run.id === null || run.requestId !== null || run.why === vanishedWhy) continue
    const slotMs = Date.parse(run.slot)
    const range = ranges.find(
      (one) => one.job === deciderOf(run) && one.fromMs <= slotMs && slotMs <= one.toMs,
    )
    if (range !== undefined)
      judge.violated(
        'I21',
        `${run.id} is ${run.state} in the ledger, and its slot ${run.slot} is ${range.why}`,
      )
  }
}
