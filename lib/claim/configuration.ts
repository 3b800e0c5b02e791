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
  /** The last time that a majority of disks was given up for lost; null when that never happened. */
  readonly recovery: Recovery | null
}

/** What a person decided when the registers could no longer be read from a majority. */
export type Recovery = {
  /** The epoch that began with it. */
  readonly epoch: number
  /** All slots up to here count as decided: skipped rather than run twice. */
  readonly atMs: number
  /** Tokens of registers that were not found begin above it: above any that was ever given. */
  readonly tokenBase: number
}

/** Tokens are raised by this at a recovery: more than any register gives in its life. */
export const RECOVERY_TOKENS = 2 ** 32

/** Whether this configuration's epoch began with a recovery, not with a hand-over by a majority. */
export function isRecovered({ recovery, epoch }: Configuration): boolean {
  return recovery?.epoch === epoch
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
