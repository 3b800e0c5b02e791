// Who this agent is in this start: its storage's name, made once with its journal, and a
// boot number that is on disk before anything is said, so that no two starts are alike.

import { bootId, storageId } from '../base/ids.ts'
import type { Journal } from '../base/journal.ts'
import type { Random } from '../base/random.ts'
import type { Hello } from './hello.ts'

const BOOT = 'boot'
const STORAGE = 'storage'

export function beginBoot(
  journal: Journal,
  random: Random,
  agent: Pick<Hello, 'clusterId' | 'nodeId' | 'name' | 'canWitness' | 'version'>,
): Hello {
  const bootNo = ((journal.get(BOOT) as number | undefined) ?? 0) + 1
  journal.put(BOOT, bootNo)
  const known = journal.get(STORAGE) as string | undefined
  const storage = known ?? random.hex16()
  if (known === undefined) journal.put(STORAGE, storage)
  const { clusterId, nodeId, name, canWitness, version } = agent
  const boot = bootId(random.hex16())
  return { clusterId, nodeId, name, storageId: storageId(storage), bootNo, bootId: boot, canWitness, version }
}
