// What two agents say of themselves when a connection opens: enough to know whether the
// other one is of this cluster, and whether it can vote.

import { isFlag, isRecord, isText, isWhole } from '../base/check.ts'
import type { BootId, ClusterId, NodeId, StorageId } from '../base/ids.ts'

export type Hello = {
  readonly clusterId: ClusterId
  readonly nodeId: NodeId
  readonly name: string
  readonly storageId: StorageId
  readonly bootNo: number
  readonly bootId: BootId
  readonly canWitness: boolean
  readonly version: string
}

export const checkHello = isRecord<Hello>({
  clusterId: isText,
  nodeId: isText,
  name: isText,
  storageId: isText,
  bootNo: isWhole,
  bootId: isText,
  canWitness: isFlag,
  version: isText,
})
