// Whose turn it is to take over a new definition: with `rolling` one instance after the other, each when all before it
// are up with the new one. One that does not come up stops the update there, and the rest goes on with the old one.
// Who is away, and will take it over when it returns, is not waited for.

import type { NodeId } from '../base/ids.ts'
import type { ServiceDefinition } from '../definition/service-definition.ts'
import type { InstancePlan } from './instance-plan.ts'
import type { InstanceState } from './instance-state.ts'

/** What is known of another instance of the service. */
export type Neighbour = {
  readonly number: number
  readonly node: NodeId
  readonly isLocal: boolean
  readonly state: InstanceState
  readonly definition: string
}

export function isTurn(
  update: ServiceDefinition['update'],
  own: Pick<Neighbour, 'number' | 'node' | 'isLocal'>,
  known: {
    readonly instances: readonly Neighbour[]
    readonly wished: Pick<InstancePlan, 'definition'>
    readonly isLive: (node: NodeId) => boolean
    readonly isWanted: (number: number) => boolean
  },
): boolean {
  if (update !== 'rolling') return update === 'all'
  const { instances, wished, isLive, isWanted } = known
  return instances
    .filter((other) => isBefore(other, own) && isLive(other.node) && isWanted(other.number))
    .every((other) => other.state === 'up' && other.definition === wished.definition)
}

function isBefore(other: Neighbour, own: Pick<Neighbour, 'number' | 'node' | 'isLocal'>): boolean {
  if (other.isLocal !== own.isLocal) return false
  return own.isLocal ? other.node < own.node : other.number < own.number
}
