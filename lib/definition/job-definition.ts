// A job as the rest of the program knows it: everything that a person wrote, read, checked and
// completed with its defaults. Plain data; every node makes the same from the same text.

import type { Category, JobName } from '../base/ids.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { TextMap } from './value-kinds.ts'

/** Which agents may run it. */
export type NodeChoice =
  | { readonly kind: 'any' }
  /** Names or hostnames of agents; a pool's members in the order of the file, each once. */
  | { readonly kind: 'nodes'; readonly names: readonly string[] }
  /** Agents that carry all these labels. */
  | { readonly kind: 'labels'; readonly labels: TextMap }

export type CatchUp =
  | { readonly kind: 'none' }
  | { readonly kind: 'last' | 'all'; readonly withinMs: number; readonly max: number }

export type JobDefinition = {
  /** category.job */
  readonly name: JobName
  readonly category: Category
  readonly nodes: NodeChoice
  /** The pool, node or labels as written, for people and for the placement's hash; '' for any. */
  readonly pool: string
  /** How many runs of its pool one node holds at a time, whatever category they are of; null = no bound. */
  readonly bound: { readonly pool: string; readonly maxRunning: number } | null
  /** How many nodes run each slot; null = all of the pool. */
  readonly count: number | null
  /** With what limits it, the excluded days and its end; null = by hand or by trigger only. */
  readonly schedule: Schedule | null
  readonly scheduleText: string
  readonly timeZone: string
  readonly jitterMs: number
  readonly startsAtMs: number | null
  readonly once: boolean
  readonly enabled: boolean
  readonly overlap: 'queue' | 'skip' | 'allow' | 'replace'
  /** How long after its instant a slot may still start. */
  readonly startDeadlineMs: number
  readonly catchUp: CatchUp
  readonly exclusive: boolean
  readonly ifLost: 'record' | 'rerun'
  readonly lostAttempts: number
  readonly lockDelayMs: number
  readonly ifPartitioned: 'wait' | 'run'
  readonly maxRuntimeMs: number | null
  readonly expectedRuntimeMs: number
  readonly runLimit: number
  /** How many runs are listed; null = as many as the index has room for. */
  readonly runsListed: number | null
  /** null = the cluster's setting. */
  readonly keepRunsForMs: number | null
  /** In an order in which what is required comes first. */
  readonly actions: readonly ActionDefinition[]
  readonly cleanup: ActionDefinition | null
  /** Variables of its templates: the file's over MASTER's. One object for all jobs of a file. */
  readonly commandContext: TextMap
  readonly labels: TextMap
  readonly owner: string
  readonly summary: string
  readonly notes: string
}

export type ActionDefinition = {
  readonly name: string
  /** A template; '' when the action is a task or a request. */
  readonly command: string
  readonly task: string | null
  readonly http: HttpRequest | null
  readonly requires: readonly string[]
  /** null = the job's. */
  readonly nodes: NodeChoice | null
  readonly pool: string | null
  readonly retries: number
  readonly retriesDelayMs: number
  readonly backoff: 'fixed' | 'linear' | 'exponential'
  readonly retryOn: 'same_node' | 'any_node'
  readonly timeoutMs: number | null
  readonly expectedRuntimeMs: number
  /** Values are templates. */
  readonly env: TextMap
  /** Variables, and the names of the secrets that are their values on the node. */
  readonly secrets: TextMap
  readonly cwd: string | null
  readonly user: string | null
  readonly shell: string
  /** A template; null = empty. */
  readonly stdin: string | null
  readonly successExitCodes: readonly number[]
  /** Templates. */
  readonly triggeredBy: readonly string[]
  /** Key to template of its value; empty = publishes nothing. */
  readonly triggerDownstreams: TextMap
  readonly triggerTimeoutMs: number
}

export type HttpRequest = {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  readonly headers: TextMap
  /** Headers, and the names of the secrets that are their values on the node. */
  readonly secretHeaders: TextMap
  readonly body: string | null
  /** Empty = 200 to 299. */
  readonly expectStatus: readonly number[]
  readonly expectBody: string | null
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
}
