// A service as the rest of the program knows it: everything that a person wrote, read, checked and
// completed with its defaults. Plain data; every node makes the same from the same text.

import type { Category } from '../base/ids.ts'
import type { NodeChoice } from './job-definition.ts'
import type { TextMap } from './value-kinds.ts'

export type ServiceDefinition = {
  /** category.service, in one name space with jobs. */
  readonly name: string
  readonly category: Category
  readonly nodes: NodeChoice
  readonly pool: string
  /** Instances; `all` = one on each node. */
  readonly count: number | 'all'
  /** A template. */
  readonly command: string
  /** A template; null = the agent chooses one in its data directory (foreground only). */
  readonly pidFile: string | null
  readonly isForeground: boolean
  readonly enabled: boolean
  /** null = never checked. */
  readonly monitorIntervalMs: number | null
  /** null = never started again. */
  readonly restartDelayMs: number | null
  readonly monitorRetries: number
  readonly failover: 'none' | 'spread'
  readonly update: 'rolling' | 'all' | 'none'
  readonly health: HealthCheck | null
  /** A template. */
  readonly stopCommand: string | null
  readonly stopSignal: StopSignal
  readonly stopTimeoutMs: number
  readonly user: string | null
  readonly cwd: string | null
  /** Values are templates. */
  readonly env: TextMap
  /** Variables, and the names of the secrets that are their values on the node. */
  readonly secrets: TextMap
  readonly commandContext: TextMap
  readonly labels: TextMap
  readonly owner: string
  readonly summary: string
  readonly notes: string
}

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGKILL'

export type HealthCheck = {
  /** A command or a URL, both templates. */
  readonly kind: 'command' | 'http'
  readonly target: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly failures: number
}
