// Which agents vote. A configuration is written once for its epoch and never changes;
// a new disk is a new witness, so a member is a node together with its storage.

import type { ClusterId, NodeId, StorageId } from '../base/ids.ts'

export type Witness = { readonly nodeId: NodeId; readonly storageId: StorageId }

export type Configuration = {
  readonly clusterId: ClusterId
  readonly epoch: number
  readonly members: readonly Witness[]
  /** Who voted in the epoch before; empty in the first. Whoever finds this epoch unfinished needs them to finish it. */
  readonly previous: readonly Witness[]
}

/** The number of witnesses that is a majority. */
export function majorityOf(configuration: Pick<Configuration, 'members'>): number {
  return Math.floor(configuration.members.length / 2) + 1
}

export function witnessOf(configuration: Configuration, node: NodeId): Witness | undefined {
  return configuration.members.find((member) => member.nodeId === node)
}

export function isSameWitness(left: Witness, right: Witness): boolean {
  return left.nodeId === right.nodeId && left.storageId === right.storageId
}
