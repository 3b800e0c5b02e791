// What the API, the command line and the viewer may ask an agent, and the shape of the
// answers: plain JSON, the same everywhere.

import type { Problem } from '../base/problem.ts'
import type { AccessToken } from '../catalog/access-token.ts'
import type { TokenCommand } from '../catalog/token-command.ts'
import type { ConfigCommand } from '../catalog/config-command.ts'
import type { NodeState } from '../catalog/node-state.ts'
import type { CommandOutcome, NodeCommand } from '../claim/node-commands.ts'
import type { RunCommand } from '../ledger/run-command.ts'
import type { ServiceCommand } from '../service/service-command.ts'
import type { ConfigAnswer } from './config-change-view.ts'
import type { ListPlace } from '../ledger/record-index.ts'
import type { DayView } from './day.ts'
import type { DoctorView } from './doctor.ts'
import type { FiguresView } from './figures.ts'
import type { RunFound } from './find-run.ts'
import type { InstanceOutputQuestion, OutputPlace, OutputQuestion } from './output-place.ts'
import type { JobSlots } from './job-slots.ts'
import type { JobCheck } from './job-attention.ts'
import type { JobsPage } from './job-view.ts'
import type { RunSpark, RunView } from './run-view.ts'
import type { SlotStory } from './slot-story.ts'
import type { ScoreView } from './score.ts'
import type { ServiceView } from './service-view.ts'

export type Question =
  | { readonly kind: 'status' }
  /** What is counted and measured, for who watches. */
  | { readonly kind: 'figures' }
  | { readonly kind: 'doctor' }
  /** How a job is, for a monitoring system; all of them when none is named. */
  | { readonly kind: 'check'; readonly job: string | null }
  | { readonly kind: 'jobs' }
  | ({
      readonly kind: 'jobs-page'
      readonly sort: 'name' | 'next' | 'last'
      readonly limit: number
      /** Of the page before; null for the first. */
      readonly cursor: string | null
    } & JobsFilter)
  | { readonly kind: 'job'; readonly name: string }
  | ({ readonly kind: 'runs' } & RunsFilter)
  /** Such as `MASTER.backup.17`, see find-run.ts. */
  | { readonly kind: 'run'; readonly run: string }
  /** The story of a slot; of the newest when none is named. */
  | { readonly kind: 'why'; readonly job: string; readonly slotMs: number | null }
  | { readonly kind: 'why-run'; readonly run: string }
  /** By the definition as it is now, the ends included. */
  | { readonly kind: 'slots'; readonly job: string; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'services' }
  | { readonly kind: 'service'; readonly name: string }
  | OutputQuestion
  | InstanceOutputQuestion
  | { readonly kind: 'nodes' }
  | { readonly kind: 'config-status' }
  | { readonly kind: 'config-history'; readonly category: string }
  /** The current text when no revision is named; a revision may be named by its counter. */
  | { readonly kind: 'config-text'; readonly category: string; readonly revision: string | null }
  | { readonly kind: 'witnesses' }
  | { readonly kind: 'score' }
  /** The tokens that nobody has revoked, with their hashes: for who checks them. */
  | { readonly kind: 'tokens' }
  /** Of the jobs whose name or schedule has the text in it. */
  | { readonly kind: 'day'; readonly filter: string }

/** What is left out does not restrict. */
export type JobsFilter = {
  /** A part of the name or the schedule; empty for all. */
  readonly filter: string
  readonly category?: string | undefined
  readonly pool?: string | undefined
  /** `enabled`, `disabled`, or the state of the last run. */
  readonly state?: string | undefined
  /** A node that may run it, by name; or one with a label, `disk=ssd` or `disk`. */
  readonly node?: string | undefined
  readonly label?: string | undefined
}

export type RunsFilter = {
  readonly job?: string | null | undefined
  readonly state?: string | null | undefined
  /** Where it ran, by name; or on a node with a label, `disk=ssd` or `disk`. */
  readonly node?: string | null | undefined
  readonly label?: string | null | undefined
  /** Slots from this instant and up to this one. */
  readonly fromMs?: number
  readonly toMs?: number
  readonly after?: ListPlace | null
  readonly limit: number
}

/** What people may ask to be done; each is answered with what it led to. */
export type Command = NodeCommand | ConfigCommand | RunCommand | ServiceCommand | TokenCommand

export type Answer =
  | CommandOutcome
  | ConfigAnswer
  | { readonly kind: 'status'; readonly status: StatusView }
  | { readonly kind: 'figures'; readonly figures: FiguresView }
  | { readonly kind: 'doctor'; readonly doctor: DoctorView }
  | { readonly kind: 'check'; readonly checks: readonly JobCheck[] }
  | { readonly kind: 'jobs'; readonly jobs: readonly JobView[] }
  | { readonly kind: 'jobs-page'; readonly page: JobsPage }
  | {
      readonly kind: 'job'
      readonly job: JobView
      readonly runs: readonly RunView[]
      readonly upcoming: readonly string[]
    }
  | { readonly kind: 'runs'; readonly runs: readonly RunView[]; readonly next: ListPlace | null }
  | { readonly kind: 'run'; readonly found: RunFound }
  | { readonly kind: 'why'; readonly story: SlotStory }
  | { readonly kind: 'slots'; readonly slots: JobSlots }
  | { readonly kind: 'services'; readonly services: readonly ServiceView[] }
  | { readonly kind: 'service'; readonly service: ServiceView }
  | { readonly kind: 'output-place'; readonly place: OutputPlace }
  | { readonly kind: 'nodes'; readonly nodes: readonly NodeView[] }
  | { readonly kind: 'config-status'; readonly categories: readonly CategoryView[] }
  | {
      readonly kind: 'config-history'
      readonly category: string
      readonly revisions: readonly RevisionView[]
    }
  | { readonly kind: 'config-text'; readonly text: ConfigText }
  | { readonly kind: 'witnesses'; readonly witnesses: WitnessesView }
  | { readonly kind: 'tokens'; readonly tokens: readonly AccessToken[]; readonly nowMs: number }
  | { readonly kind: 'score'; readonly score: ScoreView }
  | { readonly kind: 'day'; readonly day: DayView }

export type StatusView = {
  readonly node: string
  readonly nodeId: string
  readonly version: string
  readonly clusterId: string
  /** `founding`: the witnesses are not all there yet; `ready`; `no-majority`: nothing is claimed. */
  readonly state: 'founding' | 'joining' | 'ready' | 'no-majority' | 'stopping' | 'degraded'
  /** What is wrong, in sentences with a remedy; empty when all is well. */
  readonly complaints: readonly string[]
  readonly witnesses: {
    readonly wanted: number
    readonly members: readonly { readonly node: string; readonly isReachable: boolean }[]
  }
  readonly session: { readonly id: string; readonly isValid: boolean; readonly validForMs: number | null }
  readonly clusterTime: string | null
  /** Since when no slot of any job starts, and who said so; null when all goes on. */
  readonly pause: { readonly by: string; readonly since: string } | null
  readonly clockOffsetMs: number | null
  readonly nodes: { readonly known: number; readonly live: number }
  readonly jobs: number
  readonly running: number
}

export type JobView = {
  readonly name: string
  readonly category: string
  readonly summary: string
  readonly owner: string
  readonly schedule: string
  /** The time between two slots, where it is always the same. */
  readonly intervalMs: number | null
  readonly pool: string
  readonly timeZone: string
  readonly isEnabled: boolean
  readonly nextSlot: string | null
  /** The first in the order, and on how many nodes the slot runs as they are now. */
  readonly nextNode: string | null
  readonly nextNodes: number
  readonly lastRun: RunView | null
  /** The newest runs, oldest first. */
  readonly recent: readonly RunSpark[]
  readonly actions: readonly {
    readonly name: string
    readonly command: string
    readonly requires: readonly string[]
  }[]
  readonly revision: string
}

export type WitnessesView = {
  /** Counts the changes of who votes; null before the founding is over. */
  readonly epoch: number | null
  /** So many must answer. */
  readonly majority: number
  readonly members: readonly {
    readonly node: string
    readonly nodeId: string
    readonly isReachable: boolean
    /** Of its wall clock from cluster time, as this agent measures it; null while it has not answered. */
    readonly clockOffsetMs: number | null
  }[]
}

export type NodeView = {
  readonly name: string
  readonly nodeId: string
  readonly hostname: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'live' | 'absent'
  /** What people decided: `drained` takes nothing new, `removing` is on its way out. */
  readonly duty: NodeState
  readonly isSelf: boolean
  readonly isWitness: boolean
  readonly isConnected: boolean
  readonly version: string
  readonly zoneData: string
  readonly addresses: readonly string[]
  readonly startedAt: string
}

export type RevisionView = {
  readonly revision: string
  readonly isCurrent: boolean
  readonly state: 'present' | 'deleted'
  readonly at: string
  /** The agent that took it, the user who asked for it (null: a file was dropped), and the file's name. */
  readonly node: string
  readonly user: string | null
  readonly fileName: string
  /** False for a revision that only switched jobs on or off, or deleted the category. */
  readonly hasOwnText: boolean
  /** It stands beside the current one's line, and nobody has settled it. */
  readonly isConflict: boolean
}

export type ConfigText = {
  readonly category: string
  readonly revision: string
  readonly fileName: string
  readonly text: string
}

/** Of two revisions, the one that was and the one that came; the lines in between as a unified diff. */
export type ConfigDiff = {
  readonly category: string
  readonly from: string
  readonly to: string
  readonly diff: string
}

export type CategoryView = {
  readonly category: string
  readonly revision: string
  readonly state: 'applied' | 'refused' | 'stale' | 'conflict' | 'deleted'
  readonly author: string
  readonly at: string
  readonly jobs: number
  readonly services: number
  readonly problems: readonly Problem[]
  readonly notes: readonly Problem[]
  /** Edits made at once with the current one, that lost and that nobody has settled. */
  readonly conflicts: readonly RevisionView[]
  /** What to do about a stale file or a conflict; empty when there is nothing to do. */
  readonly remedy: string
}
