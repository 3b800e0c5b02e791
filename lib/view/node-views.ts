// The nodes as people see them: what each says of itself, what the witnesses hear of it, and what people decided about
// it.

import type { ClaimClock } from '../claim/claim-host.ts'
import type { Claims } from '../claim/claims.ts'
import type { NodeId } from '../base/ids.ts'
import type { Roster } from '../membership/roster.ts'
import { formatInstant } from '../schedule/calendar.ts'
import type { NodeView } from './question.ts'

type NodeSources = {
  readonly self: { readonly nodeId: NodeId }
  readonly roster: Roster
  readonly claims: Claims
  readonly clock: ClaimClock
}

/** By name, and where names are given twice by id. */
export function nodeViews({ roster, claims, clock, self }: NodeSources): NodeView[] {
  const witnesses = new Set(claims.configuration?.members.map((member) => member.nodeId))
  return roster
    .cards()
    .map((card) => ({
      name: card.name,
      nodeId: card.nodeId,
      hostname: card.hostname,
      labels: card.labels,
      state: roster.isLive(card.nodeId, clock.nowMs) ? ('live' as const) : ('absent' as const),
      duty: roster.stateOf(card.nodeId),
      isSelf: card.nodeId === self.nodeId,
      isWitness: witnesses.has(card.nodeId),
      isConnected: roster.isConnected(card.nodeId),
      version: card.version,
      zoneData: card.zoneData,
      addresses: card.addresses,
      startedAt: formatInstant(Math.round(card.startedAtMs)),
    }))
    .toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1))
}

function placeOf({ name, nodeId }: NodeView): string {
  return `${name} ${nodeId}`
}
