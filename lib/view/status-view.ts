// How an agent and its cluster are, in one view: what it is, who votes, whether it may claim, and what is wrong, in
// sentences with a remedy.

import { timeLimits } from '../base/limits.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { Sources } from './answer-question.ts'
import type { StatusView } from './question.ts'

export function statusView(sources: Sources): StatusView {
  const { self, clock, roster, session, claims, catalog } = sources
  const members = claims.configuration?.members ?? []
  return {
    node: self.name,
    nodeId: self.nodeId,
    version: self.version,
    clusterId: self.clusterId,
    ...healthOf(sources),
    witnesses: {
      wanted: members.length || (self.foundWitnesses ?? 0),
      members: members.map(({ nodeId }) => ({
        node: roster.nameOf(nodeId),
        isReachable: roster.isConnected(nodeId),
      })),
    },
    session: {
      id: session.session,
      isValid: session.isValid(clock.nowMs),
      validForMs:
        session.validUntilMs === null ? null : Math.max(0, Math.round(session.validUntilMs - clock.nowMs)),
    },
    clusterTime: clock.clusterMs === null ? null : formatInstant(Math.round(clock.clusterMs)),
    pause: roster.pause === null ? null : { by: roster.pause.by, since: formatInstant(roster.pause.sinceMs) },
    clockOffsetMs: clockOffsetMs(sources),
    nodes: {
      known: roster.cards().length,
      live: roster.cards().filter((card) => roster.isLive(card.nodeId, clock.nowMs)).length,
    },
    jobs: [...catalog.jobNames()].length,
    running: sources.running,
  }
}

/** Whether all is well with this agent, and what is not. */
export function healthOf(sources: Sources): Pick<StatusView, 'state' | 'complaints'> {
  return { state: stateOf(sources), complaints: complaintsOf(sources) }
}

function clockOffsetMs({ clock }: Sources): number | null {
  return clock.clusterMs === null ? null : Math.round(clock.wallMs - clock.clusterMs)
}

function stateOf({ isStopping, claims, clock, self, session }: Sources): StatusView['state'] {
  if (isStopping) return 'stopping'
  if (claims.quarantine !== null) return 'degraded'
  if (claims.configuration === null) return self.foundWitnesses === null ? 'joining' : 'founding'
  if (!claims.hasMajority(clock.nowMs) || !session.isValid(clock.nowMs)) return 'no-majority'
  return clock.clusterMs === null ? 'degraded' : 'ready'
}

function complaintsOf(sources: Sources): string[] {
  const offsetMs = clockOffsetMs(sources)
  const { claims, roster, self, session } = sources
  const complaints: string[] = []
  const state = stateOf(sources)
  const members = claims.configuration?.members ?? []
  const missing = members
    .filter(({ nodeId }) => !roster.isConnected(nodeId))
    .map(({ nodeId }) => roster.nameOf(nodeId))
  if (claims.quarantine !== null) complaints.push(claims.quarantine)
  if (roster.pause !== null)
    complaints.push(
      `the cluster is paused, by ${roster.pause.by} since ${formatInstant(roster.pause.sinceMs)}, and no slot starts: hocket resume lets it go on`,
    )
  if (state === 'founding')
    complaints.push(
      `waiting for ${self.foundWitnesses} witnesses, and nothing runs before they are there: start \`hocket agent --join TOKEN\` on the other hosts (\`hocket join-token\` prints the token)`,
    )
  if (state === 'joining')
    complaints.push('waiting for the cluster: no agent that knows the witnesses was reached yet')
  if (state === 'no-majority')
    complaints.push(
      `no majority of the ${members.length} witnesses answers, and nothing is started: unreachable ${missing.join(', ') || 'none'}`,
    )
  else if (missing.length > 0) complaints.push(`witness ${missing.join(', ')} cannot be reached`)
  if (session.differingClocks.length > 0)
    complaints.push(
      `the clocks of the witnesses that answer are seconds apart, nobody can tell which is right, and nothing is started: ${session.differingClocks.map(({ node, aheadMs }) => `${roster.nameOf(node)} +${(aheadMs / 1000).toFixed(1)} s`).join(', ')}; set them right`,
    )
  if (offsetMs !== null && Math.abs(offsetMs) > timeLimits.clockOffsetWarnMs)
    complaints.push(
      `the clock of this host is ${Math.round(offsetMs / 1000)} s off the cluster's: cluster time is used; set the clock right`,
    )
  const names = new Map<string, number>()
  for (const card of roster.cards()) names.set(card.name, (names.get(card.name) ?? 0) + 1)
  for (const [name, count] of names)
    if (count > 1)
      complaints.push(`${count} agents are called "${name}": give each a name of its own with --name`)
  return complaints
}
