// What the API, the command line and the viewer may ask an agent, and the shape of the
// answers: plain JSON, the same everywhere.

import type { Problem } from '../base/problem.ts'
import type { CommandOutcome, NodeCommand } from '../claim/node-commands.ts'
import type { RunView } from './run-view.ts'

export type Question =
  | { readonly kind: 'status' }
  | { readonly kind: 'jobs' }
  | { readonly kind: 'job'; readonly name: string }
  | {
      readonly kind: 'runs'
      readonly job: string | null
      readonly state: string | null
      readonly node: string | null
      readonly limit: number
    }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'config-status' }

/** What people may ask to be done; each is answered with what it led to. */
export type Command = NodeCommand

export type Answer =
  | CommandOutcome
  | { readonly kind: 'status'; readonly status: StatusView }
  | { readonly kind: 'jobs'; readonly jobs: readonly JobView[] }
  | { readonly kind: 'job'; readonly job: JobView; readonly runs: readonly RunView[] }
  | { readonly kind: 'runs'; readonly runs: readonly RunView[] }
  | { readonly kind: 'nodes'; readonly nodes: readonly NodeView[] }
  | { readonly kind: 'config-status'; readonly categories: readonly CategoryView[] }
  | { readonly kind: 'not-found'; readonly what: string; readonly nearest: string | null }

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
  readonly clockOffsetMs: number | null
  readonly nodes: { readonly known: number; readonly live: number }
  readonly jobs: number
  readonly running: number
}

export type JobView = {
  readonly name: string
  readonly category: string
  readonly schedule: string
  readonly pool: string
  readonly timeZone: string
  readonly isEnabled: boolean
  readonly nextSlot: string | null
  readonly nextNode: string | null
  readonly lastRun: RunView | null
  readonly actions: readonly {
    readonly name: string
    readonly command: string
    readonly requires: readonly string[]
  }[]
  readonly revision: string
}

export type NodeView = {
  readonly name: string
  readonly nodeId: string
  readonly hostname: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'live' | 'absent'
  readonly isSelf: boolean
  readonly isWitness: boolean
  readonly isConnected: boolean
  readonly version: string
  readonly zoneData: string
  readonly addresses: readonly string[]
  readonly startedAt: string
}

export type CategoryView = {
  readonly category: string
  readonly revision: string
  readonly state: 'applied' | 'refused' | 'stale' | 'conflict' | 'deleted'
  readonly author: string
  readonly at: string
  readonly jobs: number
  readonly problems: readonly Problem[]
}
