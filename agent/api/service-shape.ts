// The shape of a service and its instances, member by member of lib/view's: the compiler refuses one that says
// anything else.

import type { InstanceView, ServiceView } from '../../lib/view/service-view.ts'
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
  text,
  type Shape,
} from './shape.ts'

export const serviceStates = ['STARTING', 'UP', 'DEGRADED', 'FAILED', 'DOWN', 'STOPPING'] as const
const instanceState = oneOf(['down', 'starting', 'up', 'unknown', 'failed', 'stopping'])

const instanceShape = named(
  'Instance',
  object<InstanceView>({
    name: text({ description: 'SERVICE.NUMBER; of a service on all nodes SERVICE.NODE' }),
    number: integer(),
    node: nullable(text()),
    state: instanceState,
    why: text(),
    isWanted: flag,
    since: nullable(instant),
    startedAt: nullable(instant),
    pid: nullable(integer()),
    starts: integer(),
    output: text({ description: 'The last words of a start that failed' }),
    events: list(object<InstanceView['events'][number]>({ at: instant, state: instanceState, text: text() })),
  }),
)

const count: Shape<ServiceView['count']> = {
  schema: { anyOf: [{ type: 'integer' }, { const: 'all' }] },
  parts: {},
}

export const serviceShape = named(
  'Service',
  object<ServiceView>({
    name: text(),
    category: text(),
    state: oneOf(serviceStates),
    isEnabled: flag,
    count,
    up: integer({ description: 'Instances that are up' }),
    wanted: integer({ description: 'Instances that are to be' }),
    pool: text({ description: 'Empty: any node' }),
    command: text({ description: 'Empty for whoever may not read it' }),
    pidFile: nullable(text()),
    isForeground: flag,
    monitorIntervalMs: nullable(number),
    restartDelayMs: nullable(number),
    failover: oneOf(['none', 'spread']),
    update: oneOf(['rolling', 'all', 'none']),
    health: nullable(text()),
    owner: text(),
    summary: text(),
    notes: text(),
    revision: text(),
    instances: list(instanceShape),
  }),
)
