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
  const { roster, clock } = sources
  return {
    name: card.name,
    nodeId: card.nodeId,
    hostname: card.hostname,
    labels: card.labels,
    state: roster.isLive(card.nodeId, clock.nowMs) ? 'live' : 'absent',
    duty: roster.stateOf(card.nodeId),
    isSelf: card.nodeId === sources.self.nodeId,
    isWitness: isWitness(card, sources),
    isConnected: roster.isConnected(card.nodeId),
    version: card.version,
    zoneData: card.zoneData,
    addresses: card.addresses,
    startedAt: formatInstant(Math.round(card.startedAtMs)),
  }
}

/** What is known of a node beyond its card, in a word: equal as long as nothing of it changed. */
export function nodeStanding(card: NodeCard, sources: NodeSources): string {
  const { roster, clock } = sources
  const isLive = roster.isLive(card.nodeId, clock.nowMs)
  const isConnected = roster.isConnected(card.nodeId)
  const bits = (isLive ? 1 : 0) + (isConnected ? 2 : 0) + (isWitness(card, sources) ? 4 : 0)
  return roster.stateOf(card.nodeId) + bits
}

function isWitness({ nodeId }: NodeCard, { claims }: NodeSources): boolean {
  return claims.configuration?.members.some((member) => member.nodeId === nodeId) ?? false
}

function placeOf({ name, nodeId }: NodeView): string {
  return `${name} ${nodeId}`
}
