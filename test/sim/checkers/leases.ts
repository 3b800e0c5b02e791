// I10: the processes of an exclusive job are disjoint, whatever their nodes know of each other. I5: a run that was
// lost starts again only where its job says so, and only after a certificate. And what P9 needs for both: nothing is
// lost without a certificate of the session that it was in.

import { nodeId, type SessionId, type StorageId } from '../../../lib/base/ids.ts'
import { leaseLimits } from '../../../lib/base/limits.ts'
import { unitOfRun, type LiveEntry } from '../../../lib/claim/register.ts'
import type { Evidence } from '../world/processes.ts'
import type { Host } from '../world/host.ts'
import type { Judge } from './judge.ts'
import { definitionsOf } from './known-definitions.ts'
import { startedRun } from './one-start.ts'

export function checkDisjoint(judge: Judge): void {
  const always = jobsThatAlways(judge, ({ exclusive }) => exclusive)
  const running = new Map<string, Evidence[]>()
  judge.observers.on('process-started', ({ evidence }) => {
    const { job, run, attempt } = startedRun(evidence)
    if (!always.has(job)) return
    const isSameRun = (one: Evidence) => startedRun(one).run === run && startedRun(one).attempt === attempt
    const others = (running.get(job) ?? []).filter((one) => one.endMs === null)
    // Nobody can end what runs on a machine that sleeps, and its guard wakes with it.
    const other = others.find((one) => !isSameRun(one) && !isExcused(judge.world.host(nodeId(one.host))))
    if (other !== undefined)
      judge.violated(
        'I10',
        `${evidence.process} started on ${evidence.host}, and ${other.process} still runs on ${other.host}`,
      )
    running.set(job, [...others, evidence])
  })
}

/** What stands still itself, for longer than a kill is early, ends nothing. */
export function isExcused(host: Host): boolean {
  return host.sleptWithin(1_000) || host.guardStoodStillMs(1_000) > leaseLimits.killSpareMs / 2
}

export function checkReruns(judge: Judge): void {
  const rerun = jobsThatAlways(judge, ({ ifLost }) => ifLost === 'rerun')
  const yes = new Map<SessionId, Set<StorageId>>()
  const lost = new Set<string>()
  judge.observers.on('sent', ({ message }) => {
    if (message.kind !== 'expired-answer' || !message.isExpired) return
    yes.set(message.session, (yes.get(message.session) ?? new Set()).add(message.storageId))
  })
  judge.history.onChosen(({ key, value }) => {
    for (const decision of value.untold) {
      if (decision.kind !== 'ended' || decision.outcome.kind !== 'lost') continue
      const { session, token } = decision.entry
      lost.add(nameOf(key, decision.entry))
      if ((yes.get(session)?.size ?? 0) * 2 <= judge.plan.witnesses)
        judge.violated('I5', `${key}: token ${token} is lost, and no majority said that ${session} expired`)
    }
    for (const entry of [...value.live, ...value.pending]) {
      // Or a person has made it go on when it was over.
      if (entry.attempt === 1 || (entry.order?.resume ?? null) !== null) continue
      const before = nameOf(key, { ...entry, attempt: entry.attempt - 1 })
      if (!rerun.has(key) || !lost.has(before))
        judge.violated('I5', `${key}: attempt ${entry.attempt} of ${entry.unit}, and ${before} was not lost`)
    }
  })
}

type Work = Pick<LiveEntry, 'incarnation' | 'unit' | 'child' | 'attempt'>

function nameOf(key: string, work: Work): string {
  return `${key} ${work.incarnation} ${unitOfRun(work)} attempt ${work.attempt}`
}

/** Those of which every version that is ever dropped says so. */
function jobsThatAlways(
  judge: Judge,
  says: (definition: ReturnType<typeof definitionsOf>[number]) => boolean,
): ReadonlySet<string> {
  const all = judge.plan.drops.flatMap(({ fileName, text, node }) => definitionsOf(fileName, text, node))
  const not = new Set(all.filter((definition) => !says(definition)).map(({ name }) => name))
  return new Set(all.map(({ name }) => name).filter((name) => !not.has(name)))
}
