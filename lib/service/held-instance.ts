// One instance that this agent holds, as its journal keeps it: enough to go on with after the agent died at any line.
// A start is marked before its command is given; the process is named at its first sight.

import type { SessionId } from '../base/ids.ts'
import type { Exit } from '../claim/ended-attempt.ts'
import type { ProcessEvent } from '../run/event.ts'
import type { Identity } from './event.ts'
import type { InstancePlan } from './instance-plan.ts'
import type { InstanceState } from './instance-state.ts'
import type { Crashes } from './restart-delay.ts'

/** `state`: what it was from then on. */
export type InstanceEvent = { readonly atMs: number; readonly state: InstanceState; readonly text: string }

export type HeldInstance = {
  readonly service: string
  readonly number: number
  /** One on each node, without a vote. */
  readonly isLocal: boolean
  /** The fencing token of its register; for a local one of this node's own. */
  readonly token: number
  readonly session: SessionId
  /** What its register says: others may take it over when that session ends, so nothing unguarded may start. */
  readonly isGuarded: boolean
  readonly state: InstanceState
  /** Why it is so, for people; empty when there is nothing to say. */
  readonly why: string
  readonly sinceMs: number
  /** Of what runs, or ran last. */
  readonly plan: InstancePlan
  readonly startNo: number
  readonly startedAtMs: number | null
  /** What is known of the start command's process: marked (perhaps spawned), seen, or over. */
  readonly command: 'none' | 'marked' | 'running' | 'over'
  readonly exit: Exit | null
  readonly identity: Identity | null
  /** Its number before the machine was started anew: a clock that was wrong since may make the file look young. */
  readonly pidBefore: number | null
  /** It is not well, or it is to be started anew for another reason, and must be stopped before. */
  readonly isCondemned: boolean
  readonly stopNo: number
  readonly crashes: Crashes
  /** The last words of the last start that failed. */
  readonly output: string
  /** The newest last. */
  readonly events: readonly InstanceEvent[]
  /** Its process is proved dead, and its register is being given back. */
  readonly isYielding: boolean
}

/** `category.service.NUMBER`; of a service that runs on all nodes each has number 0. */
export function instanceKey({ service, number }: Pick<HeldInstance, 'service' | 'number'>): string {
  return `${service}.${number}`
}

type Start = Pick<HeldInstance, 'service' | 'number' | 'token' | 'startNo' | 'stopNo'>

/** The names of processes on this node, for ever. */
export function startProcess(held: Start): string {
  return `service/${instanceKey(held)}#${held.token}.${held.startNo}.start`
}
export function guardProcess(held: Start): string {
  return `service/${instanceKey(held)}#${held.token}.${held.startNo}.daemon`
}
export function stopProcess(held: Start): string {
  return `service/${instanceKey(held)}#${held.token}.${held.startNo}.stop${held.stopNo}`
}
export function healthProcess(held: Start, lookId: number): string {
  return `service/${instanceKey(held)}#${held.token}.${held.startNo}.health${lookId}`
}

const PROCESS = /^service\/(.+)#\d+\.\d+\.(start|stop|health)\S*$/

/** Which instance a process belongs to, and what it is for; null for one of a run. */
export function instanceOfProcess(
  process: string,
): { readonly instance: string; readonly use: 'start' | 'stop' | 'health' } | null {
  const found = PROCESS.exec(process)
  return found === null ? null : { instance: found[1]!, use: found[2] as 'start' | 'stop' | 'health' }
}

export function exitText(exit: Exit | null): string {
  if (exit === null) return 'nobody saw how it ended'
  return exit.kind === 'code' ? `exited with ${exit.code}` : `was ended by ${exit.signal}`
}

/** Of what should be up: what its command says of it before what a look found. */
export function whyDead({ state, command, exit, plan, why }: HeldInstance, found: string): string {
  const isStart = state === 'starting'
  const words = `its command ${exitText(exit)}`
  if (command === 'over' && exit !== null && plan.isForeground) return words
  if (command === 'over' && exit !== null && isStart) return `${words}, and ${found}`
  return isStart && why !== '' ? why : found
}

/** What went wrong with a command that is over; null when nothing did, undefined while it goes on. */
export function faultOf(event: ProcessEvent): string | null | undefined {
  if (event.kind === 'spawned' || event.kind === 'child-adopted') return undefined
  if (event.kind !== 'child-exited') return 'did not start'
  const { exit } = event
  return exit.kind === 'code' && exit.code === 0 ? null : exitText(exit)
}

/** Its start command is over, and nobody has seen yet what that left behind: there may be no pid file for a moment. */
export function mayComeUp({ command, identity, plan }: HeldInstance): boolean {
  return command === 'over' && identity === null && !plan.isForeground
}
