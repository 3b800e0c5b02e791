// Of an instance of a service there is never more than one process, by the word of the processes themselves: on one
// node or on two, with failover or without, whatever dies meanwhile. A
// machine that sleeps, or whose guard stands still, ends nothing in time; one whose disk was put back does not know
// what it gave away.

import { nodeId } from '../../../lib/base/ids.ts'
import { isExcused } from './leases.ts'
import type { Evidence } from '../world/processes.ts'
import type { Judge } from './judge.ts'

export function checkOneInstance(judge: Judge): void {
  const running = new Map<string, Evidence[]>()
  judge.observers.on('instance-started', ({ evidence }) => {
    const { environment, host } = evidence
    // Where each node has its own, its node is part of the name; a token of such a one is an instant.
    const isLocal = Number(environment['HOCKET_TOKEN']) > 1_000_000_000_000
    const name = `${environment['HOCKET_SERVICE']}.${environment['HOCKET_INSTANCE']}${isLocal ? ` on ${host}` : ''}`
    const others = (running.get(name) ?? []).filter((one) => one.endMs === null)
    const other = others.find(
      (one) => !judge.isForgetful(one.host) && !isExcused(judge.world.host(nodeId(one.host))),
    )
    if (other !== undefined && !judge.isForgetful(host))
      judge.violated(
        'one-instance',
        `${evidence.process} started on ${host}, and ${other.process} still runs on ${other.host}`,
      )
    running.set(name, [...others, evidence])
  })
}
