// I17: with a majority and an eligible node connected and sixty seconds without faults, every due slot starts by its
// startBy (unless the job's own policy decides it), every claimed run becomes terminal, and nothing waits for ever.

import type { NodeId } from '../../../lib/base/ids.ts'
import type { Decision, Register } from '../../../lib/claim/register.ts'
import type { JobDefinition } from '../../../lib/definition/job-definition.ts'
import { formatInstant } from '../../../lib/schedule/calendar.ts'
import { nextSlot, slotsBetween } from '../../../lib/schedule/schedule.ts'
import type { Evidence } from '../world/processes.ts'
import type { Judge } from './judge.ts'
import type { KnownDefinition } from './known-definitions.ts'
import { startedRun } from './one-start.ts'
import { isAnyHostBounded, isBounded } from './room.ts'

/** After the last fault. */
const healingMs = 60_000
/** An agent switches a job off a little before or after the truth does. */
const quietSlackMs = 5_000
/** Between two runs lie a finish, its news and a claim; votes take their time in a slow network. */
const handOverMs = 500
/** The last finish of a busy register was seen to take up to twenty seconds where votes are slow. */
const idleMaxMs = 20_000
/** A vote, the second in which the witnesses tell whom the next run replaces, and an order to end. */
const replacedWithinMs = 4_000
/** No clock that is right starts anything so much before its slot. */
const earlyMs = 10_000

export function checkLiveness(judge: Judge): void {
  const started = new Set<string>()
  const decisions = new Map<string, Map<number, Told>>()
  const evidence: Evidence[] = []
  judge.observers.on('process-started', (seen) => {
    const { job, slot } = startedRun(seen.evidence)
    started.add(`${job} ${slot}`)
    started.add(`${job} ${slot} ${seen.evidence.host}`)
    evidence.push(seen.evidence)
  })
  judge.observers.on('spawn-asked', ({ node, spawn }) => {
    // The machine may refuse to start it.
    if (judge.world.plan.spawnFailChance > 0)
      started.add(`${spawn.environment['HOCKET_JOB']} ${spawn.environment['HOCKET_SLOT']} ${node}`)
  })
  judge.history.onChosen(({ key, value }) => {
    const own = decisions.get(key) ?? new Map<number, Told>()
    decisions.set(key, own)
    for (const decision of value.untold) {
      if (decision.kind === 'not-run') {
        const mostMs = judge.nowMs + judge.witnessClockErrorMs()
        own.set(decision.fromMs, { decision, mostMs: own.get(decision.fromMs)?.mostMs ?? mostMs })
      }
      // The machine may have refused to start it, its time was over before a node of its action's own took it, or the
      // next run was due before its process began.
      else if (
        (decision.outcome.kind === 'failed' &&
          /failed to start|longer than max_runtime/.test(decision.outcome.why)) ||
        (decision.outcome.kind === 'cancelled' && decision.outcome.why.includes('replaced'))
      )
        started.add(`${key} ${formatInstant(decision.entry.slotMs)}`)
    }
  })
  const passed = new Map<string, Map<NodeId, number>>()
  judge.journals.onPut('local/', ({ node, key, value }) => {
    const slotMs = (value as Register | undefined)?.cursor.slotMs ?? 0
    if (slotMs <= judge.nowMs + earlyMs) return
    const own = passed.get(key) ?? new Map<NodeId, number>()
    passed.set(key, own.set(node, Math.max(slotMs, own.get(node) ?? 0)))
  })
  judge.atEnd(() => {
    const { startMs } = judge.world.plan
    const fromMs = startMs + judge.plan.healedAtMs + healingMs
    const untilMs = startMs + judge.plan.quietAtMs - quietSlackMs
    for (const job of judge.definitions.jobs()) {
      const known = judge.definitions.between(job, fromMs, untilMs)
      if (known !== null)
        checkSlots(judge, {
          job,
          known,
          fromMs,
          untilMs,
          started,
          runs: evidence.filter((one) => startedRun(one).job === job),
          decisions: [...(decisions.get(job)?.values() ?? [])],
          passed: passed.get(job) ?? new Map(),
        })
    }
    for (const key of judge.history.keys())
      checkAtRest(judge, key, judge.definitions.between(key, judge.nowMs, judge.nowMs))
  })
}

/** A decision, and what the time was at most when it was made, by the clocks of a majority. */
type Told = { readonly decision: Decision & { readonly kind: 'not-run' }; readonly mostMs: number }

type Watch = {
  readonly job: string
  readonly known: KnownDefinition
  readonly fromMs: number
  readonly untilMs: number
  readonly started: ReadonlySet<string>
  readonly runs: readonly Evidence[]
  readonly decisions: readonly Told[]
  /** Of a job without votes: up to which slots nodes that were alone with a clock ahead have passed. */
  readonly passed: ReadonlyMap<NodeId, number>
}

function checkSlots(judge: Judge, watch: Watch): void {
  const { job, known, fromMs, untilMs, started, runs, decisions } = watch
  const { definition, isEnabled } = known
  const { nodes } = definition
  // A node that is gone, or not believed, may be the only one that the job may run on.
  if (isOnForgetful(judge, nodes)) return
  if (definition.schedule === null || !isEnabled || definition.once) return
  // What waits for an event has a checker of its own.
  if (definition.actions.some(({ triggeredBy }) => triggeredBy.length > 0)) return
  if (definition.overlap === 'replace') checkReplaced(judge, watch)
  if (definition.count === null) return checkOnAllNodes(judge, watch)
  // What may have to wait, for a run of its job or for room on a node, is due when all its time lies before the end.
  const mayWait = definition.overlap !== 'allow' || isBounded(judge, job)
  // A run waits for the node of its action, and the next ones for that run.
  const isAwaited = definition.actions.some(
    // Of requests there is no evidence here.
    ({ nodes: own, http }) => http !== null || (own !== null && isOnForgetful(judge, own)),
  )
  const dueUntilMs = untilMs - (mayWait ? definition.startDeadlineMs : 0)
  for (const { slotMs } of slotsBetween(definition.schedule, fromMs, dueUntilMs, 10_000).slots) {
    if (started.has(`${job} ${formatInstant(slotMs)}`)) continue
    const told = decisions.find(({ decision: { fromMs: first, toMs } }) => first <= slotMs && slotMs <= toMs)
    const why = told?.decision.why ?? null
    // While most clocks were ahead it lay in the past.
    if (told !== undefined && why === 'missed' && slotMs + definition.startDeadlineMs < told.mostMs) continue
    const isBusy = isFilled(runs, slotMs, slotMs + definition.startDeadlineMs)
    if (why === 'skipped-overlap' && !isNearRun(runs, slotMs) && !isAwaited)
      judge.violated('I17', `${job}: slot ${formatInstant(slotMs)} was skipped, and no run of it was near`)
    if (why !== null && isByPolicy(why, definition, isBusy)) continue
    if (why === 'node-full' && isBounded(judge, job)) continue
    if (why === 'cancelled' && judge.isDropped(job)) continue
    // Where all is caught up, the oldest first, what came last waits behind it for its turn.
    const isUndecided = why === null || why === 'schedule-changed'
    if (isUndecided && mayWait && definition.catchUp.kind === 'all' && isGoingOn(runs, watch)) continue
    judge.violated(
      'I17',
      `${job}: slot ${formatInstant(slotMs)} never started, long after the last fault (${why ?? 'nobody decided it'})`,
    )
  }
}

function isOnForgetful(judge: Judge, nodes: JobDefinition['nodes']): boolean {
  return nodes.kind === 'nodes' && nodes.names.every((name) => judge.isForgetful(name))
}

/** Where the next run replaces the one before it, what still runs when that is due is told to end. */
function checkReplaced(judge: Judge, { job, known, fromMs, untilMs, runs }: Watch): void {
  for (const one of runs.filter(({ startMs, host }) => startMs >= fromMs && !judge.isForgetful(host))) {
    const { schedule } = known.definition
    // By a clock that is a little ahead it began before its own slot.
    const afterMs = Math.max(one.startMs, Date.parse(startedRun(one).slot))
    const next = schedule === null ? null : nextSlot(schedule, afterMs)
    const lateMs = (next?.slotMs ?? Infinity) + replacedWithinMs
    if (lateMs > untilMs || (one.endMs ?? Infinity) <= lateMs || one.isToldToEnd === true) continue
    judge.violated(
      'I17',
      `${job}: ${one.process} on ${one.host} went on beyond the next slot, ${next?.label}`,
    )
  }
}

/** A job of all nodes starts on each of them, unless its runs there are in each other's way. */
function checkOnAllNodes(judge: Judge, { job, known, fromMs, untilMs, started, passed }: Watch): void {
  const { nodes, schedule, overlap } = known.definition
  if (overlap !== 'allow' || nodes.kind !== 'any' || isAnyHostBounded(judge)) return
  const hosts = [...judge.world.hosts.keys()].filter((node) => !judge.isForgetful(node))
  for (const { slotMs } of slotsBetween(schedule!, fromMs, untilMs, 10_000).slots)
    for (const host of hosts)
      if (!started.has(`${job} ${formatInstant(slotMs)} ${host}`) && slotMs > (passed.get(host) ?? 0))
        judge.violated(
          'I17',
          `${job}: slot ${formatInstant(slotMs)} never started on ${host}, long after the last fault`,
        )
}

/** Where runs may not overlap, a slot may have to wait for its turn too long. */
function isByPolicy(why: string, { overlap }: KnownDefinition['definition'], isBusy: boolean): boolean {
  if (overlap === 'allow') return false
  return why === 'skipped-overlap' || why === 'superseded' || (why === 'missed' && isBusy)
}

/** Whether a run lasted at this instant, its waits between actions counted, or ended or began shortly before or after. */
function isNearRun(runs: readonly Evidence[], atMs: number): boolean {
  return runs.some((one) => {
    const same = runs.filter((other) => startedRun(other).run === startedRun(one).run)
    const endMs = Math.max(...same.map((other) => other.endMs ?? Infinity))
    return one.startMs < atMs + idleMaxMs && endMs > atMs - idleMaxMs
  })
}

/** Whether the job's runs, each with half a second for its finish and the next one's claim, leave no room in this time. */
function isFilled(all: readonly Evidence[], fromMs: number, untilMs: number): boolean {
  const runs = all.filter(({ startMs, endMs }) => startMs < untilMs && (endMs ?? untilMs) > fromMs)
  const busyMs = runs.reduce(
    (sum, { startMs, endMs }) => sum + Math.min(endMs ?? untilMs, untilMs) - Math.max(startMs, fromMs),
    0,
  )
  const count = new Set(runs.map((one) => `${startedRun(one).run} ${startedRun(one).attempt}`)).size
  return busyMs + (count + 1) * handOverMs >= untilMs - fromMs
}

/** Whether slots of this job still start one after the other, never a start deadline apart. */
function isGoingOn(runs: readonly Evidence[], { known, fromMs, untilMs }: Watch): boolean {
  const startsMs = runs
    .map(({ startMs }) => startMs)
    .filter((startMs) => startMs > fromMs && startMs < untilMs)
  const all = [fromMs, ...startsMs.toSorted((left, right) => left - right), untilMs]
  return all.every(
    (startMs, index) => startMs - (all[index - 1] ?? fromMs) < known.definition.startDeadlineMs,
  )
}

/** As far as the definition tells, a pool by labels may have any number of nodes; one that is gone or put back may run nothing. */
function isOnAll(judge: Judge, known: KnownDefinition | null, takenBy: readonly string[]): boolean {
  const nodes = known?.definition.nodes
  if (takenBy.length === 0 || nodes === undefined) return false
  if (nodes.kind === 'labels') return true
  return [...judge.world.hosts.keys()].every(
    (node) =>
      judge.isForgetful(node) ||
      takenBy.includes(node) ||
      (nodes.kind === 'nodes' && !nodes.names.includes(node)),
  )
}

function checkAtRest(judge: Judge, job: string, known: KnownDefinition | null): void {
  const last = judge.history.chosen(job).at(-1)?.value
  if (last === undefined) return
  const { live, queued } = last
  // More nodes are wanted than may run it: the rest waits for one until its time is over.
  const pending = last.pending.filter(({ takenBy = [] }) => !isOnAll(judge, known, takenBy))
  // What waits its turn behind a run that goes on is not forgotten.
  const busy = judge.world.runningProcesses()
  if (live.length > 0 && busy === 0)
    judge.violated(
      'I17',
      `${job}: ${live.length} entries are live when all is over: ${JSON.stringify(live[0])}`,
    )
  if (live.length === 0 && (pending.length > 0 || queued !== null))
    judge.violated('I17', `${job}: ${JSON.stringify(pending[0] ?? queued)} still waits when all is over`)
}
