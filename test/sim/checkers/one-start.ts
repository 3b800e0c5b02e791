// I4: at most one start per (job, incarnation, unit, action, index, attempt), by the word of the processes
// themselves. I7: every start equals a chosen live entry of its node, chosen before it started.

import { nominalSlotMs, unitOfRun, type LiveEntry } from '../../../lib/claim/register.ts'
import { formatInstant } from '../../../lib/schedule/calendar.ts'
import type { Evidence } from '../world/processes.ts'
import type { Judge } from './judge.ts'

export type StartedRun = {
  readonly job: string
  readonly slot: string
  readonly action: string
  /** The claim's. */
  readonly attempt: number
  /** Under this claim, from 1. */
  readonly tried: number
  readonly token: number
  readonly run: string
}

export function startedRun({ environment, process }: Evidence): StartedRun {
  const word = (name: string): string => environment[`HOCKET_${name}`] ?? ''
  const [, attempt = '', tried = '1'] = /\.(\d+)(?:-(\d+))?$/.exec(process) ?? []
  return {
    job: word('JOB'),
    slot: word('SLOT'),
    action: word('ACTION'),
    attempt: Number(attempt),
    tried: Number(tried),
    token: Number(word('TOKEN')),
    run: word('RUN'),
  }
}

export function checkOneStart(judge: Judge): void {
  const grants = new Map<string, LiveEntry>()
  const starts = new Map<string, Evidence>()
  judge.history.onChosen(({ key, value }) => {
    for (const entry of value.live)
      if (!grants.has(`${key} ${entry.token}`)) grants.set(`${key} ${entry.token}`, entry)
  })
  judge.observers.on('process-started', ({ evidence }) => {
    const { job, slot, action, attempt, tried, token, run } = startedRun(evidence)
    const what = `${job} slot ${slot} action ${action} attempt ${attempt}-${tried} token ${token} on ${evidence.host}`
    // Where a node decides for itself, its name stands before the number.
    const isLocal = run.includes(':')
    const grant = isLocal ? undefined : grants.get(`${job} ${token}`)
    if (isLocal) {
      if (run.split(':')[0] !== evidence.host)
        judge.violated('I7', `${what} started, and it is a run of ${run}`)
    } else if (grant === undefined) judge.violated('I7', `${what} started, and no majority has granted it`)
    else if (
      grant.node !== evidence.host ||
      formatInstant(nominalSlotMs(grant)) !== slot ||
      grant.attempt !== attempt
    )
      judge.violated('I7', `${what} started, and the majority granted ${JSON.stringify(grant)}`)
    else if (grant.child !== undefined && (grant.child.action !== action || grant.child.tried !== tried))
      judge.violated('I7', `${what} started, and the majority granted ${JSON.stringify(grant.child)}`)
    const where = isLocal ? evidence.host : grant?.incarnation
    // By hand a node may be asked to run a slot of its own again.
    const unit = grant === undefined ? (judge.isAskedFor(job) ? run : slot) : unitOfRun(grant)
    const name = `${job} ${where} ${unit} ${action} ${attempt}-${tried}`
    const other = starts.get(name)
    starts.set(name, evidence)
    // What only one disk knew is not known where that disk was put back to an older image.
    if (other === undefined || (isLocal && judge.isForgetful(evidence.host))) return
    const first = startedRun(other)
    judge.violated(
      'I4',
      `${what} started, and the same had started with token ${first.token} on ${other.host}`,
    )
  })
}
