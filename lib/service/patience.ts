// How long an instance is waited for: after its start, and for an answer to a look at it. Both follow its definition's
// interval, so that a service that is checked seldom has more time.

import { serviceLimits } from '../base/limits.ts'
import type { HeldInstance } from './held-instance.ts'

/** After its start command is over it may still come up for so long: until its first check, as in Tron. */
export function startWindowMs({ plan, exit }: HeldInstance): number {
  const windowMs = plan.monitorIntervalMs ?? serviceLimits.startWindowMs
  const isFailed = exit?.kind === 'signal' || (exit?.kind === 'code' && exit.code !== 0)
  return isFailed ? Math.min(windowMs, serviceLimits.failedStartLookMs) : windowMs
}

/** Of a start that an earlier life of the agent began. */
export function upWithinMs(held: HeldInstance): number {
  return held.command === 'over' ? startWindowMs(held) : serviceLimits.startPatienceMs
}

/** A look without an answer for so long is given up. */
export function lookPatienceMs({ plan }: HeldInstance): number {
  return Math.max(0.9 * (plan.monitorIntervalMs ?? 0), serviceLimits.lookPatienceMs)
}
