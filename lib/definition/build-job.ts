// One job, completed with its defaults, from what the schema has read; and what only shows when
// its keys are seen together: circles in `requires`, contradicting words, zones that nobody knows.

import { jobName } from '../base/ids.ts'
import { MINUTE_MS } from '../schedule/calendar.ts'
import { hasKind } from '../schedule/schedule.ts'
import { buildAction, dayMs } from './build-action.ts'
import type { BuildContext } from './build-context.ts'
import { chooseNodes } from './build-context.ts'
import { buildSchedule } from './build-schedule.ts'
import type { ActionDefinition, CatchUp, JobDefinition } from './job-definition.ts'
import type { RawJob } from './job-keys.ts'
import type { Path } from './located.ts'
import { didYouMean } from './nearest-known.ts'
import { checkZone } from './read-scope.ts'
import { requiresOrder } from './requires-order.ts'

/** Missed slots that `catch_up: all` makes up for: the claim's bound on what one job may owe. */
const CATCH_UP_MAX = 100
/** As long as a request of a dead holder may be on its way: longer than what networks usually keep a packet. */
const LOCK_DELAY_MS = 15_000

export function buildJob(raw: RawJob, path: Path, context: BuildContext): JobDefinition {
  const { scope, report, category } = context
  const timeZone = raw.time_zone ?? scope.timeZone ?? 'UTC'
  if (raw.time_zone !== undefined) checkZone(raw.time_zone, [...path, 'time_zone'], report)
  const fullName = jobName(`${category}.${raw.name}`)
  const when = buildSchedule(raw, { path, context, timeZone, fullName })
  const chosen =
    raw.node === undefined
      ? ({ nodes: { kind: 'any' }, pool: '', bound: null } as const)
      : chooseNodes(raw.node, [...path, 'node'], context)
  if (raw.all_nodes === true && raw.count !== undefined)
    report.error({
      path: [...path, 'count'],
      of: 'key',
      message: `Cannot use count in job "${raw.name}": all_nodes is true, expected one of them`,
    })
  // Each start of each agent of the pool is a slot of its own: there is nothing to vote on.
  const isAtBoot = hasKind(when.schedule, 'reboot')
  const isLocal = raw.all_nodes === true || isAtBoot
  if (isAtBoot && raw.count !== undefined)
    report.error({
      path: [...path, 'count'],
      of: 'key',
      message: `Cannot use count in job "${raw.name}": @reboot runs on each agent of its pool, expected one of them`,
    })
  const overlap = readOverlap(raw, path, context)
  const { nodes } = chosen
  if (nodes.kind === 'nodes' && (raw.count ?? 1) > nodes.names.length)
    report.note({
      path: [...path, 'count'],
      of: 'key',
      message: `Job "${raw.name}" is to run on ${raw.count} nodes, and "${chosen.pool}" has ${nodes.names.length}: each slot runs on so many, and is shown as short of the others`,
    })
  checkExclusive(raw, { overlap, isAtBoot }, path, context)
  if (isLocal) checkNothingElsewhere(raw, path, context)
  return {
    name: fullName,
    category,
    ...chosen,
    count: isLocal ? null : (raw.count ?? 1),
    ...when,
    timeZone,
    once: raw.once ?? false,
    enabled: raw.enabled ?? true,
    overlap,
    startDeadlineMs: raw.start_deadline ?? MINUTE_MS,
    catchUp: readCatchUp(raw, path, context),
    exclusive: raw.exclusive ?? false,
    ifLost: raw.if_lost ?? 'record',
    lostAttempts: raw.lost_attempts ?? 2,
    lockDelayMs: raw.lock_delay ?? LOCK_DELAY_MS,
    ifPartitioned: raw.if_partitioned ?? 'wait',
    maxRuntimeMs: raw.max_runtime ?? null,
    expectedRuntimeMs: raw.expected_runtime ?? dayMs,
    runLimit: raw.run_limit ?? 50,
    runsListed: raw.run_limit ?? null,
    keepRunsForMs: raw.keep_runs_for ?? null,
    actions: buildActions(raw, path, context),
    cleanup:
      raw.cleanup_action === undefined
        ? null
        : buildAction(raw.cleanup_action, [...path, 'cleanup_action'], context),
    commandContext: scope.commandContext,
    labels: raw.labels ?? {},
    owner: raw.owner ?? '',
    summary: raw.summary ?? '',
    notes: raw.notes ?? '',
  }
}

/** What each node decides for itself has no run whose actions others could claim. */
function checkNothingElsewhere(raw: RawJob, path: Path, { report }: BuildContext): void {
  const sites = raw.actions.map((action, i) => [action, [...path, 'actions', i]] as const)
  const { cleanup_action: cleanup } = raw
  for (const [action, at] of cleanup ? [...sites, [cleanup, [...path, 'cleanup_action']] as const] : sites) {
    const key = action.node !== undefined ? 'node' : action.retry_on === 'any_node' ? 'retry_on' : null
    if (key === null) continue
    report.error({
      path: [...at, key],
      of: 'key',
      message: `Cannot use ${key} in action "${action.name ?? 'cleanup'}": its job runs on each node of its pool by itself, expected all of its actions to stay there`,
    })
  }
}

function buildActions(raw: RawJob, path: Path, context: BuildContext): readonly ActionDefinition[] {
  const { report } = context
  if (raw.actions.length === 0)
    report.error({
      path: [...path, 'actions'],
      message: `Cannot read job "${raw.name}": it has no actions, expected one`,
    })
  const firsts = new Map<string, number>()
  for (const [i, { name }] of raw.actions.entries()) if (!firsts.has(name)) firsts.set(name, i)
  const actions = raw.actions.map((action, i) => {
    const actionPath = [...path, 'actions', i]
    const first = firsts.get(action.name) ?? i
    if (first < i)
      report.error({
        path: actionPath,
        message: `Cannot use action "${action.name}" twice: it is on ${report.lineText([...path, 'actions', first])} too, expected names of actions to be unique`,
      })
    if (action.name === 'cleanup')
      report.error({
        path: [...actionPath, 'name'],
        message: 'Cannot use name "cleanup" for an action: the cleanup action has it, expected another',
      })
    checkRequires(action, firsts, actionPath, context)
    return buildAction(action, actionPath, context)
  })
  const order = requiresOrder(actions)
  if (order.kind === 'ordered') return order.actions
  report.error({
    path: [...path, 'actions'],
    message: `Cannot order the actions of job "${raw.name}": ${order.names.join(' requires ')}, expected no circle`,
  })
  return actions
}

function checkRequires(
  action: RawJob['actions'][number],
  known: ReadonlyMap<string, number>,
  path: Path,
  { report }: BuildContext,
): void {
  for (const [i, required] of (action.requires ?? []).entries()) {
    if (known.has(required)) continue
    report.error({
      path: [...path, 'requires', i],
      message: `Cannot require action "${required}" in action "${action.name}": this job has none of that name, expected an action of the same job`,
      hint: report.problems.isFull ? '' : didYouMean(required, known.keys()),
    })
  }
}

/** What lets runs overlap contradicts it, and what runs without a vote is not held back by anything. */
function checkExclusive(
  raw: RawJob,
  { overlap, isAtBoot }: { readonly overlap: JobDefinition['overlap']; readonly isAtBoot: boolean },
  path: Path,
  { report }: BuildContext,
): void {
  if (raw.exclusive !== true) return
  const other =
    overlap === 'allow'
      ? 'overlap is allow'
      : raw.all_nodes === true
        ? 'all_nodes is true'
        : (raw.count ?? 1) > 1
          ? 'count is more than 1'
          : isAtBoot
            ? '@reboot runs on each agent of its pool'
            : raw.if_partitioned === 'run'
              ? 'if_partitioned is run'
              : null
  if (other === null) return
  report.error({
    path: [...path, 'exclusive'],
    of: 'key',
    message: `Cannot use exclusive in job "${raw.name}": ${other}, expected one of them`,
  })
}

function readOverlap(raw: RawJob, path: Path, { report }: BuildContext): JobDefinition['overlap'] {
  const byTron = raw.allow_overlap === true ? 'allow' : raw.queueing === false ? 'skip' : 'queue'
  const word = raw.overlap === 'delay' ? 'queue' : raw.overlap
  const tronKey =
    raw.allow_overlap !== undefined ? 'allow_overlap' : raw.queueing !== undefined ? 'queueing' : null
  if (word !== undefined && tronKey !== null && word !== byTron)
    report.error({
      path: [...path, tronKey],
      of: 'key',
      message: `Cannot use ${tronKey} in job "${raw.name}": it says ${byTron} and overlap says ${word}, expected one of them`,
    })
  return word ?? byTron
}

function readCatchUp(raw: RawJob, path: Path, { dialect, report }: BuildContext): CatchUp {
  const usual = { own: 'last', tron: 'all', cronq: 'last', crontab: 'none' } as const
  const isPartitioned = raw.if_partitioned === 'run'
  const kind = raw.catch_up ?? (isPartitioned ? 'none' : usual[dialect])
  const several =
    raw.all_nodes === true
      ? 'all_nodes is true'
      : (raw.count ?? 1) > 1
        ? `count is ${raw.count}`
        : // A success on one side is not known on the other.
          raw.once === true
          ? 'once is true'
          : null
  if (isPartitioned && several !== null)
    report.error({
      path: [...path, 'if_partitioned'],
      of: 'key',
      message: `Cannot use if_partitioned run in job "${raw.name}": ${several}, expected one of them`,
    })
  if (isPartitioned && kind !== 'none')
    report.error({
      path: [...path, 'catch_up'],
      of: 'key',
      message: `Cannot use catch_up ${kind} in job "${raw.name}": if_partitioned is run, and which slots are owed nobody knows then, expected none`,
    })
  if (kind === 'none') return { kind }
  return { kind, withinMs: raw.catch_up_within ?? dayMs, max: kind === 'last' ? 1 : CATCH_UP_MAX }
}
