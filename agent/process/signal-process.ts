// A signal to one process that was named for ever, and never to another one that bears its number by now. To its group
// too, where that is its own: it leads it, or whoever did is gone, as behind a daemon that forked twice.

import { errorCode } from '../../lib/base/error-code.ts'
import type { Identity } from '../../lib/service/event.ts'
import type { ProcessTable } from './process-table.ts'

export function signalProcess(
  table: ProcessTable,
  identity: Identity,
  { signal, isForGroup }: { readonly signal: string; readonly isForGroup: boolean },
): void {
  const { pid } = identity
  // To the kernel, -1 is everybody and 0 is ourselves: no record, however damaged, may lead there.
  if (!Number.isSafeInteger(pid) || pid <= 1 || !table.isSame(identity)) return
  const group = isForGroup ? (table.groupOf(pid) ?? 0) : 0
  const isOwnGroup = group > 1 && (group === pid || table.identify(group) === null)
  try {
    process.kill(pid, signal)
    if (isOwnGroup && group !== table.groupOf(process.pid)) process.kill(-group, signal)
  } catch (error) {
    // It has ended meanwhile; or it is another user's, and a later look finds that it lives on.
    if (!['ESRCH', 'EPERM'].includes(errorCode(error) ?? '')) throw error
  }
}
