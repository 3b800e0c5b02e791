// The state of a service from those of its instances, as on Tron's page. The first that fits stands; what has no
// instance at all is down, and never up (as it was in Tron).

import type { InstanceState } from './instance-state.ts'

export type ServiceState = 'STARTING' | 'UP' | 'DEGRADED' | 'FAILED' | 'DOWN' | 'STOPPING'

/** Of all instances that are wanted, and of those that are not any more and still there. */
export function serviceState(
  instances: readonly { readonly state: InstanceState; readonly isWanted: boolean }[],
): ServiceState {
  const wanted = instances.filter(({ isWanted }) => isWanted).map(({ state }) => state)
  if (wanted.length === 0) return instances.every(({ state }) => state === 'down') ? 'DOWN' : 'STOPPING'
  if (wanted.every((state) => state === 'up')) return 'UP'
  if (wanted.every((state) => state === 'failed' || state === 'down')) return 'FAILED'
  if (wanted.every((state) => state === 'up' || state === 'starting')) return 'STARTING'
  return 'DEGRADED'
}
