// The nodes as people see them: what each says of itself, what the witnesses hear of it, and what people decided about
// it.

import type { ClaimClock } from '../claim/claim-host.ts'
import type { Claims } from '../claim/claims.ts'
import type { NodeId } from '../base/ids.ts'
import type { NodeCard, Roster } from '../membership/roster.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { NodeView } from './question.ts'

type NodeSources = {
  readonly self: { readonly nodeId: NodeId }
  readonly roster: Roster
  readonly claims: Claims
  readonly clock: ClaimClock
}

/** By name, and where names are given twice by id. */
export function nodeViews(sources: NodeSources): NodeView[] {
  return sources.roster
    .cards()
    .map((card) => nodeView(card, sources))
    .toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1))
}

export function nodeView(card: NodeCard, sources: NodeSources): NodeView {
  const { state, duty, isWitness, isConnected } = nodeStanding(card, sources)
  return {
    name: card.name,
    nodeId: card.nodeId,
    hostname: card.hostname,
    labels: card.labels,
    state,
    duty,
    isSelf: card.nodeId === sources.self.nodeId,
    isWitness,
    isConnected,
    version: card.version,
    zoneData: card.zoneData,
    addresses: card.addresses,
    startedAt: formatInstant(Math.round(card.startedAtMs)),
  }
}

/** What is known of a node beyond its card. */
export function nodeStanding({ nodeId }: NodeCard, { roster, claims, clock }: NodeSources) {
  return {
    state: roster.isLive(nodeId, clock.nowMs) ? ('live' as const) : ('absent' as const),
    duty: roster.stateOf(nodeId),
    isWitness: claims.configuration?.members.some((member) => member.nodeId === nodeId) ?? false,
    isConnected: roster.isConnected(nodeId),
  }
}

function placeOf({ name, nodeId }: NodeView): string {
  return `${name} ${nodeId}`
}
