// The shapes of what people see: one for each view of lib/view, member by member. The compiler holds them to the
// views: a member that is added there is missing here until it is described.

import type { NodeView, JobView, StatusView, WitnessesView } from '../../lib/view/question.ts'
import type { RunSpark, RunView } from '../../lib/view/run-view.ts'
import {
  flag,
  instant,
  integer,
  list,
  named,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  text,
} from './shape.ts'

export const runStates = [
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'unknown',
  'lost',
  'missed',
  'skipped',
] as const

const actionRun = object<RunView['actions'][number]>({
  name: text(),
  state: oneOf([
    'waiting',
    'running',
    'delayed',
    'succeeded',
    'failed',
    'unknown',
    'blocked',
    'cancelled',
    'skipped',
  ]),
  why: text(),
  startedAt: nullable(instant),
  endedAt: nullable(instant),
  tries: integer({ description: 'This one is its newest try, the first being 1' }),
  lastLines: text({ description: 'Of a failure: what it said last' }),
  node: nullable(text({ description: 'Where it ran, when not with its run' })),
  earlier: list(
    object<RunView['actions'][number]['earlier'][number]>({
      startedAt: nullable(instant),
      endedAt: nullable(instant),
      why: text(),
      node: nullable(text()),
    }),
  ),
})

export const runShape = named(
  'Run',
  object<RunView>({
    id: nullable(text({ description: 'JOB.RUN; null for slots that did not run' })),
    job: text(),
    slot: instant,
    state: oneOf(runStates),
    why: text(),
    node: nullable(text()),
    attempt: integer(),
    token: nullable(integer({ description: 'The fencing token: it grows from run to run of a job' })),
    requestId: nullable(text({ description: 'Of a run by hand: the request that it answers' })),
    user: nullable(text()),
    variables: optional(record(text())),
    startedAt: nullable(instant),
    endedAt: nullable(instant),
    latenessMs: nullable(number),
    isLateReport: flag,
    logUrl: optional(text({ description: 'Where its lines are, by the setting log_url' })),
    flags: optional(list(oneOf(['over-expected', 'stuck']))),
    isPartitioned: flag,
    besides: list(text({ description: 'Nodes that ran the slot too, where a cut network had no majority' })),
    actions: list(named('ActionRun', actionRun)),
    range: nullable(object<NonNullable<RunView['range']>>({ from: instant, count: nullable(integer()) })),
  }),
)

export const jobShape = named(
  'Job',
  object<JobView>({
    name: text(),
    category: text(),
    summary: text(),
    owner: text(),
    schedule: text(),
    intervalMs: nullable(number),
    pool: text({ description: 'Empty: any node' }),
    timeZone: text(),
    isEnabled: flag,
    nextSlot: nullable(instant),
    nextNode: nullable(text()),
    nextNodes: integer({ description: 'On how many nodes the slot runs' }),
    lastRun: nullable(runShape),
    recent: list(object<RunSpark>({ slot: instant, state: oneOf(runStates), durationMs: nullable(number) })),
    actions: list(
      object<JobView['actions'][number]>({
        name: text(),
        command: text({ description: 'Empty for whoever may not read it' }),
        requires: list(text()),
      }),
    ),
    revision: text(),
  }),
)

export const nodeShape = named(
  'Node',
  object<NodeView>({
    name: text(),
    nodeId: text(),
    hostname: text(),
    labels: record(text()),
    state: oneOf(['live', 'absent']),
    duty: oneOf(['active', 'drained', 'leaving', 'removing', 'removed']),
    isSelf: flag,
    isWitness: flag,
    isConnected: flag,
    version: text(),
    zoneData: text(),
    addresses: list(text()),
    startedAt: instant,
  }),
)

export const statusStates = ['founding', 'joining', 'ready', 'no-majority', 'stopping', 'degraded'] as const

const member = object<StatusView['witnesses']['members'][number]>({ node: text(), isReachable: flag })

export const statusShape = named(
  'Status',
  object<StatusView>({
    node: text(),
    nodeId: text(),
    version: text(),
    clusterId: text(),
    state: oneOf(statusStates),
    complaints: list(text()),
    witnesses: object<StatusView['witnesses']>({ wanted: integer(), members: list(member) }),
    session: object<StatusView['session']>({ id: text(), isValid: flag, validForMs: nullable(number) }),
    clusterTime: nullable(instant),
    pause: nullable(object<NonNullable<StatusView['pause']>>({ by: text(), since: instant })),
    clockOffsetMs: nullable(number),
    nodes: object<StatusView['nodes']>({ known: integer(), live: integer() }),
    jobs: integer(),
    running: integer(),
  }),
)

export const witnessesShape = named(
  'Witnesses',
  object<WitnessesView>({
    epoch: nullable(integer()),
    majority: integer(),
    members: list(
      object<WitnessesView['members'][number]>({
        node: text(),
        nodeId: text(),
        isReachable: flag,
        clockOffsetMs: nullable(number),
      }),
    ),
  }),
)
