// What the services of one agent need of the node around them: the stages to the left, and the ledger to the right, as a
// handful of calls.

import type { NodeId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { ClaimSettings } from '../base/limits.ts'
import type { CatalogService } from '../catalog/category-services.ts'
import type { Change } from '../claim/change.ts'
import type { SessionHolder } from '../claim/session-holder.ts'
import type { Roster } from '../membership/roster.ts'
import type { ProcessEffect } from '../run/effect.ts'
import type { ServiceEffect } from './effect.ts'
import type { HeldInstance } from './held-instance.ts'
import type { InstanceTimer } from './instance.ts'
import type { Neighbour } from './rolling-update.ts'

export type ServiceHost = {
  readonly self: { readonly nodeId: NodeId; readonly name: string; readonly hostname: string }
  readonly settings: ClaimSettings
  readonly journal: Journal
  readonly session: SessionHolder
  readonly roster: Roster
  clock(): { readonly nowMs: number; readonly instantMs: number }
  /** Whether the definitions are read, and a majority answers: nothing new is begun before. */
  isLoaded(): boolean
  hasMajority(): boolean
  services(): Iterable<CatalogService>
  service(name: string): CatalogService | undefined
  propose(key: string, change: Change): void
  effect(effect: ProcessEffect | ServiceEffect): void
  setTimer(atMs: number, timer: InstanceTimer): void
  readonly ledger: {
    record(held: HeldInstance, atMs: number): void
    forget(held: HeldInstance, atMs: number): void
    restartBeforeMs(service: string, number: number): number | null
    instances(service: string): readonly Neighbour[]
  }
}
