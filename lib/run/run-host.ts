// What the keeper of runs (run-keeper.ts) needs of the node around it, and the timers that it sets
// there.

import type { JobName, NodeId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { ClaimSettings } from '../base/limits.ts'
import type { Answer, Change } from '../claim/change.ts'
import type { SessionHolder } from '../claim/session-holder.ts'
import type { ProcessEffect } from './effect.ts'
import type { ActionPlan, HeldRun } from './held-run.ts'
import type { KeptOutputsHost } from './kept-outputs.ts'
import type { RunMessage } from './message.ts'

export type RunTimer = { readonly kind: 'start-run'; readonly run: string }

export type RunHost = KeptOutputsHost & {
  readonly journal: Journal
  readonly session: SessionHolder
  readonly settings: ClaimSettings
  propose(job: JobName, change: Change, isLocal: boolean): void
  effect(effect: ProcessEffect): void
  send(to: NodeId, message: RunMessage): void
  setTimer(atMs: number, timer: RunTimer): void
  /** The run's state changed in a way that people want to see. */
  record(run: HeldRun, atMs: number): void
  environment(run: HeldRun, action: ActionPlan): Readonly<Record<string, string>>
  /** The action as the newest definition has it; null when it has none of that name. */
  latestPlan(run: HeldRun, action: string): ActionPlan | null
  /** Whether an action need no longer wait for this event. */
  isPublished(event: string): boolean
  publish(event: string, run: HeldRun, atMs: number): void
}

/** The answer to a change of ours. */
export type SettledChange = {
  readonly job: JobName
  readonly change: Change
  readonly answer: Answer
  readonly isLocal: boolean
}
