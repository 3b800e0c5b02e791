// The built-in variables of an action's and of a service's templates besides the
// dates.

import type { JobName } from '../base/ids.ts'
import type { TextMap } from './value-kinds.ts'

export type AttemptFacts = {
  readonly jobName: JobName
  readonly actionName: string
  /** The run's number as shown: `job.RUN.action`. */
  readonly run: string
  readonly attempt: number
  /** The fencing token; null when the run has none, and renders as 0. */
  readonly token: number | null
  /** The hostname of the agent that runs it. */
  readonly node: string
  readonly isManual: boolean
  readonly cleanupJobStatus: 'SUCCESS' | 'FAILURE' | 'UNKNOWN'
}

export function attemptVariables(facts: AttemptFacts): TextMap {
  return {
    name: facts.jobName,
    namespace: facts.jobName.split('.')[0] ?? '',
    actionname: facts.actionName,
    runid: `${facts.jobName}.${facts.run}`,
    node: facts.node,
    manual: String(facts.isManual),
    cleanup_job_status: facts.cleanupJobStatus,
    attempt: String(facts.attempt),
    token: String(facts.token ?? 0),
  }
}

export type InstanceFacts = {
  readonly serviceName: string
  readonly instanceNumber: number
  readonly node: string
  /** null while the pid file's own template is rendered. */
  readonly pidFile: string | null
}

export function instanceVariables(facts: InstanceFacts): TextMap {
  return {
    name: facts.serviceName,
    namespace: facts.serviceName.split('.')[0] ?? '',
    instance_number: String(facts.instanceNumber),
    node: facts.node,
    ...(facts.pidFile === null ? {} : { pid_file: facts.pidFile }),
  }
}
