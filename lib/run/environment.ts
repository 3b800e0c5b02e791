// What a command finds in its environment, and nothing else: the agent's own is not passed on. A definition may set
// all but what tells the run. (HOME, USER, LOGNAME and SHELL are added where its user is known.)

import { formatInstant } from '../schedule/calendar.ts'
import { indexOfUnit, nominalSlotMs, unitOfRun } from '../claim/register.ts'
import { isPartitionedEntry, runLabel } from '../claim/local-registers.ts'
import { tryOf, type ActionPlan, type HeldRun } from './held-run.ts'

export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function environmentOf(
  run: HeldRun,
  action: ActionPlan,
  nodeName: string,
): Readonly<Record<string, string>> {
  const { entry } = run
  const [namespace = '', ...name] = run.job.split('.')
  return {
    PATH: SEARCH_PATH,
    ...action.env,
    HOCKET_JOB: run.job,
    HOCKET_SLOT: formatInstant(nominalSlotMs(entry)),
    HOCKET_RUN: runLabel(entry, nodeName),
    HOCKET_ACTION: action.name,
    HOCKET_ATTEMPT: String(entry.attempt + tryOf(run, action.name) - 1),
    // The fencing token: a store that compares it can refuse a holder that was declared dead. Without a vote on the
    // cluster's own register there is none that could be compared.
    ...(!isPartitionedEntry(entry) && { HOCKET_TOKEN: String(entry.token) }),
    // Of a job that runs on several nodes: which of them this is, from 0.
    HOCKET_INDEX: String(indexOfUnit(unitOfRun(entry))),
    HOCKET_NODE: nodeName,
    // What Tron tells, for commands that were written for it.
    TRON_JOB_NAMESPACE: namespace,
    TRON_JOB_NAME: name.join('.'),
    TRON_RUN_NUM: String(entry.run),
    TRON_ACTION: action.name,
  }
}
